"""The daemon as a service manager sees it: when it is ready, how it is, and whether it still works.

What counts as stuck, and is to be restarted:

- the event loop: nothing here runs then, and nothing is told;
- the thread that writes to the database: every sign of life goes through it first;
- polling, telling or serving that has ended although nobody stopped it;
- a poll that waits for what never comes (see `monitor.vitals`).

What does not: a long poll, an API or a database that fails, a channel that refuses or hangs. A restart would mend none
of these, and would throw away what the daemon is in the middle of.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from monitor.status import Status
from monitor.systemd import Notifier
from monitor.threads import Writer
from monitor.vitals import Vitals

# Seconds between two looks. Several fit into any sensible watchdog's time.
EVERY = 5.0

_log = structlog.get_logger("budget_monitor.systemd")


class Supervision:
    """Tells the service manager, where there is one.

    Args:
        notifier: The line to it.
        status: How the daemon is.
        vitals: What shows that it polls.
        writer: Asked whether it still takes work.
        clock: The time, UTC.
    """

    def __init__(
        self, *, notifier: Notifier, status: Status, vitals: Vitals, writer: Writer, clock: Callable[[], datetime]
    ) -> None:
        self._notifier = notifier
        self._status = status
        self._vitals = vitals
        self._writer = writer
        self._clock = clock
        self._every = EVERY if notifier.watchdog is None else min(EVERY, notifier.watchdog / 3)
        self._ready = False
        self._said = ""

    async def attend(self, served: Callable[[], Awaitable[None]], ended: Callable[[], str | None]) -> None:
        """Say when the daemon is ready; from then on, how it is, and that it works for as long as it does.

        Args:
            served: Waits until HTTP answers.
            ended: What has ended although it should be running, in a sentence.
        """
        if self._notifier.address is None:
            return
        await self._vitals.begun.wait()
        await served()
        self._ready = True
        self._say_ready()
        stuck: str | None = None
        while True:
            await self._writer_answers()
            before, stuck = stuck, ended() or self._vitals.hanging()
            if stuck is None:
                self._notifier.alive()
                self._say(self._sentence())
            elif before is None:
                _log.error("stuck: the watchdog is no longer told that all is well", problem=stuck)
                self._say(f"stuck: {stuck}")
            await asyncio.sleep(self._every)

    @asynccontextmanager
    async def reloading(self) -> AsyncIterator[None]:
        """Say that the rules are being read again, and how it stands after that."""
        if not self._ready:
            yield
            return
        self._notifier.reloading()
        try:
            yield
        finally:
            if self._ready:  # not told to end meanwhile
                self._say_ready()

    def stopping(self) -> None:
        """Say that the daemon was told to end."""
        self._ready = False
        self._notifier.stopping("ending: messages in flight may still arrive")

    async def _writer_answers(self) -> None:
        """Wait until the thread that writes has come to a piece of work that does nothing."""
        probe = asyncio.ensure_future(self._writer.run(_nothing))
        try:
            patience = (self._notifier.watchdog or EVERY * 12) / 2
            answered, _ = await asyncio.wait([probe], timeout=patience)
            if not answered:
                _log.error("the thread that writes to the database does not answer", seconds=patience)
                self._say("stuck: the thread that writes to the database does not answer")
            await probe
        finally:
            probe.cancel()

    def _sentence(self) -> str:
        return sentence(self._status, self._clock())

    def _say_ready(self) -> None:
        self._said = self._sentence()
        self._notifier.ready(self._said)

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._notifier.status(text)


def sentence(status: Status, now: datetime) -> str:
    """How the daemon is, for whoever may log in to its machine: it names no customer.

    Args:
        status: How it is.
        now: The time, UTC.
    """
    reasons = status.reasons(now, detailed=False)
    known = [environment for environment in status.environments.values() if environment.customers is not None]
    customers = sum(environment.customers or 0 for environment in known)
    watching = f"watching {customers:,} customers in {', '.join(status.environments)}"
    return "; ".join(
        ["not up to date: " + "; ".join(reasons) if reasons else watching, *status.warnings(detailed=False)]
    )


def _nothing() -> None:
    """Do nothing: that it was done is what is to be known."""
