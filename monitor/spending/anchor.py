"""Anchors: an instant at which a customer's period cost was known, from which it is carried forward.

`total_cost` is lifetime spend; only a reading of the detail endpoint says what was spent in the period. From that
anchor on, the period cost is the usage that was read plus what the total cost has grown by since. The end of a period
is an anchor too: at that instant nothing was spent in the next one.
"""

from datetime import datetime, timedelta

import msgspec

from monitor.spending.markup import CENT, Markup
from monitor.spending.period import SAME_START, begins, hides_its_day, known_at

# How long a reading counts when nothing tells when its period ends, as of an unknown duration: long enough to spare
# requests, short enough to notice a rollover. Where a period runs on past its end by arithmetic this is the least: a
# reading then counts for as long as it has run on, or until its time of day comes again, at which periods begin.
UNKNOWN_END_VALIDITY = timedelta(hours=1)

_DAY = timedelta(days=1)

# USD. A total cost that falls by less than this is rounding of sums of many small costs, not a correction.
TOLERANCE = 1e-6

# USD, more than anybody spends and still finite: what may have been spent where nothing at all is known.
UNBOUNDED = 1e15


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What one answer of the detail endpoint says of a period.

    Attributes:
        at: When it was read (UTC).
        usage: `total_period_usage`, USD.
        start: `period_start`.
        end: `period_end`; often null.
        duration: `budget_duration`.
    """

    at: datetime
    usage: float
    start: datetime | None
    end: datetime | None
    duration: str | None


class Anchor(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """An instant of a period, and what was spent in it by then.

    Attributes:
        at: The instant (UTC).
        read: Whether the API said so; otherwise it was concluded from what was known before.
        low: USD spent in the period at least.
        high: USD spent in the period at most.
        total_low: USD of lifetime spend that this corresponds to, at least: as in the row before, or more by earlier
            readings.
        total_high: The same at most: as in the row after, or less by earlier readings; None until there was one. A
            reading and a row are not from the same instant: what was spent between them is uncertain, does not add up,
            and ends with the next reading.
        start: When the period began; None: it may be any that has begun since, so that only `high` counts.
        end: When it ends, as read or reckoned; None where it is not known.
        origin: A start or end from which its periods are counted; one that shows their day of the month, if any did.
        valid_until: The anchor says nothing of any later instant, as the period may be over; None: it always does.
        most: USD of lifetime spend that it corresponds to at most, by what was known before the reading.
        regular: Whether the API has shown that its periods last what their duration says: by an end, or by the start of
            a second one. Until then the period may end at any time, as ends can be set by hand.
    """

    at: datetime
    read: bool
    low: float
    high: float
    total_low: float
    total_high: float | None = None
    start: datetime | None = None
    end: datetime | None = None
    origin: datetime | None = None
    valid_until: datetime | None = None
    most: float | None = None
    regular: bool = False

    def cost(self, total: float, markup: Markup) -> tuple[float, float]:
        """USD spent in the period at least and at most, by the lifetime spend of a row."""
        # Most customers have spent nothing since: no markup then, whatever it is.
        high = self.high + max(total - self.total_low, 0.0) * markup.high
        if self.start is None and not self.read:
            return 0.0, high
        grown = 0.0 if self.total_high is None else max(total - self.total_high, 0.0)
        return self.low + grown * markup.low, high


def read(reading: Reading, before: Anchor | None, total: float) -> Anchor:
    """The anchor that a reading gives.

    Args:
        reading: What was read.
        before: The anchor so far.
        total: Lifetime spend in the row before the reading, USD.
    """
    at, usage, start, end = reading.at, max(reading.usage, 0.0), reading.start, reading.end
    origin = None if start is None else _origin(start, reading, before)
    if end is not None and end <= at:
        # Over by the API's own word, and the next one has not begun in its books: nothing was spent since.
        following = _following(origin, end, reading.duration)
        return _reckoned(following, reading.duration, at, total_low=total, total_high=None, regular=True)
    if before is not None and _is_behind(reading, before, total):
        return msgspec.structs.replace(before, total_high=None)
    if start is None or origin is None:
        until = at + UNKNOWN_END_VALIDITY if end is None else end
        return Anchor(
            at, read=True, low=usage, high=usage, total_low=total, end=end, valid_until=until, regular=end is not None
        )
    valid_until, regular = end, True
    if end is None:
        period = known_at(origin, reading.duration, start)
        regular = _is_regular(start, reading.duration, before)
        if period is None:
            valid_until = at + UNKNOWN_END_VALIDITY
        elif period.lasts_until > at:
            end, valid_until = period.end, period.lasts_until
        elif period.end is not None and before is not None and before.start == start and _has_ended(before, at):
            # It ended between the row before the reading and the answer, or what the API says of it.
            return _reckoned(origin, reading.duration, at, total_low=total, total_high=None, regular=True)
        else:
            overrun = max(at - period.lasts_until, UNKNOWN_END_VALIDITY)
            valid_until, regular = min(at + overrun, _next_time(period.lasts_until, at)), False
    return Anchor(
        at,
        read=True,
        low=usage,
        high=usage,
        total_low=total,
        start=start,
        end=end,
        origin=origin,
        valid_until=valid_until,
        regular=regular,
    )


def closed(anchor: Anchor, *, before: float | None, total: float, markup: Markup) -> Anchor:
    """The anchor of a reading with the first row after it.

    Args:
        anchor: It.
        before: Lifetime spend in the row before it, USD; None: not known.
        total: The same in the row after it.
        markup: What is known of it, by this row too.
    """
    if anchor.most is None:
        return msgspec.structs.replace(anchor, total_high=max(total, anchor.total_low))
    if not markup.measured or total < anchor.total_low - CENT / markup.low:
        # Usage has grown without total cost: the earlier readings were of another markup, or before a correction.
        least = total if before is None else min(before, total)
        return msgspec.structs.replace(anchor, total_low=least, total_high=total, most=None)
    return msgspec.structs.replace(anchor, total_high=max(min(total, anchor.most), anchor.total_low), most=None)


def together(before: Anchor, after: Anchor, ratio: float) -> Anchor:
    """The anchor of a reading, bounded by what was known before it as well.

    Usage and total cost grow together: what had been spent in all when the period began is the same for both.

    Args:
        before: Of the same period.
        after: Of the reading, before the next row.
        ratio: What usage grows by when the total cost grows by one; known for sure.
    """
    if before.total_high is None:
        return after
    least = before.total_low + (after.low - before.high) / ratio
    most = before.total_high + (after.high - before.low) / ratio
    if most < after.total_low:  # What has been taken back is not known to have been.
        return after
    return msgspec.structs.replace(after, total_low=max(after.total_low, least), most=most)


def renewed(
    anchor: Anchor, *, before: float, total: float, now: datetime, duration: str | None, markup: Markup
) -> Anchor:
    """The anchor after the end of its period: the next one began between the last row before it and the first after.

    Args:
        anchor: Of the period that has ended.
        before: Lifetime spend in the last row before its end, USD.
        total: The same in the first row after it.
        now: When that was read.
        duration: The API's `budget_duration`.
        markup: What is known of it.
    """
    if anchor.end is None or not anchor.regular:
        # It may be over, or not: what was spent since the last period that is known, no more.
        high = anchor.cost(total, markup)[1]
        return Anchor(now, read=False, low=0.0, high=high, total_low=total, total_high=total, origin=anchor.origin)
    origin = _following(anchor.origin, anchor.end, duration)
    return _reckoned(origin, duration, now, total_low=before, total_high=total, regular=True)


def fallen(anchor: Anchor | None, total: float, now: datetime) -> Anchor:
    """The anchor after the total cost has fallen: a reset or a correction, and only a reading tells of the period."""
    if anchor is None:
        return Anchor(now, read=False, low=0.0, high=UNBOUNDED, total_low=total, total_high=total)
    return msgspec.structs.replace(
        anchor, at=now, read=False, low=0.0, high=UNBOUNDED, total_low=total, total_high=total
    )


def same_period(one: Anchor, other: Anchor) -> bool:
    """Whether two anchors are of the same period."""
    if one.start is None or other.start is None:
        return one.start is other.start and one.read and other.read
    return abs(one.start - other.start) < SAME_START


def _reckoned(
    origin: datetime,
    duration: str | None,
    now: datetime,
    *,
    total_low: float,
    total_high: float | None,
    regular: bool,
) -> Anchor:
    """The anchor at the beginning of the period that holds `now`, by arithmetic."""
    period = known_at(origin, duration, now)
    if period is None:
        return Anchor(now, read=False, low=0.0, high=0.0, total_low=total_low, total_high=total_high)
    return Anchor(
        period.start,
        read=False,
        low=0.0,
        high=0.0,
        total_low=total_low,
        total_high=total_high,
        start=period.start,
        end=period.end,
        origin=origin,
        valid_until=period.lasts_until,
        regular=regular,
    )


def _has_ended(known: Anchor, at: datetime) -> bool:
    """Whether a period is known to last what its duration says, and to be over."""
    return known.regular and known.valid_until is not None and known.valid_until <= at


def _is_regular(start: datetime, duration: str | None, before: Anchor | None) -> bool:
    """Whether a period begins when an earlier one lets it."""
    if before is None or before.origin is None or not begins(before.origin, duration, start):
        return False
    return before.regular or start - before.origin >= SAME_START


def _next_time(of_day: datetime, after: datetime) -> datetime:
    """The first instant after another one that has a time of day: periods begin at theirs, whatever the day."""
    return of_day + ((after - of_day) // _DAY + 1) * _DAY


def _origin(start: datetime, reading: Reading, before: Anchor | None) -> datetime:
    """From which of the starts and ends that are known periods are counted: from one that does not hide its day."""
    for known in (start, before.origin if before is not None else None, reading.end):
        if known is not None and not hides_its_day(known, reading.duration) and begins(known, reading.duration, start):
            return known
    return start


def _following(origin: datetime | None, end: datetime, duration: str | None) -> datetime:
    """From which of both the periods after one that ended are counted."""
    return origin if origin is not None and begins(origin, duration, end) else end


def _is_behind(reading: Reading, before: Anchor, total: float) -> bool:
    """Whether a reading without an end is still of a period that has ended, while nothing was spent in the next one.

    The API may let a period roll over only with the first request in the next one. It wins over arithmetic as soon as
    something was spent and it still says the same.
    """
    if before.read or before.start is None or reading.start is None or before.start - reading.start < SAME_START:
        return False
    return reading.end is None and before.total_high is not None and total - before.total_high <= TOLERANCE
