"""2,500 customers in two environments, and their alerts as plain arithmetic has them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.demo.api import make_app
from monitor.demo.customer import Customer
from monitor.demo.server import serve_in_thread
from monitor.demo.world import World
from tests.endtoend.builders import rules
from tests.endtoend.processes import run_once

SIZES = {"prod": 1_700, "test": 800}

TOTAL_BUDGET = """
[[rules]]
name = "total-budget"
where = "email_domain != 'internal.example'"
value = "total_cost / total_budget"
levels = [
  { at_least = 0.75, severity = "warning" },
  { at_least = 0.9, severity = "critical" },
]
"""
PERIOD_BUDGET = """
[[rules]]
name = "period-budget"
value = "period_cost / period_budget"
levels = [
  { at_least = 0.5, severity = "info" },
  { at_least = 0.8, severity = "warning" },
  { at_least = 1.0, severity = "critical" },
]
"""
UNBUDGETED = """
[[rules]]
name = "unbudgeted-spender"
environments = ["prod"]
when = "period_budget is None and total_cost >= 500"
severity = "warning"
"""

Alert = tuple[str, str, str, str, str, float | None, float | None]
"""Rule, environment, customer, state, severity, level, value."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All that decides about one customer, USD."""

    environment: str
    identifier: str
    email: str
    total_cost: float
    period_usage: float
    period_budget: float | None
    total_budget: float | None


def population() -> Iterator[Figures]:
    """Most have spent little; some stand below, on and above each level, without a budget, or with one of nothing."""
    chance = random.Random(2025)  # noqa: S311 - to be repeatable
    for environment, size in SIZES.items():
        for number in range(size):
            domain = "internal.example" if number % 7 == 0 else "example.com"
            name = f"user {number}/ä@{domain}"
            budget: float | None = chance.choice([50.0, 100.0, 250.0])
            usage = round(chance.uniform(0, 0.1) * (budget or 0), 2)
            earlier = round(chance.uniform(0, 0.12) * (budget or 0), 2)
            total_budget: float | None = None
            match number % 20:
                case 0:
                    budget, usage, earlier = None, 0.0, chance.choice([499.99, 500.0, 0.0, 812.5])
                case 1:
                    usage = (budget or 0) * chance.choice([0.4999, 0.5, 0.65, 0.7999, 0.8, 0.9999, 1.0, 1.75])
                case 2:
                    earlier = chance.choice([300.0, 5_000.0])  # spent long ago, and none of this period's
                case 3:
                    total_budget = round((usage + earlier) / chance.choice([0.5, 0.7499, 0.75, 0.8, 0.9, 1.2]), 6)
                case 4 if number % 100 == 4:
                    budget, usage = 0.0, chance.choice([0.0, 3.0])
            total = round(usage + earlier, 2)
            yield Figures(environment, name, f"{number}@{domain}", total, usage, budget, total_budget)


def customer_of(figures: Figures, period_start: datetime) -> Customer:
    """The customer as the stand-in has it."""
    return Customer.standing(
        figures.identifier,
        environment=figures.environment,
        email=figures.email,
        total_cost=figures.total_cost,
        period_usage=figures.period_usage,
        period_budget=figures.period_budget,
        total_budget=figures.total_budget,
        period_start=period_start,
    )


def by_hand(each: Figures) -> Iterator[Alert]:
    """The alerts of a customer."""
    where, who = each.environment, each.identifier
    if each.period_budget is not None:
        if each.period_budget > 0:
            used: float | None = each.period_usage / each.period_budget
            level = _furthest(each.period_usage, each.period_budget, (0.5, 0.8, 1.0))
        else:
            used, level = None, 1.0 if each.period_usage > 0 else None  # infinitely much, which JSON cannot say
        if level is not None:
            severity = {0.5: "info", 0.8: "warning", 1.0: "critical"}[level]
            yield "period-budget", where, who, "firing", severity, level, used
    elif where == "prod" and each.total_cost >= 500:
        yield "unbudgeted-spender", where, who, "firing", "warning", None, None
    if each.total_budget is not None and not each.email.endswith("@internal.example"):
        level = _furthest(each.total_cost, each.total_budget, (0.75, 0.9))
        if level is not None:
            severity = {0.75: "warning", 0.9: "critical"}[level]
            yield "total-budget", where, who, "firing", severity, level, each.total_cost / each.total_budget


