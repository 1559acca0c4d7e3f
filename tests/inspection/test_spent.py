"""What was spent lately, with what it rests on; through the books as the daemon keeps them."""

from collections.abc import Callable
from datetime import timedelta

from monitor.inspection.sight import look_closer, see
from monitor.inspection.spent import Ground, Spent, spent_lately
from tests.polling.builders import MINUTE, Books, customer

OpenBooks = Callable[..., Books]


def spent(books: Books, identifier: str = "a") -> dict[str, Spent]:
    """The windows of a customer."""
    with books.store.read() as tx:
        ((place, record),) = tx.customers.named("prod", identifier)
        complete_at = tx.environments.load("prod").last_complete_at
        (seen,) = look_closer(tx.history, [see("prod", place, record, complete_at)])
        return {each.field: each for each in spent_lately(tx.history, seen)}


def test_not_known_for_so_long(open_books: OpenBooks) -> None:
    """Of a customer that was there before it was listed, nobody knows what was spent before."""
    books = open_books()
    books.poll([customer("a")])

    found = spent(books)["spend_24h"]

    assert (found.usd, found.ground) == (None, Ground.KNOWN_TOO_SHORTLY)


def test_all_of_its_life(open_books: OpenBooks) -> None:
    """All that a newcomer has spent was spent since the window began."""
    books = open_books()
    books.poll([customer("a", 3.5, first_seen="2025-12-29T10:05:00Z")])

    found = spent(books)["spend_1h"]

    assert (found.usd, found.ground) == (3.5, Ground.WHOLE_LIFE)


def test_unchanged_since(open_books: OpenBooks) -> None:
    """Where the total cost has not grown since the window began, nothing was spent in it."""
    books = open_books()
    books.poll([customer("a", 10.0)])
    books.poll([customer("a", 12.0)], later=30 * MINUTE)
    books.poll([customer("a", 12.0)], later=timedelta(hours=3))

    found = spent(books)["spend_1h"]

    assert (found.usd, found.ground, found.mark) == (0.0, Ground.UNCHANGED, None)


def test_since_a_mark(open_books: OpenBooks) -> None:
    """What was spent is the total cost less what it was at the mark, and the mark is shown."""
    books = open_books()
    for total, later in ((10.0, MINUTE), (10.0, 60 * MINUTE), (14.0, 30 * MINUTE), (19.0, 30 * MINUTE)):
        books.poll([customer("a", total)], later=later)

    found = spent(books)["spend_1h"]

    assert (found.usd, found.ground) == (9.0, Ground.MARK)
    assert found.mark is not None
    assert found.mark.spent == 10.0
    assert found.mark.at >= found.began


def test_nobody_looked_when_it_began(open_books: OpenBooks) -> None:
    """After hours without a poll, nobody knows what the total cost was at the hour."""
    books = open_books()
    books.poll([customer("a", 10.0)])
    books.poll([customer("a", 14.0)], later=timedelta(hours=7))

    found = spent(books)["spend_1h"]

    assert (found.usd, found.ground) == (None, Ground.NOBODY_LOOKED)
