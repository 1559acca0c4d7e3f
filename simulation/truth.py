"""What is true of a customer at any instant: what the stand-in would answer then."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor.demo.customer import Customer
from simulation.year import INSTANT


@dataclass(frozen=True, slots=True)
class State:
    """A customer at an instant. Money is USD.

    Attributes:
        total_cost: Lifetime spend as listed.
        budget: For one period; None: no budget, and no usage and no period either.
        usage: Of the period.
        start: When the period began.
        end: When it ends.
        terms: How often budget or schedule were changed before: within one number the budget is the same.
    """

    total_cost: float
    budget: float | None
    usage: float | None
    start: datetime | None
    end: datetime | None
    terms: int

    @property
    def period(self) -> tuple[datetime | None, int]:
        """What a level is said once in."""
        return self.start, self.terms


class Truth:
    """One customer, at any instant of a run.

    Args:
        customer: Who.
        since: When the run begins.
        until: When it ends.
    """

    def __init__(self, customer: Customer, since: datetime, until: datetime) -> None:
        self.customer = customer
        self._changes = sorted({at for at, _ in (*customer.budget_changes, *customer.schedule_changes)})
        self.breaks = sorted(
            {*self._periods(since, until), *self._changes, *(each.at for each in customer.corrections)}
        )
        """Instants at which usage or total cost can fall, or a budget becomes another."""

    @property
    def key(self) -> str:
        """Its identifier."""
        return self.customer.customer_identifier

    def at(self, instant: datetime) -> State:
        """The customer at an instant."""
        customer, spend = self.customer, self.customer.spend
        start, end = customer.period(instant) or (None, None)
        return State(
            total_cost=customer.total_cost(instant, spend),
            budget=customer.budget(instant),
            usage=customer.period_usage(instant, spend),
            start=start,
            end=end,
            terms=bisect_right(self._changes, instant),
        )

    def within(self, since: datetime, until: datetime) -> list[State]:
        """States among which are the extremes of each figure between two instants: they fall at breaks only."""
        first, last = bisect_right(self.breaks, since), bisect_right(self.breaks, until)
        instants = [since, *(edge for at in self.breaks[first:last] for edge in (at - INSTANT, at)), until]
        return [self.at(instant) for instant in instants]

    def spent(self, since: datetime, until: datetime) -> float:
        """USD that usage has changed by for all that was charged or taken back between two instants."""
        customer = self.customer
        taken_back = sum(
            max(each.total_cost, each.period_usage) for each in customer.corrections if since < each.at <= until
        )
        return (customer.spend.total(until) - customer.spend.total(since) + taken_back) * customer.markup

    def _periods(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The beginnings of all periods."""
        at = since
        edges = [*self._changes, until]
        while at < until:
            period = self.customer.period(at)
            upcoming = next(edge for edge in edges if edge > at)
            if period is None:
                at = upcoming
                continue
            yield period[0]
            at = min(period[1], upcoming)
