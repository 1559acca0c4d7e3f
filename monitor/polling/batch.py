"""Rows that are judged and written together, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, Event
from monitor.alerts.routing import destinations
from monitor.polling.aggregates import Ended
from monitor.polling.judge import Subject, Verdict
from monitor.polling.series import Importance, Pick, Who, above, picks
from monitor.polling.setting import Setting
from monitor.polling.sight import PageSight
from monitor.polling.walk import BudgetBefore, Candidate, Urgency
from monitor.respan.models import Customer
from monitor.rules.rule import Finding
from monitor.spending.anchor import Reading
from monitor.spending.course import Correction
from monitor.spending.standing import Standing
from monitor.store.customers import Place, Record, first_seen_micros
from monitor.store.database import Transaction
from monitor.store.outbox import Envelope
from monitor.store.times import instant, micros

# Share of the period cost by which its bounds may lie apart for a poll before a reading is spent on it.
CLOSE = 0.15

# Microseconds after which a customer that is not listed any more is forgotten.
_FORGOTTEN_AFTER = timedelta(days=30) // timedelta(microseconds=1)

# All that is found at the first start shares it, so that each route hears of it in one message.
START = "start"


@dataclass(slots=True)
class Batch:
    """One transaction's worth of work.

    Attributes:
        tx: The transaction.
        setting: What the rows are judged by.
        number: Of the poll.
        first: There was no complete walk before.
        now: When the rows were read.
        seen_before: When they were read before that.
        confirmations: How many alerts may still wait for a reading that confirms them, before they are said.
        floor: Whoever is less important, the metrics do not show; None: they have room.
        alerting: Customers with alerts among the rows.
        candidates: Customers for whom only a reading of the period can tell.
        undecided: How many customers only a reading, or the next row, can tell more of.
        waiting_since: Since when the first of them waits.
        events: What was decided, with whether it is said.
        corrections: Figures that fell.
        picks: What the metrics may show of single customers.
    """

    tx: Transaction
    setting: Setting
    number: int
    first: bool
    now: datetime
    seen_before: datetime | None = None
    confirmations: int = 0
    floor: Importance | None = None
    alerting: list[CustomerKey] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    undecided: int = 0
    waiting_since: datetime | None = None
    events: list[tuple[Event, bool]] = field(default_factory=list)
    corrections: list[tuple[CustomerKey, Correction]] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)
    _firing: set[Who] = field(default_factory=set)
    _remembered: list[Place] = field(default_factory=list)
    _records: list[tuple[Place, Record]] = field(default_factory=list)
    _keep: list[KeptAlert] = field(default_factory=list)
    _drop: list[tuple[CustomerKey, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The batch of the messages that come of it."""
        return message_batch(self.setting.environment, self.number)

    def take(self, rows: Sequence[Customer], reading: Reading | None = None, after: Candidate | None = None) -> None:
        """Judge rows against what was known of their customers.

        Args:
            rows: Of one page.
            reading: Of the period of the only row.
            after: Why that was read.
        """
        places = [_place(row) for row in rows]
        before = self.tx.customers.load(self.setting.environment, places)
        self._remembered += [place for place, record in zip(places, before, strict=True) if record is not None]
        page = PageSight(self.tx, self.setting.environment, places, self.now)
        known = page.join(
            rows, before, reading, first=self.first, again=after is not None, seen_before=self.seen_before
        )
        standings = page.standings(self.setting.windows, forecast=self.setting.forecasts)
        self.corrections += [
            (self._key(row), correction)
            for row, each in zip(rows, known, strict=True)
            for correction in each.corrections
        ]
        self.setting.aggregates.take(self.tx, rows, standings, places, self.now)
        kept = self._kept(rows, before)
        selection = self.setting.selection
        selected = selection.of(rows, standings, self.now) if selection is not None else frozenset()
        found: dict[int, dict[str, Finding]] = {}
        for judge in self.setting.judges:
            for finding in judge.find(rows, standings, self.now):
                found.setdefault(finding.index, {})[judge.name] = finding
        # Whoever has no alert and has surely reached no level changes nothing; all it may need is a reading.
        told = page.whole(sorted(kept.keys() | {index for index, each in found.items() if _any_level(each)}))
        still: set[int] = set()
        waiting: set[int] = set()
        for index in sorted(found.keys() | kept.keys()):
            budget_before = _budget_before(rows[index], before[index], after)
            if index in told:
                subject = Subject(
                    key=self._key(rows[index]),
                    row=rows[index],
                    standing=told[index],
                    first_seen=places[index].first_seen,
                    since_start=bool(known[index].record.since_start),
                    budget_before=budget_before,
                    confirmed=reading is not None,
                )
                has_alerts, urgency = self._judge(subject, found.get(index, {}), kept.get(index, {}))
                if has_alerts:
                    still.add(index)
            else:
                urgency = self._open(found[index])
            if urgency is None:
                continue
            waiting.add(index)
            self.undecided += 1
            waited = known[index].record.waiting_since is not None
            if urgency.confirming or waited or not self._can_wait(standings[index]):
                self.confirmations -= urgency.confirming
                self.candidates.append(
                    Candidate(
                        row=rows[index],
                        place=places[index],
                        read_at=self.now,
                        urgency=urgency,
                        budget_before=budget_before,
                        selected=index in selected,
                    )
                )
        counted = after is not None and after.selected
        if selected or counted:
            # A forecast costs 0.1 ms, and most customers of a large environment are left out: those do without.
            promising = above(self.floor, rows, selected - told.keys(), standings)
            whole = {**dict(enumerate(standings)), **told, **page.whole(promising)}
            self.picks += picks(rows, selected, whole, self._firing, counted=counted)
        for index, (place, each) in enumerate(zip(places, known, strict=True)):
            self._note(place, each.record, before[index], has_alerts=index in still, waits=index in waiting)

    def take_unconfirmed(self, candidate: Candidate) -> None:
        """Judge a row whose alerts were to be confirmed by a reading, which could not be made."""
        self.confirmations = 0
        self.take([candidate.row], after=candidate)

    def note_missing(self, after: int, before: int, walk_began_at: datetime) -> None:
        """Note customers that are known, were first seen between two instants (both exclusive), and were not listed."""
        listed = {place for place in self._remembered if after < place.first_seen < before}
        environment = self.setting.environment
        if self.tx.customers.count_between(environment, after, before) <= len(listed):
            return
        now, began = micros(self.now), micros(walk_began_at)
        forgotten: list[tuple[Place, Record]] = []
        gone: list[Place] = []
        for place, record in self.tx.customers.between(environment, after, before):
            if place in listed:
                continue
            if record.missing_since is None:
                self._records.append((place, record._replace(missing_since=now, waiting_since=None)))
                continue
            if record.missing_since < began:
                gone.append(place)
            if record.missing_since < began - _FORGOTTEN_AFTER:
                forgotten.append((place, record))
        self.setting.aggregates.drop(self.tx, gone)
        self.tx.customers.drop(environment, [place for place, _ in forgotten])
        self.tx.history.drop(environment, [record.number for _, record in forgotten if record.number is not None])

    def leave_out(self, rows: Sequence[Customer]) -> None:
        """Forget the alerts of customers that the filters leave out: nothing is known of them, and nothing is said."""
        keys = {self._key(row) for row in rows}
        for alert in self.tx.alerts.of_customers(self.setting.environment, [row.customer_identifier for row in rows]):
            if alert.key in keys:
                self._drop.append((alert.key, alert.rule))
        self.setting.aggregates.drop(self.tx, [_place(row) for row in rows])

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

    def judge_aggregates(self, ended: Ended) -> None:
        """Judge the rules over all customers, at the end of a poll."""
        for verdict in self.setting.aggregates.end(self.tx, ended, self.now):
            self._add(verdict)

    def write(self) -> None:
        """Write all that has changed, and the intent to say it."""
        self.tx.customers.save(self.setting.environment, self._records)
        self.tx.corrections.record(self.corrections, self.now)
        self.tx.alerts.drop(self._drop)
        self.tx.alerts.save(self._keep)
        for event, said in self.events:
            self.tx.outbox.record(event, self._envelopes(event) if said else [], self.now)

    def _note(self, place: Place, record: Record, before: Record | None, *, has_alerts: bool, waits: bool) -> None:
        """Keep a record that has changed."""
        if bool(record.has_alerts) != has_alerts:
            record = record._replace(has_alerts=has_alerts)
        if waits:
            if record.waiting_since is None:
                record = record._replace(waiting_since=micros(self.now))
            since = instant(record.waiting_since)
            if since is not None and (self.waiting_since is None or since < self.waiting_since):
                self.waiting_since = since
        elif record.waiting_since is not None:
            record = record._replace(waiting_since=None)
        if record is not before:
            self._records.append((place, record))

    def _can_wait(self, standing: Standing) -> bool:
        """Whether the period cost is all but known: most likely the next row tells what this one leaves open.

        Whoever spends goes through such an interval between two polls, at every level. Who stays in it is read then.
        """
        low, high, end = standing.cost_low, standing.cost_high, standing.end
        if low is None or high is None or end is None or self.seen_before is None:
            return False
        return high - low <= CLOSE * high and self.now + 2 * (self.now - self.seen_before) < end

    def _open(self, found: Mapping[str, Finding]) -> Urgency | None:
        """How much a reading of a customer matters that has no alert and has surely reached no level."""
        open_ = (judge.open(found[judge.name]) for judge in self.setting.judges if judge.name in found)
        return max((urgency for urgency in open_ if urgency is not None), default=None)

    def _judge(
        self, subject: Subject, findings: Mapping[str, Finding], kept: Mapping[str, KeptAlert]
    ) -> tuple[bool, Urgency | None]:
        """Bring one customer's alerts up to date; whether it has any left, and how much a reading matters."""
        still = False
        urgency: Urgency | None = None
        for judge in self.setting.judges:
            finding, alert = findings.get(judge.name), kept.get(judge.name)
            if finding is None and alert is None:
                continue
            verdict = judge.judge(subject, finding, alert, self.now)
            waits = judge.waits(subject, finding, verdict, confirm=self.confirmations > 0)
            if waits is not None:
                urgency = waits if urgency is None else max(urgency, waits)
            current = alert  # Nothing is decided until it was read.
            if waits is None or not waits.confirming:
                self._add(verdict)
                current = verdict.after
            still = still or current is not None
            if current is not None and current.life.state is AlertState.FIRING:
                self._firing.add((subject.key.organization, subject.key.customer_identifier))
        if still or kept:
            self.alerting.append(subject.key)
        return still, urgency

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


def _place(row: Customer) -> Place:
    return Place(first_seen_micros(row.first_seen), row.customer_identifier, row.unique_organization_id)


def message_batch(environment: str, poll: int) -> str:
    """What the messages of one poll of an environment have in common."""
    return f"{environment}:{poll}"


def _any_level(found: Mapping[str, Finding]) -> bool:
    """Whether some level is surely reached."""
    return any(finding.level is not None for finding in found.values())


def _budget_before(row: Customer, known: Record | None, after: Candidate | None) -> BudgetBefore | None:
    if after is not None:
        return after.budget_before
    if known is None or known.period_budget == row.period_budget:
        return None
    return BudgetBefore(known.period_budget)
