"""What is known of a period from row to row and from reading to reading."""

from datetime import datetime, timedelta

import pytest

from monitor.spending.course import BLANK, FIRM_SHARE, Course, after_row
from monitor.spending.markup import Markup
from monitor.spending.standing import Standing
from tests.spending.builders import (
    DAY,
    DECEMBER,
    HOUR,
    JANUARY,
    MINUTE,
    READ,
    SECOND,
    Watcher,
    bounds,
    day,
    reading,
    watched,
    without_markup,
)


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


def test_a_second_reading_tells_what_the_first_left_open() -> None:
    """8 USD after it: they narrow what was spent around both readings to what the rows around both let be."""
    watcher = Watcher(course=Course(markup=Markup(1.0, 1.0)))
    watcher.row(520.0, READ - MINUTE)
    watcher.read(reading(45.67))
    watcher.row(523.0, READ + MINUTE)
    watcher.row(530.0, READ + HOUR - MINUTE)

    watcher.read(reading(53.67, READ + HOUR))
    soon = bounds(watcher.row(532.0, READ + HOUR + MINUTE))
    late = bounds(watcher.row(632.0, READ + 2 * DAY))

    assert soon == pytest.approx((54.67, 55.67))
    assert late == pytest.approx((154.67, 155.67))


def test_a_period_that_began_between_rows_is_bounded_by_its_reading() -> None:
    """Its beginning is as good as a reading: 6 USD after 523.45 to 525.45 USD were read at 529.45 to 531.45 USD."""
    watcher = without_markup(found=reading(end=JANUARY))
    watcher.row(525.45, JANUARY + MINUTE)
    watcher.row(530.45, JANUARY + HOUR)

    watcher.read(reading(6.0, JANUARY + HOUR + SECOND, start=JANUARY))
    where = watcher.row(535.45, JANUARY + 2 * HOUR)

    assert bounds(where) == pytest.approx((10.0, 11.0))


def test_readings_do_not_bound_each_other_while_the_markup_is_not_known() -> None:
    """Without it nobody knows how much cost goes with how much usage: the rows around the second one count alone."""
    watcher = Watcher(course=Course(markup=Markup(1.0, 1.2)))
    watcher.row(520.0, READ - MINUTE)
    watcher.read(reading(45.67))
    watcher.row(523.0, READ + MINUTE)
    watcher.row(530.0, READ + HOUR - MINUTE)

    watcher.read(reading(53.67, READ + HOUR))
    where = watcher.row(532.0, READ + HOUR + MINUTE)

    assert bounds(where) == pytest.approx((53.67, 53.67 + 2.0 * watcher.course.markup.high))


def test_usage_that_was_taken_back_bounds_nothing() -> None:
    """Where it does not follow the total, the second reading stands alone, and so do those after it from there."""
    watcher = without_markup()
    watcher.row(533.45, READ + HOUR)
    watcher.read(reading(45.67, READ + HOUR + SECOND))

    taken_back = watcher.row(535.45, READ + 2 * HOUR)
    watcher.read(reading(47.67, READ + 2 * HOUR + SECOND))
    again = watcher.row(535.45, READ + 3 * HOUR)

    assert bounds(taken_back) == pytest.approx((45.67, 47.67))
    assert bounds(again) == pytest.approx((47.67, 47.67))


def test_what_a_reading_of_a_first_period_says_is_not_settled() -> None:
    """Its end may be another one than by arithmetic, unless the API tells it."""
    assert not watched().row(523.45, READ + HOUR).settled
    assert watched(found=reading(end=JANUARY)).row(523.45, READ + HOUR).settled


def test_a_reading_is_firm_for_a_tenth_of_the_period() -> None:
    """What was read long ago is exact still, but the first alert that rests on it is confirmed by another reading."""
    early = DECEMBER + 5 * DAY
    watcher = watched(found=reading(at=early))
    limit = early + (JANUARY - DECEMBER) * FIRM_SHARE

    soon, late = watcher.row(523.45, limit), watcher.row(523.45, limit + SECOND)

    assert (soon.exact, soon.firm) == (True, True)
    assert (late.exact, late.firm) == (True, False)


@pytest.mark.parametrize(
    ("start", "end"), [(None, JANUARY), (day(2026, 2, 1), JANUARY)], ids=["no start", "an end before its start"]
)
def test_without_a_length_nothing_has_elapsed(start: datetime | None, end: datetime) -> None:
    """Where the period has no known length its share is unknown, while the cost is exact."""
    where = watched(found=reading(start=start, end=end)).row(523.45, READ + HOUR)

    assert where.exact
    assert (where.elapsed_low, where.elapsed_high) == (None, None)


def test_that_there_is_no_markup_is_measured_by_the_second_reading() -> None:
    """50 USD of usage for 50 USD of cost: with the row after the second reading the cost is exact from then on."""
    watcher = watched()
    watcher.row(573.45, READ + HOUR)
    watcher.read(reading(95.67, READ + HOUR + SECOND))

    watcher.row(573.45, READ + 2 * HOUR)
    later = watcher.row(583.45, READ + 3 * HOUR)

    assert watcher.course.markup == Markup(1.0, 1.0)
    assert bounds(later) == pytest.approx((105.67, 105.67))
    assert later.exact


