"""What each command prints, where, and with which exit status."""

import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import stamina
from starlette.requests import Request
from starlette.responses import Response

from monitor.demo.faults import server_error
from monitor.demo.world import KEY
from monitor.store.database import Store
from tests.cli.builders import CONSOLE, api, customer, desk, rules
from tests.endtoend.builders import PERIOD_BUDGET, UNBUDGETED
from tests.notify.receivers import free_port, web

COMMANDS = ("run", "once", "check", "alerts", "customers", "explain", "notify-test", "demo")

ALERT = ["rule", "environment", "customer_identifier", "state", "severity", "level", "value", "since", "summary"]
ENVIRONMENT = ["name", "customers", "requests", "complete"]


def test_the_program_names_its_commands(tmp_path: Path) -> None:
    """Help says what it is for and what there is, each command in a whole sentence."""
    shown = desk(tmp_path).invoke("--help")

    assert shown.exit_code == 0
    assert all(command in shown.stdout for command in COMMANDS)
    assert "..." not in shown.stdout.replace("[ARGS]...", "")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(tmp_path: Path, command: str, option: str) -> None:
    """Help is there for each, asks for nothing, and knows where rules are named."""
    shown = desk(tmp_path).invoke(command, option)

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: budget-monitor {command} ")
    assert "--rules FILE" in shown.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("once", "--nonsense"),
        ("once", "--readings", "-1"),
        ("alerts", "--state", "fired"),
        ("customers", "--sort", "email"),
        ("customers", "--over", "-1"),
        ("customers", "--limit", "few"),
        ("explain",),
        ("notify-test",),
        ("check", "extra"),
    ],
)
def test_wrong_usage_is_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What cannot be understood is explained on standard error only."""
    shown = desk(tmp_path).invoke(*arguments)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "Usage: budget-monitor" in shown.stderr


def test_check_of_a_right_file(tmp_path: Path) -> None:
    """It says what was found in the file."""
    shown = desk(tmp_path).invoke("check")

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout == f"{tmp_path}/rules.toml: 2 rules, 1 environment, 1 channel, 0 routes: all right\n"


def test_check_tells_every_problem_at_once(tmp_path: Path) -> None:
    """Each has its line and what to do, nothing else is printed, and the exit status is 2."""
    text = rules(
        '[[rules]]\nname = "a"\nvalue = "period_cots"\nlevels = [{ at_least = 1, severity = "info" }]\n',
        '[[rules]]\nname = "b"\nwhen = "total_cost >= 5"\nseverity = "severe"\n',
        '[[channels]]\nname = "c"\nurl = "${NOT_SET}"\ngive_up_afte = "1h"\n',
    )

    shown = desk(tmp_path, text=text).invoke("check")

    lines = [line for line in shown.stderr.splitlines() if line.startswith(f"{tmp_path}/rules.toml:")]
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert len(lines) == 4
    for found, word in zip(lines, ("period_cots", "critical", "NOT_SET", "give_up_afte"), strict=True):
        assert word in found
    assert "period_cost" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "rules.toml: the file is empty"),
        ("[[rules]\n", "rules.toml:1:8: "),
        (rules(PERIOD_BUDGET, CONSOLE, CONSOLE), "rules.toml:22:8: "),
    ],
)
def test_check_of_a_wrong_file(tmp_path: Path, text: str, said: str) -> None:
    """A file that cannot be used is 2, with its place."""
    shown = desk(tmp_path, text=text).invoke("check")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert said in shown.stderr


def test_check_tries_the_channels(tmp_path: Path) -> None:
    """What `run` would refuse is not called right: every channel's URL is read, and none is repeated."""
    text = rules(
        PERIOD_BUDGET,
        '[[channels]]\nname = "one"\nurl = "nonsense://tokenA"\n',
        '[[channels]]\nname = "two"\nurl = "slack://tokenB"\n',
    )

    shown = desk(tmp_path, text=text).invoke("check")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert [line.split(": ")[1] for line in shown.stderr.splitlines()] == ["channel one", "channel two"]
    assert "token" not in shown.stderr


def test_check_warns_of_what_is_probably_not_meant(tmp_path: Path) -> None:
    """A warning is on standard error and does not fail the check."""
    text = rules(
        '[[rules]]\nname = "a"\nvalue = "total_cost / period_budget"\nlevels = [{ at_least = 1, severity = "info" }]\n'
    )

    shown = desk(tmp_path, text=text).invoke("check")

    assert shown.exit_code == 0
    assert "warning: " in shown.stderr
    assert shown.stdout.endswith("no error, 2 warnings\n")


