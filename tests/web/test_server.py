"""The real server on a real socket: raw requests as nobody should send them, and addresses that cannot be had."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.web.server import ListenError, Server, listen
from tests.web.builders import TOKEN, kept, site

WAIT = 10


@dataclass
class Served:
    """Where it is served."""

    port: int

    async def send(self, raw: bytes) -> bytes:
        """All that is answered to some bytes, until the server closes the connection.

        Where the bytes do not ask for that, nothing more is sent after them, which ends it too.
        """
        async with asyncio.timeout(WAIT):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(raw)
                if b"\r\nConnection: close\r\n" not in raw:
                    writer.write_eof()
                return await reader.read()
            except ConnectionError:
                return b""
            finally:
                writer.close()

    async def ask(self, line: str, *headers: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of the answer to one request."""
        host = () if any(header.lower().startswith("host:") for header in headers) else ("Host: localhost",)
        head = "\r\n".join([line, *host, *headers, "Connection: close", "", ""]).encode("latin-1")
        answer = await self.send(head + body)
        status, _, rest = answer.partition(b"\r\n")
        return int(status.split()[1]), rest.partition(b"\r\n\r\n")[2]


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    """The daemon's server, with one alert behind it."""
    async with site(folder, alerts=[kept()], token=TOKEN) as web:
        listening = listen("127.0.0.1", 0)
        server = Server(web.app)
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield Served(int(listening.getsockname()[1]))
        finally:
            server.should_exit = True
            await serving


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET / HTTP/1.1", 200),
        ("GET /metrics HTTP/1.1", 200),
        ("GET /-/healthy HTTP/1.1", 200),
        ("GET /-/ready HTTP/1.1", 200),
        ("GET /api/v1/alerts HTTP/1.1", 200),
        ("POST /-/reload HTTP/1.1", 401),
        ("GET /api/v1/alerts HTTP/1.0", 200),
    ],
)
async def test_every_address_is_served(tmp_path: Path, line: str, status: int) -> None:
    """Over the socket each address answers as the application does."""
    async with served(tmp_path) as server:
        answered, body = await server.ask(line)

    assert answered == status
    assert body


async def test_a_reload_with_the_token(tmp_path: Path) -> None:
    """The header arrives whole, whatever letters the token has."""
    async with served(tmp_path) as server:
        token = TOKEN.encode().decode("latin-1")  # a header's bytes, one character each
        answered, body = await server.ask("POST /-/reload HTTP/1.1", f"Authorization: Bearer {token}")

    assert (answered, json.loads(body)) == (200, {"reloaded": True})


END = b"\r\nConnection: close\r\n\r\n"
LOCAL = b" HTTP/1.1\r\nHost: localhost\r\n"

CUT_OFF = (
    b"",
    b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
    b"GET\r\n\r\n",
    b"GET /" + LOCAL,
    b"GET /-/healthy" + LOCAL + b"X: " + b"a" * 200_000 + END,
    b"GET /" + b"a" * 200_000 + LOCAL + b"A: b" + END,
    b"POST /-/reload" + LOCAL + b"Content-Length: 99999999999\r\n\r\n{}",
    b"POST /-/reload" + LOCAL + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
)
ANSWERED = {
    b"GET / HTTP/9.9\r\nHost: localhost" + END: 200,
    b"G\x00T /" + LOCAL + b"A: b" + END: 400,
    b"GET /\xff\xfe" + LOCAL + b"A: b" + END: 400,
    b"GET http://[::1/ HTTP/1.1\r\nHost: [::1" + END: 404,
    b"GET //evil.example/" + LOCAL + b"A: b" + END: 404,
    b"GET /api/v1/alerts HTTP/1.1" + END: 400,
    b"GET /api/v1/alerts" + LOCAL + b"Host: evil.example" + END: 400,
    b"GET /api/v1/alerts?state=%ff&state[]=&&&=%" + LOCAL + b"A: b" + END: 400,
    b"GET /metrics" + LOCAL + b"Accept: \xff;q=x,,;;;application/openmetrics-text;version=;" + END: 200,
    b"GET /metrics" + LOCAL + b"Accept-Encoding: ;;,=gzip;q=\xff" + END: 200,
    b"PRI * HTTP/2.0" + END: 404,
    b"POST /-/reload" + LOCAL + b"Content-Length: -5" + END: 400,
    b"GET /-/healthy" + LOCAL + b"Content-Length: 2" + END + b"{}": 200,
    b"GET /-/healthy" + LOCAL + b"Upgrade: websocket" + END: 200,
    b"GET /api/v1/alerts HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost" + END: 403,
}


