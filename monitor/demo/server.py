"""Serves the stand-in over a real socket, inside a running loop or in a thread of its own.

Unless it is given an address, it takes a free port of 127.0.0.1.
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor.demo.faults import HANG_UP

# Longer than any poll interval in use: a connection that closes at the instant it is used again fails that request.
_KEEP_ALIVE_SECONDS = 75


class StandIn:
    """An HTTP server for one application, in the running loop; it touches neither signals nor loggers.

    It goes through uvicorn's start and stop without the loop between them, which looks ten times a second for a signal
    that is not ours, and it does not wait on its way out for requests that hang on purpose.

    Args:
        app: The ASGI application; the scope of its requests has the extension `HANG_UP`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        config = uvicorn.Config(
            self._call,
            http=H11Protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)

    async def start(self, listener: socket.socket | None = None) -> str:
        """Accept connections.

        Args:
            listener: Where; bound, and closed in the end.

        Returns:
            The base address, without a slash at its end.
        """
        # The protocol is named, because asyncio sends without delay (TCP_NODELAY) only where it is: an answer takes
        # 1 ms, not the 44 ms of waiting for the client's acknowledgement.
        if listener is None:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listener.bind(("127.0.0.1", 0))
        host, port = listener.getsockname()[:2]
        await self._server.startup(sockets=[listener])
        return f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close every connection and end the requests on them."""
        for server in self._server.servers:
            server.close()
        for connection in self._connections():
            connection.transport.close()
        await asyncio.gather(*self._server.server_state.tasks, return_exceptions=True)
        for server in self._server.servers:
            await server.wait_closed()

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), HANG_UP: partial(self._hang_up, scope.get("client"))}
        await self._app({**scope, "extensions": extensions}, receive, send)

    def _hang_up(self, client: Sequence[object] | None) -> None:
        for connection in self._connections():
            if connection.client == client:
                connection.transport.close()

    def _connections(self) -> list[H11Protocol]:
        return [each for each in self._server.server_state.connections if isinstance(each, H11Protocol)]


@asynccontextmanager
async def serve(app: ASGIApp, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve in the running loop.

    Args:
        app: The ASGI application.
        listener: Where; bound, and closed in the end.

    Yields:
        The base address, without a slash at its end.
    """
    stand_in = StandIn(app)
    base_url = await stand_in.start(listener)
    try:
        yield base_url
    finally:
        await stand_in.stop()


@contextmanager
def serve_in_thread(app: ASGIApp) -> Iterator[str]:
    """Serve in a thread with a loop of its own, for callers that have none.

    Args:
        app: The ASGI application.

    Yields:
        The base address, without a slash at its end.
    """
    started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        stopping = asyncio.Event()
        try:
            async with serve(app) as base_url:
                started.set_result((base_url, asyncio.get_running_loop(), stopping))
                await stopping.wait()
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="stand-in", daemon=True)
    thread.start()
    base_url, loop, stopping = started.result()
    try:
        yield base_url
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join()
