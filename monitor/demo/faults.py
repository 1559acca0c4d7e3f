"""Ways in which an API fails, for tests: at the socket where it is a real one, as exceptions where there is none."""

import itertools
from collections.abc import Callable
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HANG_UP = "hang_up"
"""ASGI extension of our server: a callable that closes the connection of the request, after what was written to it."""


class Fault(StrEnum):
    """A failure that no response can express."""

    HANG = "hang"
    """No answer until the client has gone or the server stops; without a socket, until the caller is cancelled."""
    CUT = "cut"
    """The connection closes before a byte of the answer."""
    HALF = "half"
    """The true answer's headers and the first half of its body, then the connection closes."""


Faults = Callable[[int, Request], Response | Fault | None]
"""Asked before each request with its number, from 1: another answer, a failure, or None for the true answer.

It stands before everything else: a request that it answers takes no place in the limit.
"""


def server_error(status: int = 500) -> Response:
    """An answer of a server that broke."""
    return JSONResponse({"detail": "Internal server error"}, status)


def refused() -> Response:
    """An answer to a key that was withdrawn."""
    return JSONResponse({"detail": "Invalid API key."}, 401)


def html_page(status: int = 200) -> Response:
    """A page of a proxy that speaks in the API's place."""
    return HTMLResponse("<!doctype html><title>One moment</title><p>We will be right back.", status)


class FaultMiddleware:
    """Lets a hook fail requests.

    Args:
        app: The true API.
        faults: The hook.
    """

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, fail or pass on one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        verdict = self._faults(next(self._numbers), Request(scope, receive))
        match verdict:
            case None:
                await self._app(scope, receive, send)
            case Fault.HANG:
                await _gone(receive)
            case Fault.CUT:
                await _hang_up(scope, receive)
            case Fault.HALF:
                await self._half(scope, receive, send)
            case _:
                await verdict(scope, receive, send)

    async def _half(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        await send(start)
        await send({"type": "http.response.body", "body": bytes(body[: len(body) // 2]), "more_body": True})
        await _hang_up(scope, receive)


async def _hang_up(scope: Scope, receive: Receive) -> None:
    close = scope.get("extensions", {}).get(HANG_UP)
    if close is None:
        # Called without a socket, as by httpx's ASGITransport, which hands this on to the caller as it is.
        raise ConnectionResetError("the connection was cut on purpose")
    close()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
