"""Figures that fall: what is known of the period then, and what people can be told."""

import pytest

from monitor.spending.anchor import TOLERANCE, UNBOUNDED
from monitor.spending.course import Correction, Fallen, fell
from monitor.spending.markup import Markup
from tests.spending.builders import (
    DECEMBER,
    HOUR,
    JANUARY,
    READ,
    SECOND,
    Watcher,
    bounds,
    reading,
    watched,
    without_markup,
)

CENT = 0.01


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
    watcher = without_markup(found=reading(end=JANUARY))

    where = watcher.row(523.45 + 50.0 - 60.0, JANUARY + HOUR)

    assert bounds(where) == (0.0, UNBOUNDED)
    assert where.start == JANUARY


def test_a_total_that_fell_before_a_period_ended_is_forgotten_with_it() -> None:
    """The next period begins with nothing, whatever was taken back in the last one."""
    watcher = without_markup(found=reading(end=JANUARY))
    watcher.row(400.0, READ + HOUR)

    assert bounds(watcher.row(405.0, JANUARY + HOUR)) == pytest.approx((0.0, 5.0))


def test_a_total_that_fell_is_not_forgotten_while_the_period_may_go_on() -> None:
    """Where nobody has shown that the period ends, what it has cost stays open past its end by arithmetic."""
    watcher = without_markup()
    watcher.row(400.0, READ + HOUR)

    where = watcher.row(405.0, JANUARY + HOUR)

    assert bounds(where) == (0.0, UNBOUNDED + 5.0)
    assert where.start is None


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
