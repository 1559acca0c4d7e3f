"""What a rule says and on which customers it holds: the field table, the expression language, levels.

Pure: no clock, no I/O. Knows nothing of alerts, the API client or the store.
"""
