"""What is known of a customer's period, carried on from row to row and from reading to reading."""

from datetime import datetime
from enum import StrEnum

import msgspec

from monitor.spending.anchor import TOLERANCE, Anchor, Reading, fallen, read, renewed, same_period
from monitor.spending.markup import CENT, Markup, Measurement, conclude, measure
from monitor.spending.standing import Standing

# An alert that rests on a reading older than this share of the period is confirmed by another one.
FIRM_SHARE = 0.1


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
        anchor = msgspec.structs.replace(anchor, total_high=max(total, anchor.total_low))
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
        )
    return Course(anchor, course.markup, measuring, readings), correction


def standing(course: Course, total: float | None, now: datetime) -> Standing:
    """Where a customer stands, by what is known with this row.

    Args:
        course: What is known, this row and any reading after it included.
        total: Lifetime spend of the row, USD.
        now: When it, or the reading, was read (UTC).
    """
    if total is None:
        return Standing(exact=False, cost_low=None, cost_high=None)
    anchor, markup = course.anchor, course.markup
    if anchor is None:
        return Standing(exact=False, cost_low=0.0, cost_high=total * markup.high)
    low, high = anchor.cost(total, markup)
    holds = anchor.valid_until is None or now < anchor.valid_until
    if not holds:  # A reading of a period that had ended by then.
        return Standing(exact=False, cost_low=0.0, cost_high=high)
    if not anchor.read and anchor.start is None:
        return Standing(exact=False, cost_low=low, cost_high=high)
    grown = max(total - anchor.total_low, 0.0)
    sure = (markup.high - markup.low) * grown <= CENT
    exact = anchor.read and sure
    elapsed = _elapsed(anchor, now)
    unknown = elapsed is None and not anchor.read  # A reading may tell it.
    return Standing(
        exact=exact,
        cost_low=low,
        cost_high=high,
        elapsed_low=0.0 if unknown else elapsed,
        elapsed_high=1.0 if unknown else elapsed,
        start=anchor.start,
        end=anchor.end,
        read=anchor.read,
        firm=exact and _is_recent(anchor, now),
        anchored_at=anchor.at if anchor.read else None,
    )


def _elapsed(anchor: Anchor, now: datetime) -> float | None:
    if anchor.start is None or anchor.end is None or anchor.end <= anchor.start:
        return None
    share = (now - anchor.start) / (anchor.end - anchor.start)
    return min(max(share, 0.0), 1.0)


def _is_recent(anchor: Anchor, now: datetime) -> bool:
    if anchor.start is None or anchor.valid_until is None:
        return True  # It does not count for long anyway.
    return now - anchor.at <= (anchor.valid_until - anchor.start) * FIRM_SHARE
