"""What expressions mean: nulls, division, types, units."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.rules.expression import Expression
from monitor.rules.types import Type
from tests.rules.builders import NOW, customer, exact, find, holds, measured


@pytest.mark.parametrize(
    "when",
    [
        "total_cost > 1",
        "not total_cost > 1",
        "total_cost != 1",
        "total_cost + 1 > 0 or total_cost + 1 <= 0",
        "name not in ('a', 'b')",
        "not startswith(name, 'a')",
        "max(total_cost, 5) >= 5",
        "(total_cost > 1) == (total_cost > 1)",
        "total_cost > 1 if name == 'a' else total_cost <= 1",
    ],
)
def test_an_unknown_condition_never_fires(when: str) -> None:
    """A null operand makes a condition unknown, and neither it nor its opposite fires."""
    assert not holds(when, customer(total_cost=None, name=None))


@pytest.mark.parametrize(
    "when",
    [
        "total_cost is None",
        "period_budget is not None",
        "total_cost > 1 or period_budget == 100",
        "not (total_cost > 1 and period_budget == 5)",
        "coalesce(total_cost, period_budget, 1) == 100",
        "(total_cost > 1) is None",
    ],
)
def test_a_null_decides_nothing_that_is_decided_without_it(when: str) -> None:
    """Conditions are three-valued: what does not depend on the null is still true."""
    assert holds(when, customer(total_cost=None, period_budget=100.0))


@pytest.mark.parametrize(
    "when",
    [
        "5 / average_latency > 1e300",
        "-5 / average_latency < -1e300",
        "(average_latency / average_latency) is None",
        "(5 % average_latency) is None",
        "(5 / average_latency - 5 / average_latency) is None",
        "coalesce(average_latency / average_latency, 3) == 3",
        "(average_latency / average_latency > 1) is None",
        "(5 / 0) > 1 and (total_cost / 0) is None",
    ],
)
def test_division_by_zero_is_infinite_and_zero_by_zero_unknown(when: str) -> None:
    """x/0 is infinite with the sign of x; 0/0, a remainder by zero and infinity less itself are null."""
    assert holds(when, customer(average_latency=0.0))


@pytest.mark.parametrize(
    "when",
    [
        "average_latency / average_latency != 1",
        "average_latency / average_latency not in (1, 2)",
        "not average_latency / average_latency == 1",
        "(True if average_latency / average_latency != 1 else True)",
        "min(average_latency / average_latency, 1) <= 1 or max(1, 5 % average_latency) >= 1",
    ],
)
def test_what_is_not_a_number_is_unknown_too(when: str) -> None:
    """0/0 differs from nothing and is outside no list, because it is not known."""
    assert not holds(when, customer(average_latency=0.0))


@pytest.mark.parametrize(
    "when",
    [
        "0 < total_cost <= 5 < 6",
        "-total_cost == -5",
        "abs(-total_cost) == 5 and min(1, total_cost) == 1 and max(1, 2, total_cost) == 5",
        "round(total_cost / 3) == 2 and round(total_cost / 3, 2) == 1.67",
        "total_cost in (4, 5) and total_cost not in (6, -5)",
        "'John' in name and 'x' not in name and contains(name, 'Doe')",
        "startswith(name, 'John') and endswith(name, 'Doe') and upper(name) == 'JOHN DOE'",
        "(1 if total_cost > 4 else 2) == 1",
        "first_seen >= '2025-12-01' and first_seen < '2025-12-02T00:00:00+00:00'",
        "first_seen in ('2025-12-01', '2025-12-02')",
        "hours_since(first_seen) == 684 and days_since(first_seen) == 28.5",
        "first_seen < last_active_timeframe",
        "name\n  == 'John Doe'\n",
    ],
)
def test_expressions_mean_what_they_mean_in_python(when: str) -> None:
    """Arithmetic, comparisons, choices and functions give what Python gives."""
    row = customer(
        total_cost=5.0,
        name="John Doe",
        first_seen=datetime(2025, 12, 1, tzinfo=UTC),
        last_active_timeframe=NOW - timedelta(days=1),
    )

    assert holds(when, row)


def test_a_time_without_a_zone_is_utc() -> None:
    """A row whose time lost its zone is compared as UTC and raises nothing."""
    row = customer(first_seen=datetime(2025, 12, 1))  # noqa: DTZ001  # the point of the test

    assert holds("first_seen == '2025-12-01T00:00:00Z'", row)


def test_an_infinite_value_reaches_every_level() -> None:
    """Spend against a budget of nothing is beyond every level."""
    finding = find(measured("period_used", 0.5, 0.8, 1.0), customer(period_budget=0.0), exact(1.0))

    assert finding is not None
    assert (finding.level, finding.value) == (2, float("inf"))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("period_cost / period_budget", "ratio"),
        ("100 * period_cost / period_budget", "ratio"),
        ("period_cost * period_elapsed", "USD"),
        ("period_cost / period_elapsed", "USD"),
        ("period_budget * 0.5 - 3", "USD"),
        ("max(period_budget, 5)", "USD"),
        ("round(total_cost, 2)", "USD"),
        ("coalesce(period_budget, 0)", "USD"),
        ("number_of_requests", "requests"),
        ("total_cost / number_of_requests", ""),
        ("days_since(first_seen)", "days"),
        ("5", ""),
        ("total_cost if period_budget is None else period_cost", "USD"),
    ],
)
def test_a_unit_follows_from_the_units_of_the_fields(text: str, unit: str) -> None:
    """Like by like is a ratio, a share of something is measured like the whole, a bare number adapts."""
    assert Expression.parse(text).unit == unit


def test_an_expression_tells_what_it_reads_and_what_was_written() -> None:
    """Fields are listed both with derived ones written out and as the user named them."""
    expression = Expression.parse("period_used > 1 and total_cost > 5")

    assert expression.fields == {"period_cost", "period_budget", "total_cost"}
    assert expression.names == {"period_used", "total_cost"}
    assert expression.type is Type.BOOL
