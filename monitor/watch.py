"""One environment, watched: polled at its interval, with what changes about how the API answers told once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from monitor.alerts.model import Severity
from monitor.notify.dispatcher import announce
from monitor.notify.message import Notice
from monitor.notify.switchboard import Switchboard
from monitor.polling.batch import START
from monitor.polling.poller import Poll, Poller
from monitor.rulebook import Poll as Cadence
from monitor.status import EnvironmentStatus, Status
from monitor.store.database import Store
from monitor.store.errors import StoreError
from monitor.threads import Writer
from monitor.web.metrics import Metrics

# Between two tries with a key that was refused: somebody has to change it first.
REFUSED_PAUSE = timedelta(seconds=60)

# Between two tries with a database that fails.
STORE_PAUSE = timedelta(seconds=5)

# Of a minute's requests, the share that readings of periods get even while walks could use them all.
READINGS_SHARE = 0.25

_log = structlog.get_logger("budget_monitor")


@dataclass(slots=True, kw_only=True)
class Watch:
    """What is shared by all environments, and how each of them is watched.

    Attributes:
        cadence: How often the API is read, and how hard.
        status: Brought up to date with every poll.
        metrics: Counts every poll.
        switchboard: Woken when there may be something to tell.
        store: The database.
        writer: Runs what writes to it.
        clock: The time, UTC.
    """

    cadence: Cadence
    status: Status
    metrics: Metrics
    switchboard: Switchboard
    store: Store
    writer: Writer
    clock: Callable[[], datetime]
    _polled: set[str] = field(default_factory=set)

    async def keep_polling(self, poller: Poller) -> None:
        """Poll one environment until it is cancelled."""
        environment = self.status.environments[poller.environment]
        loop = asyncio.get_running_loop()
        pages = 0
        while True:
            began = loop.time()
            pause = self.cadence.interval
            try:
                poll = await poller.poll(self._readings(pages))
                pages = poll.pages
                await self.release_start(poller.environment)
                await self._take(poll, environment, loop.time() - began)
            except StoreError as error:
                self._database(str(error))
                pause = STORE_PAUSE
            else:
                self._database(None)
            self.switchboard.wake()
            if environment.refused:
                pause = REFUSED_PAUSE
            await asyncio.sleep(max(0.0, pause.total_seconds() - (loop.time() - began)))

    async def release_start(self, polled: str) -> None:
        """Let go what was found at the start, once every environment has been polled: each route hears of it at once.

        An environment that takes long to read for the first time holds up the others until their second poll only.

        Args:
            polled: The environment that was polled.
        """
        again = polled in self._polled
        self._polled.add(polled)
        if again or self._polled >= self.status.environments.keys():
            await self.writer.run(self._release_start)

    def _release_start(self) -> None:
        with self.store.write() as tx:
            tx.outbox.release(START, self.clock())

    def _readings(self, pages: int) -> int:
        """How many periods a poll may read: what the pace leaves over until the next, shared by all environments."""
        share = self.cadence.requests_per_minute / len(self.status.environments)
        left = share * self.cadence.interval.total_seconds() / 60 - pages
        return max(1, int(max(left, share * READINGS_SHARE)))

    async def _take(self, poll: Poll, environment: EnvironmentStatus, seconds: float) -> None:
        """Count a poll that ended, and say what has changed."""
        before, refused = environment.error, environment.refused
        malformed, filtered = environment.malformed, environment.filtered
        environment.take(poll, self.clock())
        self.metrics.observe_poll(poll, seconds)
        name, error = environment.name, environment.error
        if environment.malformed and not malformed:
            _log.warning("rows skipped", environment=name, rows=environment.malformed, first=poll.malformed)
        if environment.filtered and not filtered:
            _log.warning("rows left out that the API should have filtered", environment=name, rows=environment.filtered)
        if error is not None and before is None:
            _log.warning("poll incomplete", environment=name, error=error)
        if error is None and before is not None:
            _log.info("poll complete again", environment=name)
        if environment.refused and not refused:
            await self._say(f"{name}: the API refuses the key", error or "", Severity.CRITICAL)
        if refused and not environment.refused:
            await self._say(f"{name}: the API accepts the key again", "Polling goes on.", Severity.INFO)

    async def _say(self, title: str, body: str, severity: Severity) -> None:
        now = self.clock()
        notice = Notice(title=title, body=body, severity=severity, at=now)

        def tell() -> None:
            with self.store.write() as tx:
                announce(tx, notice, self.switchboard.names, now)

        await self.writer.run(tell)

    def _database(self, error: str | None) -> None:
        if error is not None and self.status.store_error is None:
            _log.error("database failed; nothing is called sent until it is back", error=error)
        if error is None and self.status.store_error is not None:
            _log.info("database works again")
        self.status.store_error = error
