"""What a budget period will have cost by its end, within which interval, and when its budget runs out at that rate.

Nothing is guessed: without a cost, a period or enough to go by, there is no forecast. How good it is, by kind of
spender, is measured by bench/forecast.py, to which the constants below were fitted.
"""

from datetime import datetime
from math import inf, sqrt

import msgspec

# There is no forecast before this share of the period has passed or this many readings were made of it. Until that
# share has passed, what the period has cost is spread over that share at least: one busy minute at the start of a month
# is not a month of busy minutes. A larger share is surer and later.
FIRST_SHARE = 0.1
FIRST_READINGS = 3

# The recent rate is that of the shortest window, of whole days, as long as this share of what is left. Fitted: with an
# eighth of it weekends and bursts pass for trends, with half of it a customer who began to spend is seen late; the mean
# error is larger with either, by 2 % of itself.
RECENT_SHARE = 0.25

# What an hour of the recent window counts for, against an hour of the period. Fitted: 1 is blinder to trends (their
# mean error is 13 instead of 12 %), ignoring the period is blinder to rhythms and bursts (25 instead of 24 %). It
# hardly matters: from 2 to 16 all errors together are within 1 % of themselves.
RECENT_WEIGHT = 8.0

# How much the spend of a day differs from the rate (standard deviation, as a share), before anything was observed: it
# counts as one observation, so that two windows that happen to agree do not make the interval a point. Fitted: with 0.2
# the interval of a steady spender holds 92 % of the outcomes, with 0.05 that of one whose history is short is too narrow.
PRIOR = 0.1

# How many standard deviations the interval reaches, up and down alike. Fitted so that four in five outcomes lie inside
# (1.28 if spends were normal and their deviations known): 1.2 holds 77 % of them, 1.6 holds 83 %.
REACH = 1.4

# By how many times the difference between the recent rate and the period's the interval reaches further to the side of
# the recent one, as what has changed goes on changing. Fitted: with none of it the interval holds 65 % of the outcomes
# of spenders that grow or decline, instead of 76 %; with 3 it is a third wider, for all.
TREND = 1.5

_DAY, _WEEK, _MONTH = 24.0, 168.0, 720.0
_HOUR = 3600.0
_PRIOR = PRIOR * PRIOR * sqrt(_DAY)


