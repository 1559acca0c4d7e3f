"""What is known of a period after the one before it has ended."""

from datetime import datetime

import pytest

from monitor.spending.anchor import UNKNOWN_END_VALIDITY
from monitor.spending.course import Course, standing
from monitor.spending.markup import Markup
from tests.spending.builders import (
    DAY,
    DECEMBER,
    FEBRUARY,
    HOUR,
    JANUARY,
    MINUTE,
    READ,
    SECOND,
    Customer,
    Watcher,
    bounds,
    day,
    reading,
    watched,
    without_markup,
)

# With an end that shows that periods last what their duration says.
TOLD = reading(end=JANUARY)

NOVEMBER = day(2025, 11, 1)


def shown(customer: Customer) -> Watcher:
    """Whoever has read a customer of no markup in November, and again in December after it has spent 80 USD."""
    watcher = Watcher(course=Course(markup=Markup(1.0, 1.0)))
    watcher.row(customer.total(), NOVEMBER + DAY)
    watcher.read(customer.reading(NOVEMBER + DAY + SECOND))
    customer.spends.append((DECEMBER + DAY, 80.0))
    watcher.row(customer.total(), DECEMBER + 2 * DAY)
    watcher.read(customer.reading(DECEMBER + 2 * DAY + SECOND))
    return watcher


def test_a_period_rolls_over_by_itself() -> None:
    """In the instant that it ends, the next one has cost what the total has grown by since the row before at most."""
    watcher = without_markup(found=TOLD)
    watcher.row(530.0, JANUARY - MINUTE)

    where = watcher.row(532.0, JANUARY)

    assert bounds(where) == pytest.approx((0.0, 2.0))
    assert (where.exact, where.read, where.anchored_at) == (False, False, None)
    assert (where.start, where.end, where.elapsed_low) == (JANUARY, FEBRUARY, 0.0)
    assert bounds(watcher.row(535.0, JANUARY + HOUR)) == pytest.approx((3.0, 5.0))


def test_several_periods_passed_while_nobody_looked() -> None:
    """It is the period of now that has begun, and all that was spent meanwhile may have been spent in it."""
    where = without_markup(found=TOLD).row(623.45, day(2026, 5, 20))

    assert (where.start, where.end) == (day(2026, 5, 1), day(2026, 6, 1))
    assert bounds(where) == pytest.approx((0.0, 100.0))


@pytest.mark.parametrize(
    ("tells_end", "read_at"), [(True, [day(2025, 2, 1)]), (False, [day(2025, 2, 1), day(2025, 3, 1)])]
)
def test_periods_keep_the_31st(*, tells_end: bool, read_at: list[datetime]) -> None:
    """31 January, 28 February, 31 March, 30 April: read once, or twice without an end, and reckoned from then on."""
    customer = Customer(origin=day(2025, 1, 31), tells_end=tells_end)
    watcher = Watcher()
    for at in read_at:
        watcher.row(10.0, at)
        watcher.read(customer.reading(at + HOUR))

    starts = [watcher.row(10.0, at).start for at in (day(2025, 3, 30), day(2025, 3, 31), day(2025, 4, 30))]

    assert starts == [day(2025, 2, 28), day(2025, 3, 31), day(2025, 4, 30)]


def test_a_year_keeps_its_leap_day() -> None:
    """29 February 2024, 28 February 2025, and the 29th again in 2028."""
    watcher = Watcher("yearly")
    watcher.row(10.0, day(2024, 6, 1))
    watcher.read(Customer(origin=day(2024, 2, 29), duration="yearly").reading(day(2024, 6, 1, 1)))

    ends = [watcher.row(10.0, at).end for at in (day(2024, 6, 2), day(2025, 2, 28), day(2028, 2, 28))]

    assert ends == [day(2025, 2, 28), day(2026, 2, 28), day(2028, 2, 29)]


def test_a_start_that_hides_its_day_is_not_rolled_over_by_arithmetic() -> None:
    """From 28 March on the month from 28 February, without an end, may be over or not, until it is read again."""
    customer = Customer(origin=day(2025, 1, 31), tells_end=False, spends=[(day(2025, 3, 1), 50.0)])
    watcher = Watcher()
    watcher.row(50.0, day(2025, 3, 5))
    known = watcher.read(customer.reading(day(2025, 3, 5, 1)))
    assert (known.exact, known.start, known.end, known.elapsed_low) == (True, day(2025, 2, 28), None, None)

    until_then = watcher.row(50.0, day(2025, 3, 27))
    from_then = watcher.row(50.0, day(2025, 3, 28))
    again = watcher.read(customer.reading(day(2025, 3, 28, 1)))

    assert until_then.exact
    assert (from_then.start, from_then.read) == (None, False)
    assert bounds(from_then) == (0.0, 50.0)
    assert (again.start, bounds(again)) == (day(2025, 2, 28), (50.0, 50.0))


