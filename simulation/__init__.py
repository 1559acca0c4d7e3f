"""A year of made-up customers, watched by the real daemon in virtual time, and everything it says held against the truth.

Run it with `python -m simulation`. It may know all of the daemon; the daemon knows nothing of it.
"""
