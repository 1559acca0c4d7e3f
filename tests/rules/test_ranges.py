"""What an expression over all customers can come to, within the bounds of its aggregates."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.respan.models import Customer
from monitor.rules.aggregate import Aggregated, AggregateExpression
from monitor.rules.ranges import ANYTHING, NULL, Range, number, truth
from monitor.rules.tree import Call, Conditional, Constant, FieldRef, Logical, Node
from monitor.rules.types import Type
from tests.rules.builders import customer, exact, reference

A, B, C = "sum(total_cost)", "sum(period_budget)", "max(total_cost)"
inf, nan = math.inf, math.nan


def tree(text: str, expected: Type = Type.NUMBER) -> Node:
    """The tree of an expression over these three aggregates."""
    return AggregateExpression.parse(text, expected).tree


def within(text: str, a: Range, b: Range) -> Range:
    """What a number can be where the first two aggregates are `a` and `b`."""
    return number(tree(text.replace("A", A).replace("B", B)), lambda found: a if "cost" in found.text else b)


@pytest.mark.parametrize(
    ("text", "a", "b", "expected"),
    [
        ("A + B", Range(1, 2), Range(10, 20), Range(11, 22)),
        ("A - B", Range(1, 2), Range(10, 20), Range(-19, -8)),
        ("A * B", Range(-1, 2), Range(10, 20), Range(-20, 40)),
        ("A / B", Range(10, 20), Range(2, 5), Range(2, 10)),
        ("A / B", Range(10, 20), Range(0, 5), Range(2, inf)),
        ("A / B", Range(10, 20), Range(0, 0), Range(inf, inf)),
        ("A / B", Range(0, 20), Range(0, 5), Range(0, inf, null=True)),
        ("A / B", Range(10, 20), Range(-5, 5), Range(-inf, inf)),
        ("A / B", Range(0, inf), Range(10, inf), Range(0, inf, null=True)),
        ("A / B", Range(-inf, inf), Range(inf, inf), Range(0, 0, null=True)),
        ("A * B", Range(0, 0), Range(-inf, inf), Range(0, 0, null=True)),
        ("A % B", Range(7, 7), Range(4, 4), Range(3, 3)),
        ("A % B", Range(7, 8), Range(4, 4), ANYTHING),
        ("-A", Range(1, inf), Range(0, 0), Range(-inf, -1)),
        ("abs(A)", Range(-3, 2), Range(0, 0), Range(0, 3)),
        ("min(A, B)", Range(1, 9), Range(3, 5), Range(1, 5)),
        ("max(A, B)", Range(1, 9), Range(3, 5), Range(3, 9)),
        ("round(A, 1)", Range(1.04, 1.06), Range(0, 0), Range(1.0, 1.1)),
        ("A + B", Range(1, inf), Range(10, 20), Range(11, inf)),
        ("A - B", Range(1, inf), Range(1, inf), Range(-inf, inf, null=True)),
        ("A + B", NULL, Range(1, 2), NULL),
        ("A + B", Range(1, 2, null=True), Range(1, 2), Range(2, 4, null=True)),
        ("coalesce(A, B)", Range(1, 2, null=True), Range(7, 8), Range(1, 8)),
        ("coalesce(A, B)", NULL, Range(7, 8), Range(7, 8)),
        ("coalesce(A, B)", Range(1, 2), Range(7, 8), Range(1, 2)),
        ("A if B > 5 else 0", Range(1, 2), Range(3, 9), Range(0, 2)),
        ("A if B > 5 else 0", Range(1, 2), Range(6, 9), Range(1, 2)),
        ("A if B > 5 else 0", Range(1, 2), NULL, NULL),
    ],
)
def test_arithmetic_keeps_to_the_bounds(text: str, a: Range, b: Range, expected: Range) -> None:
    """The least and the greatest of every operation, and whether it can be null."""
    assert within(text, a, b) == expected


@pytest.mark.parametrize(
    ("text", "a", "expected"),
    [
        ("A > 5", Range(6, 9), {True}),
        ("A > 5", Range(5, 9), {True, False}),
        ("A > 5", Range(1, 5), {False}),
        ("A >= 5", Range(5, 9), {True}),
        ("A < 5", Range(5, inf), {False}),
        ("A <= 5", Range(5, 9), {True, False}),
        ("A == 5", Range(5, 5), {True}),
        ("A == 5", Range(4, 6), {True, False}),
        ("A != 5", Range(6, 9), {True}),
        ("A > 5", Range(6, 9, null=True), {True, None}),
        ("A > 5", NULL, {None}),
        ("A is None", NULL, {True}),
        ("A is not None", Range(1, 2, null=True), {True, False}),
        ("not A > 5", Range(6, 9), {False}),
        ("A > 5 and A < 0", Range(6, 9), {False}),
        ("A > 5 or A > 8", Range(7, 9), {True}),
        ("A > 5 and 1 > 0", NULL, {None}),
        ("A > 5 or 1 > 0", NULL, {True}),
        ("A in (1, 5)", Range(5, 5), {True}),
        ("A in (1, 5)", Range(4, 6), {True, False}),
        ("A not in (1, 5)", Range(6, 6), {True}),
        ("(A > 5) == (A > 8)", Range(9, 9), {True}),
        ("(A > 5) is None", NULL, {True}),
        ("coalesce(A > 5, 1 > 0)", NULL, {True}),
        ("A > 5 if A > 0 else 1 > 0", Range(-2, -1), {True}),
    ],
)
def test_a_condition_is_true_false_or_unknown(text: str, a: Range, expected: set[bool | None]) -> None:
    """Every truth that is possible within the bounds is said, and no other."""
    assert truth(tree(text.replace("A", A), Type.BOOL), lambda _found: a) == expected


def test_many_conditions_are_combined_one_by_one() -> None:
    """A long chain of conditions of which nothing is known takes no time to speak of."""
    text = " and ".join([f"{A} > {number}" for number in range(60)])

    assert truth(tree(text, Type.BOOL), lambda _found: ANYTHING) == {True, False, None}


# --- a law: whatever the aggregates are within their bounds, the value is within its own -----------------------------

_numbers = st.sampled_from([0.0, 0.5, 1.0, -1.0, 2.0, -3.0, 100.0])


def _aggregates(text: str) -> bool:
    return any(each in text for each in (A, B, C))


@st.composite
def _texts(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([A, B, C, "0", "1", "-1", "2"]))
    shape = draw(
        st.sampled_from(
            (
                *("({} + {})", "({} - {})", "({} * {})", "({} / {})", "({} % {})", "(-{})", "abs({})"),
                *("min({}, {})", "max({}, {})", "round({}, 1)", "coalesce({}, {})"),
            )
        )
    )
    if draw(st.integers(0, 5)) == 0:
        return f"({draw(_texts(depth - 1))} if {draw(_conditions(depth - 1))} else {draw(_texts(depth - 1))})"
    return shape.format(*(draw(_texts(depth - 1)) for _ in range(shape.count("{}"))))


@st.composite
def _conditions(draw: st.DrawFn, depth: int = 2) -> str:
    left, right = draw(_texts(depth)), draw(_texts(depth))
    shapes = ["({} < {})", "({} <= {})", "({} > {})", "({} >= {})", "({} == {})", "({} != {})"]
    compared = draw(st.sampled_from(shapes)).format(left, right)
    if depth and draw(st.booleans()):
        other = draw(_conditions(depth - 1))
        return draw(st.sampled_from(["({} and {})", "({} or {})", "(not {0})", "({} == {})"])).format(compared, other)
    return draw(st.sampled_from([compared, f"({left} is None)", f"({left} in (0, 1, 100))"]))


@st.composite
def _known(draw: st.DrawFn) -> tuple[Range, float | None]:
    """Draws bounds and a value within them."""
    low, high = sorted((draw(_numbers), draw(_numbers)))
    high = draw(st.sampled_from([high, high, inf]))
    null = draw(st.booleans())
    value = draw(st.sampled_from([low, min(high, 1e6)]) | st.floats(low, min(high, 1e6)))
    return Range(low, high, null), None if null and draw(st.booleans()) else value


def _plainly(node: Node, values: dict[str, float | None]) -> Node:
    """The tree with numbers in the place of aggregates: a field that the row lacks is null."""
    match node:
        case Aggregated():
            value = values[f"{node.function}({node.text})"]
            if value is None:
                return FieldRef(type=Type.NUMBER, name="total_budget")
            return Constant(type=Type.NUMBER, value=value)
        case Conditional():
            return replace(
                node,
                then=_plainly(node.then, values),
                condition=_plainly(node.condition, values),
                otherwise=_plainly(node.otherwise, values),
            )
        case Logical():
            return replace(node, operands=tuple(_plainly(each, values) for each in node.operands))
        case Call():
            return replace(node, arguments=tuple(_plainly(each, values) for each in node.arguments))
        case _:
            names = [name for name in ("operand", "left", "right") if hasattr(node, name)]
            operands: dict[str, Any] = {name: _plainly(getattr(node, name), values) for name in names}
            return replace(node, **operands)


_ROW: Customer = customer(total_budget=None)
_given = st.tuples(_known(), _known(), _known())


@settings(max_examples=300, deadline=None)
@given(_texts().filter(_aggregates), _given)
def test_a_number_lies_in_its_range(text: str, given_: tuple[tuple[Range, float | None], ...]) -> None:
    """Whatever the aggregates are within their bounds, the number is within its own, and null only where it may be."""
    node = tree(text)
    known = dict(zip((A, B, C), given_, strict=True))

    found = number(node, lambda of: known[f"{of.function}({of.text})"][0])

    value = reference(_plainly(node, {name: point for name, (_, point) in known.items()}), _ROW, exact())
    assert found.null if value is None else found.low <= value <= found.high


@settings(max_examples=300, deadline=None)
@given(_conditions().filter(_aggregates), _given)
def test_a_truth_is_among_the_possible_ones(text: str, given_: tuple[tuple[Range, float | None], ...]) -> None:
    """Whatever the aggregates are within their bounds, what a condition is was foreseen."""
    node = tree(text, Type.BOOL)
    known = dict(zip((A, B, C), given_, strict=True))

    possible = truth(node, lambda of: known[f"{of.function}({of.text})"][0])

    assert reference(_plainly(node, {name: point for name, (_, point) in known.items()}), _ROW, exact()) in possible
