"""All customers of a database, in order."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import monitor.inspection.listing
from monitor.alerts.model import Severity
from monitor.inspection.listing import Entry, Query, UnknownEnvironment, find
from monitor.inspection.listing_json import listing_lines
from monitor.inspection.ranking import Over, SortKey
from monitor.store.database import Store
from tests.polling.builders import TWO_ENVIRONMENTS, Books, customer

OpenBooks = Callable[..., Books]


def listed(books: Books, **query: object) -> list[Entry]:
    """The customers that are found, in order."""
    return [entry for stretch in find(books.store, Query(**query)).entries for entry in stretch]  # type: ignore[arg-type]


def identifiers(books: Books, **query: object) -> list[str]:
    """The same by their identifiers."""
    return [entry.sight.place.customer_identifier for entry in listed(books, **query)]


@pytest.fixture
def books(open_books: OpenBooks) -> Books:
    """Three customers of prod: at 81 % and firing, at 60 %, and never read."""
    opened = open_books()
    opened.poll(
        [customer("high"), customer("middle"), customer("unread", 49.0)],
        usage={"high": 81.2, "middle": 60.0},
    )
    return opened


def test_most_used_first(books: Books) -> None:
    """Without a word on the order, who has used most of the budget comes first."""
    assert identifiers(books) == ["high", "middle", "unread"]


def test_the_alert_that_fires(books: Books) -> None:
    """Each customer has the severity at which an alert fires."""
    assert [entry.alert for entry in listed(books)] == [Severity.WARNING, Severity.INFO, None]


def test_who_may_be_over_is_shown_and_marked(books: Books) -> None:
    """Whoever has surely used so much, and whoever may have."""
    found = listed(books, over=0.8)

    assert [(entry.sight.place.customer_identifier, entry.over) for entry in found] == [
        ("high", Over.SURELY),
        ("unread", Over.POSSIBLY),
    ]


def test_only_the_first(books: Books) -> None:
    """A limit cuts the list, and it is known how long it would have been."""
    listing = find(books.store, Query(limit=1))

    assert [len(stretch) for stretch in listing.entries] == [1]
    assert listing.matched == 3


def test_stretch_by_stretch(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few are looked at together, nobody is lost and nobody comes twice."""
    monkeypatch.setattr(monitor.inspection.listing, "STRETCH", 2)

    assert identifiers(books, sort=SortKey.IDENTIFIER) == ["high", "middle", "unread"]


def test_whoever_goes_meanwhile_is_left_out(books: Books) -> None:
    """A customer that the daemon forgets while the list is being read is not in it."""
    listing = find(books.store, Query())
    with books.store.write() as tx:
        ((place, _),) = tx.customers.named("prod", "middle")
        tx.customers.drop("prod", [place])

    assert [entry.sight.place.customer_identifier for stretch in listing.entries for entry in stretch] == [
        "high",
        "unread",
    ]


def test_no_view_is_held_while_somebody_reads(books: Books, tmp_path: Path) -> None:
    """A reader that takes its time, such as a pager, does not keep what the daemon has written from being tidied up."""
    listing = find(books.store, Query())
    next(listing.entries)
    books.poll([customer("high"), customer("middle"), customer("unread", 49.5)])

    with closing(sqlite3.connect(tmp_path / "monitor.db")) as database:
        busy, pages, tidied = database.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    assert (busy, tidied) == (0, pages)


def test_all_environments_or_one(open_books: OpenBooks) -> None:
    """The same identifier in two environments is two customers."""
    prod = open_books(environments=TWO_ENVIRONMENTS)
    prod.poll([customer("a")])
    test = prod.beside("test")
    test.poll([customer("a", environment="test")])

    assert [entry.sight.environment for entry in listed(prod)] == ["prod", "test"]
    assert [entry.sight.environment for entry in listed(prod, environment="test")] == ["test"]


def test_an_environment_that_is_not_there(books: Books) -> None:
    """Those that are there are named."""
    with pytest.raises(UnknownEnvironment, match="no environment 'staging'; it has: prod"):
        find(books.store, Query(environment="staging"))


def test_by_what_was_spent_lately(open_books: OpenBooks) -> None:
    """A key that rests on history is looked up for everybody, and who spent most of late comes first."""
    books = open_books()
    for a, b in [(900.0, 10.0)] * 26 + [(901.0, 14.0)]:
        books.poll([customer("a", a), customer("b", b)], later=timedelta(hours=1))

    found = listed(books, sort=SortKey.SPEND_24H)

    assert [(entry.sight.place.customer_identifier, entry.sight.standing.spend_24h) for entry in found] == [
        ("b", 4.0),
        ("a", 1.0),
    ]


def test_a_database_without_anybody(tmp_path: Path) -> None:
    """There is nothing to list."""
    store = Store(f"sqlite:///{tmp_path / 'monitor.db'}")
    listing = find(store, Query())

    assert (list(listing.entries), listing.matched, listing.complete_at) == ([], 0, {})
    store.close()


@pytest.mark.parametrize("limit", [None, 0, 1])
def test_the_lines_are_one_object(books: Books, limit: int | None) -> None:
    """However many customers there are, JSON comes out whole, a customer on each line."""
    listing = find(books.store, Query(limit=limit))
    lines = list(listing_lines(listing, books.now))

    told = json.loads("\n".join(lines))
    assert list(told) == ["environments", "matched", "customers"]
    assert len(told["customers"]) == len(lines) - 2 == (3 if limit is None else limit)


def test_a_budget_of_nothing_in_json(open_books: OpenBooks) -> None:
    """JSON has no infinity: a share that is infinite has no bounds."""
    books = open_books()
    books.poll([customer("a", period_budget=0)], usage={"a": 3.0})

    told = json.loads("".join(listing_lines(find(books.store, Query()), books.now)))

    assert told["customers"][0]["period_used"] == {"low": None, "high": None}
    assert told["customers"][0]["period_cost"]["low"] == 3.0
