"""The books of one environment: every page and every reading is decoded, joined, judged and committed.

Everything here runs in the one thread that writes to the database.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alerts.model import CustomerKey, Event
from monitor.polling.aggregates import Ended
from monitor.polling.batch import Batch, message_batch
from monitor.polling.series import Gathered
from monitor.polling.setting import Setting
from monitor.polling.walk import Candidate, Candidates, Walk
from monitor.respan.errors import BadAnswer
from monitor.respan.models import Malformed, Page, decode_detail, decode_page
from monitor.rulebook.book import Environment, Rulebook
from monitor.spending.anchor import Reading
from monitor.spending.course import Correction
from monitor.store.customers import Place, first_seen_micros, read_course
from monitor.store.database import Store, Transaction

# What a walk finds is told when it ends. A walk over a million customers takes 17 minutes, and nobody should wait that
# long for an alert: after this time messages no longer wait for more to come.
HELD_AT_MOST = timedelta(seconds=60)

# Later than any customer was first seen, microseconds.
NEVER = 2**63 - 1

# Complete walks in a row that must miss a customer before it is gone: a single one may miss it because pages shifted.
WALKS_UNTIL_GONE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a page, a reading or the end of a walk has changed.

    Attributes:
        events: What was decided, with whether it is said.
        malformed: Rows that could not be read.
        has_next: Whether there is a page after this one.
        undecided: Whether the customer of a reading is still undecided.
        corrections: Figures of customers that fell.
    """

    events: tuple[tuple[Event, bool], ...] = ()
    malformed: tuple[Malformed, ...] = ()
    has_next: bool = False
    undecided: bool = False
    corrections: tuple[tuple[CustomerKey, Correction], ...] = ()


