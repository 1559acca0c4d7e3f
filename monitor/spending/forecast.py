"""What a budget period will have cost by its end, within which interval, and when its budget runs out on the way there.

Nothing is guessed: without a cost, a period or enough to go by, there is no forecast. bench/forecast.py measures how
good it is for different kinds of spender; the constants below were fitted to half of those, and the shares of outcomes
in their comments are of that half.
"""

from collections.abc import Sequence
from datetime import datetime
from math import inf, sqrt

import msgspec

# There is no forecast before this share of the period has passed or this many readings were made of it. Until that
# share has passed, what was seen is spread over it at least: a busy minute at the start of a month is not a month of
# busy minutes.
FIRST_SHARE = 0.1
FIRST_READINGS = 3

# The recent rate is that of a window at least as long as this share of what is left. With an eighth, weekends and
# bursts pass for changes; with half, somebody who has begun to spend is seen late. The mean error is larger by 1 and
# 2 %.
RECENT_SHARE = 0.25

# What an hour of that window counts for, against an hour of the period. With 0 (the period alone) the mean error is 6 %
# larger, with nothing but the window 3 %. It hardly matters: anything from 2 to 16 is as good.
RECENT_WEIGHT = 4.0

# The scatter of spends before any of it was observed: that of somebody who spends half as much or half as much again
# from day to day. It counts for a tenth of an observation. With half that deviation the intervals hold 78 instead of
# 82 % of the outcomes, too few above all where the history is short; with twice as much 87 %. Counted as a whole
# observation it makes those of the steadiest spenders hold 98 %, for nothing.
PRIOR = 0.5**2 * sqrt(24.0)
PRIOR_WEIGHT = 0.1

# How far the interval reaches in units of the scatter, so that it holds four outcomes in five. With 1.0 it holds 80 %
# of the outcomes that it was fitted to, and fewer of spenders unlike those: the customers of `make simulate`, whose
# bursts and changes are wilder, want three tenths more.
REACH = 1.3

# How much further it reaches to the side of the recent rate, where that differs from the period's by as much as the
# rate itself: what has changed goes on changing. With 0 the intervals of those who spend more and more, or less and
# less, hold 59 instead of 83 % of the outcomes; with 4 the interval is wider by a ninth, for all.
TREND = 2.5

_DAY, _WEEK, _MONTH = 24.0, 168.0, 720.0
_SECONDS = 3600.0


class Forecast(msgspec.Struct, frozen=True, gc=False):
    """What a period will have cost by its end, USD: `cost <= low <= projected <= high` where they are known.

    Attributes:
        projected: At the rate of now; None where there is not enough to go by.
        low: Four in five outcomes lie between this ...
        high: ... and this. Both are None where there is no forecast, and where no spend was seen: nothing tells when
            somebody who does not spend begins to, or how much it will be.
    """

    projected: float | None
    low: float | None
    high: float | None


UNKNOWN = Forecast(None, None, None)


