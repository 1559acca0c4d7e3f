"""How long a rule takes on a customer: 20 rules of the kind people write, on pages of 1,000 customers.

Run with `python bench/rules.py`. Prints microseconds per rule and customer: all rules together, then each.
"""

import random
import time
from datetime import UTC, datetime, timedelta

from monitor.respan.models import Customer
from monitor.rules.rule import Direction, Level, Rule
from monitor.spending.standing import Standing

PAGE = 1_000
ROUNDS = 50
EXACT, UNBUDGETED, UNLIMITED, NEAR = 0.1, 0.1, 0.3, 0.03
"""Shares of customers: read in this period, without a period budget, without a total budget, near their budgets."""

NOW = datetime(2025, 12, 29, 12, tzinfo=UTC)

LEVELS = [Level(0.5, "info"), Level(0.8, "warning"), Level(1.0, "critical")]
MEASURED = [
    ("period_cost / period_budget", "email_domain != 'example.com'", LEVELS),
    ("period_cost / period_budget", None, LEVELS),
    ("period_used", "budget_duration == 'monthly'", LEVELS),
    ("period_used", "budget_duration in ('daily', 'weekly')", [Level(0.9, "warning")]),
    ("period_used / period_elapsed", "period_cost >= 50", [Level(2.0, "warning")]),
    ("total_used", None, LEVELS),
    ("total_cost / total_budget", "not startswith(customer_identifier, 'test')", LEVELS),
    ("total_cost", None, [Level(5_000.0, "info"), Level(10_000.0, "critical")]),
    ("period_cost", "period_budget is None", [Level(500.0, "warning")]),
    ("period_cost - period_budget", None, [Level(100.0, "critical")]),
    ("total_cost / number_of_requests", "number_of_requests >= 1000", [Level(1.0, "info")]),
    ("average_latency", "number_of_requests > 100", [Level(30.0, "warning")]),
    ("100 * period_cost / period_budget", None, [Level(80.0, "warning"), Level(95.0, "critical")]),
]
LOW = [
    ("period_remaining", "period_budget > 0", [Level(1.0, "warning"), Level(0.0, "critical")]),
    ("total_remaining", None, [Level(10.0, "warning")]),
]
CONDITIONS = [
    "period_budget is None and total_cost >= 5000",
    "total_cost > 2000 and days_since(last_active_timeframe) > 30",
    "period_cost > period_budget and total_cost > total_budget",
    "endswith(email, '@example.org') and total_cost > 1000",
    "total_tokens > 50000000 or number_of_requests > 1000000",
]


def rules() -> list[Rule]:
    """Returns the 20 rules."""
    found = [Rule.compile(name=value, value=value, where=where, levels=levels) for value, where, levels in MEASURED]
    found += [
        Rule.compile(name=value, value=value, where=where, levels=levels, direction=Direction.AT_MOST)
        for value, where, levels in LOW
    ]
    return found + [Rule.compile(name=when, when=when, levels=[Level(None, "warning")]) for when in CONDITIONS]


def page(generator: random.Random) -> tuple[list[Customer], list[Standing]]:
    """Returns a page most of whose customers are far from their budgets and not known exactly."""
    rows, standings = [], []
    for index in range(PAGE):
        total = generator.lognormvariate(3, 1.6)
        budget = None if generator.random() < UNBUDGETED else total * (1 if generator.random() < NEAR else 20)
        rows.append(
            Customer(
                customer_identifier=f"user_{index}",
                name=f"Customer {index}",
                email=f"user{index}@{generator.choice(['example.com', 'example.net', 'example.org'])}",
                last_active_timeframe=NOW - timedelta(hours=generator.random() * 1_000),
                number_of_requests=float(generator.randrange(10_000)),
                total_tokens=float(generator.randrange(1_000_000)),
                total_cost=total,
                average_latency=generator.random() * 5,
                period_budget=budget,
                budget_duration="monthly",
                total_budget=None if generator.random() < UNLIMITED else 50 * total + 100,
            )
        )
        exact = generator.random() < EXACT
        spent, elapsed = total * generator.random(), generator.random()
        standings.append(
            Standing(
                exact=exact,
                cost_low=spent if exact else 0.0,
                cost_high=spent if exact else total,
                elapsed_low=elapsed if exact else 0.0,
                elapsed_high=elapsed if exact else 1.0,
                start=None,
                end=None,
            )
        )
    return rows, standings


def measure(rule: Rule, rows: list[Customer], standings: list[Standing]) -> tuple[float, int]:
    """Returns the best time of several runs, in microseconds per customer, and how many customers were found."""
    best, found = float("inf"), 0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        found = len(rule.evaluate(rows, standings, NOW))
        best = min(best, time.perf_counter() - begun)
    return best / len(rows) * 1e6, found


def main() -> None:
    """Prints the figures."""
    rows, standings = page(random.Random(1))
    figures = [(rule, *measure(rule, rows, standings)) for rule in rules()]
    mean = sum(figure for _, figure, _ in figures) / len(figures)
    print(f"{mean:.3f} µs per rule and customer, {len(figures)} rules")
    for rule, figure, found in figures:
        where = f" where {rule.where}" if rule.where else ""
        print(f"  {figure:.3f} µs  {found:4} found  {rule.value or rule.when}{where}")


if __name__ == "__main__":
    main()
