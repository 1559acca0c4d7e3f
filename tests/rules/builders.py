"""Rows, standings and rules with defaults, random expressions, and a slow second reading of the language."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from hypothesis import strategies as st

from monitor.respan.models import Customer
from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS, Source
from monitor.rules.rule import Direction, Finding, Level, Rule
from monitor.rules.tree import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Constant,
    FieldRef,
    IsNull,
    Logical,
    Membership,
    Negation,
    Node,
    Not,
)
from monitor.rules.types import Type
from monitor.spending.standing import Standing

NOW = datetime(2025, 12, 29, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def customer(**fields: Any) -> Customer:  # noqa: ANN401  # any fields of a row
    """Builds a row with an identifier."""
    return Customer(**{"customer_identifier": "user_123", **fields})


def exact(
    cost: float | None = 45.67, elapsed: float | None = 0.5, start: datetime | None = None, end: datetime | None = None
) -> Standing:
    """Builds a standing that rests on a reading."""
    return Standing(True, cost, cost, elapsed, elapsed, start, end, read=True, firm=True)


def between(low: float | None, high: float | None, elapsed: tuple[float, float] = (0.0, 1.0)) -> Standing:
    """Builds a standing that is known within bounds."""
    return Standing(False, low, high, *elapsed, None, None)


def condition(when: str) -> Rule:
    """Builds a rule with `when`."""
    return Rule.compile(name="rule", when=when, levels=[Level(None, "warning")])


def measured(
    value: str,
    *thresholds: float,
    where: str | None = None,
    direction: Direction = Direction.AT_LEAST,
) -> Rule:
    """Builds a rule with `value`."""
    levels = [Level(threshold, "warning") for threshold in thresholds]
    return Rule.compile(name="rule", value=value, where=where, levels=levels, direction=direction)


def find(rule: Rule, row: Customer, standing: Standing | None = None) -> Finding | None:
    """Evaluates a rule on one customer; None where it surely does not hold."""
    found = rule.evaluate([row], [standing or exact()], NOW)
    return found[0] if found else None


def holds(when: str, row: Customer, standing: Standing | None = None) -> bool:
    """Returns whether a condition surely holds on one customer."""
    finding = find(condition(when), row, standing)
    return finding is not None and finding.level == 0


# --- random expressions, as text -------------------------------------------------------------------------------

_NUMBERS = [name for name, field in FIELDS.items() if field.type is Type.NUMBER]
_OFTEN = ["period_cost", "period_elapsed", "period_budget", "period_used", "total_cost", "total_budget"]
_TEXTS = [name for name, field in FIELDS.items() if field.type is Type.TEXT]
_TIMES = [name for name, field in FIELDS.items() if field.type is Type.TIME]
_WORDS = ["''", "'a'", "'A'", "'example.com'", "'@'", "'é'"]
_LITERALS = ["0", "0.5", "1", "2", "-1", "100", "1e308", "1e-308"]


def _texts() -> st.SearchStrategy[str]:
    leaf = st.sampled_from(_TEXTS) | st.sampled_from(_WORDS)
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds("lower({})".format, inner),
            st.builds("upper({})".format, inner),
            st.builds("after_last({}, {})".format, inner, inner),
            st.builds("coalesce({}, {})".format, inner, inner),
        ),
        max_leaves=3,
    )


_times = st.sampled_from(_TIMES) | st.builds("coalesce({}, {})".format, *[st.sampled_from(_TIMES)] * 2)


@st.composite
def uncertain_numbers(draw: st.DrawFn, depth: int = 3) -> str:
    """Draws a number in which little but the uncertain fields and their divisors occurs."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(["period_cost", "period_elapsed", "period_budget", "total_budget", "1", "-1", "2"]))
    shape = draw(
        st.sampled_from(["({} + {})", "({} - {})", "({} * {})", "({} / {})", "({} / {})", "abs({})", "min({}, {})"])
    )
    return shape.format(*(draw(uncertain_numbers(depth - 1)) for _ in range(shape.count("{}"))))


@st.composite
def uncertain_conditions(draw: st.DrawFn) -> str:
    """Draws a condition on such numbers."""
    left, right = draw(uncertain_numbers()), draw(uncertain_numbers(1))
    shapes = ["{} >= {}", "{} < {}", "not {} > {}", "{} is None or {} < 1", "{} is not None and {} > 0", "{} != {}"]
    return draw(st.sampled_from(shapes)).format(left, right)


