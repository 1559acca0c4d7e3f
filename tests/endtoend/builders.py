"""What the end-to-end tests share: a made-up world, and the real daemon over it in virtual time."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from unittest.mock import patch

import httpx
import looptime
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

import monitor.daemon
from monitor.alerts.model import Event
from monitor.daemon import Daemon
from monitor.demo.api import make_app
from monitor.demo.customer import Customer
from monitor.demo.faults import Faults
from monitor.demo.world import KEY, World
from monitor.notify.channels import Channel, ChannelError
from monitor.notify.message import Message
from monitor.parts import Parts
from monitor.rulebook import Rulebook
from monitor.rulebook.load import loads
from monitor.settings import Settings
from monitor.store.database import Store

START = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
PERIOD_START = datetime(2025, 12, 1, tzinfo=UTC)
BASE_URL = "https://api.respan.example"

_P = ParamSpec("_P")
_T = TypeVar("_T")

PERIOD_BUDGET = """
[[rules]]
name = "period-budget"
value = "period_cost / period_budget"
levels = [
  { at_least = 0.5, severity = "info" },
  { at_least = 0.8, severity = "warning" },
  { at_least = 1.0, severity = "critical" },
]
"""
UNBUDGETED = """
[[rules]]
name = "unbudgeted-spender"
when = "period_budget is None and total_cost >= 500"
severity = "warning"
"""


def rules(
    *tables: str,
    interval: str = "30s",
    requests_per_minute: int = 60,
    environments: Iterable[str] = ("prod",),
    channels: Mapping[str, str] | None = None,
) -> str:
    """A rules file: the two rules above where none are given, and one channel that the test provides."""
    channels = {"finops": "json://127.0.0.1/"} if channels is None else channels
    return "\n".join(
        [
            f'[poll]\ninterval = "{interval}"\nrequests_per_minute = {requests_per_minute}',
            *(f'[[environments]]\nname = "{name}"' for name in environments),
            *(tables or (PERIOD_BUDGET, UNBUDGETED)),
            *(f'[[channels]]\nname = "{name}"\nurl = "{url}"' for name, url in channels.items()),
        ]
    )


def book(text: str) -> Rulebook:
    """The rules of a file's text, with the key of the stand-in."""
    return loads(text.encode(), {"RESPAN_API_KEY": KEY}.get)


def clock() -> datetime:
    """The time in the running loop's own reckoning, which begins at `START`."""
    return START + timedelta(seconds=asyncio.get_running_loop().time())


def after(seconds: float) -> datetime:
    """An instant, counted from `START`."""
    return START + timedelta(seconds=seconds)


def customer(identifier: str = "user_123", **fields: Any) -> Customer:  # noqa: ANN401 - attributes of Customer
    """The documented example, or another customer like it."""
    defaults: dict[str, Any] = {
        "total_cost": 523.45,
        "period_usage": 45.67,
        "period_start": PERIOD_START,
        "period_budget": 100.0,
    }
    return Customer.standing(identifier, **(defaults | fields))


def world(*customers: Customer, limit: int | None = 60) -> World:
    """Customers behind an API whose time is the loop's."""
    return World(customers, clock, limit=limit)


def in_virtual_time(main: Coroutine[Any, Any, _T], *, start: float = 0.0) -> _T:
    """Run on a loop whose time jumps from one timer to the next; for what several tests look at."""
    with asyncio.Runner(loop_factory=lambda: looptime.new_event_loop(start=start)) as runner:
        return runner.run(main)


async def passing(seconds: float) -> None:
    """Let virtual time pass."""
    await asyncio.sleep(seconds)


async def until(seconds: float) -> None:
    """Let virtual time pass up to an instant, counted from `START`."""
    await asyncio.sleep(seconds - asyncio.get_running_loop().time())


def _nothing(_step: str) -> None:
    """Take no notice."""


@dataclass(slots=True)
class InlineWriter:
    """Runs what writes to the database at once.

    Attributes:
        step: Told before and after each piece of work.
    """

    step: Callable[[str], None] = _nothing

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """See `monitor.threads.Writer`."""
        name = getattr(work, "__name__", "work")
        self.step(f"before writing: {name}")
        done = work(*args, **kwargs)
        self.step(f"after writing: {name}")
        return done


async def send_inline(work: Callable[[], None]) -> None:
    """Run what blocks in a channel at once."""
    work()


