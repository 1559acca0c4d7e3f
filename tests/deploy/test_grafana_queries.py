"""Dashboards and alerting rules in a real Prometheus that has scraped a daemon over the demo's customers."""

import json
import math
import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode

import pytest

from monitor.demo.api import make_app
from monitor.demo.server import serve_in_thread
from monitor.demo.story import Story
from tests.cli.builders import PATIENCE, desk
from tests.deploy.builders import (
    MISSING,
    PROMETHEUS,
    alerting_rules,
    dashboards,
    panels,
    prometheus,
)
from tests.prometheus.test_prometheus import SCRAPES, get, scraped_too

# What Grafana puts in place of its variables, for a scrape every second.
FILLED = {"$environment": ".*", "$rule": ".*", "$channel": ".*", "$__rate_interval": "8s", "$__interval": "5s"}
WINDOW = 60

# Just before the first of the story's customers passes half of its budget, at 20 s: what is found at the start is told,
# and some seconds later there is more to tell.
BEFORE = timedelta(seconds=18)


@contextmanager
def watched_demo(folder: Path) -> Iterator[str]:
    """The address of a daemon with the demo's rules over the demo's customers, polling every second.

    Series of all customers with a budget are asked for.
    """
    rules = files("monitor.demo").joinpath("rules.toml").read_text("utf-8")
    for slow, quick in (
        ('interval = "3s"', 'interval = "1s"'),
        ("requests_per_minute = 60", "requests_per_minute = 600"),
    ):
        assert slow in rules
        rules = rules.replace(slow, quick)
    if "[metrics]" not in rules:
        rules += '\n[metrics]\ncustomers = "period_budget > 0"\n'

    def now() -> datetime:
        return datetime.now(UTC)

    world = Story(now() - BEFORE).world(now, limit=None)
    with serve_in_thread(make_app(world)) as base_url, desk(folder, base_url, rules).process("run") as process:
        yield process.address()


def ask(server: str, path: str, query: Mapping[str, object]) -> Any:  # noqa: ANN401 - whatever the API says
    """What the API of Prometheus says; nothing while it does not listen yet."""
    try:
        return json.loads(get(f"{server}/api/v1/{path}?{urlencode(query)}"))["data"]
    except URLError:
        return {"result": [], "groups": []}


def answers(server: str, target: Mapping[str, Any]) -> bool:
    """Whether a panel's query has something to show."""
    query = target["expr"]
    for variable, value in FILLED.items():
        query = query.replace(variable, value)
    now = time.time()
    if target["instant"]:
        path, over = "query", {"time": now}
    else:
        path, over = "query_range", {"start": now - WINDOW, "end": now, "step": 1}
    samples = [
        value
        for series in ask(server, path, {"query": query, **over})["result"]
        for _, value in (series["values"] if "values" in series else [series["value"]])
    ]
    return any(not math.isnan(float(value)) for value in samples)


QUERIED = {
    variable["name"]: variable["definition"]
    for board in dashboards().values()
    for variable in board["templating"]["list"]
    if variable["type"] == "query"
}


def offers(server: str, definition: str) -> list[str]:
    """What a variable lets one choose from: `label_values(SELECTOR, LABEL)`."""
    selector, label = definition.removeprefix("label_values(").removesuffix(")").rsplit(",", 1)
    return list(ask(server, f"label/{label}/values", {"match[]": selector}))


@dataclass(frozen=True)
class Seen:
    """A Prometheus that scrapes the daemon, and a queue that gets an entry with every scrape."""

    server: str
    scrapes: "queue.SimpleQueue[str]"

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for what the next scrapes bring, as long as it makes sense."""
        for _ in range(SCRAPES):
            self.scrapes.get(timeout=PATIENCE)  # our own target was scraped: there may be news
            if done():
                break


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """A Prometheus with the files of deploy/ over the demo's customers."""
    if PROMETHEUS is None:
        pytest.skip(f"prometheus {MISSING}")
    folder = tmp_path_factory.mktemp("seen")
    with (
        watched_demo(folder) as address,
        scraped_too() as (own_port, scrapes),
        prometheus(folder, budget_monitor=address.removeprefix("http://"), ours=f"127.0.0.1:{own_port}") as server,
    ):
        yield Seen(server, scrapes)


def test_every_query_returns_data(seen: Seen) -> None:
    """After some seconds no panel is empty."""
    missing = {(str(panel), target["refId"]): target for panel in panels() for target in panel.targets}
    assert len(missing) > 50

    def done() -> bool:
        for name in [name for name, target in missing.items() if answers(seen.server, target)]:
            del missing[name]
        return not missing

    seen.until(done)

    assert list(missing) == []


def test_every_variable_offers_something(seen: Seen) -> None:
    """The lists above a dashboard hold what the demo has: environments, rules, the channel."""
    offered: dict[str, list[str]] = {}

    def done() -> bool:
        offered.update({name: offers(seen.server, query) for name, query in QUERIED.items()})
        return all(offered.values())

    seen.until(done)

    assert offered["environment"] == ["prod", "test"]
    assert {"period-budget", "unbudgeted-spender"} <= set(offered["rule"])
    assert offered["channel"] == ["console"]


def test_no_alert_is_raised_over_the_demo(seen: Seen) -> None:
    """Prometheus evaluates every rule without an error, and none has anything to say of a sound daemon."""
    rules: list[dict[str, Any]] = []

    def done() -> bool:
        groups = ask(seen.server, "rules", {})["groups"]
        rules[:] = [rule for group in groups for rule in group["rules"]]
        return all(rule["health"] == "ok" for rule in rules) and bool(rules)

    seen.until(done)

    assert {rule["name"] for rule in rules} == {rule["alert"] for rule in alerting_rules()}
    assert {rule["name"]: rule["lastError"] for rule in rules if rule["health"] != "ok"} == {}
    assert [rule["name"] for rule in rules if rule["state"] != "inactive"] == []
