"""The line to the service manager, over real sockets, and what the program says over it as a process."""

import signal
import tempfile
from pathlib import Path

import pytest
import structlog

from monitor.systemd import Notifier
from tests.cli.builders import api, customer, desk
from tests.deploy.manager import Manager, manager


def line(to: Manager, **variables: str) -> Notifier:
    """A line to a manager."""
    return Notifier.of_environment({"NOTIFY_SOCKET": to.variable, **variables}, pid=42)


def test_it_speaks_to_a_path() -> None:
    """A socket at a path hears what is said."""
    with tempfile.TemporaryDirectory() as folder, manager(str(Path(folder) / "notify")) as of:
        line(of).ready("watching 3 customers")

        assert of.heard() == {"READY": "1", "STATUS": "watching 3 customers"}


def test_it_speaks_to_an_abstract_name() -> None:
    """A name that begins with @ is an abstract one."""
    with manager() as of:
        line(of).alive()

        assert of.heard() == {"WATCHDOG": "1"}


def test_a_text_of_several_lines_cannot_say_anything_else() -> None:
    """Line breaks in a sentence become spaces: the next line would be another field."""
    with manager() as of:
        line(of).status("not up to date:\nREADY=1")

        assert of.heard() == {"STATUS": "not up to date: READY=1"}


def test_a_reload_carries_the_time_that_systemd_compares() -> None:
    """A reload says when it began, in microseconds of the monotonic clock."""
    with manager() as of:
        line(of).reloading()
        line(of).reloading()

        first, second = of.heard(), of.heard()
        assert first["RELOADING"] == "1"
        assert 0 < int(first["MONOTONIC_USEC"]) <= int(second["MONOTONIC_USEC"])


def test_where_nobody_listens_nothing_is_said() -> None:
    """Without the variable there is no line, and saying something is no error."""
    silent = Notifier.of_environment({})

    silent.ready("watching 3 customers")

    assert silent == Notifier(address=None, watchdog=None)


@pytest.mark.parametrize("variable", ["vsock:2:1234", "notify", ""])
def test_a_line_that_cannot_be_spoken_over_is_none(variable: str) -> None:
    """What is neither a path nor an abstract name is left alone."""
    assert Notifier.of_environment({"NOTIFY_SOCKET": variable}).address is None


def test_a_manager_that_is_gone_is_logged_and_no_error() -> None:
    """A socket that nobody has does not end the process."""
    with structlog.testing.capture_logs() as logs:
        Notifier.of_environment({"NOTIFY_SOCKET": "/nowhere/notify"}).alive()

    assert [entry["event"] for entry in logs] == ["the service manager could not be told"]


def test_a_manager_that_does_not_read_holds_nobody_up() -> None:
    """Once its queue is full, what is said is dropped."""
    with manager() as of, structlog.testing.capture_logs() as logs:
        for _ in range(100_000):
            line(of).alive()
            if logs:
                break

    assert logs[0]["event"] == "the service manager could not be told"


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "42"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_this_processs_own(variables: dict[str, str], seconds: float | None) -> None:
    """Its time is taken over in seconds, unless it is meant for another process or is no time."""
    assert Notifier.of_environment(variables, pid=42).watchdog == seconds


def test_a_process_says_when_it_is_ready_how_it_is_and_that_it_ends(tmp_path: Path) -> None:
    """From its start to its end the program speaks the protocol, and feeds the watchdog meanwhile."""
    with manager() as of, api(customer()) as base_url:
        at = desk(tmp_path, base_url, NOTIFY_SOCKET=of.variable, WATCHDOG_USEC="300000")
        with at.process("run") as process:
            ready = of.heard()
            status = of.hears("STATUS")
            while "watching" not in status["STATUS"]:
                status = of.hears("STATUS")
            fed = of.hears("WATCHDOG")
            process.signal(signal.SIGHUP)
            reloading, reloaded = of.hears("RELOADING"), of.hears("READY")
            process.signal(signal.SIGTERM)
            stopping = of.hears("STOPPING")
            ended = process.wait()

    assert ready["READY"] == "1"
    assert status["STATUS"] == "watching 1 customers in prod"
    assert fed == {"WATCHDOG": "1"}
    assert set(reloading) == {"RELOADING", "MONOTONIC_USEC"}
    assert reloaded == {"READY": "1", "STATUS": "watching 1 customers in prod"}
    assert stopping["STOPPING"] == "1"
    assert ended.status == 0
