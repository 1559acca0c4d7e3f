"""Rules: levels, what is found on a page, and what is decided within bounds."""

import pytest

from monitor.rules.rule import Direction, Level, Rule, RuleError
from tests.rules.builders import NOW, between, condition, customer, exact, find, holds, measured

BUDGET = measured("period_cost / period_budget", 0.5, 0.8, 1.0)


@pytest.mark.parametrize(("cost", "level"), [(49.0, None), (50.0, 0), (79.9, 0), (80.0, 1), (150.0, 2)])
def test_the_furthest_level_reached_is_the_level(cost: float, level: int | None) -> None:
    """A threshold is reached by equality, and the furthest one counts."""
    finding = find(BUDGET, customer(period_budget=100.0), exact(cost))

    assert (finding.level if finding else None) == level


@pytest.mark.parametrize(("left", "level"), [(30.0, None), (20.0, 0), (0.0, 1), (-5.0, 1)])
def test_levels_can_be_reached_from_above(left: float, level: int | None) -> None:
    """With `at_most` the smallest threshold is the furthest."""
    rule = measured("period_remaining", 0.0, 20.0, direction=Direction.AT_MOST)

    finding = find(rule, customer(period_budget=100.0), exact(100.0 - left))

    assert (finding.level if finding else None) == level


def test_levels_are_put_in_order() -> None:
    """Levels stand mildest first, however the file orders them."""
    rule = Rule.compile(name="r", value="total_cost", levels=[Level(2.0, "critical"), Level(1.0, "info")])

    assert [level.severity for level in rule.levels] == ["info", "critical"]


def test_a_threshold_is_reached_however_the_costs_were_added_up() -> None:
    """Eight times ten cents is 80 % of a dollar, though the sum of such floats falls a little short of it."""
    rule = measured("total_cost / total_budget", 0.8)

    found = find(rule, customer(total_cost=sum([0.1] * 8), total_budget=1.0))

    assert found is not None
    assert found.level == 0


def test_a_threshold_is_not_reached_a_hundredth_of_a_cent_before_it() -> None:
    """What is forgiven is rounding, not money."""
    rule = measured("total_cost / total_budget", 0.8)

    assert find(rule, customer(total_cost=79.9999, total_budget=100.0)) is None


def test_findings_come_in_the_order_of_the_page() -> None:
    """Each finding names its customer by the place in the page; the others are absent."""
    rows = [customer(total_cost=cost) for cost in (5.0, None, 1.0, 7.0)]

    found = measured("total_cost", 4.0).evaluate(rows, [exact()] * 4, NOW)

    assert [(finding.index, finding.value) for finding in found] == [(0, 5.0), (3, 7.0)]


@pytest.mark.parametrize("value", ["total_cost", "period_cost"])
def test_every_row_needs_a_standing(value: str) -> None:
    """A page with fewer standings than rows is a mistake of the caller, never a silent loss."""
    with pytest.raises(ValueError, match="2 rows came with 1 standings"):
        measured(value, 0.0).evaluate([customer(), customer()], [exact()], NOW)


@pytest.mark.parametrize(
    ("low", "high", "level", "possible"),
    [(0.0, 49.0, None, None), (0.0, 60.0, None, 0), (55.0, 60.0, 0, 0), (55.0, 200.0, 0, 2), (101.0, 200.0, 2, 2)],
)
def test_bounds_give_a_sure_and_a_possible_level(
    low: float, high: float, level: int | None, possible: int | None
) -> None:
    """What the lower bound reaches is sure, what the upper bound reaches is possible, below all levels is no."""
    finding = find(BUDGET, customer(period_budget=100.0), between(low, high))

    assert ((finding.level, finding.possible) if finding else (None, None)) == (level, possible)


def test_a_finding_is_undecided_where_sure_and_possible_differ() -> None:
    """A level that a reading could change is marked."""
    finding = find(BUDGET, customer(period_budget=100.0), between(55.0, 90.0))

    assert finding is not None
    assert finding.undecided


def test_the_value_within_bounds_is_the_one_that_is_surely_reached() -> None:
    """Of the possible values the one furthest from the levels is told."""
    finding = find(BUDGET, customer(period_budget=100.0), between(55.0, 90.0))

    assert finding is not None
    assert finding.value == pytest.approx(0.55)


def test_a_value_that_falls_with_spend_uses_the_other_bound() -> None:
    """What is left of a budget is least where most was spent."""
    rule = measured("period_remaining", 20.0, direction=Direction.AT_MOST)

    finding = find(rule, customer(period_budget=100.0), between(50.0, 85.0))

    assert finding is not None
    assert (finding.level, finding.possible, finding.value) == (None, 0, 50.0)


def test_a_budget_of_nothing_and_no_spend_is_decided_without_a_reading() -> None:
    """Bounds that coincide are as good as a reading: 0/0 is unknown and does not fire."""
    assert find(BUDGET, customer(period_budget=0.0), between(0.0, 0.0)) is None


def test_a_budget_of_nothing_and_some_spend_is_undecided() -> None:
    """Whether anything was spent in the period is all that matters, and bounds from zero leave it open."""
    finding = find(BUDGET, customer(period_budget=0.0), between(0.0, 5.0))

    assert finding is not None
    assert (finding.level, finding.possible) == (None, 2)


