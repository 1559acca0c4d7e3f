"""Records, alerts and envelopes with sensible defaults, and the few things every test of the store does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, Event, Severity
from monitor.alerts.state import Alert, Level, Mark
from monitor.store.customers import Place, Record
from monitor.store.database import Store
from monitor.store.outbox import Envelope, Waiting
from tests.notify.builders import facts

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ORGANIZATION = "8264a3f4"

STRANGE_IDENTIFIERS = (
    "a/b?c=d#e%2F",
    "'; DROP TABLE customers; --",
    '"quoted" \\ back',
    " spaces at the ends ",
    "new\nline\ttab",
    "Zoë 日本語 🐋",
    "\u00e9",  # the same letter to a reader, not the same identifier
    "e\u0301",
    "%_wild",
    ":name",
    "x" * 5000,
)


def place(number: int = 1, identifier: str | None = None, organization: str = ORGANIZATION) -> Place:
    """Where the record of customer number so-and-so stands."""
    return Place(1_760_515_200_000_000 + number, identifier or f"user_{number}", organization)


def record(total_cost: float | None = 523.45, **changes: Any) -> Record:  # noqa: ANN401 - any field
    """The documented customer's record, without a reading."""
    known = Record(
        total_cost=total_cost,
        period_budget=100.0,
        budget_duration="monthly",
        total_budget=1000.0,
        since_start=False,
        has_alerts=False,
    )
    return known._replace(**changes)


def kept(identifier: str = "user_123", **changes: Any) -> KeptAlert:  # noqa: ANN401 - any field
    """The documented customer's alert, firing at 80 %."""
    warning = Level(0.8, Severity.WARNING)
    alert = KeptAlert(
        rule="period-budget",
        key=CustomerKey("prod", ORGANIZATION, identifier),
        first_seen=1_760_515_200_000_000,
        life=Alert(
            state=AlertState.FIRING,
            threshold=0.8,
            severity=Severity.WARNING,
            since=NOW,
            marks=(Mark(threshold=0.5, reached_at=NOW), Mark(threshold=0.8, reached_at=NOW, left_at=None)),
            told=warning,
            heard=frozenset({Severity.INFO, Severity.WARNING}),
            said=frozenset({0.5, 0.8}),
            period_start=datetime(2025, 12, 1, tzinfo=UTC),
            budget=100.0,
        ),
        value=0.812,
        unit="ratio",
        summary="John Doe used 81.2 % of a $100.00 monthly budget",
        facts=facts(),
        labels={"team": "growth"},
        missed=0,
        filters="0123456789ab",
    )
    return replace(alert, **changes)


def envelope(channel: str = "finops", **changes: Any) -> Envelope:  # noqa: ANN401 - any field
    """To one channel, of the first poll, by the first route."""
    return replace(Envelope(channel=channel, batch="prod:1", route=0, rule="period-budget"), **changes)


def put(store: Store, *letters: tuple[Event, Envelope], release: str | None = "prod:1", now: datetime = NOW) -> None:
    """Write events with the intent to say them, and let a batch go; None: nothing is let go."""
    with store.write() as tx:
        for event, address in letters:
            tx.outbox.record(event, [address], now)
        if release is not None:
            tx.outbox.release(release, now)


def first(store: Store, channel: str = "finops") -> Waiting:
    """The message that the channel is to be given next."""
    waiting = next_of(store, channel)
    assert waiting is not None
    return waiting


def next_of(store: Store, channel: str = "finops") -> Waiting | None:
    """The same, or None."""
    with store.read() as tx:
        return tx.outbox.first(channel)


def claim(store: Store, message: int, now: datetime = NOW) -> bool:
    """Take a message for sending."""
    with store.write() as tx:
        return tx.outbox.claim(message, now)


def events_of(store: Store, message: int) -> list[str]:
    """Of the events that a message tells, the customers."""
    with store.read() as tx:
        return [event.key.customer_identifier for event in tx.outbox.events_of(message)]
