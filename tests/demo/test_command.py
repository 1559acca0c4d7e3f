"""The demo as a user sees it, and the two minutes of its story as the daemon tells them."""

import signal
import socket
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from monitor.demo.cast import CLIMBS, RAISED, ROLLS_OVER, TESTED, UNBUDGETED
from monitor.demo.story import Story
from tests.cli.builders import CONSOLE, desk, rules
from tests.endtoend.builders import PERIOD_BUDGET, START, Recorder, clock, passing, running
from tests.endtoend.builders import UNBUDGETED as UNBUDGETED_RULE

LEADS = {each.customer_identifier: each.name for each in (CLIMBS, UNBUDGETED, ROLLS_OVER, RAISED, TESTED)}


def test_the_demo_runs_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """It says where to look, shows alerts, ends by itself with 0, and its database goes with it."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    at = desk(tmp_path, TMPDIR=str(temporary))
    before = sorted(tmp_path.rglob("*"))

    with at.process("demo", "--duration", "3s") as process:
        address = process.line("metrics  ").split()[1]
        ended = process.wait()

    assert address.startswith("http://127.0.0.1:")
    assert address.endswith("/metrics")
    assert (ended.status, ended.err) == (0, "")
    assert "Atlas Freight" in ended.out
    assert "108 %" in ended.out
    assert ended.out.endswith("The demo has ended; nothing of it was kept.\n")
    assert sorted(tmp_path.rglob("*")) == before


def test_the_demo_works_beside_a_daemon(tmp_path: Path) -> None:
    """Where its port is taken it finds another, and says which."""
    with socket.create_server(("127.0.0.1", 0)) as daemon:
        taken = daemon.getsockname()[1]
        with desk(tmp_path, MONITOR_LISTEN=f"127.0.0.1:{taken}").process("demo") as process:
            address = process.line("metrics  ").split()[1]
            process.line("Atlas Freight")
            process.signal(signal.SIGINT)
            ended = process.wait()

    assert f":{taken}/" not in address
    assert (ended.status, ended.err) == (0, "")


def test_the_demo_takes_rules_of_ones_own(tmp_path: Path) -> None:
    """Any rules file can be tried without a key: nothing is sent to its channels, all is shown here."""
    text = rules(
        PERIOD_BUDGET,
        UNBUDGETED_RULE,
        '[[channels]]\nname = "finops"\nurl = "${SLACK_URL}"\n',
        environments=("prod", "test"),
        key='api_key = "${KEY_OF_ANOTHER}"\n',
        interval="1s",
    )
    at = desk(tmp_path, text=text)
    del at.variables["RESPAN_API_KEY"]

    with at.process("demo", "--rules", str(at.rules)) as process:
        process.line("Atlas Freight")
        process.signal(signal.SIGTERM)
        ended = process.wait()

    assert (ended.status, ended.err) == (0, "")
    assert not at.database.exists()


@pytest.mark.parametrize("duration", ["2", "soon", "-1s", ""])
def test_a_duration_that_cannot_be_read(tmp_path: Path, duration: str) -> None:
    """The option is named, with how to write it."""
    shown = desk(tmp_path).invoke("demo", "--duration", duration)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "--duration" in shown.stderr


def test_wrong_rules_of_ones_own(tmp_path: Path) -> None:
    """They are explained as everywhere."""
    at = desk(tmp_path, text=rules(CONSOLE))

    shown = at.invoke("demo", "--rules", str(at.rules))

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "rules.toml" in shown.stderr


def packaged_rules() -> str:
    """The rules of the demo."""
    return files("monitor.demo").joinpath("rules.toml").read_text("utf-8")


@pytest.mark.looptime
async def test_the_two_minutes(tmp_path: Path) -> None:
    """One climbs through 50, 80 and 100 %, one has no budget, one begins a new period, one has its budget raised."""
    terminal = Recorder("console")

    async with running(Story(START).world(clock), tmp_path, terminal, text=packaged_rules()):
        await passing(125)

    told = [
        (event.kind.value, LEADS[event.key.customer_identifier], event.level, event.reason.value)
        for event in terminal.events
        if event.key.customer_identifier in LEADS
    ]
    later = told[[each[1] for each in told].index("Nimbus Robotics") :]
    assert later == [
        ("fired", "Nimbus Robotics", 0.5, "level reached"),
        ("fired", "Checkout end-to-end", 0.5, "level reached"),
        ("fired", "Pocket Linguist", None, "condition holds"),
        ("escalated", "Nimbus Robotics", 0.8, "level reached"),
        ("reset", "Tidepool Games", 0.8, "new period"),
        ("escalated", "Checkout end-to-end", 0.8, "level reached"),
        ("resolved", "Harbor & Finch Legal", 0.8, "budget changed"),
        ("escalated", "Nimbus Robotics", 1.0, "level reached"),
    ]


@pytest.mark.looptime
async def test_the_story_is_told_in_time(tmp_path: Path) -> None:
    """Each crossing of the climber is shown within some seconds of happening, within the limit of the API."""
    terminal = Recorder("console")

    async with running(Story(START).world(clock), tmp_path, terminal, text=packaged_rules()) as run:
        await passing(125)
        refused = await run.metric("budget_monitor_api_requests_total", status="429")

    when = [
        (at - START).total_seconds()
        for at, message in terminal.heard
        for event in message.events
        if event.key.customer_identifier == CLIMBS.customer_identifier
    ]
    assert [at - crossed for at, crossed in zip(when, (20, 50, 85), strict=True)] == pytest.approx([5] * 3, abs=5)
    assert refused == 0


@pytest.mark.looptime
async def test_what_is_there_at_the_start_is_one_message(tmp_path: Path) -> None:
    """The first thing shown is what was found, together, and marked so."""
    terminal = Recorder("console")

    async with running(Story(START).world(clock), tmp_path, terminal, text=packaged_rules()):
        await passing(15)

    first = terminal.messages[0]
    assert {event.facts.customer for event in first.events} >= {"Atlas Freight", "Cedar Analytics", "Meridian Health"}
    assert all(event.found_at_start for event in first.events)


def test_the_channels_of_the_demo_need_no_secret() -> None:
    """Its rules ask for nothing but the key that it puts there itself."""
    text = packaged_rules()

    assert set(_variables(tomllib.loads(text))) == {"${RESPAN_API_KEY}"}


def _variables(value: object) -> list[str]:
    if isinstance(value, dict):
        return [name for each in value.values() for name in _variables(each)]
    if isinstance(value, list):
        return [name for each in value for name in _variables(each)]
    return [value] if isinstance(value, str) and "${" in value else []
