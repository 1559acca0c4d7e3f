"""What the tests of inspection share."""

from tests.polling.conftest import open_books

__all__ = ["open_books"]
