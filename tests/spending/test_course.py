"""What is known of a period from row to row and from reading to reading."""

from datetime import datetime, timedelta

import pytest

from monitor.spending.anchor import TOLERANCE, UNBOUNDED, UNKNOWN_END_VALIDITY, Reading
from monitor.spending.course import BLANK, FIRM_SHARE, Correction, Course, Fallen, after_row, fell, standing
from monitor.spending.markup import Markup
from monitor.spending.standing import Standing
from tests.spending.builders import DAY, HOUR, MINUTE, SECOND, Customer, Watcher, day

READ = day(2025, 12, 29, 10, 30)
DECEMBER, JANUARY, FEBRUARY = day(2025, 12, 1), day(2026, 1, 1), day(2026, 2, 1)
CENT = 0.01


def reading(
    usage: float = 45.67,
    at: datetime = READ,
    *,
    start: datetime | None = DECEMBER,
    end: datetime | None = None,
    duration: str | None = "monthly",
) -> Reading:
    """The documented customer's detail: 45.67 USD spent since the first of December."""
    return Reading(at, usage, start, end, duration)


def watched(total: float | None = 523.45, found: Reading | None = None) -> Watcher:
    """The documented customer after a row, a reading, and another row a minute later with the same total."""
    watcher = Watcher()
    found = found or reading()
    watcher.row(total, found.at - SECOND)
    watcher.read(found)
    watcher.row(total, found.at + MINUTE)
    return watcher


def without_markup(total: float = 523.45) -> Watcher:
    """The same where it is known that there is no markup."""
    watcher = watched(total)
    watcher.course = Course(watcher.course.anchor, Markup(1.0, 1.0), readings=1)
    return watcher


def bounds(where: Standing) -> tuple[float, float]:
    """The least and the most that the period cost is."""
    assert where.cost_low is not None
    assert where.cost_high is not None
    return where.cost_low, where.cost_high


def spends(customer: Customer, usd: float, at: datetime) -> None:
    """Money is spent."""
    customer.spends.append((at, usd))


@pytest.mark.parametrize(("total", "high"), [(523.45, 1046.90), (0.0, 0.0)])
def test_without_a_reading_only_the_total_bounds_the_cost(total: float, high: float) -> None:
    """Between nothing and all that was ever spent, with the highest markup; nobody knows when the period began."""
    where = Watcher().row(total, READ)

    assert bounds(where) == (0.0, high)
    assert (where.exact, where.start, where.end, where.elapsed_low, where.elapsed_high) == (False, None, None, 0.0, 1.0)


def test_a_reading_makes_it_exact() -> None:
    """Right after it the usage is the cost, in a period of which start, end and share are known."""
    watcher = Watcher()
    watcher.row(523.45, READ - SECOND)

    where = watcher.read(reading())

    assert bounds(where) == (45.67, 45.67)
    assert (where.exact, where.read, where.firm, where.anchored_at) == (True, True, True, READ)
    assert (where.start, where.end) == (DECEMBER, JANUARY)
    assert where.elapsed_low == where.elapsed_high == pytest.approx((READ - DECEMBER) / (JANUARY - DECEMBER))


def test_a_row_that_says_nothing_new_changes_nothing() -> None:
    """It is the course itself that comes back, so that nothing need be written."""
    course = watched().course

    assert after_row(course, before=523.45, total=530.0, now=READ + HOUR, duration="monthly") is course
    assert after_row(BLANK, before=523.45, total=530.0, now=READ, duration="monthly") is BLANK


def test_a_row_without_a_total_says_nothing() -> None:
    """A null total is no lifetime spend of zero: nothing is known by that row, and nothing is forgotten."""
    watcher = without_markup()

    where = watcher.row(None, READ + HOUR)

    assert where == Standing(exact=False, cost_low=None, cost_high=None)
    assert bounds(watcher.row(533.45, READ + 2 * HOUR)) == pytest.approx((55.67, 55.67))


def test_what_was_spent_since_lies_within_what_the_markup_may_be() -> None:
    """Of 10 USD of listed cost nobody knows yet whether they are 10 or 20 USD of usage."""
    where = watched().row(533.45, READ + HOUR)

    assert bounds(where) == pytest.approx((55.67, 65.67))
    assert not where.exact
    assert where.read


