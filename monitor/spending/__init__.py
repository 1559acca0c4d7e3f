"""What a customer spent in the current budget period, and how surely that is known.

Pure: no clock, no I/O. Knows nothing of rules, alerts, the API client or the store.
"""