@pytest.mark.parametrize("tells_end", [True, False])
def test_an_api_that_rolls_over_lazily(tells_end: bool) -> None:  # noqa: FBT001 - a parameter
    """While it still shows December, nothing was spent in January; with the first request it says so itself."""
    customer = Customer(origin=NOVEMBER, lazy=True, tells_end=tells_end)
    watcher = shown(customer)
    watcher.row(customer.total(), JANUARY + MINUTE)

    behind = watcher.read(customer.reading(JANUARY + 2 * MINUTE))
    assert (behind.start, behind.read, bounds(behind)) == (JANUARY, False, (0.0, 0.0))

    customer.spends.append((JANUARY + HOUR, 7.0))
    watcher.row(customer.total(), JANUARY + 2 * HOUR)
    rolled = watcher.read(customer.reading(JANUARY + 2 * HOUR + SECOND))
    assert (rolled.start, rolled.read, bounds(rolled)) == (JANUARY, True, (7.0, 7.0))


def test_a_lazy_api_whose_periods_nobody_has_shown() -> None:
    """Its first period may well last longer than a month: it is believed to, until it says otherwise."""
    customer = Customer(origin=DECEMBER, lazy=True, tells_end=False, spends=[(DECEMBER + DAY, 80.0)])
    watcher = Watcher(course=Course(markup=Markup(1.0, 1.0)))
    watcher.row(customer.total(), READ)
    watcher.read(customer.reading(READ + SECOND))
    watcher.row(customer.total(), JANUARY + MINUTE)

    behind = watcher.read(customer.reading(JANUARY + 2 * MINUTE))
    assert (behind.start, behind.end, behind.read, bounds(behind)) == (DECEMBER, None, True, (80.0, 80.0))

    customer.spends.append((JANUARY + HOUR, 7.0))
    later = watcher.row(customer.total(), JANUARY + 2 * HOUR)
    rolled = watcher.read(customer.reading(JANUARY + 2 * HOUR + SECOND))
    assert (later.start, later.read, bounds(later)) == (None, False, (0.0, 87.0))
    assert (rolled.start, rolled.end, bounds(rolled), rolled.settled) == (JANUARY, FEBRUARY, (7.0, 7.0), True)


def test_a_lazy_reading_across_the_end_of_a_period() -> None:
    """What was spent between a row and the end of its period is never taken for spend of the next one."""
    customer = Customer(origin=DECEMBER, lazy=True, spends=[(DECEMBER + DAY, 80.0)])
    watcher = Watcher()
    watcher.row(customer.total(), READ)
    watcher.read(customer.reading(READ + SECOND))
    watcher.row(customer.total(), JANUARY - MINUTE)
    customer.spends.append((JANUARY - SECOND, 5.0))

    watcher.read(customer.reading(JANUARY + SECOND))
    where = watcher.row(customer.total(), JANUARY + MINUTE)

    assert bounds(where) == (0.0, 10.0)


def test_a_lazy_reading_across_the_end_of_a_settled_period() -> None:
    """Though the API tells no end and goes on with the old period, it is known to be over: nothing of it is stated."""
    customer = Customer(origin=NOVEMBER, lazy=True, tells_end=False)
    watcher = shown(customer)
    watcher.row(customer.total(), JANUARY - MINUTE)

    across = watcher.read(customer.reading(JANUARY + SECOND))
    customer.spends.append((JANUARY + 2 * MINUTE, 7.0))
    where = watcher.row(customer.total(), JANUARY + 3 * MINUTE)

    assert (across.start, across.read, bounds(across)) == (JANUARY, False, (0.0, 0.0))
    assert (where.start, where.end, bounds(where)) == (JANUARY, FEBRUARY, (0.0, 7.0))