async def test_nothing_that_is_sent_takes_the_server_down(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A hostile request is answered with what is wrong with it, without a traceback, and the next asker is served."""
    async with served(tmp_path) as server:
        for raw, status in ANSWERED.items():
            answer = await server.send(raw)

            assert answer[:13] == b"HTTP/1.1 %d " % status, raw[:80]
            assert (await server.ask("GET /api/v1/alerts HTTP/1.1"))[0] == 200

    assert not [record for record in caplog.records if record.exc_info]


async def test_half_a_request_is_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is no request, or none that ends, is refused or cut off, and the next asker is served."""
    async with served(tmp_path) as server:
        for raw in CUT_OFF:
            answer = await server.send(raw)

            assert answer[9:12] in {b"", b"400", b"401"}, raw[:80]
            assert (await server.ask("GET /api/v1/alerts HTTP/1.1"))[0] == 200

    assert not [record for record in caplog.records if record.exc_info]


async def test_no_bytes_are_answered_with_an_error_of_ours(tmp_path: Path) -> None:
    """Any bytes, as a whole request, as a path and as a header: never a 5xx."""
    loop = asyncio.get_running_loop()
    async with served(tmp_path) as server:

        @given(raw=st.binary(max_size=200), path=st.binary(max_size=40), header=st.binary(max_size=60))
        @settings(max_examples=60, deadline=None)
        def no_bytes(raw: bytes, path: bytes, header: bytes) -> None:
            for request in (
                raw,
                b"GET /" + path + b" HTTP/1.1\r\nHost: localhost" + END,
                b"GET /api/v1/alerts HTTP/1.1\r\nHost: " + header + END,
                b"POST /-/reload" + LOCAL + b"Authorization: Bearer " + header + END,
                b"GET /metrics" + LOCAL + b"Accept: " + header + END,
                b"GET /metrics" + LOCAL + b"Accept-Encoding: " + header + END,
            ):
                answer = asyncio.run_coroutine_threadsafe(server.send(request), loop).result(WAIT)
                assert answer[9:10] != b"5"

        await asyncio.to_thread(no_bytes)


async def test_a_silent_client_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Connections that say nothing, or half a request, hold up neither others nor the end of the server."""
    async with served(tmp_path) as server:
        silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(50)]
        for _, writer in silent[::2]:
            writer.write(b"GET / HTTP/1.1\r\nHost: loc")
        status, _ = await server.ask("GET /-/healthy HTTP/1.1")
        for _, writer in silent:
            writer.close()

    assert status == 200


def test_an_address_that_is_taken_is_explained() -> None:
    """The sentence names the address, the reason, and the variable to set."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(ListenError) as caught:
            listen("127.0.0.1", port)

    assert (
        str(caught.value) == f"cannot listen on 127.0.0.1:{port}: Address already in use; set MONITOR_LISTEN to another"
    )


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "no-such-host.invalid", "a" * 300, "ümlaut.invalid", "\0", "not a host"], ids=ascii
)
def test_an_address_that_is_not_ours_is_explained(host: str) -> None:
    """An address of another machine, or no address at all, is an error of ours with its reason."""
    with pytest.raises(ListenError, match=r"cannot listen on .*: .+; set MONITOR_LISTEN to another"):
        listen(host, 0)


def test_ipv6_is_listened_on() -> None:
    """The other kind of loopback works where the machine has it."""
    try:
        bound = listen("::1", 0)
    except ListenError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with bound:
        assert bound.getsockname()[0] == "::1"
