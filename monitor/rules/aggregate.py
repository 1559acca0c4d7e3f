"""Expressions over all customers: arithmetic and comparisons of numbers and of aggregates such as `sum(total_cost)`.

What stands within an aggregate is an expression over one customer's fields, like that of any other rule; what stands
around it knows no customer, so no field.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace

from monitor.rules.checker import Checker
from monitor.rules.errors import ExpressionError
from monitor.rules.expression import derived
from monitor.rules.fields import FIELDS
from monitor.rules.functions import AGGREGATES, FUNCTIONS, Aggregate
from monitor.rules.syntax import Source
from monitor.rules.tree import Node, field_names
from monitor.rules.types import NO_UNIT, RATIO, Type
from monitor.rules.wording import remedy

MOST = 8
"""Aggregates of one rule: each is a number that is kept for every customer."""

CUSTOMERS = "customers"
"""Unit of a count."""

_AROUND = ("abs", "min", "max", "round", "coalesce")
"""Functions that make sense without a customer."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Aggregated(Node):
    """A call of an aggregate.

    Attributes:
        function: "sum", "avg", "max" or "count".
        operand: The argument, over one customer's fields; None: `count()`.
        text: The argument as written, "" without one.
    """

    function: str
    operand: Node | None
    text: str

    @property
    def children(self) -> tuple[Node, ...]:
        """The argument."""
        return () if self.operand is None else (self.operand,)


@dataclass(frozen=True, slots=True)
class AggregateExpression:
    """A checked expression over all customers.

    Attributes:
        text: As written.
        tree: What it means.
        fields: The fields that are read of each customer, derived ones expanded.
        names: The fields as written, derived ones under their own names.
    """

    text: str
    tree: Node
    fields: frozenset[str]
    names: frozenset[str]

    @property
    def aggregates(self) -> tuple[Aggregated, ...]:
        """Its aggregates in the order of the text."""
        return tuple(part for part in self.tree.walk() if isinstance(part, Aggregated))

    @classmethod
    def parse(cls, text: str, expected: Type) -> "AggregateExpression":
        """Reads and checks an expression.

        Args:
            text: As written.
            expected: The type that it must have.

        Raises:
            ExpressionError: With the place and the reason, when anything in it is wrong.
        """
        source = Source(text)
        checker = _Around(source, derived)
        tree = checker.check(source.tree)
        place = source.span(source.tree)
        if tree.type is not expected:
            raise ExpressionError(f"this is a {tree.type}, but a {expected} is needed; {remedy(expected)}", *place)
        if not checker.met:
            hint = "write an aggregate such as sum(total_cost), or leave scope out"
            raise ExpressionError("this is the same whatever customers do", *place, hint)
        if len(checker.met) > MOST:
            raise ExpressionError(
                f"a rule can have {MOST} different aggregates, this one has {len(checker.met)}; split it in two", *place
            )
        return cls(text, tree, field_names(tree), frozenset(checker.names))


class _Around(Checker):
    """Checks what stands around aggregates.

    Attributes:
        met: The aggregates that were met: function and argument.
    """

    def __init__(self, source: Source, expand: Callable[[str], Node]) -> None:
        super().__init__(source, expand)
        self.met: set[tuple[str, str]] = set()

    def check(self, node: ast.expr, depth: int = 0) -> Node:
        checked = super().check(node, depth)
        if checked.type is Type.TEXT:
            raise self._error(
                node, "a text belongs to one customer; compare with it within an aggregate", "count(name == 'a')"
            )
        return checked

    def _name(self, node: ast.Name) -> Node:
        field = FIELDS.get(node.id)
        if field is None:
            return super()._name(node)
        meant = f"sum({node.id})" if field.type is Type.NUMBER else f"count({node.id} is not None)"
        raise self._error(
            node,
            f"'{node.id}' is of one customer, and this is about all of them; put it in an aggregate such as {meant}",
        )

    def _call(self, node: ast.Call, depth: int) -> Node:
        function = FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is not None and function.name not in _AROUND:
            raise self._error(
                node.func,
                f"'{function.name}' is about one customer; use it within an aggregate ({', '.join(AGGREGATES)})",
            )
        return super()._call(node, depth)

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Node:
        checked = super()._arithmetic(node, depth)
        left, right = checked.children
        if isinstance(node.op, ast.Div) and right.unit == CUSTOMERS != left.unit:
            # So much for each customer: USD stay USD.
            return replace(checked, unit=left.unit)
        return checked

    def _aggregate(self, node: ast.Call, aggregate: Aggregate, depth: int) -> Node:
        name = aggregate.name
        if node.keywords:
            raise self._error(node.keywords[0], "arguments have no names here; write the value alone")
        if len(node.args) > 1 or (aggregate.required and not node.args):
            wanted = f"a {aggregate.parameter}" if aggregate.required else f"nothing, or a {aggregate.parameter}"
            given = f"{len(node.args)} arguments" if node.args else "nothing"
            raise self._error(node, f"'{name}' takes {wanted} over one customer's fields, not {given}")
        if not node.args:
            self.met.add((name, ""))
            return Aggregated(type=Type.NUMBER, unit=CUSTOMERS, function=name, operand=None, text="")
        within = _Within(self._source, self._expand)
        operand = within.check(node.args[0], depth + 1)
        text = self._text(node.args[0])
        if operand.type is Type.BOOL and aggregate.parameter is Type.NUMBER:
            raise self._error(
                node, f"'{name}' needs a number, and this is a condition", f"did you mean 'count({text})'?"
            )
        self._expect(node.args[0], operand, aggregate.parameter)
        self.names |= within.names
        self.met.add((name, text))
        unit = CUSTOMERS if name == "count" else operand.unit
        if name == "sum" and unit == RATIO:
            unit = NO_UNIT  # Shares of different wholes add up to no share.
        return Aggregated(type=Type.NUMBER, unit=unit, function=name, operand=operand, text=text)

    def _text(self, node: ast.expr) -> str:
        column, length = self._source.span(node)
        return self._source.text[column : column + length]


class _Within(Checker):
    """Checks what stands within an aggregate."""

    def _aggregate(self, node: ast.Call, aggregate: Aggregate, depth: int) -> Node:  # noqa: ARG002  # as it is there
        raise self._error(
            node,
            f"'{aggregate.name}' cannot stand within an aggregate: what is in one is about one customer at a time; "
            "combine aggregates outside of each other",
        )