def test_with_a_known_markup_it_stays_exact() -> None:
    """The cost is what was read plus what the total has grown by since."""
    where = without_markup().row(533.45, READ + HOUR)

    assert bounds(where) == pytest.approx((55.67, 55.67))
    assert where.exact


def test_what_was_spent_around_a_reading_stays_uncertain_and_does_not_grow() -> None:
    """3 USD between the rows before and after it may be in the usage or not, today and in a week."""
    watcher = Watcher(course=Course(markup=Markup(1.0, 1.0)))
    watcher.row(520.0, READ - MINUTE)
    watcher.read(reading())

    soon = bounds(watcher.row(523.0, READ + MINUTE))
    late = bounds(watcher.row(623.0, READ + 2 * DAY))

    assert soon == pytest.approx((45.67, 48.67))
    assert late == pytest.approx((145.67, 148.67))


def test_a_reading_is_firm_for_a_tenth_of_the_period() -> None:
    """What was read long ago is exact still, but the first alert that rests on it is confirmed by another reading."""
    early = DECEMBER + 5 * DAY
    watcher = watched(found=reading(at=early))
    limit = early + (JANUARY - DECEMBER) * FIRM_SHARE

    soon, late = watcher.row(523.45, limit), watcher.row(523.45, limit + SECOND)

    assert (soon.exact, soon.firm) == (True, True)
    assert (late.exact, late.firm) == (True, False)


def test_a_share_that_is_only_not_read_yet_is_open() -> None:
    """A period from 28 February that nobody has read may be half over or not: a reading may tell."""
    watcher = watched(found=reading(at=day(2025, 2, 20), start=day(2025, 1, 10), end=day(2025, 2, 28)))

    where = watcher.row(523.45, day(2025, 3, 5))

    assert (where.start, where.end, where.read) == (day(2025, 2, 28), None, False)
    assert (where.elapsed_low, where.elapsed_high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("start", "duration"),
    [(DECEMBER, "quarterly"), (None, "monthly"), (day(2025, 1, 1), "monthly")],
    ids=["unknown duration", "no start", "runs on past its arithmetic end"],
)
def test_without_an_end_a_reading_expires(start: datetime | None, duration: str) -> None:
    """After an hour the period may have rolled over: what was spent since is the most that it has cost."""
    watcher = watched(found=reading(start=start, duration=duration))
    watcher.duration = duration

    before = watcher.row(523.45, READ + UNKNOWN_END_VALIDITY - SECOND)
    after = watcher.row(524.45, READ + UNKNOWN_END_VALIDITY)

    assert (before.exact, before.elapsed_low, before.elapsed_high) == (True, None, None)
    assert not after.exact
    assert bounds(after) == pytest.approx((0.0, 47.67))


@pytest.mark.parametrize(
    ("start", "end"), [(None, JANUARY), (day(2026, 2, 1), JANUARY)], ids=["no start", "an end before its start"]
)
def test_without_a_length_nothing_has_elapsed(start: datetime | None, end: datetime) -> None:
    """Where the period has no known length its share is unknown, while the cost is exact."""
    where = watched(found=reading(start=start, end=end)).row(523.45, READ + HOUR)

    assert where.exact
    assert (where.elapsed_low, where.elapsed_high) == (None, None)


def test_a_period_rolls_over_by_itself() -> None:
    """In the instant that it ends, the next one has cost what the total has grown by since the row before at most."""
    watcher = without_markup()
    watcher.row(530.0, JANUARY - MINUTE)

    where = watcher.row(532.0, JANUARY)

    assert bounds(where) == pytest.approx((0.0, 2.0))
    assert (where.exact, where.read, where.anchored_at) == (False, False, None)
    assert (where.start, where.end, where.elapsed_low) == (JANUARY, FEBRUARY, 0.0)
    assert bounds(watcher.row(535.0, JANUARY + HOUR)) == pytest.approx((3.0, 5.0))


