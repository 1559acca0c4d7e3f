"""The books of one environment over a real database, fed with pages and details as the API writes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import Event, EventKind, Severity
from monitor.polling.adoption import Adopted, adopt
from monitor.polling.batch import START
from monitor.polling.ledger import Ledger, Outcome
from monitor.polling.walk import Walk
from monitor.store.customers import Place
from monitor.store.database import Store
from tests.respan.builders import page, row
from tests.rulebook.builders import ENVIRONMENT, PROD, read, rules_file

__all__ = ["row"]

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

BUDGET = """[[rules]]
name = "period-budget"
value = "period_cost / period_budget"
levels = [
  { at_least = 0.5, severity = "info" },
  { at_least = 0.8, severity = "warning" },
  { at_least = 1.0, severity = "critical" },
]
"""
SPENDER = """[[rules]]
name = "spender"
value = "total_cost"
levels = [{ at_least = 500, severity = "warning" }, { at_least = 1000, severity = "critical" }]
"""
UNBUDGETED = """[[rules]]
name = "unbudgeted"
when = "period_budget is None and total_cost >= 500"
severity = "info"
"""
FROM_100 = '[[environments]]\nname = "prod"\n[environments.filters]\ntotal_cost = { operator = "gte", value = [100] }\n'
TWO_ENVIRONMENTS = PROD + '[[environments]]\nname = "test"\n'

# A detail that tells when its period ends, so that nobody need read whether it has.
UNTIL_JANUARY = {"period_end": "2026-01-01T00:00:00Z"}

Told = tuple[EventKind, Severity, str]


def detail(usage: float | None, identifier: str | None = "user_123", **fields: object) -> bytes:
    """The documented detail: a monthly period that began with December."""
    known = {
        "id": identifier,
        "customer_identifier": identifier,
        "total_period_usage": usage,
        "period_start": "2025-12-01T00:00:00Z",
        "period_end": None,
        "budget_duration": "monthly",
    }
    return msgspec.json.encode({**known, **fields})


def customer(identifier: str, total_cost: float | None = 523.45, **fields: object) -> dict[str, Any]:
    """A row like the documented one, of another customer; nobody is first seen twice at one time."""
    return row(customer_identifier=identifier, name=identifier, total_cost=total_cost, **fields)


@dataclass
class Poll:
    """What one poll has done."""

    walk: Walk
    outcomes: list[Outcome] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def said(self) -> list[Told]:
        """What people are told, in order."""
        return [_told(event) for event, said in self.decided if said]

    @property
    def decided(self) -> list[tuple[Event, bool]]:
        """Every event, with whether it is said."""
        return [event for outcome in self.outcomes for event in outcome.events]

    @property
    def event(self) -> Event:
        """The only event."""
        ((event, _),) = self.decided
        return event


class Books:
    """A ledger, and the time: a poll every minute.

    Args:
        folder: Where the database is.
        rules: Tables of the rules file.
        environments: Its environments.
        name: The one whose books these are.
    """

    def __init__(self, folder: Path, rules: str = BUDGET, environments: str = PROD, name: str = "prod") -> None:
        self._url = f"sqlite:///{folder / 'monitor.db'}"
        self._name = name
        self.store = Store(self._url)
        self.now = NOW
        self.put_in_force(rules, environments)

    def put_in_force(self, rules: str = BUDGET, environments: str = PROD, *, starting: bool = False) -> Adopted:
        """Read a rules file."""
        self.book = read(rules_file(rules=rules, environments=environments), ENVIRONMENT)
        environment = next(entry for entry in self.book.environments if entry.name == self._name)
        self.ledger = Ledger(self.store, self.book, environment)
        return adopt(self.store, self.book, self.now, starting=starting)

    def beside(self, name: str) -> "Books":
        """The books of another environment of the same file."""
        other = object.__new__(Books)
        other.__dict__.update(self.__dict__, _name=name)
        entry = next(entry for entry in self.book.environments if entry.name == name)
        other.ledger = Ledger(self.store, self.book, entry)
        return other

    def restart(self) -> None:
        """End the process and begin another one with the same rules."""
        self.store.close()
        self.store = Store(self._url)
        environment = next(entry for entry in self.book.environments if entry.name == self._name)
        self.ledger = Ledger(self.store, self.book, environment)
        adopt(self.store, self.book, self.now, starting=True)

    def poll(
        self,
        *pages: Sequence[object],
        usage: Mapping[str, float | bytes] | None = None,
        later: timedelta = MINUTE,
        read_all: bool = True,
        count: int | None = None,
        readings: int = 100,
        excluded: Iterable[Place] = (),
        release_start: bool = True,
    ) -> Poll:
        """One poll, as the poller does it: pages, readings of whom `usage` knows, the end."""
        self.now += later
        poll = Poll(self.ledger.begin(self.now, readings, frozenset(excluded)))
        for number, body in enumerate(encoded(*pages, count=count)):
            self.now += timedelta(seconds=1 if number else 0)
            poll.outcomes.append(self.ledger.page(poll.walk, body, self.now))
        for candidate in poll.walk.candidates.take():
            identifier = candidate.row.customer_identifier
            poll.asked.append(identifier)
            if usage is None or identifier not in usage:
                if candidate.urgency.confirming:
                    poll.outcomes.append(self.ledger.unconfirmed(poll.walk, candidate))
                continue
            self.now += timedelta(seconds=1)
            found = usage[identifier]
            body = found if isinstance(found, bytes) else detail(found, identifier)
            poll.outcomes.append(self.ledger.reading(poll.walk, candidate, body, self.now))
        poll.outcomes.append(self.ledger.end(poll.walk, self.now, read_all=read_all))
        if release_start:
            with self.store.write() as tx:
                tx.outbox.release(START, self.now)
        return poll

    def messages(self, channel: str = "finops") -> list[list[Told]]:
        """Take every message that is due, in order."""
        taken = []
        with self.store.write() as tx:
            while (waiting := tx.outbox.first(channel)) is not None:
                tx.outbox.claim(waiting.id, self.now)
                taken.append([_told(event) for event in tx.outbox.events_of(waiting.id)])
                tx.outbox.delivered(waiting.id, self.now)
        return taken

    def alerts(self) -> dict[str, KeptAlert]:
        """The alerts that are kept, by customer."""
        with self.store.read() as tx:
            return {alert.key.customer_identifier: alert for alert in tx.alerts.of_environment(self._name)}

    def level(self, identifier: str = "user_123") -> tuple[str, float | None] | None:
        """State and threshold of a customer's alert; None where there is none."""
        alert = self.alerts().get(identifier)
        return None if alert is None else (alert.life.state.value, alert.life.threshold)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def encoded(*pages: Sequence[object], count: int | None = None) -> list[bytes]:
    """The pages of one answer as the API writes them."""
    total = sum(len(rows) for rows in pages) if count is None else count
    last = len(pages) - 1
    return [
        page(*rows, count=total, next=None if number == last else f"https://api.test/?page={number + 2}")
        for number, rows in enumerate(pages)
    ]


def _told(event: Event) -> Told:
    return event.kind, event.severity, event.key.customer_identifier
