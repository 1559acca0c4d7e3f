"""Figures of single customers for the metrics: whom the rules file selects, and the most important of them.

Pure. A walk over any number of customers keeps a bounded number of figures, which are shown in whole when it ends.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from monitor.respan.models import Customer
from monitor.rules.rule import Rule
from monitor.rules.runtime import over_zero
from monitor.spending.standing import Standing

Who = tuple[str, str]
"""Organization and identifier of a customer: whose figures these are, in one environment."""

Importance = tuple[bool, float, float, str, str]
"""The larger, the more important: who fires, then who used the most. The rest only decides between equals."""


class Figures(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is shown of one customer. A figure that is only known to lie between bounds is the lower one.

    Attributes:
        organization: Of the customer; empty where the API leaves it out.
        customer_identifier: As the customer, or whoever made it, chose it.
        firing: Whether an alert of this customer fires.
        cost: USD spent in the period; None: not known.
        budget: Of the period, USD; None: none.
        used: The cost over the budget; infinite where something was spent of a budget of 0; None: not known.
        projected: USD that the period will have cost by its end; None: there is no forecast.
    """

    organization: str
    customer_identifier: str
    firing: bool
    cost: float | None
    budget: float | None
    used: float | None
    projected: float | None

    @property
    def who(self) -> Who:
        """Whose they are."""
        return self.organization, self.customer_identifier

    @property
    def importance(self) -> Importance:
        """How much they matter where not all can be shown."""
        used = -1.0 if self.used is None else self.used
        return self.firing, used, self.cost or 0.0, self.customer_identifier, self.organization


def figures(row: Customer, standing: Standing, *, firing: bool) -> Figures:
    """The figures of one customer.

    Args:
        row: As it was listed.
        standing: Where it stands, with a forecast.
        firing: Whether an alert fires.
    """
    budget, cost = row.period_budget, standing.cost_low
    # Of a period of which nothing is known it is known that it costs nothing at least: that is no forecast.
    begun = standing.read or standing.start is not None
    return Figures(
        organization=row.unique_organization_id,
        customer_identifier=row.customer_identifier,
        firing=firing,
        cost=cost,
        budget=budget,
        used=_share(cost, budget),
        projected=standing.projected_min if begun else None,
    )


def _share(cost: float | None, budget: float | None) -> float | None:
    if cost is None or budget is None:
        return None
    if budget:
        return cost / budget
    return over_zero(cost) if cost else None


@dataclass(frozen=True, slots=True)
class Selection:
    """Who is shown.

    Attributes:
        condition: Holds for those who are.
        most: How many there are at most.
    """

    condition: Rule
    most: int

    def of(self, rows: Sequence[Customer], standings: Sequence[Standing], now: datetime) -> frozenset[int]:
        """The places in a page of those who are surely selected.

        Where the condition reads a period cost that is only known within bounds, it may hold or not: such a customer
        is left out, as no rule would fire on it either. What is shown of the others then never contradicts it.
        """
        return frozenset(
            finding.index for finding in self.condition.evaluate(rows, standings, now) if finding.level is not None
        )


class Pick(NamedTuple):
    """What one row, or the reading after it, says of one customer.

    Attributes:
        who: The customer.
        figures: What to show; None: it is not selected after all.
        counted: Whether its row was selected when the walk came by, and this is a reading of it.
    """

    who: Who
    figures: Figures | None
    counted: bool = False


def above(
    floor: Importance | None, rows: Sequence[Customer], selected: Iterable[int], standings: Sequence[Standing]
) -> list[int]:
    """Those among customers without an alert that fires who may be shown after all.

    Args:
        floor: Whoever is less important is not; None: there is room for all.
        rows: Of the page.
        selected: Their places in it.
        standings: Of the page.
    """
    if floor is None:
        return list(selected)
    return [index for index in selected if figures(rows[index], standings[index], firing=False).importance >= floor]


def picks(
    rows: Sequence[Customer],
    selected: frozenset[int],
    standings: Mapping[int, Standing],
    firing: AbstractSet[Who],
    *,
    counted: bool,
) -> list[Pick]:
    """What a page, or a reading, says of those who are selected.

    Args:
        rows: Of the page, or the only one.
        selected: The places of those who are.
        standings: Where each of them stands, with a forecast.
        firing: Those of whom an alert fires.
        counted: This is a reading of somebody whose row was selected.
    """
    found: list[Pick] = []
    for index, row in enumerate(rows):
        who = (row.unique_organization_id, row.customer_identifier)
        if index in selected:
            found.append(Pick(who, figures(row, standings[index], firing=who in firing), counted))
        elif counted:
            found.append(Pick(who, None, counted))
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """What the metrics show of the customers of one environment.

    Attributes:
        customers: The most important ones, by who they are.
        left_out: How many were selected besides them.
        most: How many are shown at most.
    """

    customers: Mapping[Who, Figures]
    left_out: int
    most: int

    def over(self, before: "Shown | None") -> "Shown":
        """These figures in the place of older ones, where a walk did not read everybody: nobody is dropped for it.

        New customers take the places that are free.
        """
        if before is None:
            return self
        merged = dict(before.customers)
        for who, each in self.customers.items():
            if who in merged or len(merged) < self.most:
                merged[who] = each
        return Shown(merged, max(before.left_out, self.left_out), self.most)


@dataclass(slots=True)
class Gathered:
    """What one walk has found so far: never much more than twice what is shown in the end.

    Attributes:
        most: How many are shown at most.
        selected: How many are selected.
        floor: Whoever is less important is left out already; None: there is room.
    """

    most: int
    selected: int = 0
    floor: Importance | None = None
    _kept: dict[Who, Figures] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, picks: Iterable[Pick]) -> None:
        """Take what a transaction has found, once it is committed."""
        for who, found, counted in picks:
            # A page that shifts lists somebody twice.
            self.selected += (found is not None) - (counted or who in self._kept)
            if found is None:
                self._kept.pop(who, None)
            else:
                self._kept[who] = found
        if len(self._kept) > 2 * self.most:
            self._kept = self._most_important()
            self.floor = min(each.importance for each in self._kept.values())

    def shown(self) -> Shown:
        """What is to be shown, most important first."""
        kept = self._most_important()
        return Shown(kept, self.selected - len(kept), self.most)

    def _most_important(self) -> dict[Who, Figures]:
        best = heapq.nlargest(self.most, self._kept.values(), key=lambda each: each.importance)
        return {each.who: each for each in best}
