"""Requests, carried to the stand-in without a socket, in virtual time that they take; and how they fail."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from urllib.parse import unquote

import httpx
import msgspec
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from monitor.demo.faults import Fault, Faults, server_error
from simulation.journal import Journal, Request

_PREFIX, _LIST = "/api/users/", "list"
_FASTEST, _SLOWEST = 0.05, 0.5


class _Row(msgspec.Struct):
    customer_identifier: str


class _Page(msgspec.Struct):
    results: list[_Row]


_page = msgspec.json.Decoder(_Page)


@dataclass(slots=True, kw_only=True)
class Wire(httpx.AsyncBaseTransport):
    """Carries requests, and writes them down.

    Attributes:
        app: The stand-in.
        clock: The time, UTC.
        journal: Gets every request.
        dice: Draws how long each takes; None: no time at all.
        paged: Note whose rows are on each page.
    """

    app: ASGIApp
    clock: Callable[[], datetime]
    journal: Journal
    dice: Random | None
    paged: bool
    _inner: httpx.ASGITransport = field(init=False)
    _pages: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._inner = httpx.ASGITransport(self.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        noted = Request(_customer(request), self.clock())
        self.journal.requests.append(noted)
        try:
            async with asyncio.timeout(request.extensions["timeout"]["read"]):
                await self._pass()
                noted.answered = self.clock()
                answer = await self._inner.handle_async_request(request)
                await self._pass()
        except TimeoutError:
            raise httpx.ReadTimeout("no answer", request=request) from None
        except ConnectionResetError:
            raise httpx.RemoteProtocolError("the peer closed the connection", request=request) from None
        noted.good = answer.status_code == httpx.codes.OK
        if not noted.good or noted.customer is not None or not self.paged:
            return answer
        body = await answer.aread()
        listed = frozenset(row.customer_identifier for row in _page.decode(body).results)
        noted.listed = self._pages.setdefault(listed, listed)  # Thousands of polls have the same few pages.
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)

    async def _pass(self) -> None:
        if self.dice is not None:
            await asyncio.sleep(self.dice.uniform(_FASTEST, _SLOWEST))


def _customer(request: httpx.Request) -> str | None:
    """Whose detail is asked for; None: the list is."""
    if request.method == "POST":
        return None
    name = request.url.raw_path.partition(b"?")[0].decode("ascii")
    return unquote(name.removeprefix(_PREFIX).removesuffix("/"))


_KINDS: dict[str, Callable[[Random], Response | Fault]] = {
    "error": lambda dice: server_error(dice.choice((500, 502, 503))),
    "silence": lambda _dice: Fault.HANG,
    "cut": lambda _dice: Fault.CUT,
    "half": lambda _dice: Fault.HALF,
    "busy": lambda dice: JSONResponse({"detail": "Rate limit exceeded", "retry_after": dice.randrange(1, 40)}, 429),
}


def faults(
    dice: Random, clock: Callable[[], datetime], outages: list[tuple[datetime, datetime]], *, hiccups: float
) -> Faults:
    """How requests fail: all of them while the API is down, and one now and then.

    Args:
        dice: Draws when and how.
        clock: The time, UTC.
        outages: (from, to), in order and apart.
        hiccups: Share of the other requests that fail.
    """
    kinds = [dice.choice(list(_KINDS)) for _ in outages]
    starts = [since for since, _ in outages]

    def fail(_number: int, _request: Asked) -> Response | Fault | None:
        now = clock()
        index = bisect_right(starts, now) - 1
        if index >= 0 and now < outages[index][1]:
            return _KINDS[kinds[index]](dice)
        if dice.random() < hiccups:
            return _KINDS[dice.choice(list(_KINDS))](dice)
        return None

    return fail
