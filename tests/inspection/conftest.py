"""What the tests of inspection share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.polling.builders import Books


@pytest.fixture
def open_books(tmp_path: Path) -> Iterator[Callable[..., Books]]:
    """Opens books in a folder of the test's own, and closes them after it."""
    opened: list[Books] = []

    def open_(*args: Any, **kwargs: Any) -> Books:  # noqa: ANN401 - whatever Books takes
        opened.append(Books(tmp_path, *args, **kwargs))
        return opened[-1]

    yield open_
    for books in opened:
        books.close()