@dataclass(slots=True)
class Wire(httpx.AsyncBaseTransport):
    """Carries requests to the stand-in without a socket, and fails as one would.

    Attributes:
        app: The stand-in.
        latency: Seconds that a request takes, on each way half of it.
        step: Told before and after each request.
        answered: When each request was sent, and the status of its answer.
    """

    app: ASGIApp
    latency: float = 0.0
    step: Callable[[str], None] = _nothing
    answered: list[tuple[datetime, int]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        sent = clock()
        self.step(f"before {request.method} {request.url.path}")
        try:
            async with asyncio.timeout(request.extensions["timeout"]["read"]):
                await passing(self.latency / 2)
                answer = await httpx.ASGITransport(self.app).handle_async_request(request)
                await passing(self.latency / 2)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer", request=request) from None
        except ConnectionResetError:
            raise httpx.RemoteProtocolError("the peer closed the connection", request=request) from None
        self.step(f"after {request.method} {request.url.path}")
        self.answered.append((sent, answer.status_code))
        return answer


@dataclass(slots=True)
class Recorder:
    """A channel that keeps what it takes.

    Attributes:
        name: Of the channel.
        refusal: Gives the reason while it takes nothing.
        step: Told before and after each message.
        heard: What it took, and when.
    """

    name: str = "finops"
    refusal: Callable[[], ChannelError | None] = lambda: None
    step: Callable[[str], None] = _nothing
    heard: list[tuple[datetime, Message]] = field(default_factory=list)

    def send(self, message: Message) -> None:
        """See `Channel`."""
        self.step(f"before sending {message.id}")
        refused = self.refusal()
        if refused is not None:
            raise refused
        self.heard.append((clock(), message))
        self.step(f"after sending {message.id}")

    @property
    def messages(self) -> list[Message]:
        """What it took, in order."""
        return [message for _, message in self.heard]

    @property
    def events(self) -> list[Event]:
        """All events that it was told, in order."""
        return [event for message in self.messages for event in message.events]

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """Kind, customer and severity of each of them."""
        return [(event.kind.value, event.key.customer_identifier, event.severity.value) for event in self.events]

    @property
    def notices(self) -> list[str]:
        """Titles of what the daemon said of itself."""
        return [message.notice.title for message in self.messages if message.notice is not None]


class _Unserved:
    """In place of the HTTP server, whose ten looks a second for its end would cost minutes in a virtual hour."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self._ended = asyncio.Event()

    async def serve(self, _sockets: list[socket.socket]) -> None:
        """Wait for the end."""
        await self._ended.wait()

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        if name == "should_exit":
            self._ended.set()


@dataclass(slots=True, kw_only=True)
class Running:
    """A daemon that runs.

    Attributes:
        daemon: It.
        store: Its database.
        hangup: Makes it read its rules again.
        http: Asks it over HTTP.
        rules: Text of the rules file, as it is read next.
    """

    daemon: Daemon
    store: Store
    hangup: asyncio.Event
    http: httpx.AsyncClient
    rules: str

    async def ready(self) -> tuple[int, str]:
        """Status of `/-/ready`, and the reasons that it gives."""
        answer = await self.http.get("/-/ready")
        return answer.status_code, "; ".join(answer.json()["reasons"])

    async def alerts(self) -> list[tuple[str, str, str]]:
        """Customer, state and severity of each alert."""
        answer = await self.http.get("/api/v1/alerts")
        return [(each["customer_identifier"], each["state"], each["severity"]) for each in answer.json()["alerts"]]

    async def metric(self, name: str, **labels: str) -> float:
        """Sum of the samples with these labels."""
        answer = await self.http.get("/metrics")
        return sum(
            sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


@asynccontextmanager
async def running(
    of: World,
    folder: Path,
    *channels: Recorder,
    text: str = "",
    faults: Faults | None = None,
    wire: Wire | None = None,
    writer: InlineWriter | None = None,
) -> AsyncIterator[Running]:
    """The daemon, with everything real but time, sockets and threads.

    Args:
        of: What the API answers from.
        folder: Holds the database.
        *channels: Of the rules file.
        text: The rules file; the default where there is none.
        faults: Ways in which the API fails.
        wire: Carries the requests.
        writer: Runs what writes to the database.
    """
    text = text or rules(channels={channel.name: "json://127.0.0.1/" for channel in channels})
    by_name: Mapping[str, Channel] = {channel.name: channel for channel in channels}
    store = Store(f"sqlite:///{folder / 'monitor.db'}")
    parts = Parts(
        store=store,
        writer=writer or InlineWriter(),
        read_rules=lambda: book(run.rules),
        send=send_inline,
        clock=clock,
        make_channel=partial(_channel, by_name),
        transport=wire or Wire(make_app(of, faults)),
    )
    stop = asyncio.Event()
    apps: list[Starlette] = []

    def unserved(app: Starlette) -> _Unserved:
        apps.append(app)
        return _Unserved(app)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await apps[0](scope, receive, send)

    daemon, hangup = Daemon(parts, Settings(respan_base_url=BASE_URL), book(text)), asyncio.Event()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        run = Running(daemon=daemon, store=store, hangup=hangup, http=http, rules=text)
        with patch.object(monitor.daemon, "Server", unserved), socket.socket() as listening:
            task = asyncio.create_task(daemon.run(stop, hangup, listening))
            try:
                yield run
            finally:
                stop.set()
                await task
                store.close()


def _channel(channels: Mapping[str, Channel], name: str, _url: SecretStr) -> Channel:
    return channels[name]
