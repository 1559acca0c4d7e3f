"""What each customer adds to an aggregate: one number, or the bounds of it, for every customer that `where` lets in.

Like the rules of customers, a formula becomes a generated function that goes through a page. Where neither `where` nor
the number depends on how much of the period was read, which is most of the time, nothing but that function is needed.
"""

import ast
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import msgspec

from monitor.rules.aggregate import Aggregated
from monitor.rules.compiler import compile_function, compile_rule
from monitor.rules.construct import compare, constant, every, name, negate, some
from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS, Source
from monitor.rules.monotonicity import Trend, monotonicity, open_nulls, uncertain_fields
from monitor.rules.runtime import is_null
from monitor.rules.signs import never_negative
from monitor.rules.tree import Logical, Node, nulls
from monitor.rules.types import Type
from monitor.rules.writer import NOW, ROW, STANDING, Point, Writer

Item = tuple[int, str, Any, Any]
"""A customer: when first seen (microseconds since 1970 UTC), identifier, row, standing."""

Contribution = tuple[int, str, float | None, float]
"""What a customer adds: when first seen, identifier, and the least and the greatest that it can be. The least is None
where a customer who may be the greatest of all may also not count at all."""

_FIRST_SEEN, _IDENTIFIER, _ITEMS, _LOW, _HIGH = "first_seen", "identifier", "items", "low", "high"


class Kind(StrEnum):
    """What is kept of a customer."""

    EACH = "each"
    """A number that is surely known: whatever is made of the numbers of all."""
    SUM = "sum"
    """The bounds of what the customer adds to a sum."""
    MAX = "max"
    """The bounds of the customer's number, of which the greatest is wanted."""
    COUNT = "count"
    """Whether the customer counts: 1, or from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What is kept of every customer for an aggregate. Aggregates with the same formula share what is kept.

    Attributes:
        where: Who counts, as written; "" for everybody.
        kind: What is kept.
        expression: A number, or for a count a condition, as written; "" for a count of all.
    """

    where: str
    kind: Kind
    expression: str

    @property
    def text(self) -> str:
        """The formula in one text, by which it is known."""
        return msgspec.json.encode([self.where, self.kind, self.expression]).decode()


def formulas(aggregated: Aggregated, where: Expression | None) -> tuple[Formula, ...]:
    """What is kept for an aggregate: one formula, or for an average sum and count."""
    text = where.text if where is not None else ""
    if aggregated.operand is None or aggregated.function == "count":
        return (Formula(text, Kind.COUNT, aggregated.text),)
    trees = [aggregated.operand, *([where.tree] if where is not None else [])]
    if not any(uncertain_fields(tree) for tree in trees):
        return (Formula(text, Kind.EACH, aggregated.text),)
    if aggregated.function == "max":
        return (Formula(text, Kind.MAX, aggregated.text),)
    total = Formula(text, Kind.SUM, aggregated.text)
    if aggregated.function == "sum":
        return (total,)
    return (total, Formula(text, Kind.COUNT, f"({aggregated.text}) is not None"))


