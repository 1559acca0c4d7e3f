"""Dispatchers over a real outbox in virtual time, with channels that say what a test wants them to say."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

from pydantic import SecretStr

from monitor.notify.dispatcher import Delivery, Dispatcher
from monitor.notify.failures import ChannelError
from monitor.notify.message import Message
from monitor.notify.switchboard import Switchboard
from monitor.store.database import Store
from monitor.store.errors import StoreError
from monitor.store.outbox import Envelope
from tests.notify.builders import event

START = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)

UNAVAILABLE = ChannelError("it does not answer", kind="server")
UNREACHABLE = ChannelError("it cannot be reached", kind="network")
REVOKED = ChannelError("the webhook was revoked", kind="auth", permanent=True)
WRONG = ChannelError("it does not like this message", kind="client")

_P = ParamSpec("_P")
_T = TypeVar("_T")


class FakeChannel:
    """Takes messages, unless it is told to refuse: by a list of answers, or from one hour to another."""

    def __init__(self, name: str = "finops", clock: Callable[[], datetime] | None = None) -> None:
        self.name = name
        self.taken: list[str] = []
        self.tried: list[tuple[str, datetime]] = []
        self.ids: list[str] = []
        self.answers: list[Exception | None] = []
        self.down: tuple[datetime, datetime, Exception] | None = None
        self.messages: list[Message] = []
        self._clock = clock

    def send(self, message: Message) -> None:
        """Take a message, or raise."""
        name = spoken(message)
        now = self._clock() if self._clock is not None else START
        self.tried.append((name, now))
        self.ids.append(message.id)
        answer = self.answers.pop(0) if self.answers else None
        if self.down is not None and self.down[0] <= now < self.down[1]:
            answer = self.down[2]
        if answer is not None:
            raise answer
        self.taken.append(name)
        self.messages.append(message)


class InlineWriter:
    """Runs work at once, and fails like a full disk while `broken`."""

    def __init__(self) -> None:
        self.broken: Callable[[str], bool] = lambda _: False
        self.failures = 0

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """See `monitor.threads.Writer`."""
        await asyncio.sleep(0)
        if self.broken(work.__name__):
            self.failures += 1
            raise StoreError("the disk is full")
        return work(*args, **kwargs)


@dataclass(frozen=True)
class Entry:
    """What a rules file says of a channel."""

    name: str
    url: SecretStr = field(default_factory=lambda: SecretStr("json://localhost"))
    give_up_after: timedelta = DAY


@dataclass
class Scene:
    """An outbox, the time, and whoever sends; a send takes `seconds`."""

    store: Store
    writer: InlineWriter = field(default_factory=InlineWriter)
    deliveries: list[Delivery] = field(default_factory=list)
    channels: dict[str, FakeChannel] = field(default_factory=dict)
    made: list[FakeChannel] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def at(cls, folder: Path) -> "Scene":
        """With a new database in a folder."""
        return cls(Store(f"sqlite:///{folder / 'monitor.db'}"))

    def clock(self) -> datetime:
        """The time: that of the loop."""
        return START + timedelta(seconds=asyncio.get_running_loop().time() - self._began)

    def __post_init__(self) -> None:
        self._began = 0.0

    def begin(self) -> None:
        """From here on time is counted."""
        self._began = asyncio.get_running_loop().time()

    def channel(self, name: str = "finops") -> FakeChannel:
        """The channel of a name."""
        if name not in self.channels:
            self.channels[name] = FakeChannel(name, self.clock)
        return self.channels[name]

    def make(self, name: str, _url: SecretStr) -> FakeChannel:
        """Another channel of a name, as a reload makes it; it goes on with the lists of the one before."""
        before = self.channel(name)
        fresh = FakeChannel(name, self.clock)
        fresh.taken, fresh.tried = before.taken, before.tried
        self.channels[name] = fresh
        self.made.append(fresh)
        return fresh

    async def send(self, work: Callable[[], None]) -> None:
        """See `monitor.threads.Send`: runs inline, and takes as long as the channel does."""
        await asyncio.sleep(self.seconds)
        work()

    def dispatcher(self, name: str = "finops", *, give_up_after: timedelta = DAY) -> Dispatcher:
        """The dispatcher of one channel."""
        return Dispatcher(
            channel=self.channel(name),
            give_up_after=give_up_after,
            others=lambda: list(self.channels),
            wake_others=lambda: None,
            store=self.store,
            writer=self.writer,
            send=self.send,
            clock=self.clock,
            observe=self.deliveries.append,
        )

    def switchboard(self) -> Switchboard:
        """All channels."""
        return Switchboard(
            store=self.store,
            writer=self.writer,
            send=self.send,
            clock=self.clock,
            make_channel=self.make,
            observe=self.deliveries.append,
        )

    def decide(self, *names: str, channels: Sequence[str] = ("finops",)) -> None:
        """Put a message about each of some customers into the outbox of each channel."""
        now = self.clock()
        with self.store.write() as tx:
            for name in names:
                letters = [Envelope(channel=channel, batch=name, route=0, rule="period-budget") for channel in channels]
                tx.outbox.record(event(identifier=name, at=now), letters, now)
            tx.outbox.release(None, now)

    def waiting(self) -> dict[str, int]:
        """How many messages wait for each channel."""
        with self.store.read() as tx:
            return {channel: count for channel, count, _ in tx.outbox.depth()}

    def outcomes(self, name: str = "finops") -> list[tuple[str, str]]:
        """Of every attempt at a channel, what became of it and why."""
        return [(found.outcome, found.reason) for found in self.deliveries if found.channel == name]


def spoken(message: Message) -> str:
    """What a message is about: its customers, or the title of its notice."""
    if message.notice is not None:
        return message.notice.title
    return " ".join(event.key.customer_identifier for event in message.events)
