"""What becomes of an alert about all customers of an environment or an organization. Pure."""

from datetime import datetime

from monitor.alerts.kept import KeptAlert
from monitor.alerts.lifecycle import advance
from monitor.alerts.model import CustomerKey, Event, EventKind, Facts
from monitor.alerts.state import Alert, Change, Observation
from monitor.polling.judge import Verdict, terms
from monitor.rulebook.book import AggregateEntry
from monitor.rules.aggregate_rule import Assessment


class AggregateJudge:
    """One rule, ready to judge.

    Args:
        entry: The rule.
    """

    def __init__(self, entry: AggregateEntry) -> None:
        self.entry = entry
        self.name = entry.name
        self._rule = entry.rule
        self._terms = terms(entry, per_period=False)

    def judge(
        self,
        key: CustomerKey,
        found: Assessment,
        kept: KeptAlert | None,
        now: datetime,
        *,
        read_all: bool,
        at_start: bool,
    ) -> Verdict:
        """What becomes of an alert.

        Args:
            key: Whose it is: an environment's or an organization's.
            found: How the rule stands.
            kept: The alert as it was kept; None: there was none.
            now: When the poll ended.
            read_all: Whether everybody was read who may have changed; if not, no level counts as left.
            at_start: Whether what holds now may have held before anybody looked.
        """
        seen = Observation(reached=found.level, possible=found.possible, exact=read_all)
        transition = advance(kept.life if kept else None, seen, self._terms, now)
        if transition.alert is None and not transition.changes:
            return Verdict(kept, None)
        facts = _facts(key, found, now)
        events = tuple(
            (self._event(key, change, found, facts, now, at_start=at_start), change.said)
            for change in transition.changes
        )
        return Verdict(kept, self._keep(key, transition.alert, found, facts), events)

    def _keep(self, key: CustomerKey, life: Alert | None, found: Assessment, facts: Facts) -> KeptAlert | None:
        if life is None:
            return None
        return KeptAlert(
            rule=self.name,
            key=key,
            first_seen=0,
            life=life,
            value=found.value,
            unit=self._rule.unit,
            summary=self._summary(key, found, level=life.threshold, severity=life.severity, kind=life.state),
            facts=facts,
            labels=self.entry.labels,
            missed=0,
            filters="",
        )

    def _event(
        self, key: CustomerKey, change: Change, found: Assessment, facts: Facts, now: datetime, *, at_start: bool
    ) -> Event:
        return Event(
            kind=change.kind,
            reason=change.reason,
            at=now,
            rule=self.name,
            key=key,
            severity=change.severity,
            level=change.threshold,
            value=found.value,
            unit=self._rule.unit,
            since=change.since,
            summary=self._summary(key, found, level=change.threshold, severity=change.severity, kind=change.kind),
            facts=facts,
            previous_severity=change.previous_severity,
            heard=change.heard,
            labels=dict(self.entry.labels),
            found_at_start=change.kind is EventKind.FIRED and at_start,
        )

    def _summary(self, key: CustomerKey, found: Assessment, **about: object) -> str:
        return self.entry.summary.render(
            {
                **about,
                "value": found.value,
                "bound": f" {found.bound}" if found.bound else "",
                "rule": self.name,
                "environment": key.environment or ", ".join(self.entry.environments),
                "organization": key.organization,
            }
        )


def _facts(key: CustomerKey, found: Assessment, now: datetime) -> Facts:
    whose = f"environment {key.environment}" if key.environment else f"organization {key.organization or '(no name)'}"
    return Facts(
        customer=whose,
        email=None,
        read_at=now,
        total_cost=None,
        total_budget=None,
        period_cost=None,
        period_budget=None,
        budget_duration=None,
        period_start=None,
        period_end=None,
        bound=found.bound,
    )