def test_a_markup_is_measured_by_the_third_reading() -> None:
    """60 USD of usage for 50 USD of cost, and again: with the row after the third reading it is known to be 20 %."""
    watcher = watched()
    watcher.row(573.45, READ + HOUR)
    watcher.read(reading(105.67, READ + HOUR + SECOND))
    watcher.row(573.45, READ + 2 * HOUR)
    unsure = watcher.row(623.45, READ + 3 * HOUR)
    assert bounds(unsure) == pytest.approx((155.67, 205.67))
    assert not unsure.exact

    watcher.read(reading(165.67, READ + 3 * HOUR + SECOND))
    where = watcher.row(623.45, READ + 4 * HOUR)
    later = watcher.row(633.45, READ + 5 * HOUR)

    assert watcher.course.markup == Markup(1.2, 1.2)
    assert bounds(where) == (165.67, 165.67)
    assert bounds(later) == pytest.approx((177.67, 177.67))
    assert later.exact


def test_a_measurement_that_was_disturbed_does_not_mislead() -> None:
    """Where 5 USD of 60 were taken back 20 % look like 10: the cost stays within bounds, and the next two tell."""
    watcher = watched()
    watcher.row(573.45, READ + HOUR)
    watcher.read(reading(100.67, READ + HOUR + SECOND))
    watcher.row(573.45, READ + 2 * HOUR)

    for hours, total, usage in ((3, 623.45, 160.67), (5, 673.45, 220.67)):
        low, high = bounds(watcher.row(total, READ + hours * HOUR))
        assert low <= usage <= high
        watcher.read(reading(usage, READ + hours * HOUR + SECOND))
        watcher.row(total, READ + (hours + 1) * HOUR)

    assert watcher.course.markup == Markup(1.2, 1.2)
    assert bounds(watcher.row(683.45, READ + 7 * HOUR)) == pytest.approx((232.67, 232.67))


def spending_around_readings(usage: float) -> Watcher:
    """Who spent 100 USD of listed cost between the rows before two readings, and 30 USD until the row after each."""
    watcher = Watcher()
    watcher.row(523.45, READ - SECOND)
    watcher.read(reading())
    watcher.row(553.45, READ + HOUR)
    watcher.row(623.45, READ + 2 * HOUR)
    watcher.read(reading(45.67 + usage, READ + 2 * HOUR + SECOND))
    watcher.row(653.45, READ + 3 * HOUR)
    return watcher


def test_digits_name_what_rows_leave_open() -> None:
    """100 USD of usage for 70 to 130 USD of cost may be many a markup, but a hundred to the cent is no accident."""
    watcher = spending_around_readings(100.0)

    assert watcher.course.markup == Markup(1.0, 1.0)
    assert bounds(watcher.row(663.45, READ + 4 * HOUR)) == pytest.approx((155.67, 185.67))


@pytest.mark.parametrize("usage", [100.03, 99.9, 100.13])
def test_digits_that_are_others_leave_it_open(usage: float) -> None:
    """What is off by some cents may be many a markup, however near to none it looks."""
    markup = spending_around_readings(usage).course.markup

    assert (markup.low, markup.high) == pytest.approx((1.0, 1.43), abs=0.005)


@pytest.mark.parametrize(("spent", "named"), [(20.0, False), (40.0, True)])
def test_cents_name_nothing_where_little_was_spent(spent: float, *, named: bool) -> None:
    """Two cents of 20 USD are a fifth of half a percent: rounding may make them look like a whole one."""
    watcher = Watcher()
    watcher.row(523.45, READ - SECOND)
    watcher.read(reading(45.67))
    watcher.row(523.45 + spent / 4, READ + HOUR)
    watcher.row(523.45 + spent, READ + 2 * HOUR)
    watcher.read(reading(45.67 + spent, READ + 2 * HOUR + SECOND))
    watcher.row(523.45 + spent, READ + 3 * HOUR)

    assert watcher.course.markup.measured is named


def test_a_period_that_was_not_read_has_no_digits() -> None:
    """It began at some time between two rows, not right after one: 100 USD since then are an accident."""
    watcher = watched(found=reading(end=JANUARY))
    watcher.row(523.45, JANUARY - MINUTE)
    watcher.row(553.45, JANUARY + MINUTE)
    watcher.row(623.45, JANUARY + DAY)
    watcher.read(reading(100.0, JANUARY + DAY + SECOND, start=JANUARY))
    watcher.row(623.45, JANUARY + DAY + MINUTE)

    markup = watcher.course.markup

    assert (markup.low, markup.high) == pytest.approx((1.0, 100.0 / 70.0), abs=0.001)


def test_a_markup_is_measured_from_the_beginning_of_a_period_that_rolled_over() -> None:
    """The beginning of a period is as good as a reading, as nothing was spent in it then: a second reading agrees."""
    watcher = watched(found=reading(end=JANUARY))
    watcher.row(523.45, JANUARY - MINUTE)
    watcher.row(523.45, JANUARY + MINUTE)
    watcher.row(623.45, JANUARY + DAY)
    watcher.read(reading(120.0, JANUARY + DAY + SECOND, start=JANUARY))

    watcher.row(623.45, JANUARY + DAY + HOUR)
    where = watcher.row(633.45, JANUARY + 2 * DAY)
    seen = watcher.course.markup.seen
    watcher.row(733.45, JANUARY + 3 * DAY)
    watcher.read(reading(252.0, JANUARY + 3 * DAY + SECOND, start=JANUARY))
    watcher.row(733.45, JANUARY + 4 * DAY)

    assert seen == pytest.approx((1.2, 1.2), abs=0.001)
    assert bounds(where) == pytest.approx((130.0, 140.0))
    assert watcher.course.markup == Markup(1.2, 1.2)


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