def test_a_period_that_may_be_over_is_not_firm() -> None:
    """One that runs on past its end by arithmetic is exact as long as nobody knows better, and no alert rests on it."""
    customer = Customer(origin=DECEMBER, lazy=True, tells_end=False, spends=[(DECEMBER + DAY, 80.0)])
    watcher = Watcher(course=Course(markup=Markup(1.0, 1.0)))
    watcher.row(customer.total(), JANUARY + MINUTE)

    behind = watcher.read(customer.reading(JANUARY + 2 * MINUTE))

    assert (behind.start, behind.exact, behind.firm, behind.settled) == (DECEMBER, True, False, False)


def test_a_reading_wins_over_the_one_before_it() -> None:
    """Where the API goes back to the period before, that is what it says: both were read."""
    watcher = watched(found=reading(3.0, JANUARY + HOUR, start=JANUARY))

    where = watcher.read(reading(48.67, JANUARY + 2 * HOUR))

    assert (where.read, where.start, bounds(where)) == (True, DECEMBER, (48.67, 48.67))


def test_an_old_reading_says_nothing_of_now() -> None:
    """Looked at after the end of its period, without a row since, it leaves the cost open."""
    where = standing(without_markup().course, 530.0, JANUARY)

    assert (where.exact, where.read, where.start) == (False, False, None)
    assert bounds(where) == pytest.approx((0.0, 52.22))


def test_a_period_that_was_extended_by_hand() -> None:
    """Arithmetic has rolled it over, and the next reading puts it right: nothing was lost."""
    watcher = without_markup(found=TOLD)
    reckoned = watcher.row(530.0, JANUARY + HOUR)
    assert (reckoned.start, reckoned.read) == (JANUARY, False)

    where = watcher.read(reading(52.22, JANUARY + HOUR + SECOND, end=day(2026, 1, 15)))
    assert (where.start, where.end, bounds(where)) == (DECEMBER, day(2026, 1, 15), (52.22, 52.22))
    assert watcher.correction is None

    following = watcher.row(540.0, day(2026, 1, 20))
    assert (following.start, following.end) == (day(2026, 1, 15), day(2026, 2, 15))


def test_a_share_that_is_only_not_read_yet_is_open() -> None:
    """A period from 28 February that nobody has read may be half over or not: a reading may tell."""
    watcher = watched(found=reading(at=day(2025, 2, 20), start=day(2025, 1, 10), end=day(2025, 2, 28)))

    where = watcher.row(523.45, day(2025, 3, 5))

    assert (where.start, where.end, where.read) == (day(2025, 2, 28), None, False)
    assert (where.elapsed_low, where.elapsed_high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("start", "duration", "at"),
    [(DECEMBER, "quarterly", READ), (None, "monthly", READ), (DECEMBER, "monthly", JANUARY + 10 * MINUTE)],
    ids=["unknown duration", "no start", "runs on past its arithmetic end"],
)
def test_without_an_end_a_reading_expires(start: datetime | None, duration: str, at: datetime) -> None:
    """After an hour the period may have rolled over: what was spent since is the most that it has cost."""
    watcher = watched(found=reading(at=at, start=start, duration=duration))
    watcher.duration = duration

    before = watcher.row(523.45, at + UNKNOWN_END_VALIDITY - SECOND)
    after = watcher.row(524.45, at + UNKNOWN_END_VALIDITY)

    assert (before.exact, before.elapsed_low, before.elapsed_high) == (True, None, None)
    assert not after.exact
    assert bounds(after) == pytest.approx((0.0, 47.67))


def test_a_period_that_runs_on_is_read_less_and_less_often() -> None:
    """Past its end by arithmetic a reading counts for as long as it has run on, and until its time of day at most."""
    customer = Customer(origin=DECEMBER, tells_end=False, first_end=day(2026, 3, 1))
    watcher = Watcher()

    hours = []
    for minutes in range(0, 3 * 24 * 60, 10):
        now = JANUARY + minutes * MINUTE
        if not watcher.row(customer.total(), now).read:
            watcher.read(customer.reading(now))
            hours.append(minutes / 60)

    assert hours == [0, 1, 2, 4, 8, 16, 24, 48]


def test_an_unproven_end_leaves_the_cost_open() -> None:
    """At its end by arithmetic a first period may be over or not, and has cost what was carried on at most."""
    watcher = without_markup()
    assert watcher.row(530.0, JANUARY - MINUTE).exact

    where = watcher.row(532.0, JANUARY)

    assert (where.start, where.end, where.read, where.exact, where.settled) == (None, None, False, False, False)
    assert bounds(where) == pytest.approx((0.0, 54.22))
    assert bounds(watcher.row(535.0, JANUARY + HOUR)) == pytest.approx((0.0, 57.22))


