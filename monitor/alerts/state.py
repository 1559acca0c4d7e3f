"""What the lifecycle of an alert works on: what a rule asks, what a row shows, what is kept, what changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerts.model import AlertState, EventKind, Reason, Severity


@dataclass(frozen=True, slots=True)
class Level:
    """A threshold of a rule and the severity it means; a rule with `when` has one level without a threshold."""

    threshold: float | None
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a rule asks of its alerts.

    Attributes:
        levels: Mildest first.
        descending: Whether further means lower (`at_most`).
        hold: How long a level must be reached before it fires (`for`).
        keep: How long a level must be left before it counts as left (`keep_firing_for`).
        per_period: Whether the rule is about the budget period: its levels are said once in a period, and it is reset
            when a new one begins.
    """

    levels: tuple[Level, ...]
    descending: bool = False
    hold: timedelta = timedelta(0)
    keep: timedelta = timedelta(0)
    per_period: bool = False

    def closest(self, threshold: float | None) -> int | None:
        """Index of the level whose threshold is least far from `threshold`; None for a rule of another kind."""
        if threshold is None:
            return 0 if self.levels[0].threshold is None else None
        far = {
            index: abs(level.threshold - threshold)
            for index, level in enumerate(self.levels)
            if level.threshold is not None
        }
        return min(far, key=far.__getitem__, default=None)

    def nearest(self, threshold: float | None) -> int | None:
        """Index of the furthest level that is no further than `threshold`; None where every level is further."""
        if threshold is None:
            return 0 if self.levels[0].threshold is None else None
        return furthest(
            index
            for index, level in enumerate(self.levels)
            if level.threshold is not None
            and (level.threshold >= threshold if self.descending else level.threshold <= threshold)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a fresh row says about one rule and one customer.

    Attributes:
        reached: Index of the furthest level that is surely reached; None where none surely is.
        possible: Index of the furthest level that may be reached; equal to `reached` where that is decided.
        exact: Whether the row is evidence enough to say that a level was left: for a rule about periods the period
            cost must be known exactly, and what the rule compares must be known at all.
        period_start: When the period began, where that is known.
        reckoned: Whether that is arithmetic, and not a reading's.
        budget: The budget that the rule is about, USD; None where there is none.
    """

    reached: int | None
    possible: int | None
    exact: bool = True
    period_start: datetime | None = None
    reckoned: bool = False
    budget: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One level's own clock.

    Attributes:
        threshold: Which level, by its threshold, so that the clock outlives edits of the rule.
        reached_at: Since when the level has been reached without a break; None while it is not reached.
        left_at: Since when it has not been reached, while `keep_firing_for` still holds it; None otherwise.
    """

    threshold: float | None
    reached_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The state of one rule for one customer.

    Attributes:
        state: Pending, firing, or resolved; a resolved alert is kept while what was said in its period matters.
        threshold: Of the level at which it fires or for which it is pending; of the level it left, once resolved.
        severity: That level's severity.
        since: When it began to hold, or when it ended for a resolved one (UTC).
        marks: The clocks of the levels that are reached or still held.
        told: The level at which people believe that it fires; None: they believe that it does not.
        heard: Severities that people were told of since it fired; its end is news to all of them.
        said: Thresholds that people were told of in this period, under this budget.
        period_start: The period that `said` belongs to; None until it is known.
        reckoned: Whether that start is arithmetic so far, and no reading's.
        budget: The budget it was last decided on, USD.
    """

    state: AlertState
    threshold: float | None
    severity: Severity
    since: datetime
    marks: tuple[Mark, ...] = ()
    told: Level | None = None
    heard: frozenset[Severity] = frozenset()
    said: frozenset[float | None] = frozenset()
    period_start: datetime | None = None
    reckoned: bool = False
    budget: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of an alert.

    Attributes:
        kind: What happened.
        reason: Why.
        threshold: Of the level reached, or of the level left when it ended.
        severity: Of that level.
        since: When the alert began to hold.
        previous_severity: Before an escalation or a de-escalation.
        heard: Severities that people were told of before, since the alert fired.
        said: Whether people are told; what they were told in this period already is recorded only.
        budget_changed: Whether the budget is another than when the alert was last decided.
        previous_budget: What it was then, USD; None: no budget.
    """

    kind: EventKind
    reason: Reason
    threshold: float | None
    severity: Severity
    since: datetime
    previous_severity: Severity | None = None
    heard: frozenset[Severity] = frozenset()
    said: bool = True
    budget_changed: bool = False
    previous_budget: float | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """What was decided: the alert from now on (None: nothing to keep) and the changes, in order."""

    alert: Alert | None
    changes: tuple[Change, ...] = ()


def furthest(indexes: Iterable[int]) -> int | None:
    """The largest index; None of none."""
    return max(indexes, default=None)
