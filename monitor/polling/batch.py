"""Rows that are judged and written together, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, Event
from monitor.alerts.routing import Route, destinations
from monitor.polling.judge import Judge, Subject, Verdict
from monitor.polling.walk import BudgetBefore, Candidate
from monitor.respan.models import Customer
from monitor.rules.rule import Finding
from monitor.spending.anchor import Anchor, settle, standing, unknown
from monitor.spending.standing import Standing
from monitor.store.customers import Place, Record, first_seen_micros
from monitor.store.database import Transaction
from monitor.store.outbox import Envelope

# All that is found at the first start shares it, so that each route hears of it in one message.
START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the rows of an environment are judged by.

    Attributes:
        environment: Our label.
        filters: Fingerprint of its filters.
        judges: The rules that apply.
        routes: Where events go.
        channels: Names of all channels.
    """

    environment: str
    filters: str
    judges: Sequence[Judge]
    routes: Sequence[Route]
    channels: Sequence[str]


@dataclass(slots=True)
class Batch:
    """One transaction's worth of work.

    Attributes:
        tx: The transaction.
        setting: What the rows are judged by.
        number: Of the poll.
        first: There was no complete walk before.
        now: When the rows were read.
        alerting: Customers with alerts among the rows.
        candidates: Customers for whom only a reading of the period can tell.
        events: What was decided, with whether it is said.
    """

    tx: Transaction
    setting: Setting
    number: int
    first: bool
    now: datetime
    alerting: list[CustomerKey] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    events: list[tuple[Event, bool]] = field(default_factory=list)
    _records: list[tuple[Place, Record]] = field(default_factory=list)
    _keep: list[KeptAlert] = field(default_factory=list)
    _drop: list[tuple[CustomerKey, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The batch of the messages that come of it."""
        return message_batch(self.setting.environment, self.number)

    def take(self, rows: Sequence[Customer], reading: Anchor | None = None, after: Candidate | None = None) -> None:
        """Judge rows against what was known of their customers.

        Args:
            rows: Of one page.
            reading: Of the period of the only row.
            after: Why that was read.
        """
        environment = self.setting.environment
        places = [
            Place(first_seen_micros(row.first_seen), row.customer_identifier, row.unique_organization_id)
            for row in rows
        ]
        before = self.tx.customers.load(environment, places)
        records: list[Record] = []
        standings: list[Standing] = []
        for row, known in zip(rows, before, strict=True):
            record, where = _join(row, known, reading, self.now, first=self.first)
            records.append(record)
            standings.append(where)
        findings = {judge.name: judge.find(rows, standings, self.now) for judge in self.setting.judges}
        holding = {index for found in findings.values() for index in found}
        kept = self._kept(rows, before)
        still: set[int] = set()
        for index in sorted(holding | kept.keys()):
            subject = Subject(
                key=self._key(rows[index]),
                row=rows[index],
                standing=standings[index],
                first_seen=places[index].first_seen,
                since_start=bool(records[index].since_start),
                budget_before=_budget_before(rows[index], before[index], after),
            )
            found = {name: found[index] for name, found in findings.items() if index in found}
            if self._judge(subject, places[index], found, kept.get(index, {})):
                still.add(index)
        for index, (record, known) in enumerate(zip(records, before, strict=True)):
            if bool(record.has_alerts) != (index in still):
                self._records.append((places[index], record._replace(has_alerts=index in still)))
            elif record is not known:
                self._records.append((places[index], record))

    def leave_out(self, rows: Sequence[Customer]) -> None:
        """Forget the alerts of customers that the filters leave out: nothing is known of them, and nothing is said."""
        keys = {self._key(row) for row in rows}
        for alert in self.tx.alerts.of_customers(self.setting.environment, [row.customer_identifier for row in rows]):
            if alert.key in keys:
                self._drop.append((alert.key, alert.rule))

    def miss(self, listed: set[CustomerKey], unreadable: set[str], until_gone: int) -> None:
        """Count the walk for every customer with alerts that it did not list.

        Args:
            listed: Customers with alerts that were listed.
            unreadable: Identifiers of customers whose rows could not be read.
            until_gone: After how many walks in a row a customer is gone.
        """
        by_name = {judge.name: judge for judge in self.setting.judges}
        missed: list[tuple[CustomerKey, str, int]] = []
        for alert in self.tx.alerts.of_environment(self.setting.environment):
            if alert.key in listed or alert.key.customer_identifier in unreadable:
                continue
            if alert.missed + 1 < until_gone:
                missed.append((alert.key, alert.rule, alert.missed + 1))
            elif alert.filters != self.setting.filters or alert.rule not in by_name:
                self._drop.append((alert.key, alert.rule))  # Left out by new filters, for all that is known.
            elif alert.life.state is not AlertState.RESOLVED:
                self._add(by_name[alert.rule].miss(alert, self.now))
        self.tx.alerts.mark_missed(missed)

    def write(self) -> None:
        """Write all that has changed, and the intent to say it."""
        self.tx.customers.save(self.setting.environment, self._records)
        self.tx.alerts.drop(self._drop)
        self.tx.alerts.save(self._keep)
        for event, said in self.events:
            self.tx.outbox.record(event, self._envelopes(event) if said else [], self.now)

    def _judge(
        self, subject: Subject, place: Place, findings: Mapping[str, Finding], kept: Mapping[str, KeptAlert]
    ) -> bool:
        """Bring one customer's alerts up to date; whether it still has any."""
        still = False
        urgency: tuple[bool, float] | None = None
        for judge in self.setting.judges:
            finding, alert = findings.get(judge.name), kept.get(judge.name)
            if finding is None and alert is None:
                continue
            verdict = judge.judge(subject, finding, alert, self.now)
            self._add(verdict)
            still = still or verdict.after is not None
            if judge.needs_reading(subject, finding, verdict.after):
                firing = verdict.after is not None and verdict.after.life.state is AlertState.FIRING
                urgency = max(urgency or (False, 0.0), (firing, finding.urgency if finding else 0.0))
        if still or kept:
            self.alerting.append(subject.key)
        if urgency is not None:
            self.candidates.append(
                Candidate(
                    row=subject.row,
                    place=place,
                    alerting=urgency[0],
                    urgency=urgency[1],
                    budget_before=subject.budget_before,
                )
            )
        return still

    def _add(self, verdict: Verdict) -> None:
        if verdict.after is None and verdict.before is not None:
            self._drop.append((verdict.before.key, verdict.before.rule))
        elif verdict.after is not None and verdict.changed:
            self._keep.append(verdict.after)
        self.events.extend(verdict.events)

    def _kept(self, rows: Sequence[Customer], before: Sequence[Record | None]) -> dict[int, dict[str, KeptAlert]]:
        """The alerts of the rows' customers, by place in the page and rule."""
        flagged = {
            self._key(row): index
            for index, (row, known) in enumerate(zip(rows, before, strict=True))
            # A customer that is new after the first walk may be an old one, first seen at another time by now.
            if (not self.first if known is None else known.has_alerts)
        }
        kept: dict[int, dict[str, KeptAlert]] = {}
        identifiers = [key.customer_identifier for key in flagged]
        for alert in self.tx.alerts.of_customers(self.setting.environment, identifiers):
            if alert.key in flagged:
                kept.setdefault(flagged[alert.key], {})[alert.rule] = alert
        return kept

    def _envelopes(self, event: Event) -> list[Envelope]:
        return [
            Envelope(channel=to.channel, batch=START, route=to.route)
            if event.found_at_start
            else Envelope(channel=to.channel, batch=self.name, route=to.route, rule=event.rule)
            for to in destinations(event, self.setting.routes, self.setting.channels)
        ]

    def _key(self, row: Customer) -> CustomerKey:
        return CustomerKey(self.setting.environment, row.unique_organization_id, row.customer_identifier)


def message_batch(environment: str, poll: int) -> str:
    """What the messages of one poll of an environment have in common."""
    return f"{environment}:{poll}"


def _join(
    row: Customer, known: Record | None, reading: Anchor | None, now: datetime, *, first: bool
) -> tuple[Record, Standing]:
    """What is known of a customer with this row, and where it stands; the record itself where nothing is new."""
    listed = (row.total_cost, row.period_budget, row.budget_duration, row.total_budget)
    if known is None:
        record = Record(*listed, since_start=first, has_alerts=False)
    elif known[:4] == listed:
        record = known
    else:
        record = known._replace(
            total_cost=row.total_cost,
            period_budget=row.period_budget,
            budget_duration=row.budget_duration,
            total_budget=row.total_budget,
            since_start=bool(known.since_start) and known.total_cost == row.total_cost,
        )
        first_budget = known.period_budget is None and row.period_budget is not None
        if first_budget or known.budget_duration != row.budget_duration:
            record = record.unanchored()  # What was read is of another kind of period, or of none.
    if reading is not None:
        # The row is older than the reading: what has been spent since is in the usage already.
        total_cost = row.total_cost if reading.total_cost is None else reading.total_cost
        return record.anchored(reading), standing(reading, total_cost, now)
    if record.read_at is None:
        return record, unknown(row.total_cost)
    anchor = record.anchor
    if anchor is not None and anchor.total_cost is None:
        anchor = settle(anchor, row.total_cost, now)
        record = record.anchored(anchor)
    return record, standing(anchor, row.total_cost, now)


def _budget_before(row: Customer, known: Record | None, after: Candidate | None) -> BudgetBefore | None:
    if after is not None:
        return after.budget_before
    if known is None or known.period_budget == row.period_budget:
        return None
    return BudgetBefore(known.period_budget)
