"""From the outbox to a channel, one message at a time, in the order in which they were decided.

Each channel has a dispatcher of its own, so that a slow or dead one holds up no other. A message that is refused is
tried again before the next one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, ParamSpec, TypeVar

import msgspec
import structlog

from monitor.alerts.model import Severity
from monitor.notify.channels import Channel
from monitor.notify.failures import ChannelError
from monitor.notify.message import Message, Notice, compose
from monitor.notify.patience import GiveUp, after_refusal
from monitor.store.database import Store, Transaction
from monitor.store.errors import StoreError
from monitor.store.outbox import Envelope, Waiting
from monitor.store.times import micros
from monitor.threads import Send, Writer

# A message delivered later than this says when it was decided.
LATE = timedelta(minutes=10)

# A channel that has refused for so long is reported on the others; one that will not mend by itself is at once.
REPORTED_AFTER = timedelta(minutes=10)

# Seconds between two looks at a database that fails.
STORE_PAUSE = 2.0

_log = structlog.get_logger("budget_monitor.notify")
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one attempt.

    Attributes:
        channel: Name of the channel.
        outcome: Whether it was accepted, refused for now, or is tried no more.
        reason: Class of the refusal; empty where it was accepted.
        latency: Seconds from the decision to the channel's yes; 0 where there was none.
    """

    channel: str
    outcome: Literal["delivered", "refused", "given_up"]
    reason: str = ""
    latency: float = 0.0


