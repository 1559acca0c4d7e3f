"""What each address answers: shapes, states, and what is left when the database fails."""

import asyncio
import gzip
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from monitor.alerts.model import AlertState, Severity
from monitor.alerts.state import Alert
from monitor.store.database import Transaction
from tests.web.builders import NOW, TOKEN, bearer, kept, poll, read_status, site

PATIENCE = 5
"""Seconds for what takes milliseconds."""


async def test_the_page_says_what_there_is(tmp_path: Path) -> None:
    """The root names every other address."""
    async with site(tmp_path) as web:
        text = (await web.get("/")).text

    for path in ("/metrics", "/-/healthy", "/-/ready", "/-/reload", "/api/v1/alerts"):
        assert path in text


async def test_an_alert_is_given_as_documented(tmp_path: Path) -> None:
    """ALERT has exactly the documented keys and values."""
    async with site(tmp_path, alerts=[kept()]) as web:
        answer = await web.get("/api/v1/alerts")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "alerts": [
            {
                "rule": "period-budget",
                "environment": "prod",
                "customer_identifier": "user_123",
                "state": "firing",
                "severity": "warning",
                "level": 0.8,
                "value": 0.812,
                "since": "2025-12-29T10:30:00+00:00",
                "summary": "John Doe used 81.2 % of a $100.00 monthly budget",
            }
        ]
    }


async def test_what_has_no_level_or_no_finite_value_is_null(tmp_path: Path) -> None:
    """A rule with `when` has neither level nor value, and JSON has no infinity."""
    life = Alert(state=AlertState.FIRING, threshold=None, severity=Severity.INFO, since=NOW)
    async with site(tmp_path, alerts=[kept(life=life, value=None), kept("broke", value=float("inf"))]) as web:
        broke, plain = (await web.get("/api/v1/alerts")).json()["alerts"]

    assert (plain["level"], plain["value"]) == (None, None)
    assert (broke["level"], broke["value"]) == (0.8, None)


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("", {"pending", "firing"}),
        ("?state=resolved", {"resolved"}),
        ("?state=firing&state=resolved", {"firing", "resolved"}),
        ("?state=pending&other=1", {"pending"}),
    ],
)
async def test_states_can_be_chosen(tmp_path: Path, query: str, states: set[str]) -> None:
    """By default what holds is given; `state` asks for others, more than once if need be."""
    alerts = [kept(state.value, state=state) for state in AlertState]
    async with site(tmp_path, alerts=alerts) as web:
        answer = await web.get(f"/api/v1/alerts{query}")

    assert {alert["state"] for alert in answer.json()["alerts"]} == states


@pytest.mark.parametrize("query", ["state=fired", "state=", "state=FIRING", "state=firing&state=x", "state=%00%ff"])
async def test_an_unknown_state_is_refused(tmp_path: Path, query: str) -> None:
    """The answer names the states that there are."""
    async with site(tmp_path) as web:
        answer = await web.get(f"/api/v1/alerts?{query}")

    assert answer.status_code == 400
    assert answer.json() == {"error": "state is one of pending, firing, resolved"}


async def test_no_alerts_is_an_empty_list(tmp_path: Path) -> None:
    """The shape is the same with nothing in it."""
    async with site(tmp_path) as web:
        answer = await web.get("/api/v1/alerts")

    assert answer.json() == {"alerts": []}


async def test_what_a_customer_chose_comes_through_whole(tmp_path: Path) -> None:
    """Any text survives as JSON."""
    name = 'a"b\\c\n</script>\u2028日本 💸'
    async with site(tmp_path, alerts=[kept(name, summary=name)]) as web:
        (alert,) = (await web.get("/api/v1/alerts")).json()["alerts"]

    assert (alert["customer_identifier"], alert["summary"]) == (name, name)