class Contributor:
    """A formula, ready to go through pages.

    Args:
        formula: One that was checked.

    Attributes:
        grows: Whether nobody adds less than nothing, so that whoever is yet to be read can only add to a sum.
    """

    def __init__(self, formula: Formula) -> None:
        self._kind = formula.kind
        where = Expression.parse(formula.where, Type.BOOL).tree if formula.where else None
        wanted = Type.BOOL if formula.kind is Kind.COUNT else Type.NUMBER
        tree = Expression.parse(formula.expression, wanted).tree if formula.expression else None
        self._value = None if formula.kind is Kind.COUNT else tree
        given = (where, tree if formula.kind is Kind.COUNT else None)
        self._conditions = [condition for condition in given if condition is not None]
        self.grows = self._value is None or never_negative(self._value)

    def contribute(self, items: Iterable[Item], now: float) -> list[Contribution]:
        """What customers add, in their order; those that add nothing are left out.

        Args:
            items: The customers.
            now: When their rows were read, seconds since 1970 UTC.
        """
        return list(self._scan(items, now))

    def tells(self, row: object) -> bool:
        """Whether a row says anything: one in which a figure is suddenly missing proves nothing of its customer."""
        return all(getattr(row, needed) is not None for needed in self._needed)

    @cached_property
    def _needed(self) -> frozenset[str]:
        """The figures of the row without which nothing is known. A budget is none of them: there may be no budget."""
        parts = [part for condition in self._conditions for part in _conjuncts(condition)]
        read = {field for tree in (*parts, self._value) if tree is not None for field in nulls(tree)}
        figures = (FIELDS[field] for field in read if FIELDS[field].type is Type.NUMBER)
        return frozenset(
            field.attributes[0] if field.source is Source.ROW else "total_cost"
            for field in figures
            if not field.name.endswith("_budget")
        )

    @cached_property
    def _scan(self) -> Callable[[Iterable[Item], float], Iterator[Contribution]]:
        if any(uncertain_fields(condition) for condition in self._conditions):
            return self._general()
        value = self._value
        if value is None:
            return _generate(self._conditions, constant(1.0), constant(1.0), Writer())
        writer = Writer()
        course = monotonicity(value)
        if course.mixed or course.demands or open_nulls(value):
            return self._general()
        rising = frozenset(field for field, trend in course.trends.items() if trend is Trend.RISING)
        falling = frozenset(course.trends) - rising
        low = writer.value(value, Point(high=falling))
        high = writer.value(value, Point(high=rising)) if course.trends else None
        return _generate(self._conditions, low, high, writer)

    def _general(self) -> Callable[[Iterable[Item], float], Iterator[Contribution]]:
        """Goes through a page by way of a rule that is never out of reach."""
        rule = compile_rule(self._conditions, self._value, -math.inf, at_least=True)

        def scan(items: Iterable[Item], now: float) -> Iterator[Contribution]:
            customers = list(items)
            for index in rule.scan(((index, item[2], item[3]) for index, item in enumerate(customers)), now):
                first_seen, identifier, row, standing = customers[index]
                certain, bounded, high, low = rule.judge(row, standing, now)
                if self._value is None:
                    yield first_seen, identifier, float(certain), 1.0
                    continue
                if not bounded or (is_null(low) is not is_null(high)):
                    low, high = 0.0 if self.grows else -math.inf, math.inf
                if low is not None and high is not None and not is_null(low):
                    yield first_seen, identifier, *self._within(low, high, certain=certain)

        return scan

    def _within(self, low: float, high: float, *, certain: bool) -> tuple[float | None, float]:
        if certain:
            return low, high
        if self._kind is Kind.MAX:
            return None, high
        return min(low, 0.0), max(high, 0.0)


def _generate(
    conditions: Iterable[Node], low: ast.expr, high: ast.expr | None, writer: Writer
) -> Callable[[Iterable[Item], float], Iterator[Contribution]]:
    """The function that goes through a page; without `high`, what is added is one number."""
    held = every([writer.truth(part, Point(), want=True) for part in conditions])
    body: list[ast.stmt] = [writer.load(local) for local in writer.loads.values()]
    body.append(ast.If(negate(held), [ast.Continue()], []))
    body.append(ast.Assign([ast.Name(_LOW, ast.Store())], low))
    null = some([compare(name(_LOW), ast.Is(), constant(None)), compare(name(_LOW), ast.NotEq(), name(_LOW))])
    body.append(ast.If(null, [ast.Continue()], []))
    ends = [name(_LOW), name(_LOW) if high is None else high]
    found = ast.Tuple([name(_FIRST_SEEN), name(_IDENTIFIER), *ends], ast.Load())
    body.append(ast.Expr(ast.Yield(found)))
    names = [_FIRST_SEEN, _IDENTIFIER, ROW, STANDING]
    target = ast.Tuple([ast.Name(each, ast.Store()) for each in names], ast.Store())
    loop = ast.For(target, name(_ITEMS), body, [])
    return compile_function("contribute", [_ITEMS, NOW], [loop])


def _conjuncts(condition: Node) -> Iterator[Node]:
    if isinstance(condition, Logical) and condition.operator == "and":
        for operand in condition.operands:
            yield from _conjuncts(operand)
    else:
        yield condition
