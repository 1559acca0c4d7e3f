"""What is to be told at once: some events, or a notice of the daemon about itself. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerts.model import Event, EventKind, Severity

MOST_EVENTS = 20
"""Events that one message shows; of more it shows those that matter most, and says how many more there are."""

ENDED = frozenset({EventKind.RESOLVED, EventKind.RESET})
"""Kinds after which the alert no longer fires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The daemon speaking of itself.

    Attributes:
        title: One line that says what is wrong, or right again: "prod: the API refuses the key".
        body: What it means and what to do.
        severity: How much it matters.
        at: When it was found (UTC).
    """

    title: str
    body: str
    severity: Severity
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to send to one channel.

    Attributes:
        id: Stable over every attempt to send it, and over restarts; receivers that can, drop a repetition by it.
        events: What it shows, what matters most first; empty for a notice. At most `MOST_EVENTS`.
        total: Events in all; more than `events` holds where they did not fit.
        notice: Instead of events.
        late_by: Set where it is delivered much later than it was decided: the text then says so.
        tally: How many of all events (also those not shown) are of which severity, or have ended: `(("critical", 1),
            ("resolved", 2))`, worst first.
    """

    id: str
    events: tuple[Event, ...] = ()
    total: int = 0
    notice: Notice | None = None
    late_by: timedelta | None = None
    tally: tuple[tuple[str, int], ...] = ()

    @property
    def hidden(self) -> int:
        """Events that did not fit."""
        return max(0, self.total - len(self.events))

    @property
    def severity(self) -> Severity | None:
        """The worst severity of what still fires, or the notice's; None where everything shown has ended."""
        if self.notice is not None:
            return self.notice.severity
        firing = [event.severity for event in self.events if event.kind not in ENDED]
        return max(firing, key=lambda severity: severity.rank, default=None)

    @property
    def decided_at(self) -> datetime | None:
        """When the first of its events, or its notice, was decided (UTC)."""
        if self.notice is not None:
            return self.notice.at
        return min((event.at for event in self.events), default=None)


def compose(events: Sequence[Event], *, id: str, late_by: timedelta | None = None) -> Message:  # noqa: A002 - the word
    """The message of some events.

    Args:
        events: At least one; those of one message share a route and, except at the first start, a rule.
        id: See `Message.id`.
        late_by: See `Message.late_by`.

    Returns:
        The message with the `MOST_EVENTS` events that matter most, and the count of all.
    """
    if not events:
        msg = "A message needs at least one event."
        raise ValueError(msg)
    ranked = sorted(events, key=_importance)
    tally = Counter(_tally_word(event) for event in ranked)
    order = [severity.value for severity in reversed(Severity)] + [EventKind.RESOLVED.value, EventKind.RESET.value]
    return Message(
        id=id,
        events=tuple(ranked[:MOST_EVENTS]),
        total=len(events),
        late_by=late_by,
        tally=tuple((word, tally[word]) for word in order if tally[word]),
    )


def _importance(event: Event) -> tuple[int, bool, float, str, str]:
    """Sorts what matters most first: severity, firing before ended, highest value; then by name, to be repeatable."""
    value = -math.inf if event.value is None or math.isnan(event.value) else event.value
    return -event.severity.rank, event.kind in ENDED, -value, event.rule, event.key.customer_identifier


def _tally_word(event: Event) -> str:
    return event.kind.value if event.kind in ENDED else event.severity.value
