"""The daemon: joins the API, the books, the channels and HTTP, and keeps them going. The only place that knows all."""

import asyncio
import gc
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from monitor import __version__
from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, Event
from monitor.healthcheck import until_it_answers
from monitor.notify.channels import Channel
from monitor.notify.switchboard import Switchboard
from monitor.parts import Parts
from monitor.polling.adoption import adopt
from monitor.polling.ledger import Ledger, Outcome
from monitor.polling.poller import Poll, Poller
from monitor.respan.client import RequestOutcome, RespanClient, make_http
from monitor.respan.errors import RespanError
from monitor.respan.pacing import Pace
from monitor.rulebook import Environment, Rulebook, RulebookError
from monitor.settings import Address, Settings, SettingsError
from monitor.status import EnvironmentStatus, Status
from monitor.store.errors import StoreError
from monitor.store.history import PRUNED
from monitor.supervision import Supervision
from monitor.systemd import Notifier
from monitor.vitals import Vitals, WitnessedWriter
from monitor.watch import Watch
from monitor.web.app import Web
from monitor.web.metrics import Metrics
from monitor.web.server import Server

# What ended longer ago is forgotten, a little every hour.
KEPT_FOR = timedelta(days=90)
PRUNED_EVERY = timedelta(hours=1)

# Seconds that messages in flight get to arrive when the daemon stops.
SEND_GRACE = 5.0

_log = structlog.get_logger("budget_monitor")


class RulesRefused(Exception):  # noqa: N818 - named after what is so
    """The rules file cannot be put in force; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one poll of everything has found.

    Attributes:
        polls: One of each environment.
        alerts: Pending and firing, of all environments.
        events: What was decided, in order.
    """

    polls: Sequence[Poll]
    alerts: Sequence[KeptAlert]
    events: Sequence[Event]


