"""What is known of a customer's period, carried on from row to row and from reading to reading."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from monitor.spending.anchor import TOLERANCE, Anchor, Reading, closed, fallen, read, renewed, same_period, together
from monitor.spending.markup import CENT, Markup, Measurement, conclude, measure, rounding_of
from monitor.spending.standing import Standing

# An alert that rests on a reading older than this share of the period is confirmed by another one.
FIRM_SHARE = 0.1

Figures: TypeAlias = tuple[
    bool,
    float | None,
    float | None,
    float | None,
    float | None,
    datetime | None,
    datetime | None,
    bool,
    bool,
    bool,
    datetime | None,
]
"""`exact` to `anchored_at` of a standing."""

_NO_PERIOD = (0.0, 1.0, None, None, False, False, False, None)


class Course(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What is known of a customer's period.

    Attributes:
        anchor: From which the period cost is carried forward; None: there never was one.
        markup: What is known of it; it outlives periods.
        measuring: A measurement of it that waits for the next row.
        readings: How many there were of this period.
    """

    anchor: Anchor | None = None
    markup: Markup = Markup()
    measuring: Measurement | None = None
    readings: int = 0


BLANK = Course()


class Fallen(StrEnum):
    """What has become less, which it never does by spending."""

    TOTAL_COST = "total cost"
    PERIOD_USAGE = "period usage"


class Correction(msgspec.Struct, frozen=True, gc=False):
    """A figure of the API that fell.

    Attributes:
        of: Which one.
        before: USD, as it was known.
        after: USD, as it is.
    """

    of: Fallen
    before: float
    after: float


def fell(before: float | None, total: float | None) -> Correction | None:
    """The correction that two rows show, one after the other."""
    if before is None or total is None or total >= before - TOLERANCE:
        return None
    return Correction(Fallen.TOTAL_COST, before, total)


def after_row(
    course: Course, *, before: float | None, total: float | None, now: datetime, duration: str | None
) -> Course:
    """What is known with a row; the course itself where that is nothing new.

    Args:
        course: What was known.
        before: Lifetime spend in the row before, USD; None: not known.
        total: The same in this row.
        now: When it was read.
        duration: The API's `budget_duration`.
    """
    if total is None:
        return course
    anchor, markup, readings = course.anchor, course.markup, course.readings
    has_fallen = fell(before, total) is not None
    if anchor is None:
        return Course(fallen(None, total, now), markup) if has_fallen else course
    if anchor.total_high is None:
        if course.measuring is not None and not has_fallen:
            markup = conclude(markup, course.measuring, total)
        anchor = closed(anchor, before=before, total=total, markup=markup)
    if anchor.valid_until is not None and now >= anchor.valid_until:
        earlier = anchor.total_low if before is None else min(before, total)
        anchor = renewed(anchor, before=earlier, total=total, now=now, duration=duration, markup=markup)
        readings = 0
    if has_fallen:
        # Last: what was taken back may have been spent before the end of a period, and spent again after it.
        anchor = fallen(anchor, total, now)
    return course if anchor is course.anchor else Course(anchor, markup, readings=readings)


def after_reading(course: Course, reading: Reading, total: float | None) -> tuple[Course, Correction | None]:
    """What is known with a reading, and the correction of the usage that it shows.

    Args:
        course: What was known with the row before.
        reading: What was read.
        total: Lifetime spend in the row before, USD; None: not known, and the reading cannot be carried forward.
    """
    known = course.anchor
    at = 0.0 if total is None else total
    anchor = read(reading, known, at)
    if known is None or not anchor.read or not same_period(known, anchor):
        return Course(anchor, course.markup, readings=int(anchor.read)), None
    readings = course.readings + 1
    # Of a markup that is not measured nobody knows that it is not below 1.
    carried = max(at - (at if known.total_high is None else known.total_high), 0.0)
    least = known.low + (carried * course.markup.low if course.markup.measured else 0.0)
    correction = Correction(Fallen.PERIOD_USAGE, least, anchor.low) if anchor.low < least - CENT else None
    measuring = None
    if known.total_high is not None:
        measuring = measure(
            usage_low=anchor.low - known.high,
            usage_high=anchor.low - known.low,
            total_low=known.total_low,
            total_high=known.total_high,
            until=at,
            rounding=rounding_of(anchor.low, at, known.low, known.total_low)
            if known.read and not course.markup.measured
            else None,
        )
        if course.markup.measured and correction is None:
            anchor = together(known, anchor, course.markup.low)
    return Course(anchor, course.markup, measuring, readings), correction


def standing(course: Course, total: float | None, now: datetime) -> Standing:
    """Where a customer stands, by what is known with this row.

    Args:
        course: What is known, this row and any reading after it included.
        total: Lifetime spend of the row, USD.
        now: When it, or the reading, was read (UTC).
    """
    return Standing(*figures(course, total, now))


def figures(course: Course, total: float | None, now: datetime) -> Figures:
    """The first attributes of that standing, in their order."""
    if total is None:
        return (False, None, None, *_NO_PERIOD)
    anchor, markup = course.anchor, course.markup
    if anchor is None:
        return (False, 0.0, total * markup.high, *_NO_PERIOD)
    low, high = anchor.cost(total, markup)
    start, end, until, is_read = anchor.start, anchor.end, anchor.valid_until, anchor.read
    if until is not None and now >= until:  # A reading of a period that had ended by then.
        return (False, 0.0, high, *_NO_PERIOD)
    if not is_read and start is None:
        return (False, low, high, *_NO_PERIOD)
    exact = is_read and (markup.high - markup.low) * max(total - anchor.total_low, 0.0) <= CENT
    least = most = None
    if start is not None and end is not None and end > start:
        least = most = min(max((now - start) / (end - start), 0.0), 1.0)
    elif not is_read:  # A reading may tell it.
        least, most = 0.0, 1.0
    # Without a beginning the reading does not count for long anyway; a period that may end at any time may be over.
    firm = exact and (
        start is None
        or until is None
        or ((end is not None or anchor.regular) and now - anchor.at <= (until - start) * FIRM_SHARE)
    )
    return exact, low, high, least, most, start, end, is_read, firm, anchor.regular, anchor.at if is_read else None
