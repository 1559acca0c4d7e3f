"""What is known of a customer once its row is joined with what was kept of it."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.known import Known, join, outlook
from monitor.respan.models import Customer
from monitor.spending.anchor import UNBOUNDED, Reading
from monitor.spending.course import BLANK, Correction, Course, Fallen, standing
from monitor.spending.markup import Markup
from monitor.spending.standing import Standing
from monitor.store.customers import Record, read_course, written_course
from monitor.store.times import micros
from tests.spending.builders import Customer as Spender
from tests.spending.builders import Watcher

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
DECEMBER, JANUARY = datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG_AGO = micros(NOW - 400 * DAY)


def row(total: float | None = 523.45, **fields: object) -> Customer:
    """The documented row."""
    known = {"customer_identifier": "user_123", "period_budget": 100.0, "budget_duration": "monthly", **fields}
    return msgspec.convert({**known, "total_cost": total, "total_budget": 1000.0}, Customer)


def record(total: float | None = 523.45, **fields: object) -> Record:
    """What was kept of it, without a reading."""
    kept = Record(total, 100.0, "monthly", 1000.0, since_start=False, has_alerts=False, known_since=LONG_AGO)
    return kept._replace(**fields)  # type: ignore[arg-type]


def was_read(
    at: datetime = NOW - HOUR,
    markup: Markup = Markup(1.0, 1.0),  # noqa: B008 - is frozen
    end: datetime | None = None,
) -> Record:
    """The same after a reading of 45.67 USD, and a row."""
    before, found = record(course=written_course(Course(markup=markup))), reading(at=at, end=end)
    course = join(row(), before, found, at, first=False).record
    return join(row(), course, None, at + MINUTE, first=False).record


def reading(
    usage: float = 45.67, at: datetime = NOW, start: datetime = DECEMBER, end: datetime | None = None
) -> Reading:
    """The documented detail."""
    return Reading(at, usage, start, end, "monthly")


def joined(listed: Customer, before: Record | None, found: Reading | None = None, now: datetime = NOW) -> Known:
    """A row of a later poll."""
    return join(listed, before, found, now, first=False)


def stands(known: Known, now: datetime = NOW) -> Standing:
    """Where the customer stands by that."""
    return standing(known.course, known.total, now)


@pytest.mark.parametrize("first", [True, False])
def test_a_new_customer(first: bool) -> None:  # noqa: FBT001 - a parameter
    """All that is listed is kept, with when it was, and whether that was in the first walk."""
    known = join(row(), None, None, NOW, first=first)

    assert known.record == record(known_since=micros(NOW), since_start=first)
    assert known.course is BLANK
    assert (known.grown_from, known.corrections) == (None, ())
    assert (stands(known).cost_low, stands(known).cost_high) == (0.0, 1046.90)


def test_a_new_customer_who_is_read() -> None:
    """The reading is kept with it."""
    known = joined(row(), None, reading())

    assert stands(known).exact
    assert read_course(known.record.course) == known.course


def test_a_row_that_says_nothing_new_leaves_the_record_as_it_is() -> None:
    """The very same one, so that nothing is written."""
    before = was_read()

    known = joined(row(), before)

    assert known.record is before
    assert (known.grown_from, known.corrections) == (None, ())
    assert stands(known).exact


def test_a_total_that_grows() -> None:
    """From what, and when, is noted; a customer who spends is no longer as it was found."""
    known = joined(row(533.45), record(since_start=True))

    assert known.grown_from == 523.45
    assert known.record == record(533.45, changed_at=micros(NOW), since_start=False)
    assert known.corrections == ()


def test_a_total_that_falls() -> None:
    """It is told as a correction, and does not lessen what was spent."""
    known = joined(row(400.0), record())

    assert known.corrections == (Correction(Fallen.TOTAL_COST, 523.45, 400.0),)
    assert known.grown_from is None
    assert known.record.fallen == pytest.approx(123.45)
    assert known.record.spent == pytest.approx(523.45)
    assert stands(known).cost_high == UNBOUNDED


def test_a_total_that_falls_and_grows_again() -> None:
    """It grows from all that was ever spent, so that no window shows less than there was."""
    fallen = joined(row(400.0), record()).record

    known = joined(row(410.0), fallen, now=NOW + HOUR)

    assert known.grown_from == pytest.approx(523.45)
    assert known.record.spent == pytest.approx(533.45)
    assert joined(row(390.0), known.record).record.fallen == pytest.approx(143.45)


def test_a_total_that_differs_by_rounding() -> None:
    """Sums of many small costs may come out lower in their last digits: nobody has taken anything back."""
    known = joined(row(523.45 - 1e-9), was_read())

    assert known.corrections == ()
    assert stands(known).exact
    assert (stands(known).cost_low, stands(known).cost_high) == (45.67, 45.67)


def test_a_total_that_is_not_listed_is_kept() -> None:
    """Nothing is known by that row; the next one is compared with the last that had a total."""
    unlisted = joined(row(None), was_read())
    assert stands(unlisted).cost_high is None
    assert unlisted.record == was_read()

    known = joined(row(533.45), unlisted.record)

    assert known.grown_from == 523.45
    assert stands(known).cost_low == pytest.approx(55.67)


def test_a_customer_who_is_listed_again_is_not_missing() -> None:
    """Though nothing else is new."""
    assert joined(row(), record(missing_since=LONG_AGO)).record == record()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"budget_duration": "weekly"}, {}),
        ({}, {"budget_duration": None}),
        ({"period_budget": None}, {}),
        ({}, {"period_budget": None}),
    ],
    ids=["another duration", "no duration", "a first budget", "no budget"],
)
def test_a_period_of_another_kind_is_not_known(before: dict[str, object], after: dict[str, object]) -> None:
    """What was read says nothing of it; the markup is the customer's, and stays."""
    known = joined(row(**after), was_read()._replace(**before))  # type: ignore[arg-type]

    assert known.course == Course(markup=Markup(1.0, 1.0))
    assert read_course(known.record.course) == known.course
    assert (stands(known).read, stands(known).start) == (False, None)


