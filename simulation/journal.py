"""What was seen of one run, to be judged later: every request, every poll, everything that was said."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.alerts.model import Event

Forecast = tuple[float, float, float]
"""Projected cost of a period, and the interval around it: (projected, low, high), USD."""


@dataclass(slots=True)
class Request:
    """One request to the stand-in.

    Attributes:
        customer: Whose detail was asked for; None: the list.
        sent: When it was sent.
        answered: When the stand-in made up its answer; None: it failed before that.
        good: The true answer has arrived.
        listed: Whose rows were on the page that was asked for; None: everybody's, or a detail.
    """

    customer: str | None
    sent: datetime
    answered: datetime | None = None
    good: bool = False
    listed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Polled:
    """One poll that ended by itself.

    Attributes:
        began: When its walk began.
        ended: When its last transaction was committed.
        good: All pages and all readings that it asked for have arrived.
        readings: Periods that it has read.
    """

    began: datetime
    ended: datetime
    good: bool
    readings: int


@dataclass(frozen=True, slots=True)
class Told:
    """One event.

    Attributes:
        event: It.
        said: Whether people were told.
        began: When the walk began in which it was decided.
    """

    event: Event
    said: bool
    began: datetime

    @property
    def customer(self) -> str:
        """Whom it is about."""
        return self.event.key.customer_identifier

    @property
    def at(self) -> datetime:
        """When it was decided."""
        return self.event.at


@dataclass(frozen=True, slots=True)
class Projected:
    """What the daemon projected for a period after some share of it.

    Attributes:
        customer: Identifier.
        mark: When that share had passed.
        at: When the daemon was asked, after the poll that followed.
        forecast: What it said; None: nothing.
    """

    customer: str
    mark: datetime
    at: datetime
    forecast: Forecast | None


@dataclass(slots=True)
class Journal:
    """One run.

    Attributes:
        began: When the daemon was first started.
        ended: When it was last stopped.
        requests: In the order in which they were sent.
        polls: Those that ended by themselves, in order.
        told: Everything that was decided, in order.
        projected: What was projected, in order.
        restarts: How often the daemon was started again; ...
        cut: ... and how often while a poll was under way.
        stored: Events that the database holds at the end; None: it was not asked.
    """

    began: datetime
    ended: datetime
    requests: list[Request] = field(default_factory=list)
    polls: list[Polled] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    projected: list[Projected] = field(default_factory=list)
    restarts: int = 0
    cut: int = 0
    stored: int | None = None


class Answers:
    """When true answers of one kind were made up, for looking up those next to an instant.

    Args:
        instants: In order.
    """

    def __init__(self, instants: Sequence[datetime]) -> None:
        self.instants = instants

    @classmethod
    def of_rows(cls, journal: Journal, customer: str) -> "Answers":
        """Those that showed a customer's row."""
        pages = (each for each in journal.requests if each.good and each.customer is None)
        return cls([each.answered for each in pages if each.answered and (not each.listed or customer in each.listed)])

    @classmethod
    def of_details(cls, journal: Journal) -> dict[str, "Answers"]:
        """Those that showed one customer's period, by customer."""
        found: defaultdict[str, list[datetime]] = defaultdict(list)
        for each in journal.requests:
            if each.good and each.customer is not None and each.answered:
                found[each.customer].append(each.answered)
        return {customer: cls(instants) for customer, instants in found.items()}

    def last(self, at: datetime) -> datetime | None:
        """The last at or before an instant."""
        count = bisect_right(self.instants, at)
        return self.instants[count - 1] if count else None

    def first(self, at: datetime) -> datetime | None:
        """The first at or after an instant."""
        count = bisect_left(self.instants, at)
        return self.instants[count] if count < len(self.instants) else None

    def between(self, since: datetime, until: datetime) -> Sequence[datetime]:
        """Those from one instant to another."""
        return self.instants[bisect_left(self.instants, since) : bisect_right(self.instants, until)]
