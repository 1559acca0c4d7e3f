"""The program as a process: what only shows from outside."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from starlette.requests import Request
from starlette.responses import Response

from monitor.demo.customer import ORGANIZATION
from monitor.demo.faults import server_error
from tests.cli.builders import OURS, PATIENCE, Desk, api, customer, desk, rules
from tests.endtoend.builders import PERIOD_BUDGET
from tests.notify.receivers import web


@pytest.mark.parametrize("command", ["once --json", "once", "alerts --json", "check", "--help"])
def test_a_reader_that_leaves_early_sees_no_traceback(tmp_path: Path, command: str) -> None:
    """In a pipe to `head` the program ends quietly, however much it still had to say."""
    many = [customer(f"user_{number:04}", total_budget=100.0) for number in range(1500)]
    total = '[[rules]]\nname = "all"\nvalue = "total_used"\nlevels = [{ at_least = 1, severity = "info" }]\n'
    with api(*many) as base_url:
        at = desk(tmp_path, base_url, rules(total))
        if command.startswith("alerts"):
            at.invoke("once")
        piped = subprocess.run(  # noqa: S602 - a pipe is what is tested
            f"exec 3>&1; {{ '{sys.executable}' -m monitor {command}; echo status $? >&3; }} | head -c 1",
            shell=True,
            executable="/bin/bash",
            cwd=tmp_path,
            env=_environment(at),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    assert "status " in piped.stdout
    assert "Traceback" not in piped.stderr
    assert "BrokenPipe" not in piped.stderr
    assert "Exception" not in piped.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_serves_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    """Every address answers over the real socket, and a signal ends it with 0."""
    with api(customer()) as base_url, desk(tmp_path, base_url).process("run") as process:
        address = process.address()
        process.line("Spent")
        healthy, alerts = (_get(f"{address}{path}") for path in ("/-/healthy", "/api/v1/alerts"))
        process.signal(number)
        ended = process.wait()

    assert healthy == "healthy\n"
    assert [alert["customer_identifier"] for alert in json.loads(alerts)["alerts"]] == ["user_123"]
    assert (ended.status, "Traceback" in ended.err) == (0, False)


def test_the_log_of_a_process_is_json_lines(tmp_path: Path) -> None:
    """Where standard error is no terminal, each line is an object with a level and a time in UTC."""
    with api(customer()) as base_url, desk(tmp_path, base_url).process("run") as process:
        process.line("Spent")
        process.signal(signal.SIGTERM)
        ended = process.wait()

    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert {"serving", "alert", "message delivered", "stopping"} <= {line["event"] for line in lines}
    assert all(line["level"] and line["timestamp"].endswith("Z") for line in lines)


KEY, HOOK, TOKEN = "sk-key-Nobody/may+see", "hook-Token-nobody-may-see", "api-Token-nobody-may-see"


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_is_ever_told(tmp_path: Path, form: str) -> None:
    """After failures of the API and of a channel, at the most talkative level, secrets stand nowhere."""
    seen: list[int] = []

    def fail(number: int, _request: Request) -> Response | None:
        seen.append(number)
        return server_error() if number == 2 else None

    with web(status=403) as receiver, api(customer(), faults=fail, keys={KEY: ORGANIZATION}) as base_url:
        channel = f'[[channels]]\nname = "finops"\nurl = "json://user:{HOOK}@127.0.0.1:{receiver.port}/{HOOK}?+X-Key={HOOK}"\n'
        at = desk(
            tmp_path,
            base_url,
            rules(PERIOD_BUDGET, channel, '[[channels]]\nname = "terminal"\nurl = "console://"\n', interval="1s"),
            RESPAN_API_KEY=KEY,
            MONITOR_API_TOKEN=TOKEN,
            MONITOR_LOG_LEVEL="debug",
            MONITOR_LOG_FORMAT=form,
            MONITOR_LISTEN="127.0.0.1:0",
        )
        with at.process("run") as process:
            line = process.line("serving")
            address = json.loads(line)["address"] if form == "json" else line.split("address=")[1].split()[0]
            process.line("channel refused a message")
            told = [_get(f"http://{address}{path}") for path in ("/", "/metrics", "/-/ready", "/api/v1/alerts")]
            process.signal(signal.SIGTERM)
            ended = process.wait()
        others = [
            at.invoke("notify-test", "finops"),
            at.invoke("once", "--json", RESPAN_API_KEY=f"{KEY}x"),
            at.invoke("check"),
            at.invoke("alerts"),
        ]

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("monitor.db"))
    everything = "\n".join([*told, ended.out, ended.err, *(each.output for each in others), kept.decode("latin-1")])
    assert receiver.requests
    assert len(seen) > 2
    assert [secret for secret in (KEY, HOOK, TOKEN) if secret in everything] == []


def test_a_wrong_rules_file_does_not_tell_secrets(tmp_path: Path) -> None:
    """The line with the mistake is shown, the secret in it is not, filled in or written out."""
    channel = f'[[channels]]\nname = "finops"\nurl = "slack://{HOOK}/x/y"\nurll = "${{SLACK_URL}}"\n'
    at = desk(tmp_path, text=rules(PERIOD_BUDGET, channel), SLACK_URL=f"slack://{HOOK}/a/b")

    ended = at.run("check")

    assert ended.status == 2
    assert "urll" in ended.err
    assert HOOK not in ended.err


def _environment(at: Desk) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**inherited, "PYTHONPATH": str(Path(__file__).parents[2]), **at.variables}


def _get(url: str) -> str:
    with build_opener(ProxyHandler({})).open(url, timeout=PATIENCE) as answer:
        return str(answer.read().decode())
