"""The order of a listing, and who is in it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.inspection.figures import figures
from monitor.inspection.ranking import Order, Over, SortKey, first, order, over
from tests.inspection.builders import course, sight


def sorted_identifiers(key: SortKey, *customers: dict[str, Any]) -> list[str]:
    """Customers a, b, c, … in the order of a key."""
    seen = [sight(identifier, **fields) for identifier, fields in zip("abcdef", customers, strict=False)]
    return [each.customer_identifier for each in first([order(each, figures(each), key) for each in seen], None)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (SortKey.PERIOD_USED, ["b", "a", "c", "d"]),
        (SortKey.PERIOD_COST, ["a", "b", "c", "d"]),
        (SortKey.PERIOD_REMAINING, ["b", "a", "c", "d"]),
        (SortKey.PACE, ["b", "a", "c", "d"]),
        (SortKey.TOTAL_COST, ["d", "a", "b", "c"]),
        (SortKey.IDENTIFIER, ["a", "b", "c", "d"]),
    ],
)
def test_most_first_and_of_what_is_left_least(key: SortKey, expected: list[str]) -> None:
    """What one looks for comes first; who has no such figure comes last."""
    found = sorted_identifiers(
        key,
        {"known": course(usage=60.0), "period_budget": 100.0},
        {"known": course(usage=50.0), "period_budget": 55.0},
        {"known": course(usage=1.0), "period_budget": 100.0},
        {"period_budget": None, "total_cost": 9_000.0},
    )

    assert found == expected


def test_what_is_sure_comes_before_what_may_be() -> None:
    """Who was never read may have spent everything; between such customers that decides, and nowhere else."""
    found = sorted_identifiers(
        SortKey.PERIOD_USED,
        {"total_cost": 5_000.0},
        {"total_cost": 9_000.0},
        {"known": course(usage=10.0)},
    )

    assert found == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("fields", "share", "expected"),
    [
        ({"known": course(usage=81.2)}, 0.8, Over.SURELY),
        ({"known": course(usage=79.0)}, 0.8, None),
        ({"known": course(usage=79.0, total_low=521.45)}, 0.8, Over.POSSIBLY),
        ({}, 0.8, Over.POSSIBLY),
        ({"total_cost": 39.0}, 0.8, None),
        ({"period_budget": None}, 0.0, None),
        ({"known": course(usage=81.2)}, None, None),
    ],
)
def test_over_a_share(fields: dict[str, Any], share: float | None, expected: Over | None) -> None:
    """Surely, possibly, or not at all; nobody without a budget."""
    assert over(figures(sight(**fields)), share) is expected


@given(st.lists(st.tuples(st.booleans(), st.floats(-1e6, 1e6)), max_size=50), st.integers(1, 20))
def test_the_first_are_those_of_all_in_order(found: list[tuple[bool, float]], limit: int) -> None:
    """Looking for a few finds the head of what looking for all finds."""
    orders = [Order(unknown, usd, usd, f"user_{n}", "prod", "", n) for n, (unknown, usd) in enumerate(found)]

    assert first(iter(orders), limit) == first(iter(orders), None)[:limit]
