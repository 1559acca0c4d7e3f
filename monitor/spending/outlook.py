"""A standing with what was spent lately, and with where the period is heading."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from monitor.spending.anchor import UNBOUNDED
from monitor.spending.course import Course
from monitor.spending.forecast import UNKNOWN, exhausts_at, forecast
from monitor.spending.standing import Standing

# How many times its cost a period can come to by what `forecast` makes of it, whenever it began and however long it is:
# a tenth of it has passed at least, and the rate of a month is that of a year.
FURTHEST = 14.0


def with_spends(standing: Standing, spends: Mapping[str, float | None]) -> Standing:
    """The standing with what was spent lately.

    Args:
        standing: Without it.
        spends: USD by the names of the windows; those that are missing stay unknown.
    """
    return msgspec.structs.replace(standing, **spends)


def with_forecast(standing: Standing, course: Course, budget: float | None, now: datetime) -> Standing:
    """The standing with a forecast of its period, within bounds where the period cost is only known so.

    Args:
        standing: With what was spent lately.
        course: What is known of the period.
        budget: Of the period, USD; None: no budget.
        now: When the row was read.
    """
    if standing.cost_low is None or standing.cost_high is None:
        return standing
    if standing.start is None and not standing.read:
        return msgspec.structs.replace(
            standing,
            projected_min=0.0,
            projected_max=FURTHEST * standing.cost_high,
            likely_low_min=0.0,
            likely_low_max=FURTHEST * standing.cost_high,
            likely_high_min=0.0,
            likely_high_max=UNBOUNDED if standing.cost_high else 0.0,
        )
    ratio = course.markup.low
    low, high = (
        UNKNOWN
        if cost >= UNBOUNDED
        else forecast(
            cost=cost,
            start=standing.start,
            end=standing.end,
            now=now,
            readings=course.readings,
            spend_24h=_marked_up(standing.spend_24h, ratio),
            spend_7d=_marked_up(standing.spend_7d, ratio),
            spend_30d=_marked_up(standing.spend_30d, ratio),
        )
        for cost in (standing.cost_low, standing.cost_low if standing.exact else standing.cost_high)
    )
    return msgspec.structs.replace(
        standing,
        projected_min=low.projected,
        projected_max=UNBOUNDED if standing.cost_high >= UNBOUNDED else high.projected,
        likely_low_min=low.low,
        likely_low_max=UNBOUNDED if standing.cost_high >= UNBOUNDED else high.low,
        likely_high_min=low.high,
        likely_high_max=UNBOUNDED if standing.cost_high >= UNBOUNDED else high.high,
        exhausts_at=exhausts_at(
            cost=standing.cost_low, budget=budget, projected=low.projected, now=now, end=standing.end
        ),
    )


def _marked_up(spend: float | None, ratio: float) -> float | None:
    return None if spend is None else spend * ratio
