"""How a rule over all customers stands: levels, bounds, and what is said before everybody was read."""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from monitor.rules.aggregate_rule import AggregateRule, Assessment, Coverage, Scope, Total
from monitor.rules.contribution import Formula
from monitor.rules.rule import Direction, Level, RuleError

AT_MOST = Direction.AT_MOST
ALL, OUTDATED, SOME = Coverage.ALL, Coverage.OUTDATED, Coverage.SOME


def rule(value: str, *thresholds: float, direction: Direction = Direction.AT_LEAST, **changes: Any) -> AggregateRule:  # noqa: ANN401 - any entry
    """A rule with `value`."""
    levels = [Level(threshold, "warning") for threshold in thresholds or (100.0,)]
    return AggregateRule.compile(
        name="rule", scope=Scope.ENVIRONMENT, value=value, levels=levels, direction=direction, **changes
    )


def condition(when: str) -> AggregateRule:
    """A rule with `when`."""
    return AggregateRule.compile(
        name="rule", scope=Scope.ENVIRONMENT, when=when, levels=[Level(threshold=None, severity="warning")]
    )


def total(*ends: float | tuple[float | None, float]) -> Total:
    """What customers who add these come to: a number each, or its bounds."""
    found = Total()
    for each in ends:
        low, high = each if isinstance(each, tuple) else (each, each)
        found = found.with_(Total(1, low or 0.0, high, low, high))
    return found


def assess(of: AggregateRule, *totals: Total, coverage: Coverage = ALL) -> Assessment:
    """How a rule stands, with the totals in the order of its formulas."""
    known: dict[Formula, Total] = dict(zip(of.formulas, totals, strict=False))
    return of.assess(known, coverage)


def test_a_sum_is_compared_with_levels() -> None:
    """The furthest level that the sum reaches is the level, and its value is told."""
    assert assess(rule("sum(total_cost)", 50, 100, 200), total(60.0, 50.0)) == Assessment(1, 1, 110.0)


def test_nobody_adds_nothing() -> None:
    """The sum of none is 0; an average and the greatest of none are null, and reach nothing in either direction."""
    assert assess(rule("sum(total_cost)", 0.0, direction=AT_MOST)) == Assessment(0, 0, 0.0)
    assert assess(rule("count()", 0.0, direction=AT_MOST)) == Assessment(0, 0, 0.0)
    assert assess(rule("avg(total_cost)", 0.0, direction=AT_MOST)) == Assessment(None, None, None)
    assert assess(rule("max(total_cost)", 0.0, direction=AT_MOST)) == Assessment(None, None, None)


@pytest.mark.parametrize(
    ("value", "totals", "expected"),
    [
        ("avg(total_cost)", [total(10.0, 20.0)], 15.0),
        ("max(total_cost)", [total(10.0, 20.0)], 20.0),
        ("count()", [total(1.0, 1.0, 1.0)], 3.0),
        ("sum(total_cost) / count()", [total(10.0, 20.0), total(1.0, 1.0, 1.0)], 10.0),
        ("sum(period_cost) / sum(period_budget)", [total(30.0), total(60.0)], 0.5),
        ("max(total_cost) / sum(total_cost)", [total(30.0, 70.0)], 0.7),
        ("sum(total_cost) / sum(total_budget)", [total(30.0), total()], math.inf),
        ("avg(period_cost)", [total(30.0, 50.0), total(1.0, 1.0)], 40.0),
    ],
)
def test_aggregates_are_combined(value: str, totals: Sequence[Total], expected: float) -> None:
    """Sum, average, greatest and count, and arithmetic over them."""
    assert assess(rule(value), *totals).value == expected


def test_a_threshold_counts_as_reached_however_it_was_added_up() -> None:
    """The noise of a sum of floats keeps no level from being reached."""
    assert assess(rule("sum(total_cost)", 0.3), total(0.1, 0.1, 0.1 - 1e-12)).level == 0


def test_what_a_sum_surely_is_and_may_be_are_told_apart() -> None:
    """A level is surely reached by the least, and maybe by the greatest; the value is the one that is sure."""
    assert assess(rule("sum(period_cost)", 50, 100), total(60.0, (0.0, 70.0))) == Assessment(0, 1, 60.0, "or more")


def test_running_low_is_judged_from_the_other_side() -> None:
    """For levels that are reached from above the greatest is what is sure."""
    of = rule("sum(period_cost)", 100, 50, direction=AT_MOST)

    assert assess(of, total(30.0, (0.0, 40.0))) == Assessment(0, 1, 70.0, "or less")


