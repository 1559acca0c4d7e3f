"""The Respan users API: its models, its client, its filters, and the pace it allows.

I/O. Knows nothing of rules, alerts or the store.
"""
