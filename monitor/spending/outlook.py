"""A standing with what was spent lately, and with where the period is heading."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from monitor.spending.anchor import UNBOUNDED
from monitor.spending.course import Course
from monitor.spending.forecast import FIRST_SHARE, RECENT_WEIGHT, Forecast, exhausts_at, forecasts
from monitor.spending.standing import Standing

# Of the longest period that there is, apart from one whose end was set by hand.
LONGEST_HOURS = 366 * 24.0

_WINDOWS = (("spend_30d", 720.0), ("spend_7d", 168.0), ("spend_24h", 24.0))


def looking_ahead(
    standing: Standing,
    spends: Mapping[str, float | None],
    *,
    course: Course,
    budget: float | None,
    now: datetime,
) -> Standing:
    """The standing with what was spent lately and a forecast of its period.

    The forecast is within bounds where the period cost is only known so. Without a budget there is no period.

    Args:
        standing: Without them.
        spends: USD by the names of the windows; those that are missing are not known.
        course: What is known of the period.
        budget: Of the period, USD; None: no budget.
        now: When the row was read.
    """
    low, high = standing.cost_low, standing.cost_high
    if budget is None or low is None or high is None:
        return msgspec.structs.replace(standing, **spends)
    recent = {name: spends.get(name) for name, _ in _WINDOWS}
    if standing.start is None and not standing.read:
        furthest = _furthest(high, recent, course.markup.high)
        return msgspec.structs.replace(
            standing,
            projected_min=0.0,
            projected_max=furthest,
            likely_low_min=0.0,
            likely_low_max=furthest,
            likely_high_min=0.0,
            likely_high_max=UNBOUNDED if furthest else 0.0,
            **spends,
        )
    ratio = course.markup.low
    sure = standing.exact or high >= UNBOUNDED
    least, most = forecasts(
        costs=(low, low if sure else max(low, high)),
        ratios=(ratio, ratio if sure else course.markup.high),
        start=standing.start,
        end=standing.end,
        now=now,
        readings=course.readings,
        **recent,
    )
    if high >= UNBOUNDED:
        # More comes of a higher cost. Of the interval it is known that it begins above the cost and holds the forecast.
        known = least.projected
        least = Forecast(known, None if known is None else low, known)
        most = Forecast(UNBOUNDED, UNBOUNDED, UNBOUNDED)
    return msgspec.structs.replace(
        standing,
        projected_min=least.projected,
        projected_max=most.projected,
        likely_low_min=least.low,
        likely_low_max=most.low,
        likely_high_min=least.high,
        likely_high_max=most.high,
        exhausts_at=exhausts_at(cost=low, budget=budget, projected=least.projected, now=now, end=standing.end),
        **spends,
    )


def _furthest(cost: float, recent: Mapping[str, float | None], ratio: float) -> float:
    """The most that `forecast` makes of a cost, or of less, whenever its period began, USD.

    What is ahead is the rate of a window for four times as long at most, or that of the longest window that is known
    for what is left when a tenth has passed.
    """
    spend, hours = next(((known, hours) for name, hours in _WINDOWS if (known := recent[name]) is not None), (0.0, 0.0))
    left, counted = LONGEST_HOURS * (1.0 - FIRST_SHARE), LONGEST_HOURS * FIRST_SHARE + RECENT_WEIGHT * hours
    return cost + max(left / counted, 1.0) * (cost + RECENT_WEIGHT * spend * ratio)