class Ledger:
    """The books of one environment.

    Args:
        store: Where they are kept.
        book: The rules file in force.
        environment: One of its environments.
    """

    def __init__(self, store: Store, book: Rulebook, environment: Environment) -> None:
        self._store = store
        self._environment = environment
        self._setting = Setting.of(book, environment)

    def begin(self, now: datetime, readings: int, excluded: frozenset[Place] = frozenset()) -> Walk:
        """Begin a walk, after which at most `readings` customers are read, none of the `excluded` among them."""
        name, selection = self._environment.name, self._setting.selection
        with self._store.write() as tx:
            progress = tx.environments.load(name)
            progress = replace(progress, polls=progress.polls + 1)
            tx.environments.save(name, progress)
            # What a poll found that the database has cut short was held, and nobody has let it go.
            tx.outbox.release(message_batch(name, progress.polls - 1), now)
        return Walk(
            number=progress.polls,
            began_at=now,
            first=progress.first_complete_at is None,
            candidates=Candidates(readings, excluded),
            seen_before=progress.last_complete_at,
            series=Gathered(selection.most) if selection is not None else None,
        )

    def page(self, walk: Walk, body: bytes, now: datetime) -> Outcome:
        """Take one page.

        Args:
            walk: The walk it belongs to; brought up to date once the page is committed.
            body: The answer as it came.
            now: When it came.

        Raises:
            BadAnswer: It is no page; nothing was changed.
            StoreError: It could not be committed; nothing was changed.
        """
        page = decode_page(body, environment=self._environment.name)
        asked, filters = self._environment.environment, self._environment.filters
        # A customer who is listed in two environments is two rows.
        listed = {
            (row.environment or asked, row.unique_organization_id, row.customer_identifier): row
            for row in page.customers
        }
        fresh = [row for identity, row in listed.items() if identity not in walk.previous]
        # The API may drop without a word what it does not know, so each row is checked again.
        here = [row for row in fresh if row.environment is None or row.environment == asked]
        rows = [row for row in here if filters.matches(row)] if filters.conditions else here
        with self._store.write() as tx:
            batch = self._batch(tx, walk, now)
            batch.take(rows)
            if len(rows) < len(here):
                batch.leave_out([row for row in here if not filters.matches(row)])
            frontier = self._note_missing(batch, walk, page)
            batch.write()
            if now - walk.began_at >= HELD_AT_MOST:
                tx.outbox.release(batch.name, now)
        walk.previous = frozenset(listed)
        walk.frontier = frontier
        walk.count = page.count
        walk.distinct += len(fresh) + len(page.malformed)
        walk.repeated += len(page.customers) - len(fresh)
        walk.filtered += len(fresh) - len(rows)
        walk.malformed += len(page.malformed)
        for bad in page.malformed:
            if bad.customer_identifier is None:
                walk.unnamed += 1
            else:
                walk.unreadable.add(bad.customer_identifier)
        walk.customers += len(rows)
        walk.spend += sum(row.total_cost or 0.0 for row in rows)
        walk.undecided += batch.undecided
        if batch.waiting_since is not None:
            walk.waiting_since = min(walk.waiting_since or batch.waiting_since, batch.waiting_since)
        walk.listed.update(batch.alerting)
        _gather(walk, batch)
        for candidate in batch.candidates:
            walk.candidates.add(candidate)
        return Outcome(
            events=tuple(batch.events),
            malformed=tuple(page.malformed),
            has_next=page.has_next,
            corrections=tuple(batch.corrections),
        )

    def reading(self, walk: Walk, candidate: Candidate, body: bytes, now: datetime) -> Outcome:
        """Take the reading of one customer's period.

        Raises:
            BadAnswer: It is no detail, or does not say what was spent; nothing was changed.
            StoreError: It could not be committed; nothing was changed.
        """
        row = candidate.row
        request = f"reading customer {row.customer_identifier!r}"
        detail = decode_detail(body, environment=self._environment.name, request=request)
        if detail.total_period_usage is None:
            raise BadAnswer(self._environment.name, request, "the answer does not say what was spent in the period")
        if detail.customer_identifier not in {None, row.customer_identifier}:
            raise BadAnswer(self._environment.name, request, "the answer is about another customer")
        reading = Reading(
            at=now,
            usage=detail.total_period_usage,
            start=detail.period_start,
            end=detail.period_end,
            duration=detail.budget_duration or row.budget_duration,
        )
        with self._store.write() as tx:
            earlier = self._batch(tx, walk, candidate.read_at)
            if candidate.urgency.confirming and _comes_too_late(tx, self._environment.name, candidate, now):
                # The row was of a period that has ended since: what it showed is said all the same.
                earlier.take_unconfirmed(candidate)
                earlier.write()
            batch = self._batch(tx, walk, now)
            batch.take([row], reading, candidate)
            batch.write()
        walk.listed.update(batch.alerting)
        _gather(walk, batch)
        if not batch.undecided:
            walk.undecided -= 1
        return Outcome(
            events=(*earlier.events, *batch.events),
            undecided=bool(batch.undecided),
            corrections=tuple(batch.corrections),
        )

    def unconfirmed(self, walk: Walk, candidate: Candidate) -> Outcome:
        """Decide by the row alone, as of when it was read, since no reading could confirm it in time.

        Raises:
            StoreError: It could not be committed; nothing was changed.
        """
        with self._store.write() as tx:
            batch = self._batch(tx, walk, candidate.read_at)
            batch.take_unconfirmed(candidate)
            batch.write()
        walk.listed.update(batch.alerting)
        _gather(walk, batch)
        return Outcome(events=tuple(batch.events))

    def end(self, walk: Walk, now: datetime, *, read_all: bool) -> Outcome:
        """End a walk: customers that it missed are counted, and its messages are let go.

        Args:
            walk: The walk.
            now: When it ended.
            read_all: Whether the last page was reached.
        """
        name = self._environment.name
        walk.complete = read_all and (walk.count is None or walk.distinct >= walk.count)
        with self._store.write() as tx:
            batch = self._batch(tx, walk, now)
            if walk.complete:
                if not walk.unnamed:
                    batch.miss(walk.listed, walk.unreadable, WALKS_UNTIL_GONE)
                progress = tx.environments.load(name)
                first = progress.first_complete_at or now
                tx.environments.save(name, replace(progress, first_complete_at=first, last_complete_at=now))
            read = walk.complete or walk.distinct > 0
            batch.judge_aggregates(Ended(read=read, complete=walk.complete, first=walk.first))
            batch.write()
            tx.outbox.release(batch.name, now)
        if walk.series is not None and read:
            walk.shown = walk.series.shown()
        return Outcome(events=tuple(batch.events))

    def _batch(self, tx: Transaction, walk: Walk, now: datetime) -> Batch:
        return Batch(
            tx,
            self._setting,
            walk.number,
            walk.first,
            now,
            seen_before=walk.seen_before,
            confirmations=walk.candidates.limit,
            floor=walk.series.floor if walk.series is not None else None,
        )

    def _note_missing(self, batch: Batch, walk: Walk, page: Page) -> int | None:
        """Note those that the page should have listed; up to where all were listed.

        Pages are sorted by when a customer was first seen. Those that were first seen at the same instant as the first
        or the last row of a page may be on another one.
        """
        seen = [row.first_seen for row in page.customers if row.first_seen is not None]
        after = walk.frontier
        if after is None or not seen or len(seen) < len(page.customers) or seen != sorted(seen):
            return None
        last = first_seen_micros(seen[-1])
        if not page.malformed:
            batch.note_missing(after, last if page.has_next else NEVER, walk.began_at)
        return last


def _comes_too_late(tx: Transaction, environment: str, candidate: Candidate, now: datetime) -> bool:
    """Whether the period of a row had ended by the time of the reading that was to confirm it."""
    (record,) = tx.customers.load(environment, [candidate.place])
    anchor = read_course(record.course).anchor if record is not None else None
    ends = anchor.valid_until if anchor is not None else None
    return ends is not None and candidate.read_at < ends <= now


def _gather(walk: Walk, batch: Batch) -> None:
    if walk.series is not None:
        walk.series.take(batch.picks)