async def test_ten_thousand_alerts_are_given_quickly(tmp_path: Path) -> None:
    """Even a storm is listed within two seconds."""
    alerts = [kept(f"user_{number}") for number in range(10_000)]
    async with site(tmp_path, alerts=alerts) as web:
        began = time.perf_counter()
        answer = await web.get("/api/v1/alerts")
        took = time.perf_counter() - began

    assert len(answer.json()["alerts"]) == 10_000
    assert took < 2


@pytest.mark.parametrize("path", ["/api/v1/alerts", "/metrics"])
async def test_a_slow_database_holds_up_nobody_else(tmp_path: Path, path: str) -> None:
    """While one request waits for the database, health is answered."""
    asked, let_go = threading.Event(), threading.Event()
    async with site(tmp_path) as web:
        read = web.store.read

        def read_slowly() -> AbstractContextManager[Transaction]:
            asked.set()
            let_go.wait(PATIENCE)
            return read()

        with patch.object(web.store, "read", read_slowly):
            waiting = asyncio.create_task(web.get(path))
            await asyncio.to_thread(asked.wait, PATIENCE)
            healthy = await web.get("/-/healthy")
            held_up = waiting.done()
            let_go.set()
            answer = await waiting

    assert (healthy.text, held_up, answer.status_code) == ("healthy\n", False, 200)


async def test_ready_once_everything_was_read(tmp_path: Path) -> None:
    """A daemon that has read every customer is ready."""
    async with site(tmp_path) as web:
        answer = await web.get("/-/ready")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": [], "warnings": []})


async def test_not_ready_before_the_first_reading(tmp_path: Path) -> None:
    """What was never read is a reason."""
    status = read_status()
    status.environments["prod"].last_complete_at = None
    async with site(tmp_path, status=status) as web:
        answer = await web.get("/-/ready")

    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["prod: the first reading is under way"]


async def test_not_ready_when_readings_are_old(tmp_path: Path) -> None:
    """A reading that is too old says since when, and what is wrong."""
    status = read_status(interval=timedelta(seconds=30))
    prod = status.environments["prod"]
    prod.last_complete_at = NOW - timedelta(minutes=6)
    prod.take(poll(complete=False, distinct=2), NOW)
    async with site(tmp_path, status=status) as web:
        (reason,) = (await web.get("/-/ready")).json()["reasons"]

    assert reason == (
        "prod: not read completely since 2025-12-29T10:24:00+00:00: "
        "the API listed 2 of 3 customers; the next walk tries again"
    )


async def test_a_refused_rules_file_is_a_warning_only(tmp_path: Path) -> None:
    """The rules before it are in force, and the alerts are up to date: the daemon is ready."""
    async with site(tmp_path, status=read_status(rules_error="rules.toml:3:1: no such key")) as web:
        answer = await web.get("/-/ready")

    assert answer.status_code == 200
    assert answer.json()["warnings"] == ["rules: rules.toml:3:1: no such key"]


async def test_a_reload_that_succeeds(tmp_path: Path) -> None:
    """With the token the rules are read again."""
    async with site(tmp_path, token=TOKEN) as web:
        answer = await web.http.post("/-/reload", headers=bearer(TOKEN))

    assert (answer.status_code, answer.json()) == (200, {"reloaded": True})
    assert web.reloads == [None]


async def test_a_reload_that_is_refused_says_why(tmp_path: Path) -> None:
    """The sentence of the rules file comes back."""
    async with site(tmp_path, token=TOKEN, refuse_reload="rules.toml:3:1: no such key") as web:
        answer = await web.http.post("/-/reload", headers=bearer(TOKEN))

    assert answer.status_code == 422
    assert answer.json() == {"reloaded": False, "error": "rules.toml:3:1: no such key"}


@contextmanager
def _without_tables(folder: Path) -> Iterator[None]:
    """Make every query fail, as a database that was replaced under the daemon does."""
    with closing(sqlite3.connect(folder / "monitor.db")) as database:
        for table in ("outbox_events", "outbox", "alerts"):
            database.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
        database.commit()
        yield


