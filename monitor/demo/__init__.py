"""A stand-in for the Respan users API, with customers whose spend tells a story. Used by the demo and by tests."""
