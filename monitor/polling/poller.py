"""One environment, polled again and again: a walk over its customers, then readings of the periods that matter."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from monitor.polling.ledger import Ledger, Outcome
from monitor.polling.walk import Candidate, Walk
from monitor.respan.client import RespanClient
from monitor.respan.errors import BadAnswer, NotFound, RespanError
from monitor.respan.retry import retrying
from monitor.store.customers import Place
from monitor.threads import Writer

# A customer whose reading failed, or left it undecided, lets others go first for so long.
ASKED_AGAIN_AFTER = timedelta(minutes=10)

# Customers of whom that is remembered; the oldest are forgotten, and asked again a little early.
REMEMBERED = 10_000

READING_ATTEMPTS = 2

# Seconds that an alert waits for the reading that confirms it.
CONFIRMED_WITHIN = 60.0

_log = structlog.get_logger("budget_monitor.poll")


@dataclass(slots=True, kw_only=True)
class Poll:
    """One poll, as it goes.

    Attributes:
        environment: Our label.
        walk: What was seen.
        pages: Pages read.
        readings: Periods read.
        failed_readings: Periods that could not be read.
        confirmed: Alerts that waited for a reading that was made.
        unconfirmed: Alerts that waited for a reading in vain.
        error: What ended the walk early, or kept readings from being taken.
        requests: Requests made, repeated ones included.
        malformed: What was wrong with the first row that could not be read.
    """

    environment: str
    walk: Walk
    pages: int = 0
    readings: int = 0
    failed_readings: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    requests: int = 0
    malformed: str | None = None
    error: RespanError | None = None


@dataclass(slots=True, kw_only=True)
class Poller:
    """Polls one environment.

    Attributes:
        client: Asks the API.
        ledger: Keeps the books.
        writer: Runs what writes to the database.
        clock: The time, UTC.
        observe: Told of everything that was committed, and of a poll as it goes.
        hindered: Told of every failure that is tried again, which may take minutes.
    """

    client: RespanClient
    ledger: Ledger
    writer: Writer
    clock: Callable[[], datetime]
    observe: Callable[[Poll, Outcome], None]
    hindered: Callable[[RespanError], None] = lambda _error: None
    _asked: dict[Place, datetime] = field(default_factory=dict)
    _failing: str = ""

    @property
    def environment(self) -> str:
        """Our label of what is polled."""
        return self.client.environment

    async def poll(self, readings: int) -> Poll:
        """Poll once, with at most `readings` readings; what goes wrong with the API is in the result.

        Raises:
            StoreError: The database failed; what was committed stays.
        """
        self._forget()
        walk = await self.writer.run(self.ledger.begin, self.clock(), readings, frozenset(self._asked))
        poll = Poll(environment=self.environment, walk=walk)
        read_all = False
        try:
            read_all = await self._walk(poll)
            await self._read_periods(poll)
        except RespanError as error:
            poll.error = error
        outcome = await self.writer.run(self.ledger.end, walk, self.clock(), read_all=read_all)
        self.observe(poll, outcome)
        return poll

    async def _walk(self, poll: Poll) -> bool:
        """Read page after page; whether the last one was reached."""
        while True:
            before = poll.walk.distinct
            try:
                outcome = await retrying(lambda: self._page(poll), on_retry=self._retried)
            except NotFound:
                if poll.pages == 0:
                    raise
                return True  # Customers went away meanwhile, and the last page with them.
            poll.pages += 1
            self._failing = ""
            self.observe(poll, outcome)
            await self._confirm(poll)
            for bad in outcome.malformed:
                poll.malformed = poll.malformed or f"page {poll.pages}, row {bad.position + 1}: {bad.problem}"
                _log.debug("row skipped", environment=self.environment, page=poll.pages, problem=bad.problem)
            if not outcome.has_next:
                return True
            if poll.walk.distinct == before:
                return False  # A page that brings nobody new has no end: the API repeats itself.

    async def _page(self, poll: Poll) -> Outcome:
        poll.requests += 1
        body = await self.client.fetch_page(poll.pages + 1)
        return await self.writer.run(self.ledger.page, poll.walk, body, self.clock())

    async def _confirm(self, poll: Poll) -> None:
        """Confirm alerts by a reading before they are said, or say them unconfirmed where that takes too long."""
        failed: RespanError | None = None
        deadline = asyncio.get_running_loop().time() + CONFIRMED_WITHIN
        for candidate in poll.walk.candidates.take_confirming():
            read = False
            try:
                if failed is None:
                    async with asyncio.timeout_at(deadline):
                        read = await self._read_period(poll, candidate)
            except TimeoutError:
                _log.info("alert not confirmed in time", environment=self.environment)
            except RespanError as error:
                failed = error
            if read:
                poll.confirmed += 1
            else:
                poll.unconfirmed += 1
                outcome = await self.writer.run(self.ledger.unconfirmed, poll.walk, candidate)
                self.observe(poll, outcome)
        if failed is not None:
            raise failed

    async def _read_periods(self, poll: Poll) -> None:
        """Read the periods of those for whom it matters most."""
        for candidate in poll.walk.candidates.take():
            await self._read_period(poll, candidate)

    async def _read_period(self, poll: Poll, candidate: Candidate) -> bool:
        """Read one period; whether the API gave it."""
        try:
            outcome = await retrying(
                lambda: self._reading(poll, candidate), attempts=READING_ATTEMPTS, on_retry=self._retried
            )
        except (NotFound, BadAnswer) as error:
            _log.info("reading failed", environment=self.environment, error=str(error))
            poll.failed_readings += 1
            self._postpone(candidate.place)
            return False
        poll.readings += 1
        if outcome.undecided:
            self._postpone(candidate.place)
        self.observe(poll, outcome)
        return True

    async def _reading(self, poll: Poll, candidate: Candidate) -> Outcome:
        poll.requests += 1
        body = await self.client.fetch_detail(candidate.row.customer_identifier)
        return await self.writer.run(self.ledger.reading, poll.walk, candidate, body, self.clock())

    def _retried(self, error: RespanError) -> None:
        log = _log.info if error.reason == self._failing else _log.warning
        log("request failed, trying again", environment=self.environment, reason=error.reason, error=str(error))
        self._failing = error.reason
        self.hindered(error)

    def _postpone(self, place: Place) -> None:
        self._asked[place] = self.clock() + ASKED_AGAIN_AFTER
        while len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]

    def _forget(self) -> None:
        now = self.clock()
        self._asked = {place: until for place, until in self._asked.items() if until > now}
