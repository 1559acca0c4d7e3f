"""What a budget period will have cost by its end, within which interval, and when its budget runs out on the way there.

Nothing is guessed: without a cost, a period or enough to go by, there is no forecast. bench/forecast.py measures how
good it is for different kinds of spender; the constants below were fitted to half of those, and the shares of outcomes
in their comments are of that half.
"""

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

# How far the interval reaches in units of the scatter, so that it holds four outcomes in five. 1.0 is 80 %, 1.2 is
# 84 %; the 82 % of 1.1 leave some room for spenders unlike those that it was fitted to.
REACH = 1.1

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
        spread  = 1.1 * √(scatter / √(hours left) * (1 + ahead))
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
    if cost is None or start is None or end is None:
        return UNKNOWN
    left = (end - now).total_seconds() / _SECONDS
    elapsed = (now - start).total_seconds() / _SECONDS
    first = (elapsed + left) * FIRST_SHARE
    if elapsed <= 0.0 or first <= 0.0 or (elapsed < first and readings < FIRST_READINGS) or not 0.0 <= cost < inf:
        return UNKNOWN
    if left <= 0.0:
        return Forecast(cost, cost, cost)
    recent, hours = _recent(left, spend_24h, spend_7d, spend_30d)
    rate = (cost + RECENT_WEIGHT * recent) / max(elapsed + RECENT_WEIGHT * hours, first)
    if rate == 0.0:
        return Forecast(cost, None, None)
    down, up = _interval(
        rate=rate,
        overall=cost / elapsed,
        recent=recent,
        hours=hours,
        elapsed=elapsed,
        left=left,
        windows=((spend_24h, _DAY), (spend_7d, _WEEK), (spend_30d, _MONTH)),
    )
    ahead = rate * left
    projected, high = cost + ahead, cost + ahead * up
    low = cost + ahead * down if down > 0.0 else cost
    # Not so where the rate is negative or anything is not a number.
    return Forecast(projected, low, high) if low <= projected <= high < inf else UNKNOWN


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


def _interval(
    *,
    rate: float,
    overall: float,
    recent: float,
    hours: float,
    elapsed: float,
    left: float,
    windows: tuple[tuple[float | None, float], ...],
) -> tuple[float, float]:
    """What to multiply the projected rest by for the lower and the upper end; `overall` is the period's own rate."""
    ahead = left / max(elapsed, hours)
    scatter = PRIOR
    trend = 0.0
    if hours:  # Without a window the rate is the period's own, which is never off itself.
        off = overall / rate - 1.0
        scatter = PRIOR * PRIOR_WEIGHT + off * off * sqrt(elapsed)
        count = PRIOR_WEIGHT + 1.0
        spent = past = 0.0
        for spend, window in windows:
            if spend is not None:
                span = window - past
                off = (spend - spent) / span / rate - 1.0
                scatter += off * off * sqrt(span)
                count += 1.0
                spent, past = spend, window
        scatter /= count
        trend = TREND * ahead * (recent / hours - overall) / rate
    spread = REACH * sqrt(scatter / sqrt(left) * (1.0 + ahead))
    if trend < 0.0:
        return 1.0 - spread + trend, 1.0 + spread
    return 1.0 - spread, 1.0 + spread + trend
