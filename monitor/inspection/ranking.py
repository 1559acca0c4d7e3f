"""In which order customers are listed, and which of them."""

import heapq
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from monitor.inspection.bounds import Bounds
from monitor.inspection.figures import Figures
from monitor.inspection.sight import Sight
from monitor.store.customers import Place


class Order(NamedTuple):
    """Sorts customers: those without the figure last, then by it, then by who they are.

    Attributes:
        unknown: Whether the figure is not known.
        figure: What is sure of it; negative where the greatest comes first.
        possible: What may be, likewise.
        customer_identifier: As the API gives it.
        environment: Our label.
        organization: As the API gives it.
        first_seen: The rest of where the record stands.
    """

    unknown: bool
    figure: float
    possible: float
    customer_identifier: str
    environment: str
    organization: str
    first_seen: int

    @property
    def place(self) -> Place:
        """Where the customer's record stands within its environment."""
        return Place(self.first_seen, self.customer_identifier, self.organization)


class SortKey(StrEnum):
    """What customers are sorted by."""

    PERIOD_USED = "period_used"
    PERIOD_COST = "period_cost"
    PERIOD_REMAINING = "period_remaining"
    PACE = "pace"
    PROJECTED = "projected_period_cost"
    SPEND_24H = "spend_24h"
    TOTAL_COST = "total_cost"
    IDENTIFIER = "identifier"


class Over(StrEnum):
    """Whether a customer has used so much of its budget."""

    SURELY = "surely"
    POSSIBLY = "possibly"


def over(found: Figures, share: float | None) -> Over | None:
    """Whether a customer has used a share of its budget, or may have; None: surely not, nobody can tell, or not asked.

    Args:
        found: The customer's figures.
        share: 1 is the whole budget; None: nobody asks.
    """
    used = found.period_used
    if share is None or used is None or not used.possibly(share):
        return None
    return Over.SURELY if used.certainly(share) else Over.POSSIBLY


def sorted_by(sight: Sight, found: Figures, key: SortKey) -> Bounds | None:
    """The figure that a customer is sorted by."""
    plain = {SortKey.SPEND_24H: sight.standing.spend_24h, SortKey.TOTAL_COST: sight.record.total_cost}
    if key in plain:
        value = plain[key]
        return None if value is None else Bounds(value, value)
    if key is SortKey.IDENTIFIER:
        return Bounds(0.0, 0.0)
    figure: Bounds | None = getattr(found, key.value)
    return figure


def order(sight: Sight, found: Figures, key: SortKey) -> Order:
    """Where a customer stands: by what is sure of its figure, most first, and of what is left, least first.

    What may be counts between equals only: else whoever was never read would come before all that is known.
    """
    who = (sight.place.customer_identifier, sight.environment, sight.place.organization, sight.place.first_seen)
    figure = sorted_by(sight, found, key)
    if figure is None:
        return Order(True, 0.0, 0.0, *who)
    if key is SortKey.PERIOD_REMAINING:
        return Order(False, figure.high, figure.low, *who)
    return Order(False, -figure.low, -figure.high, *who)


def first(orders: Iterable[Order], limit: int | None) -> list[Order]:
    """The first of them in order, with a memory that grows with `limit` only; None: all."""
    return sorted(orders) if limit is None else heapq.nsmallest(limit, orders)
