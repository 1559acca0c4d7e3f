"""The daemon's life through a simulated year: started, polling, stopped, cut short and started again."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import ParamSpec, TypeVar

import looptime
from pydantic import SecretStr

from monitor.demo.api import make_app
from monitor.demo.customer import Customer
from monitor.demo.world import KEY, World
from monitor.notify.channels import Channel
from monitor.notify.switchboard import Switchboard
from monitor.polling.adoption import adopt
from monitor.polling.ledger import Ledger, Outcome
from monitor.polling.poller import Poll, Poller
from monitor.respan.client import RespanClient, make_http
from monitor.respan.pacing import Pace
from monitor.rulebook import Rulebook, loads
from monitor.status import EnvironmentStatus, Status
from monitor.store.database import Store
from monitor.watch import Watch
from monitor.web.metrics import Metrics
from simulation.forecasts import projection
from simulation.journal import Journal, Polled, Projected, Told
from simulation.rules import rules_file
from simulation.truth import Truth
from simulation.wire import Wire, faults
from simulation.year import DAYS, START

BASE_URL = "https://api.respan.example"

# Seconds before 0 at which the loop's clock begins. Beyond 2**24 s, in either direction, a float is coarser than the
# nanosecond that asyncio adds to the time to tell whether a timer is due: the loop would spin for ever.
_HALF = DAYS / 2 * 86_400.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is made of.

    Attributes:
        seed: Of everything that is drawn while it goes.
        customers: All, newcomers among them.
        spans: (started, stopped) for each life of the daemon, in order.
        outages: (from, to) when the API is down.
        hiccups: Share of the other requests that fail.
        interval: From one poll to the next.
        requests_per_minute: The daemon's pace, and the limit of the stand-in.
        page_size: Customers on a page.
        instant: Requests take no time.
        marks: (customer, when), in order of time: the daemon is asked for a projection after the next poll.
    """

    seed: int
    customers: Sequence[Customer]
    spans: Sequence[tuple[datetime, datetime]]
    outages: Sequence[tuple[datetime, datetime]] = ()
    hiccups: float = 0.0
    interval: timedelta = timedelta(hours=2)
    requests_per_minute: int = 60
    page_size: int = 1_000
    instant: bool = False
    marks: Sequence[tuple[str, datetime]] = ()

    @property
    def truths(self) -> dict[str, Truth]:
        """The truth of every customer, by identifier."""
        since, until = self.spans[0][0], self.spans[-1][1]
        return {each.customer_identifier: Truth(each, since, until) for each in self.customers}


def run(plan: Plan, folder: Path) -> Journal:
    """Live through a plan in virtual time.

    Args:
        plan: It.
        folder: Holds the database.
    """
    random.seed(plan.seed)  # What the daemon itself draws: how long it waits before it asks again.
    # No thread and no socket has anything to say here, so time need not wait for any before it moves on.
    with asyncio.Runner(loop_factory=lambda: looptime.new_event_loop(start=-_HALF, noop_cycles=0)) as runner:
        return runner.run(_Run(plan, folder).live())


def clock() -> datetime:
    """The time of the running loop."""
    return START + timedelta(seconds=asyncio.get_running_loop().time() + _HALF)


class _Inline:
    """Runs what writes to the database at once."""

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """See `monitor.threads.Writer`."""
        return work(*args, **kwargs)


class _Noted(Poller):
    """A poller whose polls are written down."""

    noted: Callable[[Poll, datetime], None]

    async def poll(self, readings: int) -> Poll:
        """See `Poller`."""
        poll = await super().poll(readings)
        self.noted(poll, clock())
        return poll


