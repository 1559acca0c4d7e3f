"""Customers' records: what is written is what is read, whatever their owners called them."""

import random
from datetime import UTC, datetime

import pytest

from monitor.spending.anchor import anchor
from monitor.store.customers import Place, Record, first_seen_micros
from monitor.store.database import Store
from tests.store.builders import NOW, STRANGE_IDENTIFIERS, place, record


def save(store: Store, *records: tuple[Place, Record], environment: str = "prod") -> None:
    """Write records in a transaction of their own."""
    with store.write() as tx:
        tx.customers.save(environment, records)


def load(store: Store, *places: Place, environment: str = "prod") -> list[Record | None]:
    """Read records in a transaction of their own."""
    with store.read() as tx:
        return tx.customers.load(environment, places)


def test_a_record_comes_back(store: Store) -> None:
    """A record that was written is read as it was."""
    save(store, (place(1), record(period_budget=None, since_start=True)))

    assert load(store, place(1)) == [record(period_budget=None, since_start=True)]


def test_an_unknown_customer_is_none(store: Store) -> None:
    """Places where no record stands give None, each at its own position."""
    save(store, (place(2), record()))

    assert load(store, place(1), place(2), place(3)) == [None, record(), None]


def test_no_places_no_records(store: Store) -> None:
    """Nothing asked, nothing given; nothing to write, nothing written."""
    save(store)

    assert load(store) == []


@pytest.mark.parametrize("count", [1, 2, 20, 21, 200, 201, 1000, 1001, 2345])
def test_any_number_of_places(store: Store, count: int) -> None:
    """Pages of every size are read in the order that was asked for, whatever the order of writing."""
    numbers = list(range(count))
    random.Random(count).shuffle(numbers)  # noqa: S311 - an order, no secret
    save(store, *((place(number), record(float(number))) for number in range(count)))

    found = load(store, *(place(number) for number in numbers))

    assert [known.total_cost for known in found if known] == numbers


def test_a_place_asked_twice_is_given_twice(store: Store) -> None:
    """The same place at two positions is answered at both."""
    save(store, (place(1), record()))

    assert load(store, place(1), place(2), place(1)) == [record(), None, record()]


def test_a_later_record_replaces_the_earlier(store: Store) -> None:
    """Every field takes its new value, nulls among them."""
    read = anchor(read_at=NOW, usage=81.2, total_cost=523.45, start=NOW, end=None, duration="monthly")
    save(store, (place(1), record().anchored(read)))
    fresh = Record(None, None, None, None, since_start=False, has_alerts=True)

    save(store, (place(1), fresh))

    assert load(store, place(1)) == [fresh]


def test_an_anchor_comes_back(store: Store) -> None:
    """A reading is kept to the microsecond."""
    start = datetime(2025, 12, 1, 0, 0, 0, 123456, tzinfo=UTC)
    read = anchor(read_at=NOW, usage=81.2, total_cost=None, start=start, end=None, duration="monthly")
    save(store, (place(1), record().anchored(read)))

    (known,) = load(store, place(1))

    assert known is not None
    assert known.anchor == read
    assert known.unanchored() == record()


def test_an_unanchored_record_has_no_reading(store: Store) -> None:
    """A record written without a reading gives none."""
    save(store, (place(1), record()))

    (known,) = load(store, place(1))

    assert known is not None
    assert known.anchor is None


def test_strange_identifiers(store: Store) -> None:
    """Identifiers are any text: each stays itself, and none is taken for another."""
    places = [place(1, identifier) for identifier in STRANGE_IDENTIFIERS]
    save(store, *((where, record(float(number))) for number, where in enumerate(places)))

    assert [known.total_cost for known in load(store, *places) if known] == list(range(len(places)))


def test_the_same_identifier_elsewhere_is_another_customer(store: Store) -> None:
    """Environment, organization and first sight all tell customers apart."""
    here, other_organization, other_time = place(1), place(1, organization="other"), place(2, "user_1")
    save(store, (here, record(1.0)), (other_organization, record(2.0)), (other_time, record(3.0)))
    save(store, (here, record(4.0)), environment="test")

    assert load(store, here, other_organization, other_time) == [record(1.0), record(2.0), record(3.0)]
    assert load(store, here, environment="test") == [record(4.0)]


@pytest.mark.parametrize(
    ("time", "micros"),
    [
        (None, 0),
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(2024, 6, 7, 17, 35, 34, 452434, tzinfo=UTC), 1_717_781_734_452_434),
    ],
)
def test_first_seen_is_whole_microseconds(time: datetime | None, micros: int) -> None:
    """A place is told by the microsecond, as the API gives it."""
    assert first_seen_micros(time) == micros
