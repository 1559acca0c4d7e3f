"""Rows, pages, clients, and a server that says over a real socket whatever a test wants it to say."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from pydantic import SecretStr

from monitor.respan.client import RequestOutcome, RespanClient, make_http
from monitor.respan.filters import Filters
from monitor.respan.pacing import Pace

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]

KEY = "sk-Nobody+may/see=this"

DOCUMENTED_ROW: dict[str, Any] = {
    "id": "user_123prod8264a3f4-40c7-476a-97d1-96908127ea21",
    "customer_identifier": "user_123",
    "unique_organization_id": "8264a3f4-40c7-476a-97d1-96908127ea21",
    "environment": "prod",
    "name": "John Doe",
    "email": "john@example.com",
    "first_seen": "2025-10-15T08:00:00Z",
    "last_active_timeframe": "2025-12-29T10:30:00Z",
    "active_days": 75,
    "number_of_requests": 15420,
    "total_requests": 15420,
    "total_tokens": 170000,
    "tokens": 170000,
    "total_cost": 523.45,
    "cost": 523.45,
    "average_latency": 1.23,
    "average_ttft": 0.45,
    "average_monthly_cost": 6.98,
    "period_budget": 100,
    "budget_duration": "monthly",
    "total_budget": 1000,
}
EMPTY_PAGE = b'{"count": 0, "next": null, "previous": null, "results": []}'


def row(**fields: object) -> dict[str, Any]:
    """The documented row, with other content in some fields."""
    return {**DOCUMENTED_ROW, **fields}


def page(*rows: object, **envelope: object) -> bytes:
    """A page of these rows as the API writes it."""
    return msgspec.json.encode({"count": len(rows), "next": None, "previous": None, "results": rows, **envelope})


@dataclass
class Scene:
    """A client and what it told its observer."""

    client: RespanClient
    pace: Pace
    outcomes: list[RequestOutcome]


@asynccontextmanager
async def scene(
    base_url: str = "http://api.test",
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    api_key: str = KEY,
    filters: Filters | None = None,
    pace: Pace | None = None,
    page_size: int = 1000,
    largest_answer: int = 2**20,
    patience: float = 10.0,
) -> AsyncIterator[Scene]:
    """A client of the network by default, never through a proxy of the machine that runs the test."""
    outcomes: list[RequestOutcome] = []
    pace = pace or Pace(60)
    async with make_http(transport or httpx.AsyncHTTPTransport()) as http:
        if transport is None:
            http.timeout = httpx.Timeout(patience)
        client = RespanClient(
            environment="prod",
            api_environment="prod",
            api_key=SecretStr(api_key),
            filters=filters or Filters(),
            pace=pace,
            base_url=base_url,
            http=http,
            observe=outcomes.append,
            page_size=page_size,
            largest_answer=largest_answer,
        )
        yield Scene(client, pace, outcomes)


def answering(*answers: httpx.Response | Exception) -> httpx.MockTransport:
    """A transport that gives these answers in turn, and the last of them from then on."""
    left = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, Exception):
            raise now
        return httpx.Response(now.status_code, headers=now.headers, content=now.content)

    return httpx.MockTransport(answer)


def http_answer(status: str, body: bytes, *headers: str) -> bytes:
    """An HTTP answer as it goes over the wire."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode() + body


@dataclass
class Wire:
    """A server on loopback."""

    url: str
    lines: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list, repr=False)
    bodies: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def wire(answer: Answer) -> AsyncIterator[Wire]:
    """Listen on loopback; note each request and answer it with these bytes, or let a function write."""
    seen = Wire("")
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        seen.bodies.append(await reader.readexactly(length))
        seen.lines.append(head.split(b"\r\n")[0].decode())
        seen.heads.append(head)
        try:
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except ConnectionError:
            pass  # the client had read enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield seen
    finally:
        # Not waited for: from Python 3.12 on that waits for every answer, and some never come.
        server.close()
        for writer in writers:
            writer.transport.abort()
