"""What a fresh row means for a customer's alerts: rules are evaluated, alerts advanced, events written out.

Pure: rows, standings and alerts go in, verdicts come out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.alerts.kept import KeptAlert
from monitor.alerts.lifecycle import advance, gone
from monitor.alerts.model import AlertState, CustomerKey, Event, EventKind, Facts, Severity
from monitor.alerts.state import Alert, Change, Level, Observation, Terms, Transition
from monitor.polling.walk import BudgetBefore, Urgency
from monitor.respan.models import Customer
from monitor.rulebook.book import Entry, RuleEntry
from monitor.rules.reader import read_fields
from monitor.rules.rule import Direction, Finding
from monitor.spending.standing import Standing

# Share of a period cost by which its bounds may lie apart and still be one figure.
APART = 0.01

# Facts that differ from row to row although nothing has happened.
_MOVING = (
    "read_at",
    "period_cost_high",
    "anchored_at",
    "confirmed",
    "period_elapsed",
    "projected_period_cost",
    "exhausts_at",
    "bound",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One customer as a row shows it.

    Attributes:
        key: Who it is.
        row: What was listed.
        standing: Where it stands in its period.
        first_seen: Where its record stands, microseconds since 1970 UTC.
        since_start: It has spent nothing since the environment's first walk.
        budget_before: The period budget of the row before, where this row carries another one.
        confirmed: A reading of the period, made just now, says where it stands.
    """

    key: CustomerKey
    row: Customer
    standing: Standing
    first_seen: int
    since_start: bool
    budget_before: BudgetBefore | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one alert.

    Attributes:
        before: As it was kept; None: there was none.
        after: As it is to be kept; None: there is nothing to keep.
        events: What changed, with whether it is said.
    """

    before: KeptAlert | None
    after: KeptAlert | None
    events: tuple[tuple[Event, bool], ...] = ()

    @property
    def begins(self) -> bool:
        """Whether people are told that an alert fires."""
        return any(said and event.kind is EventKind.FIRED for event, said in self.events)

    @property
    def rises(self) -> bool:
        """Whether people are told that a level is reached."""
        return any(said and event.kind in {EventKind.FIRED, EventKind.ESCALATED} for event, said in self.events)

    @property
    def falls(self) -> bool:
        """Whether people are told that it still fires, at a milder level."""
        return any(said and event.kind is EventKind.DEESCALATED for event, said in self.events)

    @property
    def changed(self) -> bool:
        """Whether there is anything to write; a later reading of the same facts is nothing."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        later = {name: getattr(self.after.facts, name) for name in _MOVING}
        return self.after != replace(self.before, facts=replace(self.before.facts, **later))


