"""What a customer has spent in the last hour, day, week and month."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.polling.known import Known, spends_of
from monitor.spending.course import BLANK
from monitor.spending.windows import WINDOWS, Mark
from monitor.store.customers import Place, Record
from monitor.store.database import Store
from monitor.store.times import micros
from tests.polling.builders import Books, customer

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TEN = NOW.replace(minute=0)
LONG_AGO = micros(NOW - 400 * DAY)


def record(total: float | None = 523.45, **fields: object) -> Record:
    """What was kept of the documented customer, without a reading."""
    kept = Record(total, 100.0, "monthly", 1000.0, since_start=False, has_alerts=False, known_since=LONG_AGO)
    return kept._replace(**fields)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database, open."""
    opened = Store(f"sqlite:///{tmp_path / 'monitor.db'}")
    yield opened
    opened.close()


def windows_of(
    store: Store, kept: Record, *, first_seen: datetime = NOW - 300 * DAY, now: datetime = NOW
) -> list[float | None]:
    """What a customer has spent in the last hour, day, week and month."""
    known = Known(kept, BLANK, kept.total_cost)
    where = Place(micros(first_seen), "user_123", "8264a3f4")
    with store.read() as tx:
        (spends,) = spends_of(tx.history, "prod", places=[where], known=[known], windows=WINDOWS, now=now)
    assert list(spends) == [window.field for window in WINDOWS]
    return list(spends.values())


def mark(store: Store, *marks: Mark, number: int = 7) -> None:
    """Write marks of a customer."""
    with store.write() as tx:
        tx.history.add("prod", [(number, each) for each in marks])


def test_who_never_spent_has_spent_nothing(store: Store) -> None:
    """In any window, as long as it was watched for as long."""
    assert windows_of(store, record()) == [0.0, 0.0, 0.0, 0.0]


def test_who_spent_before_a_window_began_has_spent_nothing_in_it(store: Store) -> None:
    """No mark is needed to know that."""
    idle = record(changed_at=micros(NOW - 3 * DAY), number=7)
    mark(store, Mark(TEN - 3 * DAY, 500.0))

    assert windows_of(store, idle) == [0.0, 0.0, pytest.approx(23.45), pytest.approx(23.45)]


def test_each_window_is_counted_from_its_own_mark(store: Store) -> None:
    """What was spent by then is told by the first mark from then on."""
    mark(store, Mark(TEN, 520.0), Mark(TEN - 20 * HOUR, 510.0), Mark(TEN - 5 * DAY, 500.0), Mark(TEN - 25 * DAY, 400.0))

    found = windows_of(store, record(changed_at=micros(NOW), number=7))

    assert found == [pytest.approx(3.45), pytest.approx(13.45), pytest.approx(23.45), pytest.approx(123.45)]


def test_corrections_do_not_lessen_what_was_spent(store: Store) -> None:
    """400 USD are listed after 123.45 were taken back: what was spent since a mark is what it was."""
    mark(store, Mark(TEN - DAY, 500.0))

    fallen = record(400.0, fallen=123.45, changed_at=micros(NOW - 2 * HOUR), number=7)

    assert windows_of(store, fallen)[1] == pytest.approx(23.45)


def test_a_gap_leaves_the_windows_that_begin_in_it_unknown(store: Store) -> None:
    """And no others: the last hour is known again, the month always was."""
    mark(store, Mark(TEN - HOUR, 520.0), Mark(TEN - 10 * HOUR, None), Mark(TEN - 9 * DAY, 500.0))

    found = windows_of(store, record(changed_at=micros(NOW), number=7))

    assert found == [pytest.approx(3.45), None, None, pytest.approx(23.45)]


def test_who_was_first_seen_within_a_window_has_spent_all_of_it_there(store: Store) -> None:
    """Before that there was nobody; earlier windows are as unknown as the mark that nobody wrote."""
    new = record(known_since=micros(NOW - MINUTE), changed_at=micros(NOW), number=7)

    assert windows_of(store, new, first_seen=NOW - 3 * DAY) == [None, None, 523.45, 523.45]


def test_who_was_found_at_the_start_has_no_known_past(store: Store) -> None:
    """A customer of long ago may have spent its total at any time."""
    found = record(known_since=micros(NOW - 2 * DAY))

    assert windows_of(store, found) == [0.0, 0.0, None, None]


def test_without_a_total_nothing_is_known_of_a_newcomer(store: Store) -> None:
    """Null is not nothing."""
    new = record(None, known_since=micros(NOW - MINUTE))

    assert windows_of(store, new, first_seen=NOW - HOUR / 2) == [None, None, None, None]


def test_without_a_number_there_is_no_history(store: Store) -> None:
    """Who has changed before there was any is not known by it."""
    assert windows_of(store, record(changed_at=micros(NOW)))[0] is None


def test_each_customer_of_a_page_has_its_own_windows(store: Store) -> None:
    """Those who are looked up and those who need not be, in the order of the page."""
    mark(store, Mark(TEN - HOUR, 520.0), number=7)
    mark(store, Mark(TEN - HOUR, 510.0), number=8)
    spent = [record(changed_at=micros(NOW), number=7), record(), record(changed_at=micros(NOW), number=8)]
    places = [Place(number, f"user_{number}", "8264a3f4") for number in range(3)]

    with store.read() as tx:
        found = spends_of(
            tx.history,
            "prod",
            places=places,
            known=[Known(each, BLANK, each.total_cost) for each in spent],
            windows=WINDOWS[:1],
            now=NOW,
        )

    assert found == [{"spend_1h": pytest.approx(3.45)}, {"spend_1h": 0.0}, {"spend_1h": pytest.approx(13.45)}]


def test_spend_of_the_last_hour_in_the_books(open_books: Callable[..., Books]) -> None:
    """Polled every 20 minutes, a customer who has spent 6 USD since the hour began is told of as such."""
    rule = '[[rules]]\nname = "burst"\nvalue = "spend_1h"\nlevels = [{ at_least = 5, severity = "warning" }]\n'
    books = open_books(rules=rule)
    said = []

    for total in (100.0, 100.0, 100.0, 100.0, 100.0, 103.0, 106.0, 106.0):
        poll = books.poll([customer("user_1", total)], later=20 * MINUTE)
        said += [(event.value, event.at.hour, event.at.minute) for event, _ in poll.decided]

    assert said == [(6.0, 12, 50)]