def forecast(
    *,
    cost: float | None,
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    readings: int,
    spend_24h: float | None = None,
    spend_7d: float | None = None,
    spend_30d: float | None = None,
) -> Forecast:
    """Project what a period will have cost by its end, with an 80 % interval.

    The recent rate is blended with the period's, and the blend taken to hold for the hours that are left:

        rate      = (cost + 4 * recent spend) / (hours elapsed + 4 * recent hours)
        projected = cost + rate * hours left

    Recent is the shortest of the last 24 hours, 7 and 30 days that is as long as a quarter of what is left and saw any
    spend; if none is, the longest that is known, and if none is known, nothing. It may reach back before the period.
    The divisor of the rate is a tenth of the period's hours at least.

    The interval rests on how far spends have been off that rate: in the last day, in the six days before it, in the 23
    before those, and in the period as a whole. To be off by a share x for h hours counts as x² * √h, as longer spans
    vary less, though not by as much (x² * h) as if every hour were independent of the one before:

        scatter = (prior / 10 + sum of x² * √h) / (1 / 10 + how many of these are known)
        ahead   = hours left / max(hours elapsed, recent hours)
        spread  = 1.3 * √(scatter / √(hours left) * (1 + ahead))
        trend   = 2.5 * ahead * (recent rate - period's rate) / rate
        low     = cost + rate * hours left * max(0, 1 - spread + min(0, trend))
        high    = cost + rate * hours left * (1 + spread + max(0, trend))

    Args:
        cost: USD spent in the period; None: not known.
        start: When it began (UTC); None: not known.
        end: When it ends, likewise.
        now: When `cost` was read.
        readings: How many times the cost of this period was read.
        spend_24h: USD spent in the 24 hours before `now`, in the measure of `cost` (with the same markup); None: not
            known.
        spend_7d: The same of 7 days.
        spend_30d: The same of 30 days.

    Returns:
        The forecast. It is `UNKNOWN` without a cost, a start or an end; before the period has begun; before a tenth of
        it has passed or three readings were made; and for amounts that are none, or too large to be added up.
        Once the period is over it is the cost.
    """
    if cost is None:
        return UNKNOWN
    found, _ = forecasts(
        costs=(cost, cost),
        start=start,
        end=end,
        now=now,
        readings=readings,
        spend_24h=spend_24h,
        spend_7d=spend_7d,
        spend_30d=spend_30d,
    )
    return found


def forecasts(
    *,
    costs: tuple[float, float],
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    readings: int,
    spend_24h: float | None = None,
    spend_7d: float | None = None,
    spend_30d: float | None = None,
    ratios: tuple[float, float] = (1.0, 1.0),
) -> tuple[Forecast, Forecast]:
    """Bound what `forecast` makes of a cost that is only known within bounds.

    Args:
        costs: USD spent in the period, at least and at most.
        start: See `forecast`, as for what follows.
        end: Likewise.
        now: Likewise.
        readings: Likewise.
        spend_24h: Likewise, but without a markup.
        spend_7d: Likewise.
        spend_30d: Likewise.
        ratios: What spends are to be multiplied by to be in the measure of the costs, at least and at most.

    Returns:
        Of each figure the least and the most, over all costs and ratios within the bounds; twice the same forecast
        where there is only one of each.
    """
    (least, most), (least_ratio, most_ratio) = costs, ratios
    if start is None or end is None or not 0.0 <= least <= most < inf:
        return UNKNOWN, UNKNOWN
    left = (end - now).total_seconds() / _SECONDS
    elapsed = (now - start).total_seconds() / _SECONDS
    first = (elapsed + left) * FIRST_SHARE
    if elapsed <= 0.0 or first <= 0.0 or (elapsed < first and readings < FIRST_READINGS):
        return UNKNOWN, UNKNOWN
    if left <= 0.0:
        return Forecast(least, least, least), Forecast(most, most, most)
    recent, hours = _recent(left, spend_24h, spend_7d, spend_30d)
    counted = max(elapsed + RECENT_WEIGHT * hours, first)
    least_rate = (least + RECENT_WEIGHT * recent * least_ratio) / counted
    most_rate = (most + RECENT_WEIGHT * recent * most_ratio) / counted
    if most_rate == 0.0:
        return Forecast(least, None, None), Forecast(most, None, None)
    ahead = left / max(elapsed, hours)
    reach = REACH * sqrt((1.0 + ahead) / sqrt(left))
    windows = ((spend_24h, _DAY), (spend_7d, _WEEK), (spend_30d, _MONTH)) if hours else ()

    def seen(cost: float, ratio: float) -> tuple[list[float], float]:
        """How far spends were off the rate of a cost, and the trend."""
        if not hours:  # Without a window the rate is the period's own, which is never off itself.
            return [], 0.0
        rate, overall = (cost + RECENT_WEIGHT * recent * ratio) / counted, cost / elapsed
        trend = TREND * ahead * (recent * ratio / hours - overall) / rate
        return _offs(rate / ratio, overall / ratio, elapsed, windows), trend

    # What an interval is made of depends on cost over ratio alone, and rises with it or falls: it lies between what it
    # is at both ends. Where nothing was spent lately it is the same at any cost but 0.
    offs, falling = seen(most, least_ratio)
    wide = reach * sqrt(_scatter(offs))
    if least == most and least_ratio == most_ratio:
        found = _between(least, least_rate * left, down=wide, up=wide, trend=falling)
        return found, found
    narrow, rising = wide, falling
    if least_rate:
        others, rising = seen(least, most_ratio)
        wide = reach * sqrt(_scatter([max(abs(one), abs(other)) for one, other in zip(offs, others, strict=True)]))
        narrow = reach * sqrt(_scatter([_nearest(one, other) for one, other in zip(offs, others, strict=True)]))
    return (
        _between(least, least_rate * left, down=wide, up=narrow, trend=falling),
        _between(most, most_rate * left, down=narrow, up=wide, trend=rising),
    )