def test_an_ordinary_period_is_settled_by_one_reading() -> None:
    """The second period began where the first one let it: from then on none is read at the end of another."""
    watcher = without_markup()
    watcher.row(530.0, JANUARY)

    read = watcher.read(reading(2.0, JANUARY + SECOND, start=JANUARY))
    watcher.row(530.0, JANUARY + MINUTE)
    february = watcher.row(533.0, FEBRUARY)
    march = watcher.row(540.0, day(2026, 3, 1))

    assert (read.start, read.end, read.settled, bounds(read)) == (JANUARY, FEBRUARY, True, (2.0, 2.0))
    assert (february.start, february.read, february.settled) == (FEBRUARY, False, True)
    assert bounds(february) == pytest.approx((0.0, 3.0))
    assert (march.start, march.end) == (day(2026, 3, 1), day(2026, 4, 1))
    assert bounds(march) == pytest.approx((0.0, 7.0))


def test_a_shorter_first_period() -> None:
    """It ended on 20 December without a word: the next reading tells, and the third period is reckoned with."""
    watcher = without_markup(found=reading(at=day(2025, 12, 10)))
    watcher.row(530.0, day(2025, 12, 22))

    second = watcher.read(reading(3.0, day(2025, 12, 22, 1), start=day(2025, 12, 20)))
    watcher.row(530.0, day(2025, 12, 22, 2))
    over = watcher.row(531.0, day(2026, 1, 20))
    third = watcher.read(reading(0.5, day(2026, 1, 20, 1), start=day(2026, 1, 20)))
    watcher.row(531.0, day(2026, 1, 20, 2))
    fourth = watcher.row(532.0, day(2026, 2, 20))

    assert (second.start, second.end, second.settled) == (day(2025, 12, 20), day(2026, 1, 20), False)
    assert (over.start, over.read) == (None, False)
    assert bounds(over) == pytest.approx((0.0, 4.0))
    assert (third.start, third.end, third.settled) == (day(2026, 1, 20), day(2026, 2, 20), True)
    assert (fourth.start, fourth.end) == (day(2026, 2, 20), day(2026, 3, 20))
    assert bounds(fourth) == pytest.approx((0.0, 1.0))


def test_a_longer_first_period() -> None:
    """It lasts until 15 January without a word: nothing is said of a new one before, and no cost is lost."""
    watcher = without_markup()
    watcher.row(530.0, JANUARY)

    runs_on = watcher.read(reading(52.22, JANUARY + SECOND))
    watcher.row(530.0, JANUARY + MINUTE)
    known = watcher.row(540.0, JANUARY + HOUR)
    left_open = watcher.row(545.0, JANUARY + 2 * HOUR)
    second = watcher.read(reading(1.0, day(2026, 1, 15, 1), start=day(2026, 1, 15)))

    assert (runs_on.start, runs_on.end, runs_on.read, bounds(runs_on)) == (DECEMBER, None, True, (52.22, 52.22))
    assert (known.start, known.exact) == (DECEMBER, True)
    assert bounds(known) == pytest.approx((62.22, 62.22))
    assert (left_open.start, left_open.read) == (None, False)
    assert bounds(left_open) == pytest.approx((0.0, 67.22))
    assert (second.start, second.end, second.settled) == (day(2026, 1, 15), day(2026, 2, 15), False)
    assert watcher.correction is None


def test_a_markup_outlives_its_period() -> None:
    """It is the customer's: in the next period nobody measures it again."""
    watcher = without_markup(found=TOLD)

    where = watcher.row(530.0, JANUARY + HOUR)

    assert where.start == JANUARY
    assert watcher.course.markup == Markup(1.0, 1.0)


def test_readings_are_counted_by_period() -> None:
    """Two of December, none of January yet, then one."""
    watcher = watched()
    watcher.read(reading(45.67, READ + HOUR))
    two = watcher.course.readings
    watcher.row(523.45, JANUARY + HOUR)
    none = watcher.course.readings
    watcher.read(reading(0.0, JANUARY + 2 * HOUR, start=JANUARY))

    assert (two, none, watcher.course.readings) == (2, 0, 1)


def test_a_lazy_reading_is_none_of_the_new_period() -> None:
    """What still shows the period before says nothing of this one that could be forecast by."""
    watcher = watched()
    watcher.row(523.45, JANUARY + HOUR)

    watcher.read(reading(at=JANUARY + 2 * HOUR, end=JANUARY))

    assert watcher.course.readings == 0
