"""What is decided within bounds is true of everything between them, in the cases that are easy to get wrong."""

import pytest

from monitor.rules.expression import Expression
from tests.rules.builders import NOW, between, condition, customer, find, grid, grid_truths, holds, measured, reference

_HUGE = "1e308 * 10"  # infinite once multiplied


@pytest.mark.parametrize(
    "when",
    [
        "period_cost / period_budget >= 0.5",
        "period_cost / period_budget >= -1",
        "not period_cost / period_budget > 1",
        "period_cost / period_budget is None",
        "100 / (period_cost / period_budget) >= 0",
        "period_budget / period_cost > 0.5",
        "period_cost / period_elapsed > 6",
        "-1 / period_elapsed > -1.5",
        "(period_cost - 3) / period_elapsed <= -5",
        "(period_used / period_elapsed) is not None",
        "period_cost * period_budget >= 3",
        "period_cost * -2 > -7",
        "period_cost * period_elapsed > 3",
        "(period_cost - 3) * (period_elapsed - 0.7) > 1",
        "period_cost - period_cost == 0",
        "period_budget - period_cost < 1",
        "abs(period_cost - 3) < 1",
        "abs(-period_cost) > 4",
        "min(period_cost, period_budget) > 0.5 or max(period_cost, 2) < 3",
        "round(period_cost / 3) == 1",
        "period_cost % 2 == 0.5",
        "period_cost in (0, 2.5)",
        "(1 if period_cost > 1 else 5) > 2",
        "(1 if period_budget > 1 else period_cost) > 2",
        "(period_cost > 1 if period_budget > 1 else period_cost > 4)",
        "(period_cost > 1) == (period_elapsed > 0.7)",
        "coalesce(period_cost / period_budget, 5) > 2",
        "coalesce(period_cost > 4, period_elapsed > 0.7)",
        "(period_cost % 7 + period_elapsed) is not None and abs(period_cost) > 3",
        "period_elapsed >= 0",
        "period_elapsed is None",
        "coalesce(period_elapsed, 0.2) < 0.3",
        "period_start is None or period_start > '2025-01-01'",
        f"period_cost * {_HUGE} / (period_budget * {_HUGE}) >= 0",
        f"period_cost * {_HUGE} * period_budget is None",
        f"period_budget * {_HUGE} * period_cost is None",
        f"period_cost * {_HUGE} * (period_elapsed * {_HUGE}) is None",
        f"period_budget * {_HUGE} - period_cost * {_HUGE} is None",
        f"period_cost * {_HUGE} + period_budget * {_HUGE} is None",
    ],
)
def test_a_decided_condition_is_true_of_everything_between_the_bounds(when: str) -> None:
    """On odd budgets and bounds, a decision agrees with a slow evaluator at every standing that they allow."""
    tree = Expression.parse(when).tree
    page, bounds = grid()

    found = {finding.index: finding.level for finding in condition(when).evaluate(page, bounds, NOW)}

    wrong = [
        (row, standing)
        for index, (row, standing) in enumerate(zip(page, bounds, strict=True))
        if found.get(index, -1) is not None
        and {reference(tree, row, truth) is True for truth in grid_truths(standing)} != {index in found}
    ]
    assert not wrong


@pytest.mark.parametrize(
    "when",
    [
        "period_cost / period_budget >= 0.5",
        "period_remaining < 80",
        "100 * period_used > 10",
        "not period_used < 0.1",
        "period_cost > 0.8 * period_budget or period_cost > 15",
        "min(period_cost, period_remaining) > 10 or period_budget is not None",
    ],
)
def test_a_usual_rule_is_decided_where_the_bounds_allow(when: str) -> None:
    """Bounds far on one side of a level settle it: a rule that is always undecided would be sound and useless."""
    row = customer(period_budget=100.0)
    narrow = [between(0.0, 0.5, (0.6, 0.8)), between(60.0, 65.0, (0.3, 0.4))]

    findings = [find(condition(when), row, standing) for standing in narrow]

    assert not any(finding.undecided for finding in findings if finding)


@pytest.mark.parametrize("when", ["period_used > period_elapsed", "period_cost / period_elapsed > 60"])
def test_a_rule_on_the_elapsed_share_is_ruled_out_within_bounds(when: str) -> None:
    """The share may turn out unknown, so bounds never make such a rule sure, but they can make it impossible."""
    row = customer(period_budget=100.0)

    assert find(condition(when), row, between(0.0, 5.0, (0.6, 0.8))) is None
    assert not holds(when, row, between(90.0, 95.0, (0.3, 0.4)))


def test_a_level_on_the_elapsed_share_is_not_sure_within_bounds() -> None:
    """The same for a rule with levels."""
    rule = measured("period_used / period_elapsed", 2.0)

    finding = find(rule, customer(period_budget=100.0), between(90.0, 95.0, (0.3, 0.4)))

    assert finding is not None
    assert (finding.level, finding.possible) == (None, 0)
