"""A year of made-up customers, watched by the real daemon in virtual time; what it says is held against the truth.

Run it with `python -m simulation`. It may know all of the daemon; the daemon knows nothing of it.
"""
