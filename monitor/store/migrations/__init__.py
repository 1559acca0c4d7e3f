"""How a database of any earlier version is brought to this one, step by step."""