@st.composite
def numbers(draw: st.DrawFn, depth: int = 3) -> str:
    """Draws a number."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(_OFTEN) | st.sampled_from(_NUMBERS) | st.sampled_from(_LITERALS))
    inner = numbers(depth - 1)
    shape = draw(
        st.sampled_from(
            [
                *("({} + {})", "({} - {})", "({} * {})", "({} / {})", "({} / {})", "({} % {})", "(-{})", "abs({})"),
                *("round({})", "round({}, 2)", "min({}, {})", "max({}, {}, 1)", "coalesce({}, {})", "if", "since"),
            ]
        )
    )
    if shape == "if":
        return f"({draw(inner)} if {draw(conditions(depth - 1))} else {draw(inner)})"
    if shape == "since":
        return f"{draw(st.sampled_from(['hours_since', 'days_since']))}({draw(_times)})"
    return shape.format(*(draw(inner) for _ in range(shape.count("{}"))))


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> str:  # noqa: PLR0911  # a shape a line
    """Draws a condition."""
    number = numbers(max(depth - 1, 0))
    operator = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    kind = draw(st.integers(0, 7 if depth == 0 else 13))
    if kind <= 3:
        return f"({draw(number)} {operator} {draw(number)})"
    match kind:
        case 4:
            return f"({draw(_texts())} {operator} {draw(_texts())})"
        case 5:
            return f"({draw(_times)} {operator} {draw(_times | st.just(chr(39) + '2025-12-01' + chr(39)))})"
        case 6:
            return f"({draw(number | _texts() | _times)} {draw(st.sampled_from(['is', 'is not']))} None)"
        case 7:
            member = draw(st.sampled_from(["in", "not in"]))
            return draw(
                st.sampled_from(
                    [f"({draw(number)} {member} (0, 1, 0.5))", f"({draw(_texts())} {member} {draw(_texts())})"]
                )
            )
        case 8:
            return f"(0 {operator} {draw(number)} < {draw(number)})"
        case 9:
            return f"startswith({draw(_texts())}, {draw(_texts())})"
    inner = conditions(depth - 1)
    shapes = [
        "({} and {})",
        "({} or {})",
        "(not {})",
        "({} if {} else {})",
        "({} == {})",
        "({} is None)",
        "coalesce({}, {})",
    ]
    shape = draw(st.sampled_from(shapes[:3] * 3 + shapes))
    return shape.format(*(draw(inner) for _ in range(shape.count("{}"))))


# --- random customers ------------------------------------------------------------------------------------------

_amounts = st.sampled_from([None, 0.0, 0.5, 1.0, 2.0, -2.0, 100.0]) | st.floats(-10, 1000) | st.just(1e308)
_costs = st.sampled_from([0.0, 0.5, 1.0, 100.0]) | st.floats(0, 1000)
_shares = st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1)
_moments = st.none() | st.sampled_from([NOW, datetime(2025, 12, 1, tzinfo=UTC), datetime(2025, 12, 1)])  # noqa: DTZ001
_strings = st.sampled_from([None, "", "a", "A@Example.COM", "a@b@example.com", "é", "monthly", "\ud800"])


@st.composite
def rows(draw: st.DrawFn) -> Customer:
    """Draws a row with any field missing."""
    drawn: dict[str, Any] = {}
    for name, field in FIELDS.items():
        if field.source is not Source.ROW:
            continue
        by_type = {Type.NUMBER: _amounts, Type.TEXT: _strings, Type.TIME: _moments}
        drawn[name] = (
            draw(by_type[field.type]) if field.nullable else draw(_strings.filter(lambda text: text is not None))
        )
    return Customer(**drawn)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Draws a standing of any kind."""
    if draw(st.booleans()):
        return exact(draw(st.none() | _costs), draw(st.none() | _shares), draw(_moments), draw(_moments))
    low, high = sorted((draw(_costs), draw(_costs)))
    elapsed = sorted((draw(_shares), draw(_shares)))
    if draw(st.integers(0, 9)) == 0:
        return between(None, None, (elapsed[0], elapsed[1]))
    return between(low, high, (elapsed[0], elapsed[1]))


@st.composite
def truths(draw: st.DrawFn, standing: Standing) -> Standing:
    """Draws an exact standing that an uncertain one allows."""
    if standing.exact:
        return standing
    cost: float | None = None
    if standing.cost_low is not None and standing.cost_high is not None:
        low, high = standing.cost_low, standing.cost_high
        cost = draw(st.sampled_from([low, high]) | st.floats(low, high))
    first, last = standing.elapsed_low, standing.elapsed_high
    passed = draw(st.sampled_from([None, first, last]) | st.floats(first, last))
    return exact(cost, passed, draw(_moments), draw(_moments))


