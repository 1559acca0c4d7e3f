"""Signals as events: SIGTERM and SIGINT end the process, SIGHUP reads the rules again."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def stopped_by_signals() -> AsyncIterator[tuple[asyncio.Event, asyncio.Event]]:
    """Two events: one is set when the process is to end, one at every hang-up."""
    stop, hangup = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    meaning = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: hangup}
    for number, event in meaning.items():
        loop.add_signal_handler(number, event.set)
    try:
        yield stop, hangup
    finally:
        for number in meaning:
            loop.remove_signal_handler(number)
