"""The figures of one customer, each as surely as it is known."""

import msgspec

from monitor.inspection.bounds import Bounds, bounds, rate, rest, share
from monitor.inspection.sight import Sight


class Figures(msgspec.Struct, frozen=True, gc=False):
    """What there is to say of a customer in numbers. USD, or shares where 1 is the whole; None: not known, or none.

    Attributes:
        exact: Whether the period cost can be stated: then it is the lower of its bounds.
        period_cost: Spent in the period.
        period_used: Of the period's budget.
        period_remaining: What is left of that.
        period_elapsed: Of the period's time.
        pace: Share used over share of time.
        projected_period_cost: What the period will have cost by its end.
        total_used: Of the lifetime budget.
    """

    exact: bool
    period_cost: Bounds | None
    period_used: Bounds | None
    period_remaining: Bounds | None
    period_elapsed: Bounds | None
    pace: Bounds | None
    projected_period_cost: Bounds | None
    total_used: Bounds | None


def figures(sight: Sight) -> Figures:
    """Reckon them."""
    standing, record = sight.standing, sight.record
    cost = bounds(standing.cost_low, standing.cost_high) if sight.has_period else None
    used = share(cost, record.period_budget)
    elapsed = bounds(standing.elapsed_low, standing.elapsed_high) if _period_known(sight) else None
    total = record.total_cost
    return Figures(
        exact=standing.exact,
        period_cost=cost,
        period_used=used,
        period_remaining=rest(cost, record.period_budget),
        period_elapsed=elapsed,
        pace=rate(used, elapsed),
        # Of a period that is not known it could be anything.
        projected_period_cost=bounds(standing.projected_min, standing.projected_max) if _period_known(sight) else None,
        total_used=share(None if total is None else Bounds(total, total), record.total_budget),
    )


def _period_known(sight: Sight) -> bool:
    return sight.standing.start is not None and sight.standing.end is not None
