"""What a process says to the service manager that started it: datagrams of `NAME=value` lines to `$NOTIFY_SOCKET`.

The protocol is that of systemd's sd_notify(3) and sd_watchdog_enabled(3). Where nobody listens, nothing is said.
"""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

_log = structlog.get_logger("budget_monitor.systemd")


@dataclass(frozen=True, slots=True)
class Notifier:
    """The line to the service manager.

    Attributes:
        address: Of its socket: a path, or an abstract name after a null byte; None: nobody listens.
        watchdog: Seconds after which it restarts a process that has shown no sign of life; None: it never does.
    """

    address: str | None = None
    watchdog: float | None = None

    @classmethod
    def of_environment(cls, environ: Mapping[str, str] = os.environ, pid: int | None = None) -> "Notifier":
        """The line that the environment names; one that this process cannot speak over counts as none.

        Args:
            environ: Has `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` where a service manager set them.
            pid: Of the process; None: this one's.
        """
        return cls(_address(environ), _watchdog(environ, os.getpid() if pid is None else pid))

    def ready(self, status: str) -> None:
        """The start, or a reload, is done."""
        self.tell(READY="1", STATUS=status)

    def reloading(self) -> None:
        """A reload begins; it ends with `ready`."""
        # The time tells this reload's answer from that of one before.
        self.tell(RELOADING="1", MONOTONIC_USEC=str(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000))

    def stopping(self, status: str) -> None:
        """The process ends."""
        self.tell(STOPPING="1", STATUS=status)

    def alive(self) -> None:
        """The process works: the watchdog's time begins anew."""
        self.tell(WATCHDOG="1")

    def status(self, text: str) -> None:
        """How things stand, in a sentence."""
        self.tell(STATUS=text)

    def tell(self, **fields: str) -> None:
        """Say something, each value in one line; that it could not be said is logged, and nothing more."""
        if self.address is None:
            return
        message = "\n".join(f"{name}={' '.join(value.split())}" for name, value in fields.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                # A manager that does not read must not stop the loop that tells it so.
                line.setblocking(False)
                line.connect(self.address)
                line.send(message.encode())
        except OSError as error:
            _log.warning("the service manager could not be told", what=", ".join(fields), error=str(error))


def _address(environ: Mapping[str, str]) -> str | None:
    given = environ.get("NOTIFY_SOCKET", "")
    if given.startswith("@"):
        return "\0" + given[1:]
    # Anything else, such as vsock:, leads out of this machine.
    return given if given.startswith("/") else None


def _watchdog(environ: Mapping[str, str], pid: int) -> float | None:
    microseconds = environ.get("WATCHDOG_USEC", "")
    if not (microseconds.isascii() and microseconds.isdigit() and int(microseconds) > 0):
        return None
    # Set for another process, such as a shell that started this one.
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    return int(microseconds) / 1e6