def test_several_periods_passed_while_nobody_looked() -> None:
    """It is the period of now that has begun, and all that was spent meanwhile may have been spent in it."""
    where = without_markup().row(623.45, day(2026, 5, 20))

    assert (where.start, where.end) == (day(2026, 5, 1), day(2026, 6, 1))
    assert bounds(where) == pytest.approx((0.0, 100.0))


@pytest.mark.parametrize("tells_end", [True, False])
def test_periods_keep_the_31st(tells_end: bool) -> None:  # noqa: FBT001 - a parameter
    """31 January, 28 February, 31 March, 30 April: read once, and reckoned from then on."""
    customer = Customer(origin=day(2025, 1, 31), tells_end=tells_end)
    watcher = Watcher()
    watcher.row(10.0, day(2025, 2, 1))
    watcher.read(customer.reading(day(2025, 2, 1, 1)))

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
    customer = Customer(origin=DECEMBER, lazy=True, tells_end=tells_end, spends=[(DECEMBER + DAY, 80.0)])
    watcher = Watcher(course=Course(markup=Markup(1.0, 1.0)))
    watcher.row(customer.total(), READ)
    watcher.read(customer.reading(READ + SECOND))
    watcher.row(customer.total(), JANUARY + MINUTE)

    behind = watcher.read(customer.reading(JANUARY + 2 * MINUTE))
    assert (behind.start, behind.read, bounds(behind)) == (JANUARY, False, (0.0, 0.0))

    spends(customer, 7.0, JANUARY + HOUR)
    watcher.row(customer.total(), JANUARY + 2 * HOUR)
    rolled = watcher.read(customer.reading(JANUARY + 2 * HOUR + SECOND))
    assert (rolled.start, rolled.read, bounds(rolled)) == (JANUARY, True, (7.0, 7.0))


@pytest.mark.parametrize("tells_end", [True, False])
def test_a_lazy_reading_across_the_end_of_a_period(tells_end: bool) -> None:  # noqa: FBT001 - a parameter
    """What was spent between a row and the end of its period is never taken for spend of the next one."""
    customer = Customer(origin=DECEMBER, lazy=True, tells_end=tells_end, spends=[(DECEMBER + DAY, 80.0)])
    watcher = Watcher()
    watcher.row(customer.total(), READ)
    watcher.read(customer.reading(READ + SECOND))
    watcher.row(customer.total(), JANUARY - MINUTE)
    spends(customer, 5.0, JANUARY - SECOND)

    watcher.read(customer.reading(JANUARY + SECOND))
    where = watcher.row(customer.total(), JANUARY + MINUTE)

    assert bounds(where) == (0.0, 10.0)


def test_a_reading_wins_over_the_one_before_it() -> None:
    """Where the API goes back to the period before, that is what it says: both were read."""
    watcher = watched(found=reading(3.0, JANUARY + HOUR, start=JANUARY))

    where = watcher.read(reading(48.67, JANUARY + 2 * HOUR, end=day(2026, 1, 15)))
    again = watcher.read(reading(48.67, JANUARY + 3 * HOUR))

    assert (where.start, bounds(where)) == (DECEMBER, (48.67, 48.67))
    assert (again.read, again.start, bounds(again)) == (True, DECEMBER, (48.67, 48.67))


def test_an_old_reading_says_nothing_of_now() -> None:
    """Looked at after the end of its period, without a row since, it leaves the cost open."""
    where = standing(without_markup().course, 530.0, JANUARY)

    assert (where.exact, where.read, where.start) == (False, False, None)
    assert bounds(where) == pytest.approx((0.0, 52.22))


def test_a_period_that_was_extended_by_hand() -> None:
    """Arithmetic has rolled it over, and the next reading puts it right: nothing was lost."""
    watcher = without_markup()
    reckoned = watcher.row(530.0, JANUARY + HOUR)
    assert (reckoned.start, reckoned.read) == (JANUARY, False)

    where = watcher.read(reading(52.22, JANUARY + HOUR + SECOND, end=day(2026, 1, 15)))
    assert (where.start, where.end, bounds(where)) == (DECEMBER, day(2026, 1, 15), (52.22, 52.22))
    assert watcher.correction is None

    following = watcher.row(540.0, day(2026, 1, 20))
    assert (following.start, following.end) == (day(2026, 1, 15), day(2026, 2, 15))


