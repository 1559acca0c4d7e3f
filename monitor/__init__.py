"""Budget monitoring and alerting for the customers of an LLM gateway."""

__version__ = "0.1.0"
