"""The health check, against real servers."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from monitor.healthcheck import Unhealthy, ask, reachable, until_it_answers
from monitor.settings import Address
from tests.cli.builders import api, customer, desk

LOOPBACK = "127.0.0.1"


@contextmanager
def answering(**paths: tuple[int, str]) -> Iterator[Address]:
    """A server that gives status and body for each path of `/-/`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = paths[self.path.removeprefix("/-/")]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Address((LOOPBACK, server.server_port))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def closed() -> Address:
    """Where nothing listens."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        return Address((LOOPBACK, taken.getsockname()[1]))


@pytest.mark.parametrize(
    ("listening", "asked"),
    [
        (("0.0.0.0", 9477), (LOOPBACK, 9477)),
        (("::", 9477), ("::1", 9477)),
        (("192.0.2.7", 9477), ("192.0.2.7", 9477)),
        (("localhost", 9477), ("localhost", 9477)),
    ],
)
def test_every_address_is_asked_over_loopback(listening: tuple[str, int], asked: tuple[str, int]) -> None:
    """What stands for all addresses is asked on this machine; one address alone is asked there."""
    assert reachable(Address(listening)) == asked


def test_a_daemon_that_is_up_to_date_is_healthy() -> None:
    """Both answers are good: there is nothing more to say."""
    with answering(healthy=(200, "healthy\n"), ready=(200, "{}")) as address:
        assert ask(address) == "healthy"


def test_a_daemon_that_is_not_up_to_date_is_healthy_and_says_why() -> None:
    """An API that is down is no reason to restart the daemon, and a reason to say so."""
    body = '{"ready": false, "reasons": ["prod: the API refuses the key"]}'
    with answering(healthy=(200, "healthy\n"), ready=(503, body)) as address:
        assert ask(address) == "healthy, and not up to date: prod: the API refuses the key"


def test_where_nothing_listens_it_says_what_to_look_at(closed: Address) -> None:
    """A refused connection names the address and the setting."""
    with pytest.raises(Unhealthy, match=f"nothing listens on {closed}: .*MONITOR_LISTEN"):
        ask(closed)


def test_a_daemon_that_hangs_is_not_waited_for() -> None:
    """A connection that is accepted and never answered ends in a sentence, in time."""
    with (
        socket.create_server((LOOPBACK, 0)) as silent,
        pytest.raises(Unhealthy, match=r"has not answered within 0\.05 s: the daemon hangs"),
    ):
        ask(Address(silent.getsockname()), 0.05)


@pytest.mark.parametrize("answer", [(200, "<h1>It works!</h1>"), (404, "healthy")])
def test_another_program_at_the_address_is_not_taken_for_the_daemon(answer: tuple[int, str]) -> None:
    """What it said is shown."""
    with (
        answering(healthy=answer, ready=(200, "{}")) as address,
        pytest.raises(Unhealthy, match=f"answered {answer[0]}: '{answer[1]}'; is it budget-monitor"),
    ):
        ask(address)


def test_any_port_cannot_be_asked() -> None:
    """Port 0 is another one at each start."""
    with pytest.raises(Unhealthy, match="port 0"):
        ask(Address((LOOPBACK, 0)))


async def test_the_start_waits_until_http_answers(closed: Address) -> None:
    """It is asked again until there is an answer."""
    waiting = asyncio.create_task(until_it_answers(closed))
    await asyncio.sleep(0)
    assert not waiting.done()

    waiting.cancel()
    with answering(healthy=(200, "healthy"), ready=(200, "{}")) as address:
        async with asyncio.timeout(30):
            await until_it_answers(address)


def test_the_command_finds_the_daemon(tmp_path: Path) -> None:
    """It asks where the daemon was told to listen: 0 where it is there, 1 and a sentence where it is not."""
    with api(customer()) as base_url:
        at = desk(tmp_path, base_url)
        with at.process("run") as process:
            address = process.address().removeprefix("http://")
            process.line("Spent")
            there = at.invoke("healthcheck", MONITOR_LISTEN=address)
        gone = at.invoke("healthcheck", MONITOR_LISTEN=address)

    assert (there.exit_code, there.output.partition(",")[0].strip()) == (0, "healthy")
    assert gone.exit_code == 1
    assert f"nothing listens on {address}" in gone.output


@pytest.mark.parametrize(("pid", "status"), [(1, 128 + 15), (7, -15)])
def test_the_first_process_of_a_container_ends_by_sigterm(pid: int, status: int) -> None:
    """It has a handler, without which the kernel drops the signal; any other process keeps the way it ends."""
    code = f"from monitor.pid1 import end_by_sigterm; import os; end_by_sigterm({pid}); os.kill(os.getpid(), 15)"

    ended = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)  # noqa: S603

    assert ended.returncode == status