class _Run:
    def __init__(self, plan: Plan, folder: Path) -> None:
        dice = Random(f"run {plan.seed}")  # noqa: S311 - to be repeatable
        text = rules_file(plan.interval, plan.requests_per_minute)
        self._plan = plan
        self._url = f"sqlite:///{folder / 'monitor.db'}"
        self._book: Rulebook = loads(text.encode(), {"RESPAN_API_KEY": KEY}.get)
        self._journal = Journal(plan.spans[0][0], plan.spans[-1][1], restarts=len(plan.spans) - 1)
        newcomers = [each for each in plan.customers if each.first_seen > plan.spans[0][0]]
        self._newcomers = sorted(newcomers, key=lambda each: each.first_seen)
        there = [each for each in plan.customers if each.first_seen <= plan.spans[0][0]]
        self._world = World(there, clock, limit=plan.requests_per_minute)
        app = make_app(self._world, faults(dice, clock, list(plan.outages), hiccups=plan.hiccups))
        self._wire = Wire(
            app=app,
            clock=clock,
            journal=self._journal,
            dice=None if plan.instant else dice,
            paged=plan.page_size < len(plan.customers) and not plan.instant,
        )
        self._marks = list(reversed(plan.marks))

    async def live(self) -> Journal:
        arrivals = asyncio.create_task(self._arrive())
        for started, stopped in self._plan.spans:
            await _until(started)
            await self._live(stopped)
        arrivals.cancel()
        store = Store(self._url)
        with store.read() as tx:
            self._journal.stored = len(tx.outbox.recent(START))
        store.close()
        return self._journal

    async def _arrive(self) -> None:
        for customer in self._newcomers:
            await _until(customer.first_seen)
            self._world.add(customer)

    async def _live(self, stopped: datetime) -> None:
        """One life."""
        async with AsyncExitStack() as stack:
            store = Store(self._url)
            stack.callback(store.close)
            http = await stack.enter_async_context(make_http(self._wire))
            adopt(store, self._book, clock(), starting=True)
            status = Status()
            metrics = Metrics(store, status)
            environment = self._book.environments[0]
            client = RespanClient(
                environment=environment.name,
                api_environment=environment.environment,
                api_key=environment.api_key,
                filters=environment.filters,
                pace=Pace(self._plan.requests_per_minute),
                base_url=BASE_URL,
                http=http,
                observe=metrics.observe_request,
                page_size=self._plan.page_size,
            )
            poller = _Noted(
                client=client,
                ledger=Ledger(store, self._book, environment),
                writer=_Inline(),
                clock=clock,
                observe=self._observe,
            )
            poller.noted = lambda poll, now: self._note(store, poll, now)
            status.environments = {environment.name: EnvironmentStatus(environment.name, clock())}
            watch = Watch(
                cadence=self._book.poll,
                status=status,
                metrics=metrics,
                switchboard=_switchboard(store),
                store=store,
                writer=_Inline(),
                clock=clock,
            )
            task = asyncio.create_task(watch.keep_polling(poller))
            await _until(stopped)
            sent = self._journal.requests[-1:]
            self._journal.cut += bool(sent) and (
                not self._journal.polls or sent[0].sent > self._journal.polls[-1].ended
            )
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            if not isinstance(ended, asyncio.CancelledError):
                raise RuntimeError(f"the daemon ended by itself at {clock()}") from ended  # noqa: TRY004 - it is no type

    def _observe(self, poll: Poll, outcome: Outcome) -> None:
        self._journal.told.extend(Told(event, said, poll.walk.began_at) for event, said in outcome.events)

    def _note(self, store: Store, poll: Poll, now: datetime) -> None:
        good = poll.error is None and poll.walk.complete and not poll.failed_readings
        self._journal.polls.append(Polled(poll.walk.began_at, now, good, poll.readings))
        while good and self._marks and self._marks[-1][1] <= now:
            customer, mark = self._marks.pop()
            self._journal.projected.append(Projected(customer, mark, now, projection(store, customer, now)))


async def _until(instant: datetime) -> None:
    await asyncio.sleep(max((instant - clock()).total_seconds(), 0.0))


def _switchboard(store: Store) -> Switchboard:
    """One without channels: what is said is taken where it is decided."""

    async def send(work: Callable[[], None]) -> None:
        work()

    def make_channel(name: str, _url: SecretStr) -> Channel:
        raise ValueError(f"there is no channel {name}")

    return Switchboard(
        store=store, writer=_Inline(), send=send, clock=clock, make_channel=make_channel, observe=lambda _delivery: None
    )