@pytest.mark.parametrize("command", [("check",), ("run",), ("once",), ("notify-test", "terminal"), ("demo",)])
def test_a_rules_file_that_is_not_there(tmp_path: Path, command: tuple[str, ...]) -> None:
    """The path and the way out are named, whichever way the path was given."""
    shown = desk(tmp_path).invoke(*command, "--rules", str(tmp_path / "other.toml"))

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith(f"{tmp_path}/other.toml: there is no such file\n")
    assert "--rules" in shown.stderr


def test_the_rules_file_can_be_named_by_the_environment(tmp_path: Path) -> None:
    """MONITOR_RULES names it; --rules wins."""
    at = desk(tmp_path)
    (tmp_path / "a.toml").write_text(rules(PERIOD_BUDGET))
    (tmp_path / "b.toml").write_text(rules(PERIOD_BUDGET, UNBUDGETED))

    by_variable = at.invoke("check", MONITOR_RULES=str(tmp_path / "a.toml"))
    by_option = at.invoke("check", "--rules", str(tmp_path / "b.toml"), MONITOR_RULES=str(tmp_path / "a.toml"))

    assert f"{tmp_path}/a.toml: 1 rule," in by_variable.stdout
    assert f"{tmp_path}/b.toml: 2 rules," in by_option.stdout


@pytest.mark.parametrize("command", ["check", "run", "once"])
def test_a_key_that_is_not_set(tmp_path: Path, command: str) -> None:
    """The variable that is missing is named."""
    shown = desk(tmp_path).invoke(command, RESPAN_API_KEY=None)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "RESPAN_API_KEY" in shown.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MONITOR_LISTEN", "9477", "MONITOR_LISTEN: it must be HOST:PORT, such as 127.0.0.1:9477"),
        ("MONITOR_LOG_LEVEL", "loud", "MONITOR_LOG_LEVEL: "),
        ("MONITOR_LOG_FORMAT", "xml", "MONITOR_LOG_FORMAT: "),
        ("MONITOR_DATABASE_URL", "mysql://x/y", "MONITOR_DATABASE_URL names mysql; use sqlite or postgresql"),
        ("MONITOR_DATABASE_URL", "nonsense", "MONITOR_DATABASE_URL is no database URL"),
        ("MONITOR_DATABASE_URL", "sqlite://", "MONITOR_DATABASE_URL names no file"),
        ("RESPAN_BASE_URL", "nonsense", "RESPAN_BASE_URL"),
        ("RESPAN_API_KEY_FILE", "/nowhere/key", "RESPAN_API_KEY_FILE: /nowhere/key cannot be read: No such file"),
    ],
)
def test_a_setting_that_cannot_be(tmp_path: Path, name: str, value: str, said: str) -> None:
    """The variable is named, with what it may be, and the exit status is 2."""
    unset = {"RESPAN_API_KEY": None} if name == "RESPAN_API_KEY_FILE" else {}

    shown = desk(tmp_path).invoke("once", **{name: value}, **unset)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("error: ")
    assert said in shown.stderr


