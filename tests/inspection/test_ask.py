"""Asking the API for the row of a customer: one request, and no trust in what comes back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from monitor.inspection.ask import Asked, ask
from monitor.inspection.explanation import explain
from tests.polling.builders import Books, customer
from tests.respan.builders import Wire as Server
from tests.respan.builders import http_answer, page, row, wire

OpenBooks = Callable[..., Books]


@asynccontextmanager
async def asked(books: Books, *rows: object, status: str = "200 OK") -> AsyncIterator[tuple[Asked, Server]]:
    """What comes of asking an API that lists these rows."""
    async with wire(http_answer(status, page(*rows))) as server:
        found = explain(books.store, "a", None, books.book)
        yield await ask(found, books.book, server.url, lambda: books.now), server


@pytest.fixture
def books(open_books: OpenBooks) -> Books:
    """A customer."""
    opened = open_books()
    opened.poll([customer("a")])
    return opened


async def test_one_request_for_one_customer(books: Books) -> None:
    """The API is asked once, for this identifier and in this environment."""
    async with asked(books, customer("a", number_of_requests=7)) as (found, server):
        body = msgspec.json.decode(server.bodies[0])

    assert len(server.lines) == 1
    assert "environment=prod" in server.lines[0]
    assert body["filters"] == {"customer_identifier": {"operator": "", "value": ["a"]}}
    assert found.problems == []
    assert found.explanations[0].person.row.number_of_requests == 7


@pytest.mark.parametrize(
    "rows",
    [[], [row(customer_identifier="b")], [row(customer_identifier="a", unique_organization_id="another")]],
)
async def test_another_row_is_not_taken(books: Books, rows: list[object]) -> None:
    """An API that drops the filter without a word, or does not know the customer, answers nothing."""
    async with asked(books, *rows) as (found, _):
        pass

    assert found.problems == ["prod: the API does not list 'a'"]
    assert found.explanations[0].asked is None


async def test_an_api_that_refuses(books: Books) -> None:
    """What went wrong is told, and the page is there without the row."""
    async with asked(books, status="500 Internal Server Error") as (found, _):
        pass

    (problem,) = found.problems
    assert "HTTP 500" in problem
    assert found.explanations[0].asked is None
