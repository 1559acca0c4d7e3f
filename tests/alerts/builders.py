"""An alert's life told step by step: what a row shows goes in, what people would hear comes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.alerts.lifecycle import advance, gone
from monitor.alerts.model import AlertState, EventKind, Severity
from monitor.alerts.state import Alert, Change, Level, Observation, Terms, Transition

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
DECEMBER = datetime(2025, 12, 1, tzinfo=UTC)
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

FIRED, ESCALATED, DEESCALATED = EventKind.FIRED, EventKind.ESCALATED, EventKind.DEESCALATED
RESOLVED, RESET = EventKind.RESOLVED, EventKind.RESET


def terms(
    *thresholds: float | None,
    hold: timedelta = timedelta(0),
    keep: timedelta = timedelta(0),
    per_period: bool = True,
    descending: bool = False,
) -> Terms:
    """A rule about the period with levels at 50, 80 and 100 %."""
    severities = (Severity.INFO, Severity.WARNING, Severity.CRITICAL)
    chosen = thresholds or ((0.2, 0.1, 0.0) if descending else (0.5, 0.8, 1.0))
    return Terms(
        levels=tuple(Level(threshold, severity) for threshold, severity in zip(chosen, severities, strict=False)),
        descending=descending,
        hold=hold,
        keep=keep,
        per_period=per_period,
    )


def standing_condition() -> Terms:
    """A rule with `when`: one level without a threshold, about no period."""
    return Terms(levels=(Level(None, Severity.WARNING),))


@dataclass
class Story:
    """One alert, and the time; each step is a minute after the one before unless it says otherwise."""

    terms: Terms
    alert: Alert | None = None
    now: datetime = NOW

    def at(
        self,
        value: float | None,
        *,
        later: timedelta = MINUTE,
        period: datetime | None = DECEMBER,
        budget: float | None = 100.0,
    ) -> tuple[Change, ...]:
        """A row on which the rule's value is known exactly; None: it does not apply at all."""
        level = self.level_of(value)
        return self.see(Observation(reached=level, possible=level, period_start=period, budget=budget), later)

    def between(
        self, surest: float | None, furthest: float | None, *, later: timedelta = MINUTE, budget: float | None = 100.0
    ) -> tuple[Change, ...]:
        """A row on which the value is only known to lie between two, the one nearer to no alert first."""
        seen = Observation(
            reached=self.level_of(surest), possible=self.level_of(furthest), exact=False, budget=budget
        )  # fmt: skip
        return self.see(seen, later)

    def holds(self, *, holds: bool, later: timedelta = MINUTE) -> tuple[Change, ...]:
        """A row on which a rule without thresholds holds, or does not."""
        level = 0 if holds else None
        return self.see(Observation(reached=level, possible=level), later)

    def see(self, seen: Observation, later: timedelta = MINUTE) -> tuple[Change, ...]:
        """A row, after some time."""
        self.now += later
        return self._take(advance(self.alert, seen, self.terms, self.now))

    def disappear(self) -> tuple[Change, ...]:
        """The customer was missing from two complete walks."""
        self.now += MINUTE
        assert self.alert is not None
        return self._take(gone(self.alert, self.now))

    @property
    def state(self) -> AlertState | None:
        """Where the alert is in its life; None: nothing is kept of it."""
        return self.alert.state if self.alert is not None else None

    @property
    def level(self) -> float | None:
        """The threshold at which it fires; None where it does not fire."""
        return self.alert.threshold if self.alert is not None and self.alert.state is AlertState.FIRING else None

    def level_of(self, value: float | None) -> int | None:
        """Index of the furthest level that a value reaches."""
        return self.terms.nearest(value) if value is not None else None

    def _take(self, transition: Transition) -> tuple[Change, ...]:
        self.alert = transition.alert
        return transition.changes


def heard(changes: Iterable[Change]) -> list[tuple[EventKind, float | None]]:
    """What people are told: what happened, and at which threshold."""
    return [(change.kind, change.threshold) for change in changes if change.said]


def recorded(changes: Iterable[Change]) -> list[tuple[EventKind, float | None]]:
    """What happened without a message."""
    return [(change.kind, change.threshold) for change in changes if not change.said]
