"""What a run is checked for: each module holds one promise, judged from the journal and the truth alone."""
