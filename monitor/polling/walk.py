"""What one walk over an environment's customers has seen so far. Its size does not grow with the customers."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from monitor.alerts.model import CustomerKey
from monitor.polling.series import Gathered, Shown
from monitor.respan.models import Customer
from monitor.store.customers import Place


@dataclass(frozen=True, slots=True)
class BudgetBefore:
    """The period budget that a row has replaced, USD; None: there was no budget."""

    usd: float | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer for whom a rule cannot be decided without a reading of the period.

    Attributes:
        row: The row that left it open.
        place: Where the customer's record stands.
        read_at: When the row was read (UTC).
        urgency: How much a reading matters.
        budget_before: The budget of the row before, where this row carried another one.
        selected: Whether the metrics may show the customer, as far as the row tells.
    """

    row: Customer
    place: Place
    read_at: datetime
    urgency: "Urgency"
    budget_before: BudgetBefore | None = None
    selected: bool = False


class Urgency(NamedTuple):
    """How much a reading matters, the larger the more.

    Attributes:
        confirming: An alert is decided, and said once the reading confirms it.
        alerting: An alert fires: whether it still does comes before whether another begins.
        severity: Rank of the severest level that is open.
        share: Spend over the lowest level.
    """

    confirming: bool = False
    alerting: bool = False
    severity: int = 0
    share: float = 0.0


@dataclass(slots=True)
class Candidates:
    """The most promising customers to read, at most `limit` of them and none of the `excluded`."""

    limit: int
    excluded: frozenset[Place] = frozenset()
    _heap: list[tuple[Urgency, int, Candidate]] = field(default_factory=list)
    _confirming: list[Candidate] = field(default_factory=list)
    _count: int = 0

    def add(self, candidate: Candidate) -> None:
        """Consider a customer."""
        if candidate.urgency.confirming:
            self.limit -= 1  # What it takes is missing from the others.
            self._confirming.append(candidate)
            return
        if candidate.place in self.excluded:
            return
        self._count += 1  # decides between equals, so that candidates themselves are never compared
        entry = (candidate.urgency, -self._count, candidate)
        if len(self._heap) < self.limit:
            heapq.heappush(self._heap, entry)
        elif self.limit > 0:
            heapq.heappushpop(self._heap, entry)

    def __len__(self) -> int:
        return len(self._heap) + len(self._confirming)

    def take(self) -> Iterator[Candidate]:
        """Most promising first, after those whose alerts wait for it."""
        yield from self.take_confirming()
        self._heap.sort()
        del self._heap[: max(len(self._heap) - max(self.limit, 0), 0)]
        while self._heap:
            yield self._heap.pop()[2]

    def take_confirming(self) -> Iterator[Candidate]:
        """Those whose alerts wait for it."""
        while self._confirming:
            yield self._confirming.pop(0)


@dataclass(slots=True)
class Walk:
    """One walk.

    Attributes:
        number: Of the poll, counted since the environment is known.
        began_at: When it began (UTC).
        first: There was no complete walk before: what is found may have been there for long.
        candidates: Whom to read afterwards.
        customers: Rows that count: distinct, well-formed, and within the filters.
        spend: Sum of their total cost, USD.
        distinct: Distinct rows, those left out among them.
        repeated: Rows that were listed twice, as pages shift while customers come and go.
        filtered: Rows that the filters should have kept out.
        malformed: Rows that could not be read.
        undecided: Customers for whom a rule could not be decided.
        waiting_since: Since when the first of them waits for a reading (UTC); None: none does.
        seen_before: When the walk before this one had read everybody: rows are compared with those of then.
        frontier: First seen of the last row, microseconds since 1970 UTC: all earlier ones were listed.
        unreadable: Identifiers of customers whose rows could not be read.
        unnamed: Malformed rows whose customer is not known: nobody's absence can be told then.
        count: What the API says there is, as of the last page.
        complete: Every page was read, and as many distinct rows as the API counts.
        listed: Customers with alerts that were listed.
        series: Customers whom the metrics may show; None: they show none.
        shown: Those whom they show, once the walk has ended.
        previous: The keys of the page before: a row that shifts comes again on the next page.
    """

    number: int
    began_at: datetime
    first: bool
    candidates: Candidates
    customers: int = 0
    spend: float = 0.0
    distinct: int = 0
    repeated: int = 0
    filtered: int = 0
    malformed: int = 0
    undecided: int = 0
    waiting_since: datetime | None = None
    seen_before: datetime | None = None
    frontier: int | None = 0
    unnamed: int = 0
    count: int | None = None
    complete: bool = False
    listed: set[CustomerKey] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    series: Gathered | None = None
    shown: Shown | None = None
    previous: frozenset[tuple[str, str, str]] = frozenset()