def grid() -> tuple[list[Customer], list[Standing]]:
    """Builds a page of every combination of odd budgets and bounds."""
    budgets = [(None, 1.0), (0.0, 1.0), (1.0, 0.0), (2.0, 1.0), (-2.0, 1.0), (1.0, -1.0), (100.0, 100.0)]
    costs = [(None, None), (0.0, 0.0), (0.0, 5.0), (1.0, 5.0)]
    shares = [(0.0, 0.0), (0.0, 1.0), (0.5, 1.0)]
    page = [
        (customer(total_cost=5.0, period_budget=period, total_budget=total), between(low, high, elapsed))
        for (period, total), (low, high), elapsed in product(budgets, costs, shares)
    ]
    return [row for row, _ in page], [standing for _, standing in page]


def grid_truths(standing: Standing) -> list[Standing]:
    """Builds exact standings at the bounds of one and between them."""
    low, high = standing.cost_low, standing.cost_high
    costs = [None] if low is None or high is None else {low, (low + high) / 2, high}
    shares = {None, standing.elapsed_low, standing.elapsed_high}
    return [exact(cost, share, start=NOW) for cost, share in product(costs, shares)]


# --- a second reading of the language ---------------------------------------------------------------------------


def reference(node: Node, row: Customer, standing: Standing) -> Any:  # noqa: ANN401  # a value of any type
    """Evaluates a tree at an exact standing, plainly and slowly; None is null or unknown."""
    value = _reference(node, row, standing)
    return None if isinstance(value, float) and math.isnan(value) else value


def _reference(node: Node, row: Customer, standing: Standing) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912
    values = [] if isinstance(node, Conditional) else [reference(child, row, standing) for child in node.children]
    match node:
        case Constant():
            return node.value
        case FieldRef(name=name):
            field = FIELDS[name]
            read = getattr(row if field.source is Source.ROW else standing, field.attributes[0])
            if isinstance(read, datetime):
                aware = read if read.tzinfo else read.replace(tzinfo=UTC)
                return (aware - EPOCH) / timedelta(seconds=1)
            return read
        case Logical(operator=operator):
            decisive = operator == "or"
            if decisive in values:
                return decisive
            return None if None in values else not decisive
        case IsNull():
            return values[0] is None
        case Conditional():
            chosen = reference(node.condition, row, standing)
            return None if chosen is None else reference(node.then if chosen else node.otherwise, row, standing)
        case Call(function="coalesce"):
            return next((value for value in values if value is not None), None)
    if None in values:
        return None
    match node:
        case Not():
            return not values[0]
        case Negation():
            return -values[0]
        case Membership(options=options):
            return values[0] in options
        case Arithmetic(operator=operator):
            return _arithmetic(operator, *values)
        case Comparison(operator=operator):
            left, right = values
            compared: Mapping[str, Any] = {
                "<": left.__lt__,
                "<=": left.__le__,
                ">": left.__gt__,
                ">=": left.__ge__,
                "==": left.__eq__,
                "!=": left.__ne__,
            }
            return compared[operator](right)
        case Call(function=function):
            return _called(function, values)
    raise AssertionError(node)


def _arithmetic(operator: str, left: float, right: float) -> float:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if right != 0:
        return left / right if operator == "/" else left % right
    if operator == "%" or left == 0:
        return math.nan
    return math.copysign(math.inf, left)


def _called(function: str, values: list[Any]) -> Any:  # noqa: ANN401, PLR0911  # one line a function
    first = values[0]
    match function:
        case "abs":
            return abs(first)
        case "min" | "max":
            return sorted(values)[0 if function == "min" else -1]
        case "round":
            return first if math.isinf(first) else float(round(first, int(values[1]) if len(values) > 1 else 0))
        case "lower" | "upper" | "startswith" | "endswith":
            return getattr(first, function)(*values[1:])
        case "contains":
            return values[1] in first
        case "after_last":
            return first.split(values[1])[-1] if values[1] and values[1] in first else None
        case _:
            hours = ((NOW - EPOCH) / timedelta(seconds=1) - first) / 3600.0
            return hours if function == "hours_since" else ((NOW - EPOCH) / timedelta(seconds=1) - first) / 86400.0


def parse(text: str, expected: Type | None = None) -> Expression:
    """Parses an expression."""
    return Expression.parse(text, expected)
