"""What was decided of a customer, and whom it was told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, outerjoin, select

from monitor.alerts.model import CustomerKey, Event
from monitor.store.schema import events, outbox, outbox_events
from monitor.store.times import instant


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message.

    Attributes:
        channel: Name of the channel.
        state: Of the outbox: waiting, delivered or given up.
        finished_at: When it was delivered or given up.
    """

    channel: str
    state: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and what became of the messages that tell it; none: nobody is told."""

    event: Event
    deliveries: tuple[Delivery, ...]


class Telling:
    """What was told, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, key: CustomerKey, limit: int = 20) -> list[Told]:
        """The last events of a customer that are kept, newest first."""
        theirs = and_(events.c.environment == key.environment, events.c.customer_identifier == key.customer_identifier)
        linked = outerjoin(events, outbox_events, outbox_events.c.event == events.c.id)
        rows = self._connection.execute(
            select(events.c.id, events.c.body, events.c.value, outbox.c.channel, outbox.c.state, outbox.c.finished_at)
            .select_from(linked.outerjoin(outbox, outbox.c.id == outbox_events.c.message))
            .where(theirs)
            .order_by(events.c.id.desc(), outbox.c.id)
        )
        told = (_told(group) for _, group in groupby(rows, lambda row: row.id))
        return list(islice((each for each in told if each.event.key == key), limit))


def _told(rows: Iterable[Row[*tuple[Any, ...]]]) -> Told:
    first, *others = rows
    # Apart from the body, as JSON has no infinity.
    event = replace(_decode(first.body), value=first.value)
    linked = (row for row in (first, *others) if row.channel is not None)
    return Told(event, tuple(Delivery(row.channel, row.state, instant(row.finished_at)) for row in linked))


_decode = msgspec.json.Decoder(Event).decode
