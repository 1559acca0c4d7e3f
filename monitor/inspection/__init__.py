"""What the database holds of customers, shown to people and to programs: all of them in order, or one with its reasons.

Reads beside a running daemon and writes nothing. Knows the store, the rules and how money is counted; asks the API for
a row only where the user says so.
"""
