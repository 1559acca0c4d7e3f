"""One poll of an environment: what is asked of the API, and what every page of the answer changes.

Joins the API client, spending, rules, alerts and the store; knows nothing of channels or HTTP.
"""