def test_another_budget_is_of_the_same_period() -> None:
    """What was spent in it is as well known as before."""
    known = joined(row(period_budget=200.0), was_read())

    assert stands(known).exact
    assert known.record.period_budget == 200.0


def test_a_usage_that_dropped_is_told() -> None:
    """With what the total shows to have fallen, if it did."""
    known = joined(row(), was_read(), reading(30.0))

    assert known.corrections == (Correction(Fallen.PERIOD_USAGE, 45.67, 30.0),)
    assert stands(known).cost_high == 30.0


def test_a_period_that_has_rolled_over_is_kept() -> None:
    """The next row goes on from there."""
    known = joined(row(533.45), was_read(end=JANUARY), now=JANUARY + HOUR)

    assert read_course(known.record.course) == known.course
    assert stands(known, JANUARY + HOUR).start == JANUARY


@given(
    st.lists(
        st.tuples(st.timedeltas(timedelta(seconds=1), 3 * DAY), st.just(0.0) | st.floats(0.01, 100.0), st.booleans()),
        max_size=15,
    )
)
def test_what_is_kept_is_all_that_is_needed(polls: list[tuple[timedelta, float, bool]]) -> None:
    """With what the database holds between polls a customer stands where it would if nothing were ever written down."""
    spender, watcher = Spender(origin=DECEMBER), Watcher()
    now, kept = DECEMBER, record(0.0)
    watcher.row(0.0, now)
    for later, usd, reads in polls:
        now += later
        spender.spends.append((now - later / 2, usd))
        total = spender.total()
        known = joined(row(total), kept, now=now)
        assert stands(known, now) == watcher.row(total, now)
        if reads:
            now += timedelta(seconds=1)
            known = join(row(total), known.record, spender.reading(now), now, first=False, again=True)
            assert stands(known, now) == watcher.read(spender.reading(now))
        kept = known.record


@pytest.mark.parametrize("forecast", [True, False])
def test_an_outlook_is_made_where_one_is_wanted(forecast: bool) -> None:  # noqa: FBT001 - a parameter
    """What was spent lately is told either way."""
    known = joined(row(), was_read())

    where = outlook(known, {"spend_24h": 2.5}, NOW, forecast=forecast)

    assert where.spend_24h == 2.5
    assert (where.projected_min is not None) is forecast
