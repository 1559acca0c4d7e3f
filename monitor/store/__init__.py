"""What must survive: customers, alerts, events and the outbox, written together in one transaction.

I/O, and the only place that knows SQL. Knows nothing of the API client, channels or HTTP.
"""