@pytest.mark.parametrize("when", ["period_used > 0.5", "period_cost * period_cost / period_budget - period_cost > 0"])
def test_without_a_budget_a_rule_on_it_is_decided(when: str) -> None:
    """A null that bounds do not touch decides, even where nothing else can be said."""
    assert find(condition(when), customer(period_budget=None), between(0.0, 500.0)) is None


def test_other_conditions_decide_what_bounds_cannot() -> None:
    """A condition on the row that does not hold settles an otherwise open rule."""
    rule = condition("period_start > '2025-12-01' and total_cost > 100")

    assert find(rule, customer(total_cost=5.0), between(0.0, 5.0)) is None


@pytest.mark.parametrize("when", ["period_start > '2025-12-01'", "period_end is None", "period_cost == 3"])
def test_what_bounds_do_not_bound_is_undecided(when: str) -> None:
    """The start and end of an unread period, and an equality within bounds, are open."""
    finding = find(condition(when), customer(), between(0.0, 5.0))

    assert finding is not None
    assert (finding.level, finding.possible) == (None, 0)


def test_a_band_is_decided_by_each_of_its_ends() -> None:
    """`a < x < b` needs x at different bounds for its two halves, and both are respected."""
    row = customer()

    assert holds("10 < period_cost < 100", row, between(20.0, 90.0))
    assert not holds("10 < period_cost < 100", row, between(20.0, 110.0))
    assert find(condition("10 < period_cost < 100"), row, between(110.0, 120.0)) is None


def test_a_burn_rate_is_bounded_where_some_of_the_period_has_passed() -> None:
    """A quotient of two uncertain fields takes its ends at opposite bounds."""
    rule = measured("period_used / period_elapsed", 2.0)

    finding = find(rule, customer(period_budget=100.0), between(20.0, 30.0, (0.5, 0.8)))

    assert finding is None


def test_an_uncertain_where_makes_no_level_sure() -> None:
    """A level is only sure where the rule's `where` is."""
    rule = measured("total_cost", 1.0, where="period_cost > 10")

    finding = find(rule, customer(total_cost=50.0), between(0.0, 50.0))

    assert finding is not None
    assert (finding.level, finding.possible) == (None, 0)


@pytest.mark.parametrize(
    ("rule", "urgency"),
    [
        (BUDGET, 1.8),
        (measured("period_remaining", 200.0, direction=Direction.AT_MOST), 500.0),
        (measured("period_cost", -1.0), 500.0),
        (condition("period_cost > 50"), 500.0),
        (measured("period_cost % 7", 0.5), 500.0),
    ],
)
def test_urgency_is_the_share_of_the_lowest_level_or_else_the_total_cost(rule: Rule, urgency: float) -> None:
    """The most promising reading is the one furthest beyond its lowest level."""
    finding = find(rule, customer(period_budget=100.0, total_cost=500.0), between(55.0, 90.0))

    assert finding is not None
    assert finding.urgency == pytest.approx(urgency)


def test_a_value_can_be_had_where_the_rule_does_not_hold() -> None:
    """The value of an alert that ended is known whatever `where` says."""
    rule = measured("period_used", 0.8, where="name == 'a'")

    assert rule.value_of(customer(period_budget=100.0), exact(45.0), NOW) == pytest.approx(0.45)


def test_an_unknown_value_is_none() -> None:
    """There is no value where a field is null, or where bounds bound nothing."""
    assert BUDGET.value_of(customer(period_budget=None), exact(45.0), NOW) is None
    assert measured("period_cost % 7", 1.0).value_of(customer(), between(0.0, 9.0), NOW) is None


@pytest.mark.parametrize(("value", "uses"), [("total_used", False), ("period_used", True), ("period_elapsed", True)])
def test_a_rule_tells_whether_it_needs_the_period(value: str, uses: bool) -> None:  # noqa: FBT001  # a parameter
    """Derived fields count as what they are made of."""
    assert measured(value, 1.0).uses_period is uses


def test_a_rule_has_the_unit_of_its_value() -> None:
    """Levels and values are told in the unit of the formula."""
    assert (BUDGET.unit, measured("total_cost", 1.0).unit, condition("True").unit) == ("ratio", "USD", "")


_NONE = [Level(None, "warning")]
_SOME = [Level(1.0, "warning")]


@pytest.mark.parametrize(
    ("entries", "key"),
    [
        ({"value": "period_csot", "levels": _SOME}, "value"),
        ({"value": "total_cost", "where": "total_cost", "levels": _SOME}, "where"),
        ({"when": "total_cost", "levels": _NONE}, "when"),
        ({"levels": _SOME}, "value"),
        ({"value": "total_cost", "when": "True", "levels": _SOME}, "value"),
        ({"value": "total_cost", "levels": []}, "levels"),
        ({"value": "total_cost", "levels": _NONE}, "levels"),
        ({"value": "total_cost", "levels": [Level(float("nan"), "info")]}, "levels"),
        ({"when": "True", "levels": _SOME}, "levels"),
    ],
)
def test_a_mistake_in_a_rule_names_its_entry(entries: dict[str, object], key: str) -> None:
    """Whoever reads the file is told which entry of the rule is wrong."""
    with pytest.raises(RuleError) as caught:
        Rule.compile(name="r", **entries)  # type: ignore[arg-type]  # entries of many types

    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key}: ")