def exhausts_at(
    *, cost: float | None, budget: float | None, projected: float | None, now: datetime, end: datetime | None
) -> datetime | None:
    """When a period's budget runs out, if what is projected is spent evenly until the period's end.

    Args:
        cost: USD spent in the period; None: not known.
        budget: USD of the period; None: no budget. One of 0 has run out from the first.
        projected: What the period will have cost by its end, as `forecast` says.
        now: When `cost` was read.
        end: When the period ends; None: not known.

    Returns:
        `now` where the budget has run out already; None where it lasts until the end, and where nobody can tell.
    """
    if cost is None or budget is None or not (0.0 <= cost < inf and 0.0 <= budget < inf):
        return None
    if cost >= budget:
        return now
    if projected is None or end is None or not budget < projected < inf:
        return None
    at = now + (end - now) * ((budget - cost) / (projected - cost))
    return at if at < end else None  # It may be the end itself, by rounding.


def _recent(left: float, day: float | None, week: float | None, month: float | None) -> tuple[float, float]:
    """Spend and hours of the recent window; none of either where no window is known."""
    needed = left * RECENT_SHARE
    if day and needed <= _DAY:
        return day, _DAY
    if week and needed <= _WEEK:
        return week, _WEEK
    if month is not None:
        return month, _MONTH
    if week is not None:
        return week, _WEEK
    return (0.0, 0.0) if day is None else (day, _DAY)


def _offs(rate: float, overall: float, elapsed: float, windows: tuple[tuple[float | None, float], ...]) -> list[float]:
    """How far spends were off a rate, so that the squares can be added up; `overall` is the period's own rate."""
    offs = [(overall / rate - 1.0) * sqrt(sqrt(elapsed))]
    spent = past = 0.0
    for spend, window in windows:
        if spend is not None:
            span = window - past
            offs.append(((spend - spent) / span / rate - 1.0) * sqrt(sqrt(span)))
            spent, past = spend, window
    return offs


def _scatter(offs: Sequence[float]) -> float:
    scatter = PRIOR * PRIOR_WEIGHT
    for off in offs:
        scatter += off * off
    return scatter / (PRIOR_WEIGHT + len(offs))


def _nearest(one: float, other: float) -> float:
    """The number next to 0 between two."""
    return 0.0 if one < 0.0 < other or other < 0.0 < one else min(abs(one), abs(other))


def _between(cost: float, ahead: float, *, down: float, up: float, trend: float) -> Forecast:
    """The forecast of a cost and what is ahead at its rate, with how far the interval reaches to both sides of that."""
    projected = cost + ahead
    low = cost + ahead * max(1.0 - down + min(trend, 0.0), 0.0)
    high = projected + ahead * (up + max(trend, 0.0))
    # Not so where the rate is negative or anything is not a number.
    return Forecast(projected, low, high) if low <= projected <= high < inf else UNKNOWN
