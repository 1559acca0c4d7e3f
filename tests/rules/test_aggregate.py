"""The language of rules over all customers: what can be written, what it measures, and what is told of a mistake."""

import pytest

from monitor.rules.aggregate import MOST, AggregateExpression
from monitor.rules.errors import ExpressionError
from monitor.rules.expression import Expression
from monitor.rules.types import Type


def parse(text: str, expected: Type = Type.NUMBER) -> AggregateExpression:
    """Reads an expression over all customers."""
    return AggregateExpression.parse(text, expected)


def mistake(text: str, expected: Type = Type.NUMBER) -> ExpressionError:
    """What is wrong with an expression over all customers."""
    with pytest.raises(ExpressionError) as caught:
        parse(text, expected)
    return caught.value


@pytest.mark.parametrize(
    ("text", "aggregates"),
    [
        ("sum(total_cost)", [("sum", "total_cost")]),
        ("sum(period_cost) / sum(period_budget)", [("sum", "period_cost"), ("sum", "period_budget")]),
        ("sum( total_cost * 2 ) - 5", [("sum", "total_cost * 2")]),
        ("avg(max(total_cost, 1))", [("avg", "max(total_cost, 1)")]),
        ("max(max(total_cost), 100)", [("max", "total_cost")]),
        ("count(email_domain == 'example.com') / count()", [("count", "email_domain == 'example.com'"), ("count", "")]),
        ("round(sum(total_cost), 2) if count() > 3 else 0", [("sum", "total_cost"), ("count", "")]),
        ("coalesce(avg(total_cost), 0)", [("avg", "total_cost")]),
    ],
)
def test_an_expression_is_arithmetic_over_aggregates(text: str, aggregates: list[tuple[str, str]]) -> None:
    """Each aggregate is known by its function and its argument; of two arguments `max` is a function of numbers."""
    assert [(found.function, found.text) for found in parse(text).aggregates] == aggregates


def test_a_condition_can_be_over_aggregates() -> None:
    """Comparisons, `and`, `or` and `not` work as for one customer."""
    found = parse("sum(total_cost) > 500 and not count() < 3 or max(total_cost) is None", Type.BOOL)

    assert [aggregated.function for aggregated in found.aggregates] == ["sum", "count", "max"]


def test_the_fields_of_customers_are_those_within_aggregates() -> None:
    """Derived fields are known by the fields that they are made of, and by their own names as written."""
    found = parse("sum(period_used) + count(name == 'a')")

    assert found.fields == {"period_cost", "period_budget", "name"}
    assert found.names == {"period_used", "name"}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("sum(total_cost)", "USD"),
        ("max(total_cost) * 2", "USD"),
        ("avg(period_used)", "ratio"),
        ("sum(period_used)", ""),
        ("sum(period_cost) / sum(period_budget)", "ratio"),
        ("count()", "customers"),
        ("count(total_cost > 5) / count()", "ratio"),
        ("sum(total_cost) / count()", "USD"),
        ("sum(total_tokens) / sum(number_of_requests)", ""),
    ],
)
def test_the_unit_follows_from_what_is_added(text: str, unit: str) -> None:
    """So much for each customer is still that much; shares of different wholes add up to no share."""
    assert (parse(text).tree.unit or "") == unit


@pytest.mark.parametrize(
    ("text", "marked", "words"),
    [
        ("total_cost", "total_cost", "put it in an aggregate such as sum(total_cost)"),
        ("sum(total_cost) + period_cost", "period_cost", "such as sum(period_cost)"),
        ("sum(total_cost) if name == 'a' else 0", "name", "such as count(name is not None)"),
        ("sum(sum(total_cost))", "sum(total_cost)", "'sum' cannot stand within an aggregate"),
        ("avg(max(total_cost))", "max(total_cost)", "'max' cannot stand within an aggregate"),
        ("count(count() > 3)", "count()", "'count' cannot stand within an aggregate"),
        ("sum(total_cost > 5)", "sum(total_cost > 5)", "did you mean 'count(total_cost > 5)'?"),
        ("sum(name)", "name", "this is a text, but a number is needed here"),
        ("count(total_cost)", "total_cost", "this is a number, but a condition is needed here"),
        ("sum()", "sum()", "'sum' takes a number over one customer's fields, not nothing"),
        ("avg(total_cost, 2)", "avg(total_cost, 2)", "not 2 arguments"),
        ("count(1 > 0, 2 > 0)", "count(1 > 0, 2 > 0)", "'count' takes nothing, or a condition"),
        ("sum(of=total_cost)", "of=total_cost", "arguments have no names here"),
        ("sum(total_cots)", "total_cots", "did you mean 'total_cost'?"),
        ("sun(total_cost)", "sun", "did you mean 'sum'?"),
        ("sum + 1", "sum", "'sum' is a function; write its arguments in parentheses"),
        ("count(lower(name) == 'a') if lower(name) == 'a' else 0", "lower", "use it within an aggregate"),
        ("count() if 'a' == 'b' else 0", "'a'", "a text belongs to one customer"),
        ("5 + 1", "5 + 1", "this is the same whatever customers do"),
        ("sum(total_cost) > 5", "sum(total_cost) > 5", "this is a condition, but a number is needed"),
        ("sum(é)", "é", "there is no field 'é'"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_fix(text: str, marked: str, words: str) -> None:
    """The column and the length mark the wrong characters, and the sentence says what to write."""
    found = mistake(text)

    assert text[found.column : found.column + found.length] == marked
    assert words in str(found)


@pytest.mark.parametrize("text", ["sum(total_cost) > 5", "max(total_cost) > 5", "avg(total_cost) > 5", "count() > 5"])
def test_an_aggregate_in_the_rule_of_a_customer_names_the_scope_it_needs(text: str) -> None:
    """Whoever forgot the scope is told of it, where the aggregate stands."""
    with pytest.raises(ExpressionError, match='scope = "environment" or scope = "organization"') as caught:
        Expression.parse(text, Type.BOOL)

    assert text[caught.value.column :][: caught.value.length] == text.removesuffix(" > 5")


def test_aggregates_are_few() -> None:
    """Each is a number for every customer: no more than so many, and those that are alike count once."""
    alike = " + ".join(["sum(total_cost)"] * 20)
    parse(alike)

    found = mistake(" + ".join(f"sum(total_cost * {factor})" for factor in range(MOST + 1)))

    assert f"a rule can have {MOST} different aggregates, this one has {MOST + 1}" in found.message