def test_a_markup_is_measured_by_the_second_reading() -> None:
    """60 USD of usage for 50 USD of cost: with the row after the second reading it is known to be 20 %."""
    watcher = watched()
    watcher.row(573.45, READ + HOUR)
    watcher.read(reading(105.67, READ + HOUR + SECOND))

    where = watcher.row(573.45, READ + 2 * HOUR)
    later = watcher.row(583.45, READ + 3 * HOUR)

    assert watcher.course.markup == Markup(1.2, 1.2)
    assert bounds(where) == (105.67, 105.67)
    assert bounds(later) == pytest.approx((117.67, 117.67))
    assert later.exact


def test_a_markup_is_measured_by_one_reading_of_a_period_that_rolled_over() -> None:
    """The beginning of a period is as good as a reading: nothing was spent in it then."""
    watcher = watched()
    watcher.row(523.45, JANUARY - MINUTE)
    watcher.row(523.45, JANUARY + MINUTE)
    watcher.row(623.45, JANUARY + DAY)
    watcher.read(reading(120.0, JANUARY + DAY + SECOND, start=JANUARY))

    where = watcher.row(633.45, JANUARY + 2 * DAY)

    assert not watcher.course.markup.measured  # What was spent since may have been spent before the reading.
    assert watcher.course.markup.low == pytest.approx(120.0 / 110.0, abs=0.001)
    assert watcher.course.markup.high == pytest.approx(1.2, abs=0.001)
    assert bounds(where) == pytest.approx((120.0, 132.0), abs=0.02)


def test_a_markup_outlives_its_period() -> None:
    """It is the customer's: in the next period nobody measures it again."""
    watcher = without_markup()

    watcher.row(530.0, JANUARY + HOUR)

    assert watcher.course.markup == Markup(1.0, 1.0)


def test_a_markup_that_is_another_by_now() -> None:
    """A measurement that contradicts leaves the cost between both, and the next one settles it."""
    watcher = watched()
    watcher.course = Course(watcher.course.anchor, Markup(1.2, 1.2), readings=1)

    watcher.row(623.45, READ + HOUR)
    watcher.read(reading(45.67 + 150.0, READ + HOUR + SECOND))
    watcher.row(623.45, READ + 2 * HOUR)
    unsure = watcher.row(723.45, READ + 3 * HOUR)
    assert bounds(unsure) == pytest.approx((45.67 + 270.0, 45.67 + 300.0), abs=0.03)
    assert not unsure.exact

    watcher.read(reading(45.67 + 300.0, READ + 3 * HOUR + SECOND))
    watcher.row(723.45, READ + 4 * HOUR)
    settled = watcher.row(823.45, READ + 5 * HOUR)
    assert bounds(settled) == pytest.approx((45.67 + 450.0, 45.67 + 450.0))
    assert settled.exact


def test_a_total_that_falls_leaves_the_cost_open() -> None:
    """Whether the usage fell too nobody knows: nothing is negative, nothing has an upper bound, until it is read."""
    watcher = without_markup()
    watcher.row(530.0, READ + HOUR)

    fallen = watcher.row(400.0, READ + 2 * HOUR)
    later = watcher.row(410.0, READ + 3 * HOUR)
    again = watcher.read(reading(30.0, READ + 3 * HOUR + SECOND))

    assert bounds(fallen) == (0.0, UNBOUNDED)
    assert bounds(later) == (10.0, UNBOUNDED + 10.0)
    assert (later.exact, later.read, later.start) == (False, False, DECEMBER)
    assert (again.exact, bounds(again)) == (True, (30.0, 30.0))
    assert watcher.correction is None


def test_a_total_that_falls_before_any_reading() -> None:
    """Of the period of a customer who was never read nothing at all is known then."""
    watcher = Watcher()
    watcher.row(523.45, READ)

    assert bounds(watcher.row(400.0, READ + HOUR)) == (0.0, UNBOUNDED)