def _furthest(spent: float, budget: float, levels: tuple[float, ...]) -> float | None:
    # To a billionth, as documented: what is nearer than that is rounding.
    return max((level for level in levels if spent / budget >= level - 1e-9), default=None)


def alerts_of(printed: dict[str, Any]) -> list[Alert]:
    """The alerts that were printed, in the order of the calculation."""
    fields = ("rule", "environment", "customer_identifier", "state", "severity", "level")
    found = [(*(alert[name] for name in fields), _rounded(alert["value"])) for alert in printed["alerts"]]
    return sorted(found, key=_order)


def expected() -> list[Alert]:
    """The alerts that there must be."""
    alerts = [(*alert[:-1], _rounded(alert[-1])) for figures in population() for alert in by_hand(figures)]
    return sorted(alerts, key=_order)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _order(alert: Alert) -> tuple[str, str, str]:
    return alert[:3]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    """What two runs print, the second with the database of the first."""
    folder = tmp_path_factory.mktemp("runs")
    tables = (PERIOD_BUDGET, TOTAL_BUDGET, UNBUDGETED)
    text = rules(*tables, environments=SIZES, requests_per_minute=600, channels={})
    (folder / "rules.toml").write_text(text, encoding="utf-8")
    now = datetime.now(UTC)
    of = World(
        (customer_of(each, now - timedelta(days=3)) for each in population()), lambda: datetime.now(UTC), limit=None
    )
    with serve_in_thread(make_app(of)) as base_url:
        yield [run_once(folder, base_url) for _ in range(2)]


def test_the_calculation_has_every_kind_of_alert() -> None:
    """The customers are such that each rule fires at each of its levels, for some and not for most."""
    alerts = expected()

    assert {(alert[0], alert[5]) for alert in alerts} == {
        ("period-budget", 0.5),
        ("period-budget", 0.8),
        ("period-budget", 1.0),
        ("total-budget", 0.75),
        ("total-budget", 0.9),
        ("unbudgeted-spender", None),
    }
    assert 100 < len(alerts) < 500


def test_a_fresh_database_gives_the_alerts_of_the_calculation(runs: list[dict[str, Any]]) -> None:
    """Every alert, its level and its value are those that arithmetic gives, and there is no other."""
    assert alerts_of(runs[0]) == expected()


def test_each_alert_of_the_first_run_is_an_event(runs: list[dict[str, Any]]) -> None:
    """The first run fires each alert once."""
    events = [
        (event["kind"], event["rule"], event["environment"], event["customer_identifier"])
        for event in runs[0]["events"]
    ]

    assert sorted(events) == sorted(("fired", *alert[:3]) for alert in expected())


def test_a_second_run_gives_the_same_alerts_and_no_event(runs: list[dict[str, Any]]) -> None:
    """Nothing has happened between the runs, so nothing is said, and each alert is as it was."""
    assert runs[1]["alerts"] == runs[0]["alerts"]
    assert runs[1]["events"] == []


def test_both_runs_read_every_customer(runs: list[dict[str, Any]]) -> None:
    """Each environment is read whole, by pages of 1,000."""
    for printed in runs:
        read = {each["name"]: (each["customers"], each["complete"]) for each in printed["environments"]}
        assert read == {name: (size, True) for name, size in SIZES.items()}


def test_readings_are_taken_where_they_are_needed_only(runs: list[dict[str, Any]]) -> None:
    """A few hundred of 2,500 periods decide all; the second run needs none of them again."""
    first, second = (sum(each["requests"] for each in printed["environments"]) for printed in runs)

    assert 100 < first < 500
    assert second == 3