class Daemon:
    """One process.

    Args:
        parts: What it works with.
        settings: What the process was told.
        book: The rules file to begin with.
        notifier: The line to the service manager; None: there is none.
    """

    def __init__(self, parts: Parts, settings: Settings, book: Rulebook, notifier: Notifier | None = None) -> None:
        self.status = Status()
        self.metrics = Metrics(parts.store, self.status)
        self._parts = parts
        self._settings = settings
        self._book = book
        self._http = make_http(parts.transport)
        self._switchboard = Switchboard(
            store=parts.store,
            writer=parts.writer,
            send=parts.send,
            clock=parts.clock,
            make_channel=parts.make_channel,
            observe=self.metrics.observe_delivery,
        )
        self._vitals = Vitals()
        self._supervision = Supervision(
            notifier=notifier or Notifier(),
            status=self.status,
            vitals=self._vitals,
            writer=parts.writer,
            clock=parts.clock,
        )
        self._paces: dict[str, Pace] = {}
        self._pollers: Sequence[Poller] = ()
        self._polling: list[asyncio.Task[None]] = []
        self._reloading = asyncio.Lock()

    async def once(self, readings: int, progress: Callable[[Poll], None]) -> Result:
        """Poll every environment once, tell what is to be told, and give what was found.

        Args:
            readings: At most so many periods are read in each environment.
            progress: Told of every page and every reading.

        Raises:
            RulesRefused: A channel or a key of the rules file cannot be used.
            StoreError: The database failed.
        """
        events: list[Event] = []

        def observe(poll: Poll, outcome: Outcome) -> None:
            events.extend(event for event, _ in outcome.events)
            progress(poll)

        async with self._http:
            channels, pollers = await self._prepare(self._book, observe)
            await self._adopt(self._book, starting=True)
            polls = [await poller.poll(readings) for poller in pollers]
            await self._parts.writer.run(self._release_all)
            await self._switchboard.drain(self._book.channels, channels)
        with self._parts.store.read() as tx:
            alerts = list(tx.alerts.all([AlertState.PENDING, AlertState.FIRING]))
        return Result(polls, alerts, events)

    async def run(self, stop: asyncio.Event, hangup: asyncio.Event, listening: socket.socket) -> None:
        """Poll, tell and serve until `stop`; read the rules again at every `hangup`.

        Raises:
            RulesRefused: A channel or a key of the rules file cannot be used.
            StoreError: The database failed before the first poll.
        """
        async with self._http:
            # Before there are tasks: what is refused here must not come out wrapped in their group's error.
            channels, pollers = await self._prepare(self._book, self._observe)
            await self._adopt(self._book, starting=True)
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._put_in_force(self._book, channels, pollers)
                await self._live(stop, hangup, listening)

    async def _live(self, stop: asyncio.Event, hangup: asyncio.Event, listening: socket.socket) -> None:
        web = Web(
            store=self._parts.store,
            status=self.status,
            metrics=self.metrics,
            reload=self.reload,
            clock=self._parts.clock,
            token=self._settings.monitor_api_token,
            loopback=self._settings.monitor_listen.is_loopback,
        )
        server = Server(web.app())
        serving = self._group.create_task(server.serve([listening]))
        # What was made so far lives as long as the process. Out of the garbage collector's sight it is not gone through
        # again and again: that spares every customer of a page 1 µs.
        gc.freeze()
        address = Address(listening.getsockname()[:2])
        _log.info(
            "serving",
            address=str(address),
            version=__version__,
            rules=self._book.fingerprint,
            environments=list(self.status.environments),
        )
        attending = self._supervision.attend(partial(until_it_answers, address), partial(self._ended, serving))
        minding = [self._group.create_task(each) for each in (self._prune(), self._mind(hangup), attending)]
        await stop.wait()
        _log.info("stopping")
        self._supervision.stopping()
        await _end([*self._polling, *minding])
        await self._switchboard.stop(SEND_GRACE)
        server.should_exit = True
        await serving

    async def reload(self) -> str | None:
        """Read the rules file again and put it in force; why it was refused, where it was.

        All that can fail is done before anything is changed: a file that is refused leaves the old one in force.
        """
        async with self._reloading, self._supervision.reloading():
            try:
                book = await asyncio.to_thread(self._parts.read_rules)
                channels, pollers = await self._prepare(book, self._observe)
                await _end(self._polling)
                try:
                    await self._adopt(book, starting=False)
                except StoreError:
                    self._poll_on()
                    raise
                self._put_in_force(book, channels, pollers)
            except (RulebookError, SettingsError, RulesRefused, StoreError) as error:
                self.status.rules_error = str(error)
                self.metrics.observe_reload(taken=False)
                _log.error("rules refused, the old ones stay in force", error=str(error))
                return str(error)
            self.metrics.observe_reload(taken=True)
            _log.info("rules reloaded", fingerprint=book.fingerprint)
            return None

    def _put_in_force(self, book: Rulebook, channels: Mapping[str, Channel], pollers: Sequence[Poller]) -> None:
        self._switchboard.put_in_force(book.channels, channels, self._group)
        if book.customer_series != self._book.customer_series:
            for status in self.status.environments.values():
                status.shown = None  # Who is not selected any more is not shown until the next poll has ended, either.
        self._book = book
        for pace in self._paces.values():
            pace.limit = book.poll.requests_per_minute
        now, known = self._parts.clock(), self.status.environments
        self.status.interval = book.poll.interval
        self.status.rules, self.status.rules_loaded_at, self.status.rules_error = book.fingerprint, now, None
        self.status.environments = {
            poller.environment: known.get(poller.environment) or EnvironmentStatus(poller.environment, now)
            for poller in pollers
        }
        for environment in book.environments:
            self.status.environments[environment.name].pace = self._paces[environment.api_key.get_secret_value()]
        self._pollers = pollers
        for warning in book.warnings:
            _log.warning("doubtful rules", problem=str(warning))
        self._poll_on()

    def _poll_on(self) -> None:
        watch = Watch(
            cadence=self._book.poll,
            status=self.status,
            metrics=self.metrics,
            switchboard=self._switchboard,
            store=self._parts.store,
            writer=self._parts.writer,
            clock=self._parts.clock,
        )
        self._vitals.expect(self.status.environments, self._book.poll.interval.total_seconds())
        self._polling = [self._group.create_task(watch.keep_polling(poller)) for poller in self._pollers]

    def _ended(self, serving: asyncio.Task[None]) -> str | None:
        """What has ended although nobody stopped it, in a sentence; an error would have ended the process."""
        if serving.done():
            return "serving HTTP has ended"
        if self._reloading.locked():  # polling is stopped and begun again
            return None
        if any(task.done() for task in self._polling):
            return "polling has ended"
        ended = self._switchboard.ended
        return f"telling has ended, of {', '.join(ended)}" if ended else None

    async def _prepare(
        self, book: Rulebook, observe: Callable[[Poll, Outcome], None]
    ) -> tuple[dict[str, Channel], list[Poller]]:
        """What a rules file needs, made and not yet in force."""
        try:
            pollers = [self._poller(book, environment, observe) for environment in book.environments]
            return dict(await self._switchboard.prepare(book.channels)), pollers
        except ValueError as error:
            raise RulesRefused(str(error)) from error

    def _poller(self, book: Rulebook, environment: Environment, observe: Callable[[Poll, Outcome], None]) -> Poller:
        key = environment.api_key.get_secret_value()
        pace = self._paces.setdefault(key, Pace(book.poll.requests_per_minute))
        sign = partial(self._vitals.sign, environment.name)

        def observe_request(outcome: RequestOutcome) -> None:
            sign()
            self.metrics.observe_request(outcome)

        client = RespanClient(
            environment=environment.name,
            api_environment=environment.environment,
            api_key=environment.api_key,
            filters=environment.filters,
            pace=pace,
            base_url=self._settings.respan_base_url,
            http=self._http,
            observe=observe_request,
        )
        return Poller(
            client=client,
            ledger=Ledger(self._parts.store, book, environment),
            writer=WitnessedWriter(self._parts.writer, sign),
            clock=self._parts.clock,
            observe=observe,
            hindered=partial(self._hindered, environment.name),
        )

    async def _adopt(self, book: Rulebook, *, starting: bool) -> None:
        adopted = await self._parts.writer.run(adopt, self._parts.store, book, self._parts.clock(), starting=starting)
        if adopted.alerts or adopted.messages:
            _log.info("ended what the rules file no longer has", alerts=adopted.alerts, messages=adopted.messages)

    def _hindered(self, environment: str, error: RespanError | None) -> None:
        status = self.status.environments.get(environment)
        if status is not None:  # `once` keeps none
            status.hindrance = error

    def _observe(self, poll: Poll, outcome: Outcome) -> None:
        self._hindered(poll.environment, None)
        self.metrics.observe_outcome(outcome)
        for event, said in outcome.events:
            _log.info(
                "alert",
                kind=event.kind.value,
                reason=event.reason.value,
                severity=event.severity.value,
                rule=event.rule,
                environment=poll.environment,
                customer=event.key.customer_identifier,
                said=said,
            )
        for key, correction in outcome.corrections:
            _log.info(
                "figure fell",
                figure=correction.of.value,
                before=correction.before,
                after=correction.after,
                environment=poll.environment,
                customer=key.customer_identifier,
            )
        self._switchboard.wake()

    def _release_all(self) -> None:
        with self._parts.store.write() as tx:
            tx.outbox.release(None, self._parts.clock())

    async def _mind(self, hangup: asyncio.Event) -> None:
        while True:
            await hangup.wait()
            hangup.clear()
            await self.reload()

    async def _prune(self) -> None:
        while True:
            try:
                await self._forget()
            except StoreError as error:
                _log.warning("old messages could not be forgotten", error=str(error))
            await asyncio.sleep(PRUNED_EVERY.total_seconds())

    async def _forget(self) -> None:
        """Forget what is older than it need be, a little in each transaction."""
        store, run, now = self._parts.store, self._parts.writer.run, self._parts.clock()

        def messages() -> int:
            with store.write() as tx:
                tx.corrections.prune(now - KEPT_FOR)
                return tx.outbox.prune(now - KEPT_FOR)

        def history(environment: str, after: int) -> int:
            kept = self._book.history
            with store.write() as tx:
                tx.history.prune(environment, after, now, hourly=kept.hourly, daily=kept.daily)
                return tx.environments.load(environment).numbers

        while await run(messages):
            pass
        for environment in self._book.environments:
            after, numbers = 0, 1
            while after < numbers:
                numbers = await run(history, environment.name, after)
                after += PRUNED


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have ended; a page that is being committed is committed."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
