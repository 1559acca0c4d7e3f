"""A standing with what was spent lately, and with where the period is heading."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from monitor.spending.anchor import UNBOUNDED
from monitor.spending.course import Course
from monitor.spending.forecast import Forecast, exhausts_at, forecast
from monitor.spending.standing import Standing

# How many times its cost a period can come to by what `forecast` makes of it, whenever it began and however long it is:
# a tenth of it has passed at least, and the rate of a month is that of a year.
FURTHEST = 14.0


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
    if standing.start is None and not standing.read:
        furthest = FURTHEST * high
        return msgspec.structs.replace(
            standing,
            projected_min=0.0,
            projected_max=furthest,
            likely_low_min=0.0,
            likely_low_max=furthest,
            likely_high_min=0.0,
            likely_high_max=UNBOUNDED if high else 0.0,
            **spends,
        )
    ratio = course.markup.low
    recent = {f"spend_{window}": _marked_up(spends.get(f"spend_{window}"), ratio) for window in ("24h", "7d", "30d")}

    def at(cost: float) -> Forecast:
        return forecast(cost=cost, start=standing.start, end=standing.end, now=now, readings=course.readings, **recent)

    least = at(low)
    most = least if standing.exact or low == high else Forecast(UNBOUNDED, UNBOUNDED, UNBOUNDED)
    if high < UNBOUNDED and most is not least:
        most = at(high)
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


def _marked_up(spend: float | None, ratio: float) -> float | None:
    return None if spend is None else spend * ratio
