"""What each customer adds to an aggregate: exactly, or within bounds."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.respan.models import Customer
from monitor.rules.aggregate import AggregateExpression
from monitor.rules.contribution import Contributor, Formula, Kind, formulas
from monitor.rules.expression import Expression
from monitor.rules.runtime import timestamp
from monitor.rules.types import Type
from monitor.spending.standing import Standing
from tests.rules.builders import (
    NOW,
    between,
    conditions,
    customer,
    exact,
    numbers,
    reference,
    rows,
    standings,
    truths,
    uncertain_conditions,
    uncertain_numbers,
)

Ends = tuple[float | None, float | None]


def formula(aggregate: str, where: str | None = None) -> Formula:
    """The only formula of an aggregate."""
    (found,) = formulas_of(aggregate, where)
    return found


def formulas_of(aggregate: str, where: str | None = None) -> tuple[Formula, ...]:
    """What is kept for an aggregate."""
    (aggregated,) = AggregateExpression.parse(aggregate, Type.NUMBER).aggregates
    return formulas(aggregated, Expression.parse(where) if where is not None else None)


def added(kept: Formula, *customers: tuple[Customer, Standing]) -> list[Ends]:
    """What customers add."""
    page, standings_ = zip(*customers, strict=True)
    lows, highs = Contributor(kept).contribute(page, standings_, timestamp(NOW))
    return list(zip(lows, highs, strict=True))


@pytest.mark.parametrize(
    ("aggregate", "where", "kinds"),
    [
        ("sum(total_cost)", None, [Kind.EACH]),
        ("avg(total_cost)", "email_domain == 'a.b'", [Kind.EACH]),
        ("max(total_cost)", None, [Kind.EACH]),
        ("sum(spend_24h)", None, [Kind.SUM]),
        ("sum(coalesce(spend_24h, 0))", None, [Kind.EACH]),
        ("avg(total_cost)", "spend_24h > 5", [Kind.SUM, Kind.HAVE]),
        ("sum(period_cost)", None, [Kind.SUM]),
        ("sum(total_cost)", "period_used > 0.5", [Kind.SUM]),
        ("max(period_cost)", None, [Kind.MAX]),
        ("avg(period_cost)", None, [Kind.SUM, Kind.HAVE]),
        ("count()", None, [Kind.COUNT]),
        ("count(period_used > 1)", None, [Kind.COUNT]),
    ],
)
def test_what_is_kept_depends_on_how_much_is_known(aggregate: str, where: str | None, kinds: list[Kind]) -> None:
    """A number that is always known is kept as it is, and serves every aggregate of it."""
    assert [found.kind for found in formulas_of(aggregate, where)] == kinds


def test_a_formula_is_known_by_who_counts_and_what_is_kept() -> None:
    """Sum, average and greatest of one number share what is kept; another `where` does not."""
    assert formula("sum(total_cost)") == formula("avg(total_cost)") == formula("max(total_cost)")
    assert formula("sum(total_cost)").text != formula("sum(total_cost)", "name == 'a'").text
    assert formula("sum(period_cost)").text != formula("max(period_cost)").text


def test_a_number_is_added_as_it_is() -> None:
    """Who matches adds the number, who does not match or has none adds nothing."""
    kept = formula("sum(total_cost)", "name == 'a'")

    assert added(
        kept,
        (customer(name="a", total_cost=5.0), exact()),
        (customer(name="b", total_cost=7.0), exact()),
        (customer(name=None, total_cost=7.0), exact()),
        (customer(name="a", total_cost=None), exact()),
    ) == [(5.0, 5.0), (None, None), (None, None), (None, None)]


def test_a_count_adds_one() -> None:
    """Everybody who matches counts once."""
    assert added(formula("count(total_cost > 5)"), (customer(total_cost=6.0), exact()), (customer(), exact())) == [
        (1.0, 1.0),
        (None, None),
    ]


def test_what_depends_on_a_period_is_added_within_its_bounds() -> None:
    """A period that was not read adds from nothing to everything."""
    kept = formula("sum(period_cost)")

    assert added(kept, (customer(total_cost=70.0), between(0.0, 70.0)), (customer(), exact(30.0))) == [
        (0.0, 70.0),
        (30.0, 30.0),
    ]


@pytest.mark.parametrize(
    ("aggregate", "ends"),
    [
        ("sum(total_cost)", (0.0, 70.0)),
        ("sum(-total_cost)", (-70.0, 0.0)),
        ("max(total_cost)", (None, 70.0)),
        ("count()", (0.0, 1.0)),
    ],
)
def test_who_only_may_match_may_add_nothing(aggregate: str, ends: Ends) -> None:
    """Where only a reading can tell whether a customer counts, the bounds hold for both."""
    kept = formula(aggregate, "period_cost >= 50")

    assert added(kept, (customer(total_cost=70.0), between(0.0, 70.0))) == [ends]


def test_what_has_no_bounds_is_anything() -> None:
    """A share of a budget of nothing may be infinite; of one below nothing, nothing is concluded."""
    kept = formula("sum(period_used)")

    assert added(
        kept,
        (customer(period_budget=0.0), between(0.0, 70.0)),
        (customer(period_budget=-5.0), between(0.0, 70.0)),
    ) == [(0.0, math.inf), (-math.inf, math.inf)]


def lately(spend: float | None) -> Standing:
    """A standing with what was spent in the last day."""
    return Standing(exact=True, cost_low=0.0, cost_high=0.0, spend_24h=spend)


@pytest.mark.parametrize(
    ("aggregate", "where", "unknown", "known"),
    [
        ("sum(spend_24h)", None, (0.0, math.inf), (7.0, 7.0)),
        ("sum(-spend_24h)", None, (-math.inf, math.inf), (-7.0, -7.0)),
        ("max(spend_24h)", None, (None, math.inf), (7.0, 7.0)),
        ("sum(total_cost)", "spend_24h > 5", (0.0, math.inf), (50.0, 50.0)),
        ("sum(total_cost)", "not spend_24h <= 5", (0.0, math.inf), (50.0, 50.0)),
        ("count(spend_24h > 5)", None, (0.0, 1.0), (1.0, 1.0)),
        ("count()", "spend_24h > 5 and total_cost > 5", (0.0, 1.0), (1.0, 1.0)),
        ("count()", "spend_24h > 5 and total_cost > 500", (None, None), (None, None)),
        ("sum(spend_24h)", "total_cost > 500", (None, None), (None, None)),
        ("sum(coalesce(spend_24h, 0))", None, (0.0, 0.0), (7.0, 7.0)),
    ],
)
def test_what_nobody_watched_may_be_anything(aggregate: str, where: str | None, unknown: Ends, known: Ends) -> None:
    """Spend of a time in which nobody looked is not none: left out, it would let sums shrink after every outage."""
    row = customer(total_cost=50.0)

    assert added(formula(aggregate, where), (row, lately(None)), (row, lately(7.0))) == [unknown, known]


def test_an_average_of_what_nobody_watched_counts_who_may_have_it() -> None:
    """Whoever spent something unknown has spent something, if only nothing."""
    row = customer(total_cost=50.0)
    total, have = formulas_of("avg(spend_24h)")

    assert added(total, (row, lately(None)), (row, lately(7.0))) == [(0.0, math.inf), (7.0, 7.0)]
    assert added(have, (row, lately(None)), (row, lately(7.0))) == [(0.0, 1.0), (1.0, 1.0)]


def test_a_row_without_a_cost_adds_nothing_unknown() -> None:
    """Of whom no cost is listed, nothing was spent as far as anybody knows."""
    assert added(formula("sum(spend_24h)"), (customer(total_cost=None), lately(None))) == [(None, None)]


@pytest.mark.parametrize(
    ("aggregate", "where", "row", "tells"),
    [
        ("sum(total_cost)", None, {"total_cost": None}, False),
        ("sum(spend_24h)", None, {"total_cost": None}, False),
        ("sum(period_cost)", None, {"total_cost": None}, False),
        ("count()", "total_cost > 5 and name == 'a'", {"total_cost": None}, False),
        ("sum(total_tokens)", None, {"total_cost": 1.0}, False),
        ("sum(period_budget)", None, {"total_cost": 1.0}, True),
        ("count(name == 'a')", None, {}, True),
        ("count(total_cost is None)", None, {}, True),
        ("sum(coalesce(total_cost, 0))", None, {}, True),
        ("sum(total_cost)", None, {"total_cost": 0.0}, True),
    ],
)
def test_a_row_without_a_figure_tells_nothing(
    aggregate: str,
    where: str | None,
    row: dict[str, float],
    tells: bool,  # noqa: FBT001 - an expected value
) -> None:
    """A cost that is suddenly missing proves nothing; a budget that is, was taken away."""
    assert Contributor(formula(aggregate, where)).tells(customer(**row)) is tells


@pytest.mark.parametrize(
    ("aggregate", "grows"),
    [
        ("sum(total_cost)", True),
        ("sum(total_cost * 2 + period_cost / period_budget)", True),
        ("sum(abs(total_remaining))", True),
        ("sum(max(0, total_remaining))", True),
        ("sum(coalesce(total_budget, 0))", True),
        ("sum(round(spend_24h))", True),
        ("sum(total_cost % 10)", True),
        ("sum(total_cost if name == 'a' else 0)", True),
        ("count(total_remaining < 0)", True),
        ("sum(total_remaining)", False),
        ("sum(-total_cost)", False),
        ("sum(total_cost - 1)", False),
        ("sum(min(total_cost, total_remaining))", False),
        ("sum(hours_since(first_seen))", False),
    ],
)
def test_a_sum_grows_with_everybody_if_nobody_adds_less_than_nothing(aggregate: str, grows: bool) -> None:  # noqa: FBT001
    """That much is seen in the formula, as far as figures of the API are never below zero."""
    assert Contributor(formula(aggregate)).grows is grows


_customers = st.tuples(rows(), standings())


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["sum", "max"]),
    uncertain_numbers() | numbers(),
    st.none() | uncertain_conditions() | conditions(),
    _customers,
    st.data(),
)
def test_the_truth_lies_within_what_is_added(
    function: str, number: str, where: str | None, one: tuple[Customer, Standing], data: st.DataObject
) -> None:
    """Whatever the period turns out to be, what the customer truly adds is within the bounds."""
    row, standing = one
    kept = formula(f"{function}({number})", where)

    ((low, high),) = added(kept, (row, standing))

    truth = data.draw(truths(standing))
    matches = where is None or reference(Expression.parse(where).tree, row, truth) is True
    value = reference(Expression.parse(number).tree, row, truth) if matches else None
    if function == "sum":
        assert (low or 0.0) <= (value or 0.0) <= (high or 0.0)
    elif value is None:
        assert low is None
    else:
        assert high is not None
        assert (-math.inf if low is None else low) <= value <= high


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(uncertain_conditions() | conditions(), _customers, st.data())
def test_the_truth_lies_within_what_is_counted(
    condition: str, one: tuple[Customer, Standing], data: st.DataObject
) -> None:
    """Whatever the period turns out to be, whether the customer counts is within the bounds."""
    row, standing = one

    ((low, high),) = added(formula(f"count({condition})"), (row, standing))

    counts = reference(Expression.parse(condition).tree, row, data.draw(truths(standing))) is True
    assert (low or 0.0) <= counts <= (high or 0.0)
