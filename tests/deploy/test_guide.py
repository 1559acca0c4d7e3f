"""The operations guide: its tables are those of the program, its links lead somewhere, what it says to do works."""

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.requests import Request

from monitor.demo.api import make_app
from monitor.demo.server import serve_in_thread
from monitor.demo.world import KEY, World
from scripts import log_events, reference
from tests.cli.builders import PATIENCE, Desk, Process, api, customer, desk, rules
from tests.deploy.builders import DEPLOY, alerting_rules, exported, read_documents, read_yaml
from tests.prometheus.test_prometheus import get

GUIDE = reference.GUIDE.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """What a link into a document can name."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(title: str) -> str:
    """What stands under a heading."""
    return GUIDE.split(f"## {title}\n")[1].split("\n## ")[0]


def snippets(title: str) -> list[str]:
    """The commands that a section shows."""
    return re.findall(r"```sh\n(.*?)```", section(title), re.DOTALL)


def test_its_tables_are_those_of_the_program() -> None:
    """Metrics and log events stand there as the program has them; `python -m scripts.reference` brings them there."""
    assert reference.updated(GUIDE, reference.OF_GUIDE) == GUIDE


def test_every_metric_is_described() -> None:
    """Whatever a scrape holds can be looked up."""
    described = set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE))
    histograms = {name for name in exported() if name.endswith(("_bucket", "_sum", "_count"))}

    assert exported().keys() - histograms - described == set()


def test_every_log_event_is_described_and_no_other() -> None:
    """Whatever the daemon logs has a line that says what it means."""
    written = {call.event for call in log_events.calls()}

    assert written == log_events.EVENTS.keys()
    assert [event for event, meaning in log_events.EVENTS.items() if not meaning.endswith(".")] == []


SOURCE = """
import structlog
_log = structlog.get_logger("x")
other = structlog.get_logger("y")

def work(bad, error):
    _log.info("began", environment="prod")
    log = other.warning if bad else other.info
    log("went on", error=error)
    print("not logged")