class Dispatcher:
    """Empties the outbox of one channel.

    Args:
        channel: Where messages go.
        give_up_after: How long a message that is refused is tried.
        others: Names of the channels that hear of this one's failure.
        wake_others: Has them look at the outbox.
        store: Holds the outbox.
        writer: Runs what writes to the store.
        send: Runs what blocks in the channel.
        clock: The time, UTC.
        observe: Told of every attempt.
    """

    def __init__(
        self,
        *,
        channel: Channel,
        give_up_after: timedelta,
        others: Callable[[], list[str]],
        wake_others: Callable[[], None],
        store: Store,
        writer: Writer,
        send: Send,
        clock: Callable[[], datetime],
        observe: Callable[[Delivery], None],
    ) -> None:
        self.name = channel.name
        self._channel = channel
        self._give_up_after = give_up_after
        self._others = others
        self._wake_others = wake_others
        self._store = store
        self._writer = writer
        self._send = send
        self._clock = clock
        self._observe = observe
        self._awake = asyncio.Event()
        self._stopping = False
        self._patient = True
        self._refusing_since: datetime | None = None
        self._last_refusal = ""
        self._reported = False

    def wake(self) -> None:
        """Look at the outbox again: there is something new."""
        self._awake.set()

    def stop(self) -> None:
        """End after the message in flight."""
        self._stopping = True
        self._awake.set()

    async def drain(self) -> None:
        """Deliver what waits, up to the first message that is refused.

        Raises:
            StoreError: The database failed.
        """
        self._patient = False
        while (waiting := await self._ask(self._next)) is not None:
            if waiting.retry_at is not None and waiting.retry_at > self._clock():
                return
            await self._deliver(waiting)

    async def run(self) -> None:
        """Deliver messages until it is stopped."""
        while not self._stopping:
            self._awake.clear()
            waiting = await self._ask(self._next)
            now = self._clock()
            if waiting is None:
                await self._pause(None)
            elif waiting.retry_at is not None and waiting.retry_at > now:
                await self._pause(waiting.retry_at - now)
            else:
                await self._deliver(waiting)

    async def _pause(self, time: timedelta | None) -> None:
        """Wait for news, for at most a time."""
        try:
            async with asyncio.timeout(None if time is None else time.total_seconds()):
                await self._awake.wait()
        except TimeoutError:
            pass

    async def _ask(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Have `work` done, however long the database fails: a message that was sent must be marked, not sent again."""
        failing = False
        while True:
            try:
                return await self._writer.run(work, *args, **kwargs)
            except StoreError as error:
                if not self._patient:
                    raise
                if not failing:
                    _log.error("database failed", channel=self.name, error=str(error))
                failing = True
                await asyncio.sleep(STORE_PAUSE)

    def _next(self) -> Waiting | None:
        with self._store.read() as tx:
            return tx.outbox.first(self.name)

    async def _deliver(self, waiting: Waiting) -> None:
        message = await self._ask(self._claim, waiting, self._clock())
        if message is None:
            return
        try:
            await self._send(lambda: self._channel.send(message))
        except ChannelError as error:
            await self._refused(waiting, error)
        except Exception as error:  # noqa: BLE001 - a channel's bug is a refusal, and must not end the others
            await self._refused(waiting, ChannelError(f"{type(error).__name__} in the channel", kind="unknown"))
        else:
            now = self._clock()
            await self._ask(self._mark_delivered, waiting.id, now)
            latency = (now - waiting.created_at).total_seconds()
            self._observe(Delivery(channel=self.name, outcome="delivered", latency=latency))
            _log.info("message delivered", channel=self.name, message=message.id, events=message.total)
            if self._refusing_since is not None:
                _log.info("channel accepts messages again", channel=self.name, since=self._refusing_since.isoformat())
            self._refusing_since, self._last_refusal, self._reported = None, "", False

    def _claim(self, waiting: Waiting, now: datetime) -> Message | None:
        with self._store.write() as tx:
            if not tx.outbox.claim(waiting.id, now):
                return None
            events = tx.outbox.events_of(waiting.id)
        identity = f"{micros(waiting.created_at):x}-{waiting.id}"
        late_by = now - waiting.created_at if now - waiting.created_at >= LATE else None
        if waiting.notice is not None:
            notice = msgspec.json.decode(waiting.notice, type=Notice)
            return Message(id=identity, notice=notice, late_by=late_by)
        return compose(events, id=identity, late_by=late_by)

    def _mark_delivered(self, message: int, now: datetime) -> None:
        with self._store.write() as tx:
            tx.outbox.delivered(message, now)

    async def _refused(self, waiting: Waiting, error: ChannelError) -> None:
        now = self._clock()
        following = after_refusal(
            error,
            attempts=waiting.attempts + 1,
            decided_at=waiting.created_at,
            now=now,
            give_up_after=self._give_up_after,
        )
        self._refusing_since = self._refusing_since or now
        if isinstance(following, GiveUp):
            _log.error("message given up", channel=self.name, reason=following.reason, error=str(error))
            notice = Notice(
                title=f"channel {self.name}: a message was given up",
                body=f"{following.reason}. The last answer was: {error}",
                severity=Severity.CRITICAL,
                at=now,
            )
            await self._ask(self._give_up, waiting.id, str(error), notice, now)
            self._wake_others()
            self._observe(Delivery(channel=self.name, outcome="given_up", reason=error.kind))
            return
        if error.kind != self._last_refusal:
            _log.warning(
                "channel refused a message",
                channel=self.name,
                kind=error.kind,
                permanent=error.permanent,
                error=str(error),
            )
        self._last_refusal = error.kind
        await self._ask(self._postpone, waiting.id, following.at, str(error))
        self._observe(Delivery(channel=self.name, outcome="refused", reason=error.kind))
        if not self._reported and (error.permanent or now - self._refusing_since >= REPORTED_AFTER):
            self._reported = True
            notice = Notice(
                title=f"channel {self.name} does not take messages",
                body=f"They wait and are tried again until they are taken. The last answer was: {error}",
                severity=Severity.WARNING,
                at=now,
            )
            await self._ask(self._tell_others, notice, now)
            self._wake_others()

    def _postpone(self, message: int, retry_at: datetime, error: str) -> None:
        with self._store.write() as tx:
            tx.outbox.postpone(message, retry_at, error)

    def _give_up(self, message: int, error: str, notice: Notice, now: datetime) -> None:
        with self._store.write() as tx:
            tx.outbox.give_up(message, now, error)
            announce(tx, notice, self._hearing(), now)

    def _tell_others(self, notice: Notice, now: datetime) -> None:
        with self._store.write() as tx:
            announce(tx, notice, self._hearing(), now)

    def _hearing(self) -> list[str]:
        return [name for name in self._others() if name != self.name]


def announce(tx: Transaction, notice: Notice, channels: list[str], now: datetime) -> None:
    """Put a notice into the outbox of some channels."""
    text = msgspec.json.encode(notice).decode()
    for channel in channels:
        tx.outbox.notify(Envelope(channel=channel, batch=f"notice:{micros(now)}"), text, now)