def test_a_total_that_falls_while_a_period_ends() -> None:
    """50 USD spent in the new period and 60 taken back of the old one look like nothing: the cost is left open."""
    watcher = without_markup()

    where = watcher.row(523.45 + 50.0 - 60.0, JANUARY + HOUR)

    assert bounds(where) == (0.0, UNBOUNDED)
    assert where.start == JANUARY


def test_a_total_that_fell_before_a_period_ended_is_forgotten_with_it() -> None:
    """The next period begins with nothing, whatever was taken back in the last one."""
    watcher = without_markup()
    watcher.row(400.0, READ + HOUR)

    assert bounds(watcher.row(405.0, JANUARY + HOUR)) == pytest.approx((0.0, 5.0))


def test_a_total_that_falls_spoils_the_measurement_that_waits_for_it() -> None:
    """Less was taken for spent than was: no ratio comes of that."""
    watcher = watched()
    watcher.row(573.45, READ + HOUR)
    watcher.read(reading(105.67, READ + HOUR + SECOND))

    watcher.row(500.0, READ + 2 * HOUR)

    assert (watcher.course.markup, watcher.course.measuring) == (Markup(), None)


@pytest.mark.parametrize("before", [523.45, 523.45 + TOLERANCE / 2, None])
def test_rounding_is_no_fall(before: float | None) -> None:
    """Sums of many small costs differ in their last digits; and what was not known before cannot have fallen."""
    assert fell(before, 523.45) is None
    assert fell(523.45, None) is None


def test_a_fall_says_from_what_to_what() -> None:
    """Both figures are kept, so that people can be told."""
    assert fell(523.45, 400.0) == Correction(Fallen.TOTAL_COST, 523.45, 400.0)


def test_usage_that_drops_is_a_correction_and_no_rollover() -> None:
    """The same period has cost less than was read before: that is told, and the new figure counts."""
    watcher = watched()

    where = watcher.read(reading(30.0, READ + HOUR))

    assert watcher.correction == Correction(Fallen.PERIOD_USAGE, 45.67, 30.0)
    assert (where.start, bounds(where)) == (DECEMBER, (30.0, 30.0))


def test_usage_that_does_not_follow_the_total_is_a_correction() -> None:
    """With a known markup 10 USD of cost are 10 USD of usage: if it stood still, something was taken off."""
    watcher = without_markup()
    watcher.row(533.45, READ + HOUR)

    watcher.read(reading(45.67, READ + HOUR + SECOND))

    correction = watcher.correction
    assert correction is not None
    assert (correction.before, correction.after) == pytest.approx((55.67, 45.67))


def test_usage_that_does_not_follow_the_total_may_be_a_discount() -> None:
    """As long as nobody knows the ratio, it may be below 1: that is no correction."""
    watcher = watched()
    watcher.row(533.45, READ + HOUR)

    watcher.read(reading(45.67, READ + HOUR + SECOND))

    assert watcher.correction is None


def test_a_usage_of_the_next_period_is_no_correction() -> None:
    """After the rollover it is less than before, as it should be."""
    watcher = watched()
    watcher.row(523.45, JANUARY + HOUR)

    where = watcher.read(reading(0.0, JANUARY + HOUR + SECOND, start=JANUARY))

    assert watcher.correction is None
    assert (where.start, bounds(where)) == (JANUARY, (0.0, 0.0))


def test_a_usage_off_by_a_cent_is_no_correction() -> None:
    """The API rounds."""
    watcher = watched()

    watcher.read(reading(45.67 - CENT / 2, READ + HOUR))

    assert watcher.correction is None


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


def test_a_reading_without_a_row_to_go_with_is_bounded_by_the_next() -> None:
    """Where the row had no total, all that the next row lists may have been spent since, and none of it surely."""
    watcher = Watcher()
    watcher.row(None, READ - SECOND)
    assert watcher.read(reading()).cost_low is None

    where = watcher.row(523.45, READ + MINUTE)
    later = watcher.row(533.45, READ + timedelta(hours=1))

    assert bounds(where) == pytest.approx((45.67, 45.67 + 2 * 523.45))
    assert bounds(later)[0] == pytest.approx(55.67)
    assert not later.exact