"""


def test_events_are_found_however_they_are_written(tmp_path: Path) -> None:
    """Of any logger, also where the level is chosen while the program runs; with their fields."""
    (tmp_path / "module.py").write_text(SOURCE)

    found = [(call.event, call.levels, call.fields) for call in log_events.calls(tmp_path)]

    assert found == [("began", ("info",), ("environment",)), ("went on", ("warning", "info"), ("error",))]


def test_an_event_that_cannot_be_looked_up_is_refused(tmp_path: Path) -> None:
    """A text that is put together has no line in any table."""
    (tmp_path / "module.py").write_text(SOURCE.replace('"began"', 'f"began {bad}"'))

    with pytest.raises(ValueError, match=r"module\.py:7"):
        list(log_events.calls(tmp_path))


def test_links_lead_somewhere() -> None:
    """Files that are linked exist, and headings that are named."""
    links = re.findall(r"\]\(([^)]+)\)", GUIDE)
    assert len(links) > 10

    for link in links:
        file, _, anchor = link.partition("#")
        text = (DEPLOY / file).read_text(encoding="utf-8") if file and (DEPLOY / file).is_file() else GUIDE
        assert (DEPLOY / file).exists(), link
        assert not anchor or anchor in anchors(text), link


def test_ten_troubles_are_told_with_what_to_do() -> None:
    """Each has a heading, and every alert stands at one of them, or where series of customers are explained."""
    troubles = re.findall(r"^### (.+)$", section("When something is wrong"), re.MULTILINE)

    assert len(troubles) == 10
    assert [rule["alert"] for rule in alerting_rules() if f"`{rule['alert']}`" not in GUIDE] == []


@contextmanager
def at_work(folder: Path) -> Iterator[tuple[Desk, Process]]:
    """A daemon that has polled and told of the customer over 80 %."""
    with api(customer()) as base_url:
        at = desk(folder, base_url, rules(interval="1s"))
        with at.process("run") as process:
            process.line("message delivered")
            yield at, process


def alerts_in(database: Path, at: Desk) -> object:
    """The alerts of a database."""
    shown = at.invoke("alerts", "--json", MONITOR_DATABASE_URL=f"sqlite:///{database}")
    assert shown.exit_code == 0, shown.stderr
    return json.loads(shown.stdout)


@pytest.mark.parametrize("program", ["sqlite3", "python3"])
def test_a_backup_is_made_while_it_runs(tmp_path: Path, program: str) -> None:
    """Each command of the guide gives a database with the alerts of the one in use, and the daemon goes on."""
    (command,) = [each for each in snippets("Backup and restore") if each.startswith(program)]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    backup = tmp_path / "backup.db"
    command = command.replace("/var/lib/budget-monitor/monitor.db", str(tmp_path / "monitor.db"))
    command = command.replace("/var/backups/monitor.db", str(backup)).replace("python3 ", f"{sys.executable} ")

    with at_work(tmp_path) as (at, process):
        subprocess.run(["bash", "-ec", command], check=True, timeout=PATIENCE)  # noqa: S603, S607 - the guide's own
        assert alerts_in(backup, at) == alerts_in(at.database, at)
        process.signal(signal.SIGTERM)
        ended = process.wait()

    assert ended.status == 0
    assert "failed" not in ended.err


def test_a_backup_is_restored_by_putting_it_in_place(tmp_path: Path) -> None:
    """A daemon on the copy knows whom it has told of, and does not repeat it."""
    with at_work(tmp_path) as (at, _), closing(sqlite3.connect(at.database)) as database:
        database.execute("VACUUM INTO ?", [str(tmp_path / "backup.db")])
    for name in ("monitor.db-wal", "monitor.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "backup.db").replace(at.database)

    with api(customer()) as base_url:
        at.variables["RESPAN_BASE_URL"] = base_url
        shown = at.invoke("once", "--json")

    assert shown.exit_code == 0
    told = json.loads(shown.stdout)
    assert [alert["state"] for alert in told["alerts"]] == ["firing"]
    assert told["events"] == []


def test_a_key_in_a_file_is_rotated_by_a_reload(tmp_path: Path) -> None:
    """With the steps of the guide no request is ever refused."""
    uses_new = threading.Event()

    def watch(_number: int, request: Request) -> None:
        if request.headers["authorization"] == "Bearer new":
            uses_new.set()

    world = World([customer()], lambda: datetime.now(UTC), limit=None)
    with serve_in_thread(make_app(world, watch)) as base_url:
        at = desk(tmp_path, base_url, rules(interval="1s"), RESPAN_API_KEY_FILE=str(tmp_path / "key"))
        del at.variables["RESPAN_API_KEY"]
        (tmp_path / "key").write_text(f"{KEY}\n")
        with at.process("run") as process:
            address = process.address()
            process.line("message delivered")
            world.keys["new"] = world.keys[KEY]
            (tmp_path / "key").write_text("new\n")
            process.signal(signal.SIGHUP)
            process.line("rules reloaded")
            assert uses_new.wait(PATIENCE)
            del world.keys[KEY]
            uses_new.clear()
            assert uses_new.wait(PATIENCE)
            scrape = get(f"{address}/metrics")

    assert 'budget_monitor_credentials_refused{environment="prod"} 0.0' in scrape
    assert 'status="401"' not in scrape


def test_the_rules_are_wrapped_for_the_operator(tmp_path: Path) -> None:
    """The command of the guide makes one PrometheusRule with every alert."""
    (command,) = snippets("Watching it")
    shutil.copytree(DEPLOY / "prometheus", tmp_path / "prometheus")

    subprocess.run(["bash", "-ec", command], cwd=tmp_path, check=True, timeout=PATIENCE)  # noqa: S603, S607 - the guide's own

    (made,) = read_documents((tmp_path / "prometheusrule.yaml").read_text(encoding="utf-8"))
    assert (made["apiVersion"], made["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert made["spec"] == read_yaml(DEPLOY / "prometheus" / "alerts.yml")