class Forecast(msgspec.Struct, frozen=True, gc=False):
    """What a period will have cost by its end, USD. `cost <= low <= projected <= high` where they are known.

    Attributes:
        projected: At the rate of now; None where there is not enough to go by.
        low: Four in five outcomes lie between this ...
        high: ... and this, half of the others on either side. Both are None where there is no forecast, and where
            nothing was spent: nobody can tell how much somebody will spend who has not begun to.
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

    The recent rate is blended with the period's, and is taken to hold for the hours that are left:

        rate      = (cost + 8 * spend in the recent window) / (hours of the period + 8 * hours of the window)
        projected = cost + rate * hours left

    The recent window is the shortest of 24 hours, 7 and 30 days that is as long as a quarter of what is left and saw
    any spend, else the longest that is known. It may reach back before the period began. Where none is known the
    period's rate stands alone.

    The interval rests on how far spends have differed from that rate so far, in the disjoint parts of the windows (the
    last day, the six days before, the 23 before those) and in the period. A relative deviation over d hours counts as
    deviation² * √d, since spends vary less over longer spans, but by less than independent hours would (* d):

        scatter = (prior + sum of deviation² * √d) / number of deviations
        spread  = 1.4 * √(scatter / √left * (1 + left / hours of the window or the period, whichever is longer))
        trend   = 1.5 * (recent rate - period's rate) / rate
        low     = cost + rate * left * (1 - spread + trend where it is negative), the bracket at least 0
        high    = cost + rate * left * (1 + spread + trend where it is positive)

    Args:
        cost: USD spent in the period; None: not known.
        start: When it began; None: not known.
        end: When it ends, likewise.
        now: When `cost` was read.
        readings: How many times the cost of this period was read.
        spend_24h: USD spent in the 24 hours before `now`, in the measure of `cost` (the same markup); None: not known.
        spend_7d: The same of 7 days.
        spend_30d: The same of 30 days.

    Returns:
        The forecast; `UNKNOWN` without a cost, a start or an end, before a tenth of the period has passed and three
        readings were made, and for numbers that are none (negative, infinite, or so large that sums overflow).
    """
    if cost is None or start is None or end is None:
        return UNKNOWN
    left = (end - now).total_seconds() / _HOUR
    elapsed = (now - start).total_seconds() / _HOUR
    first = (elapsed + left) * FIRST_SHARE
    if elapsed <= 0.0 or first <= 0.0 or not 0.0 <= cost < inf:
        return UNKNOWN
    if left <= 0.0:
        return Forecast(cost, cost, cost)
    if elapsed < first and readings < FIRST_READINGS:
        return UNKNOWN

    needed = left * RECENT_SHARE
    if spend_24h and needed <= _DAY:
        recent, hours = spend_24h, _DAY
    elif spend_7d and needed <= _WEEK:
        recent, hours = spend_7d, _WEEK
    elif spend_30d is not None:
        recent, hours = spend_30d, _MONTH
    elif spend_7d is not None:
        recent, hours = spend_7d, _WEEK
    elif spend_24h is not None:
        recent, hours = spend_24h, _DAY
    else:
        recent = hours = 0.0
    observed = elapsed + RECENT_WEIGHT * hours
    rate = (cost + RECENT_WEIGHT * recent) / (observed if observed > first else first)
    if not 0.0 < rate < inf:
        return Forecast(cost, None, None) if rate == 0.0 else UNKNOWN

    scatter = _PRIOR
    count = 0
    longest = before = 0.0
    for spend, window in ((spend_24h, _DAY), (spend_7d, _WEEK), (spend_30d, _MONTH)):
        if spend is not None:
            part = window - longest
            deviation = (spend - before) / part / rate - 1.0
            scatter += deviation * deviation * sqrt(part)
            count += 1
            before, longest = spend, window
    trend = 0.0
    if count:
        overall = cost / elapsed
        deviation = overall / rate - 1.0
        scatter = (scatter + deviation * deviation * sqrt(elapsed)) / (count + 1)
        trend = TREND * (recent / hours - overall) / rate
    spread = REACH * sqrt(scatter / sqrt(left) * (1.0 + left / (longest if longest > elapsed else elapsed)))

    ahead = rate * left
    down, up = (1.0 - spread + trend, 1.0 + spread) if trend < 0.0 else (1.0 - spread, 1.0 + spread + trend)
    projected = cost + ahead
    low = cost + ahead * down if down > 0.0 else cost
    high = cost + ahead * up
    return Forecast(projected, low, high) if low <= projected <= high < inf else UNKNOWN


def exhausts_at(
    *, cost: float | None, budget: float | None, projected: float | None, now: datetime, end: datetime | None
) -> datetime | None:
    """When a period's budget runs out, if the period goes on to cost what is projected, at one even rate.

    Args:
        cost: USD spent in the period by `now`; None: not known.
        budget: USD of the period; None: no budget. A budget of 0 has run out from the first.
        projected: What the period will have cost by its end, as `forecast` says.
        now: When `cost` was read.
        end: When the period ends; None: not known.

    Returns:
        `now` where the budget has run out already; None where it lasts until the end, or where any of these is not
        known.
    """
    if cost is None or budget is None or end is None or not 0.0 <= budget < inf:
        return None
    if cost >= budget:
        return now
    if projected is None or not budget < projected < inf:
        return None
    # Less than one, as budget < projected, but perhaps so close to it that the product is the end.
    at = now + (end - now) * ((budget - cost) / (projected - cost))
    return at if at < end else None
