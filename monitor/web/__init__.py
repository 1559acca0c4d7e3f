"""What can be seen from outside over HTTP: metrics, health, and the JSON API.

I/O. Reads the store, decides nothing.
"""