class Judge:
    """One rule, ready to judge customers.

    Args:
        entry: The rule.
        filters: Fingerprint of the environment's filters.
    """

    def __init__(self, entry: RuleEntry, filters: str) -> None:
        self.entry = entry
        self.name = entry.name
        self._rule = entry.rule
        self._filters = filters
        self._terms = terms(entry, per_period=self._rule.uses_period)
        self._ranks = [level.severity.rank for level in self._terms.levels]
        self._fields = read_fields(entry.summary.names)
        self._budget = next((name for name in ("period_budget", "total_budget") if name in self._rule.fields), None)

    @property
    def reads(self) -> frozenset[str]:
        """The fields that the rule reads."""
        return self._rule.fields

    def find(self, rows: Sequence[Customer], standings: Sequence[Standing], now: datetime) -> list[Finding]:
        """The customers of a page on which the rule holds or may hold."""
        return self._rule.evaluate(rows, standings, now)

    def open(self, finding: Finding, *, firing: bool = False) -> Urgency | None:
        """How much a reading of the period matters to what a finding leaves open; None where that is nothing."""
        if not self._rule.uses_period or not finding.undecided:
            return None
        return Urgency(False, firing, self._rank(finding.possible), finding.urgency)

    def waits(self, subject: Subject, finding: Finding | None, verdict: Verdict, *, confirm: bool) -> Urgency | None:
        """How much a reading of the period matters, where only that can tell; None where all is known.

        Args:
            subject: The customer.
            finding: Of the rule.
            verdict: What becomes of its alert.
            confirm: Whether alerts wait for a reading where they begin and do not rest on a recent one, where they
                rest on a period cost that cannot be stated, where the period may be over, or where they fall to a level
                that may be left as well.
        """
        if not self._rule.uses_period:
            return None
        life = verdict.after.life if verdict.after is not None else None
        firing = life is not None and life.state is AlertState.FIRING
        standing = subject.standing
        stated = standing.exact and (standing.firm or standing.settled)
        doubtful = (verdict.begins and not standing.firm) or (verdict.rises and not stated)
        doubtful = doubtful or (verdict.falls and finding is not None and finding.undecided)
        if confirm and doubtful and not subject.confirmed:
            return Urgency(confirming=True)
        left_open = self.open(finding, firing=firing) if finding is not None else None
        if left_open is not None:
            return left_open
        if firing and life is not None and not standing.read:
            reached = finding.level if finding is not None else None
            current = self._terms.nearest(life.threshold)
            if current is not None and (reached is None or reached < current):
                return Urgency(False, True, self._rank(current), finding.urgency if finding else 0.0)
        return None

    def _rank(self, level: int | None) -> int:
        return 0 if level is None else self._ranks[level]

    def judge(self, subject: Subject, finding: Finding | None, kept: KeptAlert | None, now: datetime) -> Verdict:
        """What becomes of a customer's alert."""
        value = finding.value if finding else self._rule.value_of(subject.row, subject.standing, now)
        budget = getattr(subject.row, self._budget) if self._budget else None
        seen = Observation(
            reached=finding.level if finding else None,
            possible=finding.possible if finding else None,
            exact=self._is_evidence(subject, finding, value, budget),
            period_start=subject.standing.start if self._rule.uses_period else None,
            reckoned=not subject.standing.read,
            budget=budget,
        )
        transition = advance(kept.life if kept else None, seen, self._terms, now)
        if transition.alert is None and not transition.changes:
            return Verdict(kept, None)
        facts = replace(_facts(subject, now), bound=self._bound(subject, value))
        events = tuple((self._event(subject, change, value, facts, now), change.said) for change in transition.changes)
        return Verdict(kept, self._keep(subject, transition.alert, value, facts, now), events)

    def miss(self, kept: KeptAlert, now: datetime) -> Verdict:
        """What becomes of an alert whose customer is gone."""
        transition: Transition = gone(kept.life, now)
        events = tuple((_event_of(kept, change, now), change.said) for change in transition.changes)
        after = replace(kept, life=transition.alert) if transition.alert else None
        return Verdict(kept, after, events)

    def _is_evidence(
        self, subject: Subject, finding: Finding | None, value: float | None, budget: float | None
    ) -> bool:
        """Whether the row can tell that a level was left. What is unknown proves nothing, but for a removed budget."""
        # A share of no budget cannot be; a condition may well ask for there being none.
        taken_away = self._rule.value is not None and self._budget is not None and budget is None
        if finding is None and taken_away:
            return True
        if self._rule.uses_period and not subject.standing.read:
            return False
        if finding is not None:
            return True
        if self._rule.value is not None:
            return value is not None
        return subject.row.total_cost is not None or "total_cost" not in self._rule.fields

    def _bound(self, subject: Subject, value: float | None) -> str:
        """How a value is to be read that rests on a period cost which is only known within bounds."""
        standing = subject.standing
        if not self._rule.measures_period or value is None or (standing.exact and _apart(standing) is None):
            return ""
        return "or more" if self._rule.direction is Direction.AT_LEAST else "or less"

    def _keep(
        self, subject: Subject, life: Alert | None, value: float | None, facts: Facts, now: datetime
    ) -> KeptAlert | None:
        if life is None:
            return None
        return KeptAlert(
            rule=self.name,
            key=subject.key,
            first_seen=subject.first_seen,
            life=life,
            value=value,
            unit=self._rule.unit,
            summary=self._summary(
                subject, now, value=value, level=life.threshold, severity=life.severity, kind=life.state
            ),
            facts=facts,
            labels=self.entry.labels,
            missed=0,
            filters=self._filters,
        )

    def _event(self, subject: Subject, change: Change, value: float | None, facts: Facts, now: datetime) -> Event:
        if change.budget_changed and self._budget == "period_budget":
            facts = replace(facts, budget_changed=True, previous_budget=change.previous_budget)
        return Event(
            kind=change.kind,
            reason=change.reason,
            at=now,
            rule=self.name,
            key=subject.key,
            severity=change.severity,
            level=change.threshold,
            value=value,
            unit=self._rule.unit,
            since=change.since,
            summary=self._summary(
                subject, now, value=value, level=change.threshold, severity=change.severity, kind=change.kind
            ),
            facts=facts,
            previous_severity=change.previous_severity,
            heard=change.heard,
            labels=dict(self.entry.labels),
            found_at_start=change.kind is EventKind.FIRED and subject.since_start,
        )

    def _summary(self, subject: Subject, now: datetime, **about: object) -> str:
        names: Mapping[str, object] = {
            **self._fields(subject.row, subject.standing, now),
            **about,
            "rule": self.name,
            "environment": subject.key.environment,
        }
        return self.entry.summary.render(names)