@pytest.mark.parametrize("command", ["run", "once"])
def test_a_channel_that_cannot_be_made(tmp_path: Path, command: str) -> None:
    """A URL that no service knows ends the command with a sentence, before anything is polled."""
    text = rules(PERIOD_BUDGET, '[[channels]]\nname = "finops"\nurl = "nonsense://tokenA"\n')

    ended = desk(tmp_path, text=text).run(command)

    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: channel finops: its url (nonsense://…) is not one that Apprise can read.")
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", ["run", "once"])
def test_a_database_that_another_process_uses(tmp_path: Path, command: str) -> None:
    """The second one says which process has it, and leaves it alone."""
    at = desk(tmp_path)
    store = Store(f"sqlite:///{at.database}")
    try:
        shown = at.invoke(command)
    finally:
        store.close()

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "is in use by another budget-monitor (process " in shown.stderr
    assert "MONITOR_DATABASE_URL" in shown.stderr


@pytest.mark.parametrize("command", [("run",), ("once",), ("alerts",), ("customers",), ("explain", "user_123")])
def test_a_database_of_a_newer_version(tmp_path: Path, command: tuple[str, ...]) -> None:
    """It is refused with what to do, and not a byte of it is changed."""
    at = desk(tmp_path)
    Store(f"sqlite:///{at.database}").close()
    with closing(sqlite3.connect(at.database)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    before = at.database.read_bytes()

    shown = at.invoke(*command)

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "was written by a newer version of budget-monitor (schema 9999)" in shown.stderr
    assert at.database.read_bytes() == before


@pytest.mark.parametrize("command", ["run", "once"])
def test_a_database_that_is_none(tmp_path: Path, command: str) -> None:
    """A file of another kind is not overwritten."""
    at = desk(tmp_path)
    at.database.write_bytes(b"holiday pictures" * 100)

    shown = at.invoke(command)

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "file is not a database" in shown.stderr
    assert at.database.read_bytes() == b"holiday pictures" * 100


def test_run_on_a_taken_port(tmp_path: Path) -> None:
    """The address and the variable are named, and no database is made."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        at = desk(tmp_path, MONITOR_LISTEN=f"127.0.0.1:{port}")

        shown = at.invoke("run")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert (
        shown.stderr
        == f"error: cannot listen on 127.0.0.1:{port}: Address already in use; set MONITOR_LISTEN to another\n"
    )
    assert not at.database.exists()


def test_once_prints_the_documented_object_and_nothing_else(tmp_path: Path) -> None:
    """Standard output is one JSON object, although a channel prints to the terminal: that goes to standard error."""
    with api(customer(), customer("quiet", period_usage=1.0)) as base_url:
        shown = desk(tmp_path, base_url).invoke("once", "--json")

    told = json.loads(shown.stdout)
    assert shown.exit_code == 0
    assert list(told) == ["environments", "alerts", "events"]
    assert told["environments"] == [{"name": "prod", "customers": 2, "requests": 3, "complete": True}]
    assert [list(alert) for alert in told["alerts"]] == [ALERT]
    assert [list(event) for event in told["events"]] == [[*ALERT, "kind", "at"]]
    assert "John Doe at 81.2 %" in shown.stderr


def test_the_values_of_an_alert_and_its_event(tmp_path: Path) -> None:
    """An alert is what was found; its event is the same with what happened and when."""
    with api(customer()) as base_url:
        told = json.loads(desk(tmp_path, base_url).invoke("once", "--json").stdout)

    (alert,), (event,) = told["alerts"], told["events"]
    kind, at = event.pop("kind"), event.pop("at")
    since = alert.pop("since")
    assert alert == {
        "rule": "period-budget",
        "environment": "prod",
        "customer_identifier": "user_123",
        "state": "firing",
        "severity": "warning",
        "level": 0.8,
        "value": 0.812,
        "summary": alert["summary"],
    }
    assert "John Doe" in alert["summary"]
    assert event == {**alert, "since": since}
    assert (kind, at) == ("fired", since)


def test_a_second_look_says_nothing_new(tmp_path: Path) -> None:
    """The same alerts are listed, without an event and without a message."""
    with api(customer()) as base_url:
        at = desk(tmp_path, base_url)
        first, second = (at.invoke("once", "--json") for _ in range(2))

    before, after = json.loads(first.stdout), json.loads(second.stdout)
    assert after["alerts"] == before["alerts"]
    assert after["events"] == []
    assert "John Doe" not in second.stderr


def test_once_for_people(tmp_path: Path) -> None:
    """Standard output has the alerts as a table, standard error what was read."""
    with api(customer()) as base_url:
        shown = desk(tmp_path, base_url, rules(PERIOD_BUDGET)).invoke("once")

    assert shown.exit_code == 0
    assert shown.stdout.split()[:6] == ["severity", "state", "for", "environment", "rule", "what"]
    assert "warning" in shown.stdout
    assert "81.2 %" in shown.stdout
    assert shown.stderr == "prod: 1 customer, 1 period read, 2 requests\n"


def test_once_without_alerts(tmp_path: Path) -> None:
    """It says that there is nothing to say."""
    with api(customer(period_usage=1.0)) as base_url:
        shown = desk(tmp_path, base_url).invoke("once")

    assert shown.stdout == "No alerts: every rule was checked, and none holds.\n"


def test_once_claims_no_more_than_was_read(tmp_path: Path) -> None:
    """Without the readings that rules need, it does not say that none holds."""
    with api(customer()) as base_url:
        shown = desk(tmp_path, base_url).invoke("once", "--readings", "0")

    assert "none holds" not in shown.stdout
    assert "1 undecided" in shown.stderr


def test_once_without_an_api(tmp_path: Path) -> None:
    """A sentence says what was asked of whom and what to do; the exit status is 1, and there is no traceback."""
    nobody = f"http://127.0.0.1:{free_port()}"

    with stamina.set_testing(testing=True, attempts=9, cap=True):  # the attempts as they are, without the waits
        shown = desk(tmp_path, nobody).invoke("once")

    assert shown.exit_code == 1
    assert "Environment 'prod': " in shown.stderr
    assert nobody in shown.stderr
    assert "none holds" not in shown.stdout
    assert "Traceback" not in shown.stdout + shown.stderr


def test_once_with_a_wrong_key(tmp_path: Path) -> None:
    """The key's variable is named, the key is not."""
    with api(customer()) as base_url:
        shown = desk(tmp_path, base_url).invoke("once", "--json", RESPAN_API_KEY="sk-wrong")

    assert shown.exit_code == 1
    assert json.loads(shown.stdout)["environments"][0]["complete"] is False
    assert "RESPAN_API_KEY" in shown.stderr
    assert "sk-wrong" not in shown.stdout + shown.stderr


def test_once_with_one_environment_failing(tmp_path: Path) -> None:
    """What could be read is told, and the exit status says that it is not all."""
    text = rules(environments=("prod", "test"))

    def fail(_number: int, request: Request) -> Response | None:
        return server_error() if request.query_params["environment"] == "test" else None

    with stamina.set_testing(testing=True, attempts=9, cap=True), api(customer(), faults=fail) as base_url:
        shown = desk(tmp_path, base_url, text).invoke("once", "--json")

    told = json.loads(shown.stdout)
    assert shown.exit_code == 1
    assert {each["name"]: each["complete"] for each in told["environments"]} == {"prod": True, "test": False}
    assert len(told["alerts"]) == 1


def test_alerts_before_any_database(tmp_path: Path) -> None:
    """It says what makes one, and makes none."""
    at = desk(tmp_path)

    shown = at.invoke("alerts")

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert (
        shown.stderr == f"error: there is no database at {at.database} yet; `budget-monitor run` or `once` makes it\n"
    )
    assert not at.database.exists()


def test_alerts_are_what_once_has_found(tmp_path: Path) -> None:
    """The same objects, read from the database."""
    with api(customer()) as base_url:
        at = desk(tmp_path, base_url)
        found = json.loads(at.invoke("once", "--json").stdout)

    shown = at.invoke("alerts", "--json")

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert json.loads(shown.stdout) == {"alerts": found["alerts"]}


def test_alerts_need_neither_rules_nor_key(tmp_path: Path) -> None:
    """Looking needs nothing but the database, also while the daemon runs."""
    with api(customer()) as base_url:
        at = desk(tmp_path, base_url)
        at.invoke("once")
    store = Store(f"sqlite:///{at.database}")
    try:
        shown = at.invoke("alerts", "--rules", str(tmp_path / "nowhere.toml"), RESPAN_API_KEY=None)
    finally:
        store.close()

    assert shown.exit_code == 0
    assert "81.2 %" in shown.stdout


def test_alerts_in_a_state(tmp_path: Path) -> None:
    """Only what is in that state is listed."""
    with api(customer()) as base_url:
        at = desk(tmp_path, base_url)
        at.invoke("once")

    firing, pending = (
        json.loads(at.invoke("alerts", "--json", "--state", state).stdout) for state in ("firing", "pending")
    )

    assert (len(firing["alerts"]), len(pending["alerts"])) == (1, 0)


def test_notify_test_reaches_the_channel(tmp_path: Path) -> None:
    """The receiver gets one message that says what it is."""
    with web() as receiver:
        text = rules(PERIOD_BUDGET, f'[[channels]]\nname = "finops"\nurl = "json://127.0.0.1:{receiver.port}/hook"\n')
        shown = desk(tmp_path, text=text).invoke("notify-test", "finops")

    ((path, body),) = receiver.requests
    assert shown.exit_code == 0
    assert path == "/hook"
    assert "test message" in json.dumps(body)
    assert shown.stderr == "channel finops has accepted a test message\n"


def test_notify_test_of_an_unknown_channel(tmp_path: Path) -> None:
    """The known ones are named."""
    shown = desk(tmp_path).invoke("notify-test", "finops")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr == f"{tmp_path}/rules.toml has no channel 'finops'; its channels are: terminal\n"


def test_notify_test_that_is_refused(tmp_path: Path) -> None:
    """The receiver's answer is told once, without the URL."""
    with web(status=403) as receiver:
        text = rules(PERIOD_BUDGET, f'[[channels]]\nname = "finops"\nurl = "json://127.0.0.1:{receiver.port}/tokenA"\n')
        shown = desk(tmp_path, text=text).invoke("notify-test", "finops")

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.count("channel finops") == 1
    assert "403" in shown.stderr
    assert "tokenA" not in shown.stderr


def test_notify_test_of_a_channel_that_cannot_be_made(tmp_path: Path) -> None:
    """A URL that cannot be read is a mistake of the rules file."""
    text = rules(PERIOD_BUDGET, '[[channels]]\nname = "finops"\nurl = "nonsense://tokenA"\n')

    shown = desk(tmp_path, text=text).invoke("notify-test", "finops")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("error: channel finops: its url (nonsense://…)")


def test_a_key_from_a_file(tmp_path: Path) -> None:
    """The key is read from the file that a variable names, its line end left out."""
    (tmp_path / "key").write_text(f"{KEY}\n")
    with api(customer()) as base_url:
        shown = desk(tmp_path, base_url).invoke(
            "once", "--json", RESPAN_API_KEY=None, RESPAN_API_KEY_FILE=str(tmp_path / "key")
        )

    assert shown.exit_code == 0
    assert len(json.loads(shown.stdout)["alerts"]) == 1
