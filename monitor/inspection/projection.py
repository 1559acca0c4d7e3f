"""How a forecast came about: the rate that it assumes, and the window that tells how fast money is spent of late."""

import math
from datetime import datetime
from enum import StrEnum

import msgspec

from monitor.inspection.sight import Sight
from monitor.spending.forecast import FIRST_READINGS, FIRST_SHARE, RECENT_WEIGHT
from monitor.spending.windows import WINDOWS, Window

_HOUR = 3600.0
_FORECASTING = [window for window in WINDOWS if window.field != "spend_1h"]


class Reason(StrEnum):
    """Why there is a forecast, or none."""

    MADE = "made"
    NO_PERIOD = "no period"
    """Nobody knows when the period began, or when it ends."""
    TOO_EARLY = "too early"
    """A tenth of the period has not passed, nor was it read three times."""
    NO_COST = "no cost"
    """There is no period cost to begin with."""
    NO_BUDGET = "no budget"
    """Without a budget nothing is forecast."""


class Projection(msgspec.Struct, frozen=True, gc=False):
    """A forecast from the least that the period cost can be. Amounts in USD.

    Attributes:
        reason: Why there is one, or none.
        projected: What the period will have cost by its end.
        low: Four in five outcomes lie between this ...
        high: ... and this; None where nothing was spent to go by.
        cost: The period cost that it begins with.
        elapsed: Hours of the period that have passed.
        left: Hours that are left.
        rate: USD an hour that it assumes.
        recent: Spend in the window that tells of late, with the markup; None: none is known.
        window: That window.
        exhausts_at: When the budget runs out at that rate (UTC).
    """

    reason: Reason
    projected: float | None = None
    low: float | None = None
    high: float | None = None
    cost: float = 0.0
    elapsed: float = 0.0
    left: float = 0.0
    rate: float = 0.0
    recent: float | None = None
    window: Window | None = None
    exhausts_at: datetime | None = None


def projection(sight: Sight) -> Projection:
    """Take apart what `forecast` has made.

    Args:
        sight: As `look_closer` gives it.
    """
    standing = sight.standing
    start, end, cost = standing.start, standing.end, standing.cost_low
    if sight.record.period_budget is None:
        return Projection(Reason.NO_BUDGET)
    if cost is None:
        return Projection(Reason.NO_COST)
    if start is None or end is None:
        return Projection(Reason.NO_PERIOD)
    elapsed, left = (sight.as_of - start).total_seconds() / _HOUR, (end - sight.as_of).total_seconds() / _HOUR
    if standing.projected_min is None:
        early = elapsed < FIRST_SHARE * (elapsed + left) and sight.course.readings < FIRST_READINGS
        return Projection(Reason.TOO_EARLY if early else Reason.NO_COST, cost=cost, elapsed=elapsed, left=left)
    rate = (standing.projected_min - cost) / left if left > 0 else 0.0
    window, recent = _behind(sight, rate, elapsed, elapsed + left)
    return Projection(
        Reason.MADE,
        projected=standing.projected_min,
        low=standing.likely_low_min,
        high=standing.likely_high_min,
        cost=cost,
        elapsed=elapsed,
        left=left,
        rate=rate,
        recent=recent,
        window=window,
        exhausts_at=standing.exhausts_at,
    )


def _behind(sight: Sight, rate: float, elapsed: float, whole: float) -> tuple[Window | None, float | None]:
    """The window by which the rate came about: the one that gives it, so that what is told adds up."""
    cost = sight.standing.cost_low or 0.0
    for window in _FORECASTING:
        spend: float | None = getattr(sight.standing, window.field)
        if spend is None:
            continue
        recent, hours = spend * sight.course.markup.low, window.length.total_seconds() / _HOUR
        reckoned = (cost + RECENT_WEIGHT * recent) / max(elapsed + RECENT_WEIGHT * hours, whole * FIRST_SHARE)
        if math.isclose(reckoned, rate, rel_tol=1e-6, abs_tol=1e-12):
            return window, recent
    return None, None
