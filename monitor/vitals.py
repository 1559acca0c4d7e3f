"""Signs of life: what shows that every environment is being polled, and when their absence means that polling hangs.

A sign is a request to the API that has ended, well or badly, or a piece of work that the database has done or refused.
A poll of a million customers takes 17 minutes and shows one every second; an API that is down, refuses the key or
answers nonsense, and a database that fails, show them too, as each of these is tried again within a minute or two. What
shows none is a poll that waits for something that will never come.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

from monitor.respan.errors import LONGEST_RETRY_AFTER
from monitor.threads import Writer

# Seconds without a sign, beyond the pause between two polls, that are too many. An API that refuses for the rate can
# ask for an hour of silence, of all environments of a key; after it they go one at a time, a minute apart at worst.
PATIENCE = LONGEST_RETRY_AFTER + 900.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Vitals:
    """When each environment was last seen at work.

    Args:
        now: Seconds on a clock that never goes back; the running loop's where there is none given.

    Attributes:
        begun: Set once any environment has shown a sign.
    """

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        self.begun = asyncio.Event()
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._seen: dict[str, float] = {}
        self._pause = 0.0

    def expect(self, environments: Iterable[str], pause: float) -> None:
        """From now on signs are due of these environments alone.

        Args:
            environments: Their labels.
            pause: Seconds from one poll to the next.
        """
        self._seen = dict.fromkeys(environments, self._now())
        self._pause = pause

    def sign(self, environment: str) -> None:
        """An environment is at work."""
        self.begun.set()
        if environment in self._seen:
            self._seen[environment] = self._now()

    def hanging(self) -> str | None:
        """Which environment's polling hangs, in a sentence; None: none does."""
        if not self._seen:
            return None
        environment, seen = min(self._seen.items(), key=lambda item: item[1])
        silent = self._now() - seen
        if silent <= self._pause + PATIENCE:
            return None
        return f"{environment}: polling has shown no sign of life for {silent / 60:.0f} minutes"


class WitnessedWriter:
    """A writer whose every piece of work, done or failed, is a sign of life.

    Args:
        writer: Does the work.
        sign: Told of each piece.
    """

    def __init__(self, writer: Writer, sign: Callable[[], None]) -> None:
        self._writer = writer
        self._sign = sign

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """See `monitor.threads.Writer`."""
        try:
            return await self._writer.run(work, *args, **kwargs)
        finally:
            self._sign()
