"""Where blocking work runs, so that the event loop only ever waits for sockets."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, Protocol, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Writer(Protocol):
    """Runs what writes to the database, one piece after the other."""

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What `work` returns or raises. Once begun it is finished, even where the caller is cancelled."""
        ...


class WriterThread:
    """The one thread that writes to the database."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """See `Writer`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait for what has begun; nothing else is begun."""
        self._executor.shutdown(wait=True, cancel_futures=True)


Send = Callable[[Callable[[], None]], Awaitable[None]]


async def in_own_thread(work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own, which does not keep the process from ending: a dead receiver may never answer.

    Raises:
        Exception: What `work` raises.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except BaseException as caught:  # noqa: BLE001 - handed to whoever waits
            error = caught
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=run, name="channel", daemon=True).start()
    await done