def terms(entry: Entry, *, per_period: bool) -> Terms:
    """What a rule asks of its alerts; `per_period` as in `Terms`."""
    return Terms(
        levels=tuple(Level(level.threshold, Severity(level.severity)) for level in entry.rule.levels),
        descending=entry.rule.direction is Direction.AT_MOST,
        hold=entry.for_,
        keep=entry.keep_firing_for,
        per_period=per_period,
    )


def judges(entries: Iterable[RuleEntry], environment: str, filters: str) -> list[Judge]:
    """The rules that apply to an environment, ready to judge."""
    return [Judge(entry, filters) for entry in entries if environment in entry.environments]


def _event_of(kept: KeptAlert, change: Change, now: datetime) -> Event:
    """An event about a customer of whom there is no fresh row."""
    return Event(
        kind=change.kind,
        reason=change.reason,
        at=now,
        rule=kept.rule,
        key=kept.key,
        severity=change.severity,
        level=change.threshold,
        value=kept.value,
        unit=kept.unit,
        since=change.since,
        summary=kept.summary,
        facts=kept.facts,
        heard=change.heard,
        labels=dict(kept.labels),
    )


def _apart(standing: Standing) -> float | None:
    """The upper bound of the period cost, where it lies so far from the lower one that people should see both."""
    low, high = standing.cost_low, standing.cost_high
    return high if low is not None and high is not None and high - low > APART * high else None


def _facts(subject: Subject, now: datetime) -> Facts:
    row, standing = subject.row, subject.standing
    return Facts(
        customer=row.name or row.customer_identifier,
        email=row.email,
        read_at=now,
        total_cost=row.total_cost,
        total_budget=row.total_budget,
        period_cost=standing.cost_low if standing.exact else None,
        period_budget=row.period_budget,
        budget_duration=row.budget_duration,
        period_start=standing.start if standing.read else None,
        period_end=standing.end if standing.read else None,
        previous_budget=subject.budget_before.usd if subject.budget_before else None,
        budget_changed=subject.budget_before is not None,
        period_cost_high=_apart(standing) if standing.exact else None,
        anchored_at=standing.anchored_at,
        confirmed=subject.confirmed,
        period_elapsed=standing.elapsed_low if standing.read else None,
        projected_period_cost=standing.projected_min if standing.exact else None,
        exhausts_at=standing.exhausts_at if standing.exact else None,
    )
