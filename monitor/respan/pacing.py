"""How many requests a key may send: never more than its limit in any 60 seconds, as the server counts them.

The API counts requests as they arrive, which is some time after they were sent and some time before they are
answered. A request therefore keeps its place from the moment it is sent until a whole window after it is finished:
wherever in between it arrived, no window of the server can hold more than the limit. (A bucket that refills would
not do: it lets twice the limit into one window.)
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# A server that refuses and says "0 seconds" would otherwise be asked again in the same instant.
SHORTEST_HOLD = 1.0
# A timer may fire a hair before its time. Set again for the same instant it would spin; so it is set this far ahead.
_TIMER_STEP = 0.001


class Window:
    """The decision, without a clock: which requests hold a place, and when the next may go.

    Args:
        limit: Requests allowed in any window; at least 1.
        window: Its length, seconds.
    """

    def __init__(self, limit: int, window: float) -> None:
        self._check(limit)
        self._window = window
        self._limit = limit
        self._allowed = limit
        self._unfinished = 0
        self._finished: deque[float] = deque()
        self._held_until = float("-inf")
        self._clean_since = float("-inf")

    @staticmethod
    def _check(limit: int) -> None:
        if limit < 1:
            raise ValueError(f"a pace of {limit} requests never sends any: give a limit of at least 1")

    @property
    def limit(self) -> int:
        """Requests allowed in any window, as configured."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._check(limit)
        self._allowed = limit if self._allowed == self._limit else min(self._allowed, limit)
        self._limit = limit

    @property
    def allowed(self) -> int:
        """Requests allowed in any window at present; below the limit for a while after a refusal."""
        return self._allowed

    def taken(self, now: float) -> int:
        """Count the places that are held."""
        # A copy in one step: metrics are rendered in another thread.
        return self._unfinished + sum(finished + self._window > now for finished in tuple(self._finished))

    def admits(self, now: float) -> bool:
        """Tell whether a request may be sent now."""
        self._advance(now)
        return now >= self._held_until and self._unfinished + len(self._finished) < self._allowed

    def opens_at(self, now: float) -> float | None:
        """Tell when to ask `admits` again; None: not before another request is finished."""
        self._advance(now)
        surplus = self._unfinished + len(self._finished) - self._allowed
        if surplus < 0:
            return self._held_until
        candidates = [self._finished[surplus] + self._window] if surplus < len(self._finished) else []
        if self._allowed < self._limit:
            candidates.append(self._clean_since + self._window)
        return max(min(candidates), self._held_until) if candidates else None

    def begin(self) -> None:
        """Take a place for a request that is about to be sent."""
        self._unfinished += 1

    def abandon(self) -> None:
        """Give back a place whose request was never sent."""
        self._unfinished -= 1

    def finish(self, now: float) -> None:
        """Note that a request is over, whatever came of it; its place stays taken for one more window."""
        self._unfinished -= 1
        self._finished.append(now)

    def hold(self, now: float, seconds: float) -> None:
        """Send nothing for so many seconds, and fewer than before for a while after that.

        The first refusal of several at once takes a quarter off the allowance; every window without one gives one
        request back.
        """
        if now >= self._held_until:
            self._allowed = max(1, self._allowed * 3 // 4)
        self._held_until = max(self._held_until, now + max(seconds, SHORTEST_HOLD))
        self._clean_since = self._held_until

    def _advance(self, now: float) -> None:
        while self._finished and self._finished[0] + self._window <= now:
            self._finished.popleft()
        while self._allowed < self._limit and self._clean_since + self._window <= now:
            self._allowed += 1
            self._clean_since += self._window


class Pace:
    """The pace of one API key, shared by all who use it, on one event loop: first come, first served.

    Args:
        limit: Requests allowed in any window; at least 1.
        window: Its length, seconds.

    Attributes:
        waited: Seconds that all callers together have waited so far.

    Raises:
        ValueError: The limit is below 1.
    """

    def __init__(self, limit: int, window: float = 60.0) -> None:
        self.waited = 0.0
        self._window = Window(limit, window)
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def limit(self) -> int:
        """Requests allowed in any window, as configured; may be set while requests are under way."""
        return self._window.limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._window.limit = limit
        if self._loop is not None:
            self._admit(self._loop)

    @property
    def allowed(self) -> int:
        """Requests allowed in any window at present; below the limit for a while after a refusal."""
        return self._window.allowed

    @property
    def in_window(self) -> int:
        """How many requests hold a place. May be read from any thread."""
        return self._window.taken(self._loop.time()) if self._loop is not None else 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[float]:
        """Wait for a place and keep it for the length of the block, which sends one request.

        Yields:
            Seconds waited.
        """
        loop = self._loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            await self._enter(loop)
        finally:
            waited = loop.time() - asked
            self.waited += waited
        try:
            yield waited
        finally:
            self._window.finish(loop.time())
            self._admit(loop)

    def hold(self, seconds: float) -> None:
        """Let all callers wait, after a refusal. Of several holds the one that ends last counts.

        Args:
            seconds: How long; less than one second counts as one.
        """
        loop = self._loop = asyncio.get_running_loop()
        self._window.hold(loop.time(), seconds)

    async def _enter(self, loop: asyncio.AbstractEventLoop) -> None:
        place: asyncio.Future[None] = loop.create_future()
        self._waiters.append(place)
        self._admit(loop)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # given and cancelled in the same turn of the loop
                self._window.abandon()
            self._admit(loop)
            raise

    def _admit(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give places to those in front, and set the timer for the next of them."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = loop.time()
        while self._waiters:
            first = self._waiters[0]
            if not first.done():  # otherwise cancelled while it waited
                if not self._window.admits(now):
                    break
                self._window.begin()
                first.set_result(None)
            self._waiters.popleft()
        opens_at = self._window.opens_at(now) if self._waiters else None
        if opens_at is not None:
            self._timer = loop.call_at(max(opens_at, now + _TIMER_STEP), self._admit, loop)
