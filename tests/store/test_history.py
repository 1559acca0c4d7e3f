"""What customers had spent at full hours, and what was corrected: what is written is what is found."""

import random
from datetime import datetime, timedelta

import pytest

from monitor.alerts.model import CustomerKey
from monitor.spending.course import Correction, Fallen
from monitor.spending.windows import HOUR, Mark
from monitor.store.database import Store
from monitor.store.environments import Progress
from monitor.store.history import PRUNED
from tests.store.builders import MINUTE, NOW, STRANGE_IDENTIFIERS

TEN = NOW.replace(minute=0)
MIDNIGHT = NOW.replace(hour=0, minute=0)
DAYS = timedelta(days=1)


def write(store: Store, *marks: tuple[int, Mark], environment: str = "prod") -> None:
    """Write marks in a transaction of their own."""
    with store.write() as tx:
        tx.history.add(environment, marks)


def found(store: Store, *wanted: tuple[int, datetime], environment: str = "prod") -> list[float | None]:
    """Look up what customers had spent."""
    with store.read() as tx:
        return tx.history.at(environment, wanted)


def kept(store: Store, number: int, environment: str = "prod") -> list[Mark]:
    """All marks of a customer."""
    with store.read() as tx:
        return tx.history.of(environment, number)


def prune(store: Store, after: int = 0, now: datetime = NOW) -> int:
    """Forget full hours after 8 days and midnights after 400."""
    with store.write() as tx:
        return tx.history.prune("prod", after, now, hourly=8 * DAYS, daily=400 * DAYS)


def allot(store: Store, count: int, environment: str = "prod") -> int:
    """Give out numbers."""
    with store.write() as tx:
        return tx.environments.allot(environment, count)


def correct(store: Store, *corrections: tuple[str, Correction], at: datetime = NOW) -> None:
    """Record corrections of customers."""
    with store.write() as tx:
        tx.corrections.record([(key(identifier), correction) for identifier, correction in corrections], at)


def corrected(store: Store, of: CustomerKey, limit: int = 20) -> list[tuple[datetime, Correction]]:
    """The last corrections of a customer."""
    with store.read() as tx:
        return tx.corrections.of(of, limit)


def key(identifier: str = "user_123", organization: str = "8264a3f4", environment: str = "prod") -> CustomerKey:
    """Who it is."""
    return CustomerKey(environment, organization, identifier)


def fall(after: float = 400.0) -> Correction:
    """A total cost that fell."""
    return Correction(Fallen.TOTAL_COST, 523.45, after)


def test_marks_come_back(store: Store) -> None:
    """Oldest first, those of which nothing is known among them."""
    write(store, (1, Mark(TEN, 5.0)), (1, Mark(MIDNIGHT, None)), (2, Mark(TEN, 7.0)))

    assert kept(store, 1) == [Mark(MIDNIGHT, None), Mark(TEN, 5.0)]
    assert kept(store, 2) == [Mark(TEN, 7.0)]
    assert kept(store, 3) == []


def test_nothing_to_write_is_nothing(store: Store) -> None:
    """A page on which nobody has spent leaves no mark."""
    write(store)

    assert kept(store, 1) == []


@pytest.mark.parametrize("first", [5.0, None])
def test_the_first_mark_of_an_hour_stays(store: Store, first: float | None) -> None:
    """What was spent by ten o'clock was told by the first change after it: later ones know no better."""
    write(store, (1, Mark(TEN, first)))

    write(store, (1, Mark(TEN, 6.0)))

    assert kept(store, 1) == [Mark(TEN, first)]


@pytest.mark.parametrize(
    ("at", "spent"),
    [
        (TEN - 6 * HOUR, 3.0),
        (TEN - 5 * HOUR, 3.0),
        (TEN - 4 * HOUR, None),
        (TEN - 2 * HOUR, None),
        (TEN - HOUR, 5.0),
        (TEN, 5.0),
        (TEN + HOUR, None),
    ],
)
def test_a_mark_holds_for_the_hours_before_it(store: Store, at: datetime, spent: float | None) -> None:
    """Since the mark before it, as nothing was spent until then; after the last one nothing was, so there is none."""
    write(store, (1, Mark(TEN - 5 * HOUR, 3.0)), (1, Mark(TEN - 2 * HOUR, None)), (1, Mark(TEN, 5.0)))

    assert found(store, (1, at)) == [spent]


def test_marks_of_others_are_theirs(store: Store) -> None:
    """Customers have numbers in each environment: those of another one are other customers."""
    write(store, (1, Mark(TEN, 1.0)), (3, Mark(TEN, 3.0)))
    write(store, (2, Mark(TEN, 2.0)), environment="test")

    assert found(store, (1, TEN), (2, TEN), (3, TEN)) == [1.0, None, 3.0]
    assert found(store, (1, TEN), (2, TEN), (3, TEN), environment="test") == [None, 2.0, None]


