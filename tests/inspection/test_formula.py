"""Formulas with the values put in."""

from typing import Any

import pytest

from monitor.inspection.bounds import Bounds
from monitor.inspection.formula import Truth, filled, lacking, number, truth
from monitor.spending.course import BLANK
from tests.inspection.builders import case, course

READ = course(usage=81.2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("period_cost / period_budget", "$81.20 / $100.00"),
        ("period_used >= 0.5", "0.812 >= 0.5"),
        ("total_cost-period_cost", "$523.45-$81.20"),
        ("max(total_cost, 3) > 1", "max($523.45, 3) > 1"),
        ("customer_identifier == 'period_cost'", "'user_123' == 'period_cost'"),
        ("period_start >= '2025-12-01'", "2025-12-01 00:00 >= '2025-12-01'"),
        ("email_domain != 'example.com'", "? != 'example.com'"),
        ("total_cost >=\n  500", "$523.45 >= 500"),
        ("'é' != budget_duration", "'é' != 'monthly'"),
    ],
)
def test_values_stand_in_the_place_of_names(text: str, expected: str) -> None:
    """Each field gives way to its value, nothing else is touched, and `?` is what nobody knows."""
    assert filled(text, case(known=READ)) == expected


@pytest.mark.parametrize(
    ("name", "of_case", "expected"),
    [
        ("period_cost", {}, "($0.00 … $1,046.90)"),
        ("period_budget", {"period_budget": None}, "None"),
        ("period_start", {}, "?"),
        ("exhausts_at", {"known": READ}, "None"),
        ("spend_24h", {}, "None"),
        ("total_used", {"total_budget": 0.0}, "∞"),
        ("total_cost", {"total_cost": 0.000042}, "$0.000042"),
    ],
)
def test_what_is_not_one_figure(name: str, of_case: dict[str, Any], expected: str) -> None:
    """Bounds, nulls, infinity and small amounts read as what they are."""
    assert filled(name, case(**of_case)) == expected


def test_customers_do_not_format_the_page() -> None:
    """What a customer chose is one visible line in quotes."""
    assert filled("customer_identifier", case(identifier="a\x1b[2J\nb")) == "'a[2J b'"


@pytest.mark.parametrize(
    ("condition", "of_case", "expected"),
    [
        ("total_cost >= 500", {}, Truth.YES),
        ("total_cost >= 600", {}, Truth.NO),
        ("total_budget >= 1", {"total_budget": None}, Truth.UNKNOWN),
        ("period_cost >= 50", {"known": BLANK}, Truth.OPEN),
        ("period_cost >= 5000", {"known": BLANK}, Truth.NO),
        ("period_cost >= 50", {"known": READ}, Truth.YES),
    ],
)
def test_what_a_condition_says(condition: str, of_case: dict[str, Any], expected: Truth) -> None:
    """Yes, no, unknown for a null, and open where only a reading tells."""
    assert truth(condition, case(**of_case)) is expected


def test_bounds_of_a_number() -> None:
    """A number that rests on the period is bounded as the period cost is, and known once that is."""
    assert number("period_cost / 2", case()) == Bounds(0.0, 523.45)
    assert number("100 - period_cost", case()) == Bounds(-946.9000000000001, 100.0)
    assert number("1000 - period_cost", case(known=course(usage=500.0))) == Bounds(500.0, 500.0)


def test_what_the_database_does_not_keep() -> None:
    """Fields of the row that nobody knows are named, those that derived ones are made of among them."""
    assert lacking("email_domain != 'x' and number_of_requests > total_cost", case()) == {"email", "number_of_requests"}