async def test_a_failing_database_is_said_so(tmp_path: Path) -> None:
    """The API answers 503 with a sentence that holds neither SQL nor parameters."""
    async with site(tmp_path, alerts=[kept()]) as web:
        with _without_tables(tmp_path):
            answer = await web.get("/api/v1/alerts")

    assert answer.status_code == 503
    assert answer.json()["error"].endswith("failed: no such table: alerts")


async def test_metrics_outlive_the_database(tmp_path: Path) -> None:
    """What is known without the database is served, and that it fails is a metric."""
    async with site(tmp_path, alerts=[kept()]) as web:
        with _without_tables(tmp_path):
            answer = await web.get("/metrics")

    samples = {sample.name: sample.value for family in parse_text(answer.text) for sample in family.samples}
    assert answer.status_code == 200
    assert samples["budget_monitor_database_up"] == 0
    assert samples["budget_monitor_customers"] == 3
    assert "budget_monitor_alerts" not in samples


async def test_a_database_that_only_writes_fail_is_down_too(tmp_path: Path) -> None:
    """The disk may be full while reading works: the poller's trouble counts."""
    async with site(tmp_path, status=read_status(store_error="disk full")) as web:
        text = (await web.get("/metrics")).text

    assert "budget_monitor_database_up 0.0" in text


@pytest.mark.parametrize(
    ("accept_encoding", "packed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("identity", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, identity", False),
        ("x-gzipper", False),
    ],
)
async def test_metrics_are_packed_for_those_who_take_it(tmp_path: Path, accept_encoding: str, *, packed: bool) -> None:
    """Gzip is used where the scraper asks for it, and only there."""
    headers = {"accept-encoding": accept_encoding}
    async with site(tmp_path) as web, web.http.stream("GET", "/metrics", headers=headers) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])

    assert (answer.headers.get("content-encoding") == "gzip") is packed
    text = (gzip.decompress(raw) if packed else raw).decode()
    assert "budget_monitor_customers" in text


async def test_openmetrics_is_spoken_on_request(tmp_path: Path) -> None:
    """A scraper that offers OpenMetrics gets it, well-formed; any other the text format."""
    async with site(tmp_path, alerts=[kept()]) as web:
        modern = await web.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
        plain = await web.get("/metrics")

    assert modern.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in parse_openmetrics(modern.text)}  # type: ignore[no-untyped-call]
    assert "budget_monitor_alerts" in names
    assert plain.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/alerts/", 307),
        ("GET", "/api/v2/alerts", 404),
        ("GET", "/metrics/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/api/v1/alerts%00", 404),
        ("GET", "/%ff%fe", 404),
        ("GET", "/" + "a" * 20_000, 404),
        ("POST", "/api/v1/alerts", 405),
        ("DELETE", "/metrics", 405),
        ("PUT", "/-/ready", 405),
        ("GET", "/-/reload", 405),
        ("TRACE", "/", 405),
        ("HEAD", "/-/healthy", 200),
    ],
)
async def test_whatever_is_asked_has_a_clear_answer(tmp_path: Path, method: str, path: str, status: int) -> None:
    """Unknown paths and methods are told from each other, and no answer is a traceback."""
    async with site(tmp_path, token=TOKEN) as web:
        answer = await web.http.request(method, path, headers=bearer(TOKEN))

    assert answer.status_code == status
    if status in {404, 405}:
        assert list(answer.json()) == ["error"]


async def test_errors_are_json_everywhere(tmp_path: Path) -> None:
    """A client can read what went wrong in the same way each time."""
    async with site(tmp_path) as web:
        answers = [await web.get("/nothing"), await web.http.post("/-/reload"), await web.get("/api/v1/alerts?state=x")]

    assert [sorted(json.loads(answer.text)) for answer in answers] == [["error"]] * 3
