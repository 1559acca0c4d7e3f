"""What each customer adds to an aggregate: one number, or the bounds of it, for every customer that `where` lets in.

Like the rules of customers, a formula becomes a generated function that goes through a page. Where neither `where` nor
the number depends on how much of the period was read, which is most of the time, nothing but that function is needed.
"""

import ast
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import msgspec

from monitor.rules.aggregate import Aggregated
from monitor.rules.compiler import compile_function, compile_rule
from monitor.rules.construct import compare, constant, every, name
from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS, Source
from monitor.rules.monotonicity import Trend, monotonicity, open_nulls, uncertain_fields
from monitor.rules.runtime import is_null
from monitor.rules.signs import never_negative
from monitor.rules.tree import IsNull, Logical, Node, Not, field_names, nulls
from monitor.rules.types import Type
from monitor.rules.writer import NOW, ROW, STANDING, Point, Writer

Numbers = Sequence[float | None]
"""Of each customer of a page; None: nothing."""

_Item = tuple[object, object]
_ITEMS, _LOW = "items", "low"


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
    HAVE = "have"
    """Whether the customer has a number, likewise."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What is kept of every customer for an aggregate. Aggregates with the same formula share what is kept.

    Attributes:
        where: Who counts, as written; "" for everybody.
        kind: What is kept.
        expression: A number, or for `COUNT` a condition, as written; "" for a count of all.
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
    if not any(uncertain_fields(tree) or _history(_parts(tree)) for tree in trees):
        return (Formula(text, Kind.EACH, aggregated.text),)
    if aggregated.function == "max":
        return (Formula(text, Kind.MAX, aggregated.text),)
    total = Formula(text, Kind.SUM, aggregated.text)
    if aggregated.function == "sum":
        return (total,)
    return (total, Formula(text, Kind.HAVE, aggregated.text))


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
        self._value = tree if formula.kind in (Kind.EACH, Kind.SUM, Kind.MAX) else None
        self.grows = self._value is None or never_negative(self._value)
        # Whatever is null in any of these makes a customer add nothing.
        self._parts = [part for each in (where, tree) if each is not None for part in _parts(each)]
        self._conditions = [] if where is None else [where]
        if formula.kind is Kind.COUNT and tree is not None:
            self._conditions.append(tree)
        if formula.kind is Kind.HAVE and tree is not None:
            self._conditions.append(Not(type=Type.BOOL, operand=IsNull(type=Type.BOOL, operand=tree)))
        self._history = _history(self._parts)

    def contribute(self, rows: Sequence[object], standings: Sequence[object], now: float) -> tuple[Numbers, Numbers]:
        """What customers add.

        Args:
            rows: The customers, at least one.
            standings: Where each of them stands, in the same order.
            now: When the rows were read, seconds since 1970 UTC.

        Returns:
            Of each customer the least and the greatest that is added. The greatest is None where nothing is; the least
            alone is None where the customer, who may be the greatest of all, may also not count at all.
        """
        items = zip(rows, standings, strict=True)
        lows: Numbers
        highs: Numbers
        if self._exact is not None:
            lows = highs = list(self._exact(items, now))
        else:
            lows, highs = zip(*self._bounded(items, now), strict=True)
        if self._history and None in highs:
            return self._with_unknown(rows, standings, now, lows, highs)
        return lows, highs

    def tells(self, row: object) -> bool:
        """Whether a row says anything: one in which a figure is suddenly missing proves nothing of its customer."""
        return all(getattr(row, needed) is not None for needed in self._needed)

    @cached_property
    def _needed(self) -> frozenset[str]:
        """The figures of the row without which nothing is known. A budget is none of them: there may be no budget."""
        read = {field for part in self._parts for field in _nulls(part)}
        figures = (FIELDS[field] for field in read if FIELDS[field].type is Type.NUMBER)
        return frozenset(
            field.attributes[0] if field.source is Source.ROW else "total_cost"
            for field in figures
            if not field.name.endswith("_budget")
        )

    def _with_unknown(
        self, rows: Sequence[Any], standings: Sequence[object], now: float, lows: Numbers, highs: Numbers
    ) -> tuple[Numbers, Numbers]:
        """What customers add, with those of whom nobody knows what they spent lately: that may be anything.

        Left out, they would let a sum shrink, and a level be left, whenever nobody had looked for a while.
        """
        lows, highs = list(lows), list(highs)
        anything: tuple[float | None, float] = (0.0, 1.0) if self._value is None else self._perhaps(*self._widest)
        candidates = self._others(zip(rows, standings, strict=True), now)
        for index, (row, standing, candidate) in enumerate(zip(rows, standings, candidates, strict=True)):
            if (
                highs[index] is None
                and candidate is not None
                and row.total_cost is not None
                and any(getattr(standing, name) is None for name in self._history)
            ):
                lows[index], highs[index] = anything
        return lows, highs

    @cached_property
    def _others(self) -> Callable[[Iterable[_Item], float], Iterator[float | None]]:
        """Gives None for each customer who does not count, whatever was spent lately."""
        parts = [part for condition in self._conditions for part in _parts(condition)]
        plain = [part for part in parts if not uncertain_fields(part) and not _history([part])]
        if self._kind is Kind.HAVE:
            plain = [part for part in plain if part is not self._conditions[-1]]
        return _generate(plain, constant(1.0), None, Writer())

    @property
    def _widest(self) -> tuple[float, float]:
        return 0.0 if self.grows else -math.inf, math.inf

    @cached_property
    def _exact(self) -> Callable[[Iterable[_Item], float], Iterator[float | None]] | None:
        """Gives the number of each customer, where it is surely known."""
        trees = [*self._conditions, *([self._value] if self._value is not None else [])]
        if any(uncertain_fields(tree) for tree in trees):
            return None
        writer = Writer()
        value = writer.value(self._value, Point()) if self._value is not None else constant(1.0)
        return _generate(self._conditions, value, None, writer)

    @cached_property
    def _bounded(self) -> Callable[[Iterable[_Item], float], Iterator[tuple[float | None, float | None]]]:
        """Gives both ends of the number of each customer."""
        value = self._value
        if value is None or any(uncertain_fields(condition) for condition in self._conditions):
            return self._judged()
        course = monotonicity(value)
        if course.mixed or course.demands or open_nulls(value):
            return self._judged()
        rising = frozenset(field for field, trend in course.trends.items() if trend is Trend.RISING)
        writer = Writer()
        low = writer.value(value, Point(high=frozenset(course.trends) - rising))
        return _generate(self._conditions, low, writer.value(value, Point(high=rising)), writer)

    def _judged(self) -> Callable[[Iterable[_Item], float], Iterator[tuple[float | None, float | None]]]:
        """Does so by way of a rule that is never out of reach."""
        rule = compile_rule(self._conditions, self._value, -math.inf, at_least=True)

        def scan(items: Iterable[_Item], now: float) -> Iterator[tuple[float | None, float | None]]:
            customers = list(items)
            page = ((index, row, standing) for index, (row, standing) in enumerate(customers))
            possible = set(rule.scan(page, now))
            for index, (row, standing) in enumerate(customers):
                judged = rule.judge(row, standing, now) if index in possible else None
                yield (None, None) if judged is None else self._ends(row, standing, *judged)

        return scan

    def _ends(
        self, row: object, standing: object, *judged: *tuple[bool, bool, float | None, float | None]
    ) -> tuple[float | None, float | None]:
        """Both ends of what a customer adds, by what the rule says."""
        certain, bounded, high, low = judged
        if self._value is None:
            return float(certain), 1.0
        if not bounded or is_null(low) is not is_null(high):
            # Anything, and maybe null.
            certain, low, high = False, 0.0 if self.grows and self._is_usual(row, standing) else -math.inf, math.inf
        if low is None or high is None or is_null(low):
            return None, None
        return (low, high) if certain else self._perhaps(low, high)

    def _is_usual(self, row: object, standing: object) -> bool:
        """Whether no figure of the customer is below zero."""
        fields = [FIELDS[field] for field in field_names(self._value)] if self._value is not None else []
        figures = [
            getattr(row if field.source is Source.ROW else standing, field.attributes[0])
            for field in fields
            if field.type is Type.NUMBER
        ]
        return all(figure is None or figure >= 0 for figure in figures)

    def _perhaps(self, low: float, high: float) -> tuple[float | None, float]:
        """Both ends for a customer who may not count."""
        return (None, high) if self._kind is Kind.MAX else (min(low, 0.0), max(high, 0.0))


def _generate(conditions: Iterable[Node], low: ast.expr, high: ast.expr | None, writer: Writer) -> Callable[..., Any]:
    """The function that goes through a page and yields numbers, or with `high` pairs of them."""
    held = every([writer.truth(part, Point(), want=True) for part in conditions])
    body: list[ast.stmt] = [writer.load(local) for local in writer.loads.values()]
    body.append(ast.Assign([ast.Name(_LOW, ast.Store())], ast.IfExp(held, low, constant(None))))
    known = compare(name(_LOW), ast.Eq(), name(_LOW))
    nothing: ast.expr = constant(None)
    found: ast.expr = name(_LOW)
    if high is not None:
        known = every([compare(name(_LOW), ast.IsNot(), constant(None)), known])
        nothing, found = (ast.Tuple(pair, ast.Load()) for pair in ([nothing, nothing], [found, high]))
    body.append(ast.Expr(ast.Yield(ast.IfExp(known, found, nothing))))
    target = ast.Tuple([ast.Name(each, ast.Store()) for each in (ROW, STANDING)], ast.Store())
    loop = ast.For(target, name(_ITEMS), body, [])
    return compile_function("contribute", [_ITEMS, NOW], [loop])


def _parts(tree: Node) -> list[Node]:
    """The parts of a conjunction; anything else is one part."""
    if isinstance(tree, Logical) and tree.operator == "and":
        return [part for operand in tree.operands for part in _parts(operand)]
    return [tree]


def _nulls(part: Node) -> frozenset[str]:
    """The fields of which a null is enough to leave a part unknown, or null."""
    return nulls(part.operand) if isinstance(part, Not) and not isinstance(part.operand, IsNull) else nulls(part)


def _history(parts: Iterable[Node]) -> frozenset[str]:
    """What was spent lately, where nothing is known without it: the attributes of a standing."""
    fields = (FIELDS[field] for part in parts for field in _nulls(part))
    return frozenset(field.attributes[0] for field in fields if field.source is Source.HISTORY)