@pytest.mark.parametrize("count", [0, 1, 2, 20, 21, 200, 201, 1000, 1001, 2345])
def test_any_number_of_look_ups(store: Store, count: int) -> None:
    """Each is answered at its own position, in whatever order they come."""
    numbers = list(range(count))
    random.Random(count).shuffle(numbers)  # noqa: S311 - an order, no secret
    write(store, *((number, Mark(TEN, float(number))) for number in range(0, count, 2)))

    answers = found(store, *((number, TEN - HOUR) for number in numbers))

    assert answers == [None if number % 2 else float(number) for number in numbers]


def test_windows_of_one_customer_are_looked_up_together(store: Store) -> None:
    """The same customer at several times, and at the same time twice."""
    write(store, (1, Mark(TEN - 24 * HOUR, 1.0)), (1, Mark(TEN, 2.0)))

    assert found(store, (1, TEN), (1, TEN - 24 * HOUR), (1, TEN), (1, TEN - 7 * DAYS)) == [2.0, 1.0, 2.0, 1.0]


def test_a_forgotten_customer_has_no_marks(store: Store) -> None:
    """What is dropped is gone, for these customers of this environment only."""
    for environment in ("prod", "test"):
        write(store, *((number, Mark(TEN, 1.0)) for number in (1, 2, 3)), environment=environment)

    with store.write() as tx:
        tx.history.drop("prod", [3, 1])

    assert [kept(store, number) for number in (1, 2, 3)] == [[], [Mark(TEN, 1.0)], []]
    assert kept(store, 1, "test") == [Mark(TEN, 1.0)]


def test_old_hours_are_forgotten_and_midnights_stay(store: Store) -> None:
    """Hours for eight days, midnights for 400, as windows need them."""
    at = [MIDNIGHT - 401 * DAYS, MIDNIGHT - 399 * DAYS, TEN - 9 * DAYS, TEN - 8 * DAYS + HOUR, TEN]
    write(store, *((1, Mark(each, 1.0)) for each in at))

    forgotten = prune(store)

    assert forgotten == 2
    assert [mark.at for mark in kept(store, 1)] == [at[1], at[3], at[4]]


def test_a_stretch_of_customers_is_pruned_at_a_time(store: Store) -> None:
    """So that nobody waits for it, however many there are."""
    old = Mark(TEN - 9 * DAYS, 1.0)
    write(store, (1, old), (PRUNED, old), (PRUNED + 1, old))
    write(store, (1, old), environment="test")

    assert prune(store) == 2
    assert (kept(store, PRUNED), kept(store, PRUNED + 1)) == ([], [old])
    assert prune(store, after=PRUNED) == 1
    assert kept(store, 1, "test") == [old]


def test_a_window_of_30_days_is_known_after_its_hours_are_forgotten(store: Store) -> None:
    """The first change of a day is kept at its midnight."""
    first = TEN - 20 * DAYS
    write(store, (1, Mark(first, 5.0)), (1, Mark(first.replace(hour=0), 5.0)), (1, Mark(TEN, 9.0)))
    prune(store)

    assert found(store, (1, MIDNIGHT - 30 * DAYS)) == [5.0]


def test_numbers_are_given_out_once(store: Store) -> None:
    """From 1 on, each environment its own, over restarts and while its progress is written."""
    with store.write() as tx:
        tx.environments.save("prod", Progress(polls=1))
        tx.environments.save("test", Progress(polls=1))

    assert allot(store, 3) == 1
    assert allot(store, 1) == 4
    assert allot(store, 2, "test") == 1
    with store.write() as tx:
        progress = tx.environments.load("prod")
        tx.environments.save("prod", progress)

    assert progress.numbers == 4
    assert allot(store, 1) == 5


def test_corrections_come_back_newest_first(store: Store) -> None:
    """Each with its time; no more than are asked for."""
    usage = Correction(Fallen.PERIOD_USAGE, 45.67, 30.0)
    correct(store, ("user_123", fall(400.0)))
    correct(store, ("user_123", usage), ("user_123", fall(390.0)), at=NOW + MINUTE)

    assert corrected(store, key()) == [(NOW + MINUTE, fall(390.0)), (NOW + MINUTE, usage), (NOW, fall(400.0))]
    assert corrected(store, key(), limit=1) == [(NOW + MINUTE, fall(390.0))]


def test_nothing_corrected_is_nothing(store: Store) -> None:
    """Most polls find none."""
    correct(store)

    assert corrected(store, key()) == []


def test_corrections_of_others_are_theirs(store: Store) -> None:
    """Environment, organization and identifier all tell customers apart."""
    correct(store, *((identifier, fall(float(number))) for number, identifier in enumerate(STRANGE_IDENTIFIERS)))

    for number, identifier in enumerate(STRANGE_IDENTIFIERS):
        assert corrected(store, key(identifier)) == [(NOW, fall(float(number)))]
    assert corrected(store, key(STRANGE_IDENTIFIERS[0], organization="other")) == []
    assert corrected(store, key(STRANGE_IDENTIFIERS[0], environment="test")) == []


def test_old_corrections_are_forgotten(store: Store) -> None:
    """Those from before an instant."""
    correct(store, ("user_123", fall(400.0)), at=NOW - MINUTE)
    correct(store, ("user_123", fall(390.0)), at=NOW)

    with store.write() as tx:
        assert tx.corrections.prune(NOW) == 1

    assert corrected(store, key()) == [(NOW, fall(390.0))]
