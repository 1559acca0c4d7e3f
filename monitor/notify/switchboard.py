"""All channels in force, each with its dispatcher; a reload replaces only those that have changed."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from monitor.notify.channels import Channel
from monitor.notify.dispatcher import Delivery, Dispatcher
from monitor.store.database import Store
from monitor.threads import Send, Writer


class Entry(Protocol):
    """What the rules file says of a channel; equal entries mean the same channel."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the names are the rules file's
    @property
    def url(self) -> SecretStr: ...  # noqa: D102
    @property
    def give_up_after(self) -> timedelta: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Line:
    entry: Entry
    dispatcher: Dispatcher


class Switchboard:
    """Gives every channel its messages.

    Args:
        store: Holds the outbox.
        writer: Runs what writes to the store.
        send: Runs what blocks in a channel.
        clock: The time, UTC.
        make_channel: Makes a channel of its name and URL; raises ValueError.
        observe: Told of every attempt.
    """

    def __init__(
        self,
        *,
        store: Store,
        writer: Writer,
        send: Send,
        clock: Callable[[], datetime],
        make_channel: Callable[[str, SecretStr], Channel],
        observe: Callable[[Delivery], None],
    ) -> None:
        self._store = store
        self._writer = writer
        self._send = send
        self._clock = clock
        self._make_channel = make_channel
        self._observe = observe
        self._lines: dict[str, _Line] = {}
        self._last: dict[str, asyncio.Task[None]] = {}  # of each channel there ever was
        self._running: set[asyncio.Task[None]] = set()  # those of channels that were replaced or removed among them

    @property
    def names(self) -> list[str]:
        """The channels in force."""
        return list(self._lines)

    @property
    def ended(self) -> list[str]:
        """Channels in force that are told nothing, as the task that would do it has ended without an error."""
        return [name for name in self._lines if self._last[name].done()]

    async def prepare(self, entries: Iterable[Entry]) -> Mapping[str, Channel]:
        """Make the channels that are new or have changed; nothing is put in force yet.

        Raises:
            ValueError: A URL cannot be read; the sentence does not repeat it.
        """
        fresh = [entry for entry in entries if not self._in_force(entry)]
        # In a thread, as the first channel loads Apprise's plugins for a second.
        return await asyncio.to_thread(
            lambda: {entry.name: self._make_channel(entry.name, entry.url) for entry in fresh}
        )

    def put_in_force(self, entries: Sequence[Entry], channels: Mapping[str, Channel], group: asyncio.TaskGroup) -> None:
        """Start what was prepared, and stop what is no longer wanted after its message in flight."""
        before, self._lines = self._lines, {}
        for entry in entries:
            if entry.name not in channels:
                self._lines[entry.name] = before.pop(entry.name)
                continue
            dispatcher = self._dispatcher(entry, channels[entry.name])
            task = group.create_task(_after(self._last.get(entry.name), dispatcher))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            self._last[entry.name] = task
            self._lines[entry.name] = _Line(entry, dispatcher)
        for line in before.values():
            line.dispatcher.stop()

    def wake(self) -> None:
        """There may be something new in the outbox."""
        for line in self._lines.values():
            line.dispatcher.wake()

    async def stop(self, grace: float) -> None:
        """Let messages in flight arrive, for at most `grace` seconds; those that do not are sent again at the start."""
        for line in self._lines.values():
            line.dispatcher.stop()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()

    async def drain(self, entries: Iterable[Entry], channels: Mapping[str, Channel]) -> None:
        """Deliver what waits, once: what is refused stays in the outbox."""
        for entry in entries:
            await self._dispatcher(entry, channels[entry.name]).drain()

    def _in_force(self, entry: Entry) -> bool:
        line = self._lines.get(entry.name)
        return line is not None and line.entry == entry

    def _dispatcher(self, entry: Entry, channel: Channel) -> Dispatcher:
        return Dispatcher(
            channel=channel,
            give_up_after=entry.give_up_after,
            others=lambda: self.names,
            wake_others=self.wake,
            store=self._store,
            writer=self._writer,
            send=self._send,
            clock=self._clock,
            observe=self._observe,
        )


async def _after(before: asyncio.Task[None] | None, dispatcher: Dispatcher) -> None:
    """Run a dispatcher once the last one of its channel has ended: two at a time would mix up its order."""
    if before is not None:
        await asyncio.wait([before])
    await dispatcher.run()