def test_the_greatest_may_be_of_somebody_who_may_not_count() -> None:
    """Who only may match can be the greatest, but surely is not."""
    assert assess(rule("max(period_cost)", 50, 100), total(60.0, (None, 200.0))) == Assessment(0, 1, 60.0, "or more")
    assert assess(rule("max(period_cost)", 50), total((None, 200.0))) == Assessment(None, 0, None)


@pytest.mark.parametrize("coverage", [SOME, OUTDATED])
def test_who_was_not_read_can_only_add_to_a_sum(coverage: Coverage) -> None:
    """A level that is reached already is, a further one may be; none is surely left, and the value says so."""
    assert assess(rule("sum(total_cost)", 50, 100), total(60.0), coverage=coverage) == Assessment(0, 1, 60.0, "or more")
    assert assess(rule("count()", 1, 5), total(1.0), coverage=coverage) == Assessment(0, 1, 1.0, "or more")
    assert assess(rule("max(total_cost)", 50, 100), total(60.0), coverage=coverage).level == 0


@pytest.mark.parametrize("coverage", [SOME, OUTDATED])
@pytest.mark.parametrize("value", ["sum(total_cost)", "count()", "max(total_cost)", "avg(total_cost)"])
def test_nothing_runs_low_before_everybody_was_read(value: str, coverage: Coverage) -> None:
    """Whoever is missing may be all that there is."""
    found = assess(rule(value, 1000, direction=AT_MOST), total(1.0), coverage=coverage)

    assert (found.level, found.possible) == (None, 0)


@pytest.mark.parametrize(
    ("value", "threshold"),
    [("avg(total_cost)", 0.4), ("sum(period_cost) / sum(period_budget)", 0.4), ("1000 - sum(total_cost)", 0.4)],
)
def test_what_others_can_lessen_is_not_said_before_they_were_read(value: str, threshold: float) -> None:
    """An average, a share and a difference may yet fall."""
    of, totals = rule(value, threshold), (total(60.0), total(60.0))

    assert assess(of, *totals).level == 0
    assert (assess(of, *totals, coverage=SOME).level, assess(of, *totals, coverage=SOME).possible) == (None, 0)


def test_a_sum_that_somebody_can_lessen_is_not_said_before_everybody_was_read() -> None:
    """What is left of budgets can be less than nothing; once everybody was read, what was known counts."""
    of = rule("sum(total_remaining)", 50)

    assert assess(of, total(60.0), coverage=SOME).level is None
    assert assess(of, total(60.0), coverage=OUTDATED).level == 0


def test_a_condition_holds_where_it_is_sure() -> None:
    """A condition over aggregates holds surely, maybe, or not."""
    of = condition("sum(period_cost) > 100 and count() >= 2")

    assert assess(of, total(60.0, 50.0), total(1.0, 1.0)) == Assessment(0, 0, None)
    assert assess(of, total(60.0, (0.0, 50.0)), total(1.0, 1.0)) == Assessment(None, 0, None)
    assert assess(of, total(60.0, 30.0), total(1.0, 1.0)) == Assessment(None, None, None)
    assert assess(condition("avg(total_cost) < 5")) == Assessment(None, None, None)


def test_a_sum_without_bounds_has_no_value() -> None:
    """Infinity less infinity, and what is anything, are stated by no number."""
    assert assess(rule("sum(total_cost)"), Total(2, math.nan, math.nan, 1.0, 1.0)) == Assessment(None, 0, None)
    assert assess(rule("sum(period_used)"), total((-math.inf, math.inf))) == Assessment(None, 0, None)


@pytest.mark.parametrize(
    ("value", "unit"),
    [("100 * sum(period_cost) / sum(period_budget)", ""), ("avg(period_used)", "ratio"), ("max(total_cost)", "USD")],
)
def test_the_unit_of_the_value(value: str, unit: str) -> None:
    """A share counted in percent is a plain number, as for one customer."""
    assert rule(value).unit == unit


@pytest.mark.parametrize(
    ("entries", "key"),
    [
        ({"value": "total_cost"}, "value"),
        ({"value": "sum(total_cost)", "where": "sum(total_cost) > 1"}, "where"),
        ({"when": "sum(total_cost)", "levels": [Level(None, "info")]}, "when"),
        ({}, "value"),
        ({"value": "count()", "when": "count() > 1"}, "value"),
        ({"value": "count()", "levels": []}, "levels"),
    ],
)
def test_a_mistake_names_its_entry(entries: dict[str, Any], key: str) -> None:
    """What is wrong is told with the entry of the rule that it stands in."""
    known: dict[str, Any] = {"name": "rule", "scope": Scope.ENVIRONMENT, "levels": [Level(1.0, "info")]}
    with pytest.raises(RuleError) as caught:
        AggregateRule.compile(**{**known, **entries})

    assert caught.value.key == key
