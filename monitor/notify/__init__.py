"""Telling people: messages are rendered for their channel, sent, and marked delivered after its yes.

I/O at its edge. Knows nothing of the API client or of how an alert was decided.
"""
