"""The real program: a process of its own that polls the stand-in over sockets and posts to a receiver over sockets."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from monitor.demo.world import KEY
from tests.notify.receivers import free_port

PATIENCE = 20.0
"""Seconds that a test waits for what must come; it takes a fraction of that."""

CHECKOUT = Path(__file__).parents[2]


@dataclass
class Receiver:
    """Takes what a `json://` channel posts.

    Attributes:
        port: Where it listens.
        arrived: The text of each message that has come and was not looked at yet.
        bodies: The text of each message that has come, in order.
        before_reading: Called when a message is about to come; True: it is not taken, and gets no answer.
        before_answer: Called once a message has come, before that is said.
        silent: While it is set, no answer is given.
    """

    port: int = 0
    arrived: queue.Queue[str] = field(default_factory=queue.Queue)
    bodies: list[str] = field(default_factory=list)
    before_reading: Callable[[], bool] = lambda: False
    before_answer: Callable[[], None] = lambda: None
    silent: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address, as a channel has it."""
        return f"json://127.0.0.1:{self.port}/"

    def next(self) -> str:
        """The text of the next message; waits for it."""
        return self.arrived.get(timeout=PATIENCE)

    def take(self, text: str) -> None:
        """Take one message."""
        self.bodies.append(text)
        self.arrived.put(text)
        self.before_answer()
        if self.silent.is_set():
            self._released.wait(PATIENCE)

    def release(self) -> None:
        """Let go of whoever waits for an answer."""
        self._released.set()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if receiver.before_reading():
                self.close_connection = True
                return
            posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.take(f"{posted['title']}\n{posted['message']}")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing: whoever was to be answered was killed."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.release()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(slots=True)
class Process:
    """The program while it runs.

    Attributes:
        popen: The process.
        http: Asks it over HTTP.
        lines: Its log, as it comes; None is its end.
    """

    popen: subprocess.Popen[str]
    http: httpx.Client
    lines: "queue.Queue[dict[str, Any] | None]"

    def logged(self, event: str) -> dict[str, Any]:
        """The next line of the log about an event; waits for it."""
        while (line := self.lines.get(timeout=PATIENCE)) is not None:
            if line["event"] == event:
                return line
        raise AssertionError(f"the process has ended without logging {event!r}")

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.popen.send_signal(number)

    def ended(self, within: float = PATIENCE) -> int:
        """Its exit status; waits for it."""
        return self.popen.wait(timeout=within)

    def kill(self) -> None:
        """End it as a loss of power would."""
        self.popen.kill()
        self.popen.wait()

    def ready(self) -> dict[str, Any]:
        """What `/-/ready` says."""
        return dict(self.http.get("/-/ready").json())

    def alerts(self) -> list[tuple[str, str]]:
        """Rule and customer of each alert."""
        found = self.http.get("/api/v1/alerts").json()["alerts"]
        return [(each["rule"], each["customer_identifier"]) for each in found]


@contextmanager
def started(folder: Path, base_url: str) -> Iterator[Process]:
    """`budget-monitor run` with `rules.toml` and the database of a folder; killed if it still runs in the end."""
    port = free_port()
    popen = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "monitor", "run", "--rules", str(folder / "rules.toml")],
        cwd=CHECKOUT,
        env=environment(folder, base_url, MONITOR_LISTEN=f"127.0.0.1:{port}"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(popen, lines))
    reader.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE) as http:
            yield Process(popen, http, lines)
    finally:
        popen.kill()
        popen.wait()
        reader.join()
        assert popen.stderr is not None
        popen.stderr.close()


def run_once(folder: Path, base_url: str) -> dict[str, Any]:
    """What `budget-monitor once --json` prints with `rules.toml` and the database of a folder."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "monitor", "once", "--rules", str(folder / "rules.toml"), "--json"],
        cwd=CHECKOUT,
        env=environment(folder, base_url),
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def environment(folder: Path, base_url: str, **more: str) -> dict[str, str]:
    """The variables of a process: nothing of ours but what it needs."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "RESPAN_API_KEY": KEY,
        "RESPAN_BASE_URL": base_url,
        "MONITOR_DATABASE_URL": f"sqlite:///{folder / 'monitor.db'}",
        "MONITOR_LOG_FORMAT": "json",
        **more,
    }


def _read(popen: subprocess.Popen[str], lines: "queue.Queue[dict[str, Any] | None]") -> None:
    assert popen.stderr is not None
    for line in popen.stderr:
        try:
            lines.put(json.loads(line))
        except ValueError:
            lines.put({"event": line.rstrip()})
    lines.put(None)
