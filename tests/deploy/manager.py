"""In place of a service manager: a real socket that keeps what it is told, and a line that keeps it without one."""

import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from monitor.systemd import Notifier

PATIENCE = 30.0
"""Seconds for what takes one, on a machine that is busy."""


@dataclass(frozen=True)
class Manager:
    """A service manager's end of the line.

    Attributes:
        variable: What it puts into `NOTIFY_SOCKET`.
        line: Its socket.
    """

    variable: str
    line: socket.socket

    def heard(self) -> dict[str, str]:
        """The next message; waits for it."""
        return dict(line.split("=", 1) for line in self.line.recv(4096).decode().split("\n"))

    def hears(self, name: str) -> dict[str, str]:
        """The next message that has a field; waits for it."""
        while name not in (message := self.heard()):
            pass
        return message


@contextmanager
def manager(path: str | None = None) -> Iterator[Manager]:
    """One that listens: at a path, or at an abstract name."""
    name = f"budget-monitor-{uuid.uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(path or f"\0{name}")
        line.settimeout(PATIENCE)
        yield Manager(path or f"@{name}", line)


@dataclass(frozen=True)
class Kept(Notifier):
    """A line to nobody that keeps what is said."""

    address: str | None = "/nowhere"
    watchdog: float | None = 60.0
    said: list[dict[str, str]] = field(default_factory=list)

    def tell(self, **fields: str) -> None:
        """See `Notifier`."""
        self.said.append(fields)

    @property
    def names(self) -> list[str]:
        """The first field of each message: what it is about."""
        return [next(iter(fields)) for fields in self.said]

    @property
    def sentence(self) -> str:
        """How things stand, as last told."""
        return next((fields["STATUS"] for fields in reversed(self.said) if "STATUS" in fields), "")

    @property
    def feedings(self) -> int:
        """How often the watchdog was fed."""
        return self.names.count("WATCHDOG")
