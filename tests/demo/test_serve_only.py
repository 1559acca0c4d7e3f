"""The stand-in alone: the made-up API for a daemon that runs elsewhere."""

import signal
import socket
from pathlib import Path

import httpx

from monitor.demo.world import KEY
from tests.cli.builders import desk
from tests.notify.receivers import free_port


def test_it_serves_where_it_is_told(tmp_path: Path) -> None:
    """The API answers at MONITOR_LISTEN with the key that it names, until a signal."""
    at = desk(tmp_path, MONITOR_LISTEN=f"127.0.0.1:{free_port()}")

    with at.process("demo", "--serve-only") as process:
        said = process.line("made-up API")
        key = {"authorization": f"Bearer {KEY}"}
        answer = httpx.post(f"{said.split()[5].rstrip(',')}/api/users/list/", headers=key, json={}, trust_env=False)
        process.signal(signal.SIGTERM)
        ended = process.wait()

    assert said == f"the made-up API is at http://{at.variables['MONITOR_LISTEN']}, with the key {KEY}\n"
    assert answer.json()["count"] > 30
    assert (ended.status, ended.err) == (0, "")


def test_it_ends_after_its_time(tmp_path: Path) -> None:
    """`--duration` holds for it too."""
    ended = desk(tmp_path).run("demo", "--serve-only", "--duration", "200ms")

    assert (ended.status, ended.err) == (0, "")


def test_an_address_that_is_taken(tmp_path: Path) -> None:
    """Unlike the demo it takes no other: whoever asks would not find it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        shown = desk(tmp_path, MONITOR_LISTEN=f"127.0.0.1:{other.getsockname()[1]}").invoke("demo", "--serve-only")

    assert shown.exit_code == 2
    assert "cannot listen on 127.0.0.1" in shown.stderr


def test_rules_are_refused(tmp_path: Path) -> None:
    """Rules of one's own have nothing to say about what is only served."""
    at = desk(tmp_path)

    shown = at.invoke("demo", "--serve-only", "--rules", str(at.rules))

    assert shown.exit_code == 2
    assert "--serve-only takes no --rules" in shown.stderr
