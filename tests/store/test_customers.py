"""Customers' records: what is written is what is read, whatever their owners called them."""

import random
from datetime import UTC, datetime

import pytest

from monitor.spending.anchor import Reading
from monitor.spending.course import BLANK, Course, after_reading
from monitor.store.customers import Place, Record, first_seen_micros, read_course, written_course
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


@pytest.mark.parametrize("others", [0, 2, 40])
def test_a_page_among_others(store: Store, others: int) -> None:
    """However many were first seen between the customers of a page, they are none of it; who is missing stays None."""
    every = [(place(number), record(float(number))) for number in range(200 * (others + 1))]
    save(store, *every[:-1])
    save(store, *((where, record(-1.0)) for where, _ in every), environment="test")
    save(store, *((place(number, organization="another"), record(-1.0)) for number in range(0, 200, 7)))
    wanted = every[others :: others + 1]

    found = load(store, *(where for where, _ in wanted))

    assert found == [known for _, known in wanted[:-1]] + [None]


def test_a_place_asked_twice_is_given_twice(store: Store) -> None:
    """The same place at two positions is answered at both."""
    save(store, (place(1), record()))

    assert load(store, place(1), place(2), place(1)) == [record(), None, record()]


def course(usage: float = 81.2) -> Course:
    """What is known after one reading."""
    start = datetime(2025, 12, 1, 0, 0, 0, 123456, tzinfo=UTC)
    read = Reading(at=NOW, usage=usage, start=start, end=None, duration="monthly")
    known, _ = after_reading(BLANK, read, 523.45)
    return known


def test_a_later_record_replaces_the_earlier(store: Store) -> None:
    """Every field takes its new value, nulls among them."""
    save(store, (place(1), record(number=7, fallen=3.0, changed_at=5, course=written_course(course()))))
    fresh = Record(None, None, None, None, since_start=False, has_alerts=True)

    save(store, (place(1), fresh))

    assert load(store, place(1)) == [fresh]


def test_what_is_known_of_a_period_comes_back(store: Store) -> None:
    """A reading is kept to the microsecond."""
    save(store, (place(1), record(course=written_course(course()))))

    (known,) = load(store, place(1))

    assert known is not None
    assert read_course(known.course) == course()


def test_nothing_known_of_a_period_is_nothing_kept(store: Store) -> None:
    """A record without a reading gives a blank course, and takes no room for it."""
    save(store, (place(1), record(course=written_course(BLANK))))

    (known,) = load(store, place(1))

    assert known is not None
    assert (known.course, read_course(known.course)) == (None, BLANK)


def test_customers_between_two_instants(store: Store) -> None:
    """Those first seen strictly between two instants are counted, and given."""
    save(store, *((place(number), record(float(number))) for number in range(5)))
    save(store, (place(2), record()), environment="test")
    bounds = (place(0).first_seen, place(4).first_seen)

    with store.read() as tx:
        assert tx.customers.count_between("prod", *bounds) == 3
        assert tx.customers.between("prod", *bounds) == [(place(n), record(float(n))) for n in (1, 2, 3)]


def test_all_customers_a_stretch_at_a_time(store: Store) -> None:
    """A stretch begins after the last customer of the one before."""
    save(store, *((place(number), record(float(number))) for number in range(5)))

    with store.read() as tx:
        first = tx.customers.all("prod", limit=3)
        rest = tx.customers.all("prod", after=first[-1][0], limit=3)

    assert [where for where, _ in [*first, *rest]] == [place(number) for number in range(5)]


def test_customers_by_name(store: Store) -> None:
    """An identifier names one customer of each organization."""
    save(store, (place(1, "a"), record(1.0)), (place(2, "a", organization="other"), record(2.0)), (place(3), record()))

    with store.read() as tx:
        assert [known.total_cost for _, known in tx.customers.named("prod", "a")] == [1.0, 2.0]


def test_a_forgotten_customer_is_not_known(store: Store) -> None:
    """What is dropped is gone; the others stay."""
    save(store, (place(1), record()), (place(2), record()))

    with store.write() as tx:
        tx.customers.drop("prod", [place(1)])

    assert load(store, place(1), place(2)) == [None, record()]


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
