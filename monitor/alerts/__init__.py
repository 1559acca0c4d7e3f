"""What changed: the lifecycle of alerts, the events that come of it, and the routes that they take.

Pure: time is passed in, nothing is read or written. Knows nothing of the API client, the store or channels.
"""
