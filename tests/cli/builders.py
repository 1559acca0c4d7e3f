"""The program as a user starts it: in this process where that is enough, as a process of its own where it is not."""

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import structlog
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.demo.api import make_app
from monitor.demo.customer import Customer
from monitor.demo.faults import Faults
from monitor.demo.server import serve_in_thread
from monitor.demo.world import KEY, World
from tests.endtoend.builders import PERIOD_BUDGET, UNBUDGETED

PATIENCE = 30
"""Seconds for what takes one, on a machine that is busy."""

OURS = ("MONITOR_", "RESPAN_", "STATE_", "XDG_", "CREDENTIALS_")

CONSOLE = '[[channels]]\nname = "terminal"\nurl = "console://"\n'


def rules(*tables: str, environments: Iterable[str] = ("prod",), interval: str = "30s", key: str = "") -> str:
    """A rules file: both rules and a channel that prints, unless other tables are given."""
    return "\n".join(
        [
            f'[poll]\ninterval = "{interval}"\nrequests_per_minute = 600',
            *(f'[[environments]]\nname = "{name}"\n{key}' for name in environments),
            *(tables or (PERIOD_BUDGET, UNBUDGETED, CONSOLE)),
        ]
    )


def customer(identifier: str = "user_123", **fields: Any) -> Customer:  # noqa: ANN401 - attributes of Customer
    """A customer at 81.20 USD of a budget of 100 USD, in a period that began yesterday."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    defaults: dict[str, Any] = {
        "name": "John Doe",
        "total_cost": 523.45,
        "period_usage": 81.2,
        "period_start": midnight - timedelta(days=1),
        "period_budget": 100.0,
    }
    return Customer.standing(identifier, **(defaults | fields))


@contextmanager
def api(*customers: Customer, faults: Faults | None = None, keys: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of an API with these customers, and no limit."""
    world = World(customers, lambda: datetime.now(UTC), limit=None, keys=keys)
    with serve_in_thread(make_app(world, faults)) as base_url:
        yield base_url


@dataclass
class Desk:
    """A folder to work in, and what the environment says there.

    Attributes:
        folder: Holds the rules file and the database.
        variables: Of the environment, beside those that every process has.
    """

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def rules(self) -> Path:
        """The rules file."""
        return self.folder / "rules.toml"

    @property
    def database(self) -> Path:
        """The database."""
        return self.folder / "monitor.db"

    def invoke(self, *arguments: str, **variables: str | None) -> Result:
        """Run a command in this process; None unsets a variable."""
        unset: dict[str, str | None] = {name: None for name in os.environ if name.startswith(OURS)}
        root, structured = logging.getLogger(), structlog.get_config()
        handlers, level = root.handlers[:], root.level
        env = {**unset, **self.variables, **variables}
        try:
            # In a thread, as a command begins an event loop and ends it: this thread's own is for the tests that await.
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(CliRunner().invoke, cli, arguments, prog_name="budget-monitor", env=env).result()
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            structlog.configure(**structured)

    @contextmanager
    def process(self, *arguments: str, **variables: str) -> Iterator["Process"]:
        """Run a command in a process of its own, which ends with the block."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        running = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "monitor", *arguments],
            cwd=self.folder,
            env={**inherited, "PYTHONPATH": str(Path(__file__).parents[2]), **self.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with running:
            process = Process(running)
            try:
                yield process
            finally:
                running.kill()
                process.finish()

    def run(self, *arguments: str, **variables: str) -> "Ended":
        """Run a command in a process of its own to its end."""
        with self.process(*arguments, **variables) as process:
            return process.wait()


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    status: int
    out: str
    err: str


class Process:
    """A process whose lines are read as they come."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running
        self._lines: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
        self._seen: dict[str, list[str]] = {"out": [], "err": []}
        self._open = 2
        assert running.stdout is not None
        assert running.stderr is not None
        self._threads = [
            threading.Thread(target=self._read, args=(name, stream))
            for name, stream in (("out", running.stdout), ("err", running.stderr))
        ]
        for thread in self._threads:
            thread.start()

    def line(self, *having: str) -> str:
        """The next line, of either output, that has all these words."""
        while self._open:
            line = self._next()
            if line is not None and all(word in line for word in having):
                return line
        raise AssertionError(f"the process ended without saying {having}: {self._seen}")

    def address(self) -> str:
        """Where it serves, once it does."""
        return f"http://{json.loads(self.line('serving', 'address'))['address']}"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._running.send_signal(number)

    def wait(self) -> Ended:
        """Let it end."""
        while self._open:
            self._next()
        status = self._running.wait(PATIENCE)
        return Ended(status, "".join(self._seen["out"]), "".join(self._seen["err"]))

    def finish(self) -> None:
        """Wait for the readers."""
        for thread in self._threads:
            thread.join()

    def _next(self) -> str | None:
        try:
            name, line = self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"the process says no more than {self._seen}") from None
        if line is None:
            self._open -= 1
        else:
            self._seen[name].append(line)
        return line

    def _read(self, name: str, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put((name, line))
        self._lines.put((name, None))


def desk(folder: Path, base_url: str = "http://127.0.0.1:9", text: str | None = None, **variables: str) -> Desk:
    """A folder with a rules file, a database that is not there yet, and a key."""
    made = Desk(
        folder,
        {
            "RESPAN_API_KEY": KEY,
            "RESPAN_BASE_URL": base_url,
            "MONITOR_RULES": str(folder / "rules.toml"),
            "MONITOR_DATABASE_URL": f"sqlite:///{folder / 'monitor.db'}",
            "MONITOR_LISTEN": "127.0.0.1:0",
            "HOME": str(folder),
            "NO_PROXY": "127.0.0.1",
            **variables,
        },
    )
    made.rules.write_text(rules() if text is None else text, encoding="utf-8")
    return made
