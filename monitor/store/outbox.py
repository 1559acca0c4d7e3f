"""Events, and the messages about them that no channel has accepted yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from monitor.alerts.model import Event
from monitor.store.schema import events, outbox, outbox_events
from monitor.store.times import instant, micros

WAITING = "waiting"
DELIVERED = "delivered"
GIVEN_UP = "given up"

# Messages are pruned a few at a time, so that no page waits for it.
PRUNED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What makes events one message: they share all of it.

    Attributes:
        channel: Name of the channel.
        batch: The poll in which they were decided, or another occasion.
        route: Position of the route that led here; None for a notice.
        rule: Name of the rule; None where rules are told together.
    """

    channel: str
    batch: str
    route: int | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that waits for its channel.

    Attributes:
        id: Grows in the order in which messages were decided.
        channel: Name of the channel.
        created_at: When its first event was decided.
        due_at: When it was let go.
        retry_at: Not to be tried before; None: at once.
        attempts: How often it was tried.
        notice: JSON of what the daemon says of itself, for a message without events.
        last_error: What came of the last try.
    """

    id: int
    channel: str
    created_at: datetime
    due_at: datetime
    retry_at: datetime | None
    attempts: int
    notice: str | None
    last_error: str | None


class Outbox:
    """Events and messages, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, event: Event, envelopes: Sequence[Envelope], now: datetime) -> None:
        """Write an event, and the intent to say it to each of `envelopes`."""
        identity = self._connection.execute(
            insert(events).values(
                at=micros(event.at),
                kind=event.kind.value,
                rule=event.rule,
                environment=event.key.environment,
                customer_identifier=event.key.customer_identifier,
                said=bool(envelopes),
                value=event.value,
                body=_encode(event).decode(),
            )
        ).inserted_primary_key
        assert identity is not None  # noqa: S101 - of a single insert
        links = [{"message": self._held(envelope, now), "event": identity[0]} for envelope in envelopes]
        if links:
            self._connection.execute(insert(outbox_events), links)

    def notify(self, envelope: Envelope, notice: str, now: datetime) -> None:
        """Write the intent to say `notice` (JSON); it is let go at once."""
        self._insert(envelope, now, notice)

    def release(self, batch: str | None, now: datetime) -> int:
        """Let the messages of a batch go, or all that are held; how many there were."""
        statement = update(outbox).where(outbox.c.state == WAITING, outbox.c.due_at.is_(None))
        if batch is not None:
            statement = statement.where(outbox.c.batch == batch)
        return self._connection.execute(statement.values(due_at=micros(now))).rowcount

    def recover(self) -> None:
        """Take back every claim: whoever held it has ended, and nobody knows whether the message was accepted."""
        self._connection.execute(
            update(outbox).where(outbox.c.state == WAITING, outbox.c.claimed_at.is_not(None)).values(claimed_at=None)
        )

    def hurry(self) -> None:
        """Try every message again at once: channels may have been mended."""
        self._connection.execute(
            update(outbox).where(outbox.c.state == WAITING, outbox.c.retry_at.is_not(None)).values(retry_at=None)
        )

    def abandon(self, channels: Sequence[str], now: datetime) -> int:
        """Give up the messages for any channel but these; how many there were."""
        return self._connection.execute(
            update(outbox)
            .where(outbox.c.state == WAITING, outbox.c.channel.not_in(channels), outbox.c.claimed_at.is_(None))
            .values(state=GIVEN_UP, finished_at=micros(now), last_error="the channel is not in the rules file")
        ).rowcount

    def first(self, channel: str) -> Waiting | None:
        """The message that `channel` is to be given next."""
        row = self._connection.execute(
            select(outbox)
            .where(
                outbox.c.state == WAITING,
                outbox.c.channel == channel,
                outbox.c.due_at.is_not(None),
                outbox.c.claimed_at.is_(None),
            )
            .order_by(outbox.c.id)
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        return Waiting(
            id=row.id,
            channel=row.channel,
            created_at=instant(row.created_at),
            due_at=instant(row.due_at),
            retry_at=instant(row.retry_at),
            attempts=row.attempts,
            notice=row.notice,
            last_error=row.last_error,
        )

    def claim(self, message: int, now: datetime) -> bool:
        """Take a message for sending; False where somebody else has taken it."""
        claimed = self._connection.execute(
            update(outbox)
            .where(outbox.c.id == message, outbox.c.state == WAITING, outbox.c.claimed_at.is_(None))
            .values(claimed_at=micros(now), attempts=outbox.c.attempts + 1)
        )
        return claimed.rowcount == 1

    def events_of(self, message: int) -> list[Event]:
        """The events that a message tells, in the order in which they were decided."""
        rows = self._connection.execute(
            select(events.c.body, events.c.value)
            .join(outbox_events, outbox_events.c.event == events.c.id)
            .where(outbox_events.c.message == message)
            .order_by(events.c.id)
        )
        return [_event(row) for row in rows]

    def delivered(self, message: int, now: datetime) -> None:
        """The channel has said yes."""
        self._finish(message, DELIVERED, now, None)

    def postpone(self, message: int, retry_at: datetime, error: str) -> None:
        """The channel has said no, for now."""
        self._connection.execute(
            update(outbox)
            .where(outbox.c.id == message)
            .values(claimed_at=None, retry_at=micros(retry_at), last_error=error)
        )

    def give_up(self, message: int, now: datetime, error: str) -> None:
        """The channel has said no for too long."""
        self._finish(message, GIVEN_UP, now, error)

    def depth(self) -> Sequence[tuple[str, int, datetime]]:
        """For each channel with waiting messages: its name, how many, and when the oldest was decided."""
        rows = self._connection.execute(
            select(outbox.c.channel, func.count(), func.min(outbox.c.created_at))
            .where(outbox.c.state == WAITING)
            .group_by(outbox.c.channel)
        )
        return [(channel, count, instant(oldest)) for channel, count, oldest in rows]

    def recent(self, since: datetime) -> list[Event]:
        """The events decided at `since` or later, in order."""
        rows = self._connection.execute(
            select(events.c.body, events.c.value).where(events.c.at >= micros(since)).order_by(events.c.id)
        )
        return [_event(row) for row in rows]

    def prune(self, before: datetime) -> int:
        """Forget some of the messages that ended before a time, and the events that no message tells any more."""
        old = select(outbox.c.id).where(outbox.c.state != WAITING, outbox.c.finished_at < micros(before))
        messages = self._connection.execute(old.limit(PRUNED_AT_ONCE)).scalars().all()
        self._connection.execute(delete(outbox_events).where(outbox_events.c.message.in_(messages)))
        self._connection.execute(delete(outbox).where(outbox.c.id.in_(messages)))
        told = select(outbox_events.c.event)
        unsaid = select(events.c.id).where(events.c.at < micros(before), events.c.id.not_in(told))
        forgotten = self._connection.execute(unsaid.limit(PRUNED_AT_ONCE)).scalars().all()
        self._connection.execute(delete(events).where(events.c.id.in_(forgotten)))
        return len(messages) + len(forgotten)

    def _held(self, envelope: Envelope, now: datetime) -> int:
        """The message that still gathers events for this envelope."""
        found: int | None = self._connection.execute(
            select(outbox.c.id).where(
                outbox.c.state == WAITING,
                outbox.c.channel == envelope.channel,
                outbox.c.due_at.is_(None),
                outbox.c.batch == envelope.batch,
                outbox.c.route.is_not_distinct_from(envelope.route),
                outbox.c.rule.is_not_distinct_from(envelope.rule),
            )
        ).scalar()
        return found if found is not None else self._insert(envelope, now)

    def _insert(self, envelope: Envelope, now: datetime, notice: str | None = None) -> int:
        identity = self._connection.execute(
            insert(outbox).values(
                channel=envelope.channel,
                batch=envelope.batch,
                route=envelope.route,
                rule=envelope.rule,
                state=WAITING,
                created_at=micros(now),
                attempts=0,
                notice=notice,
                due_at=None if notice is None else micros(now),
            )
        ).inserted_primary_key
        assert identity is not None  # noqa: S101 - of a single insert
        return int(identity[0])

    def _finish(self, message: int, state: str, now: datetime, error: str | None) -> None:
        self._connection.execute(
            update(outbox)
            .where(outbox.c.id == message)
            .values(state=state, claimed_at=None, finished_at=micros(now), last_error=error)
        )


def _event(row: Row[str, float | None]) -> Event:
    body, value = row
    return replace(_decode(body), value=value)


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Event).decode
