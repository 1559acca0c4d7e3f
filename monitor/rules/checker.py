"""Checks a syntax tree against the tables and turns it into a typed tree."""

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from monitor.rules.errors import ExpressionError
from monitor.rules.fields import FIELDS, Source
from monitor.rules.functions import AGGREGATES, FUNCTIONS, Aggregate, Function, called_aggregate
from monitor.rules.literals import literal, moment
from monitor.rules.syntax import Source as Text
from monitor.rules.syntax import check_depth
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
    Value,
)
from monitor.rules.types import Type, Unit, product_unit, quotient_unit, sum_unit
from monitor.rules.wording import nearest, refusal, remedy

MAX_SIZE = 2_000
"""Parts of a tree: chained comparisons and derived fields repeat parts, so the text's length does not bound it."""

_MAX_DIGITS = 12
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


class Checker:
    """Turns one syntax tree into a typed tree.

    Args:
        source: The text and its syntax tree.
        expand: Gives the tree that a derived field stands for.

    Attributes:
        names: The fields that were met, as written.
    """

    def __init__(self, source: Text, expand: Callable[[str], Node]) -> None:
        self._source = source
        self._expand = expand
        self.names: set[str] = set()

    def check(self, node: ast.expr, depth: int = 0) -> Node:  # noqa: C901  # a branch for each piece of syntax
        """Returns the typed tree of a syntax tree.

        Args:
            node: A part of the source's tree.
            depth: Levels above it.

        Raises:
            ExpressionError: Something in it is wrong.
        """
        column, length = self._source.span(node)
        check_depth(depth, column, length)
        below = depth + 1
        checked: Node
        match node:
            case ast.Constant():
                checked = literal(node.value, partial(self._error, node))
            case ast.Name():
                checked = self._name(node)
            case ast.UnaryOp(op=ast.USub()):
                checked = self._negation(node, below)
            case ast.UnaryOp(op=ast.Not()):
                checked = Not(type=Type.BOOL, operand=self._condition(node.operand, below))
            case ast.BoolOp():
                operator = "and" if isinstance(node.op, ast.And) else "or"
                operands = tuple(self._condition(value, below) for value in node.values)
                checked = Logical(type=Type.BOOL, operator=operator, operands=operands)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                checked = self._arithmetic(node, below)
            case ast.Compare():
                checked = self._comparisons(node, below)
            case ast.IfExp():
                checked = self._conditional(node, below)
            case ast.Call():
                checked = self._call(node, below)
            case _:
                raise self._refusal(node)
        if checked.size > MAX_SIZE:
            raise ExpressionError(
                "the expression is too large once its fields are written out; split the rule in two", column, length
            )
        return replace(checked, column=column, length=length)

    def _error(self, node: ast.AST, message: str, hint: str | None = None) -> ExpressionError:
        return ExpressionError(message, *self._source.span(node), hint)

    def _refusal(self, node: ast.expr) -> ExpressionError:
        return self._error(node, refusal(node))

    def _name(self, node: ast.Name) -> Node:
        field = FIELDS.get(node.id)
        if field is None:
            if node.id in FUNCTIONS or node.id in AGGREGATES:
                raise self._error(node, f"'{node.id}' is a function; write its arguments in parentheses after it")
            raise self._error(
                node, f"there is no field '{node.id}'; use a name of the field table", nearest(node.id, *FIELDS)
            )
        self.names.add(node.id)
        if field.source is Source.DERIVED:
            return self._expand(node.id)
        unit = field.unit if field.type is Type.NUMBER else None
        return FieldRef(type=field.type, unit=unit, name=node.id)

    def _negation(self, node: ast.UnaryOp, depth: int) -> Node:
        operand = self._number(node.operand, depth)
        if isinstance(operand, Constant):
            return replace(operand, value=-float(operand.value))
        return Negation(type=Type.NUMBER, unit=operand.unit, operand=operand)

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Node:
        operator = _ARITHMETIC[type(node.op)]
        left, right = self._number(node.left, depth), self._number(node.right, depth)
        unit: Unit
        match operator:
            case "*":
                unit = product_unit(left.unit, right.unit)
            case "/":
                unit = quotient_unit(left.unit, right.unit)
            case "%":
                unit = left.unit
            case _:
                unit = sum_unit(left.unit, right.unit)
        return Arithmetic(type=Type.NUMBER, unit=unit, operator=operator, left=left, right=right)

    def _comparisons(self, node: ast.Compare, depth: int) -> Node:
        found: list[Node] = []
        left_ast, left = node.left, None if _is_none(node.left) else self.check(node.left, depth)
        for operator, right_ast in zip(node.ops, node.comparators, strict=True):
            right = None
            if not isinstance(operator, ast.In | ast.NotIn) or not isinstance(right_ast, ast.Tuple | ast.List):
                right = None if _is_none(right_ast) else self.check(right_ast, depth)
            found.append(self._comparison(node, operator, (left_ast, left), (right_ast, right), depth))
            left_ast, left = right_ast, right
        if len(found) == 1:
            return found[0]
        return Logical(type=Type.BOOL, operator="and", operands=tuple(found))

    def _comparison(
        self,
        node: ast.Compare,
        operator: ast.cmpop,
        left: tuple[ast.expr, Node | None],
        right: tuple[ast.expr, Node | None],
        depth: int,
    ) -> Node:
        (left_ast, subject), (right_ast, other) = left, right
        if subject is None:
            raise self._error(left_ast, "write the field first: 'field is None'")
        if isinstance(operator, ast.Is | ast.IsNot):
            if other is not None or not _is_none(right_ast):
                raise self._error(right_ast, "'is' can only be followed by None; compare with '=='")
            return _negated(IsNull(type=Type.BOOL, operand=subject), isinstance(operator, ast.IsNot))
        if isinstance(operator, ast.In | ast.NotIn):
            contained = self._containment(subject, (left_ast, right_ast), other, depth)
            return _negated(contained, isinstance(operator, ast.NotIn))
        if other is None:
            hint = "write 'is not None'" if isinstance(operator, ast.NotEq) else "write 'is None'"
            raise self._error(right_ast, "a comparison with None is never true; test for a null with 'is'", hint)
        subject, other = self._same_type(left_ast, subject, right_ast, other)
        symbol = _COMPARISONS[type(operator)]
        if subject.type is Type.BOOL and symbol not in {"==", "!="}:
            raise self._error(node, "conditions have no order; combine them with 'and' and 'or'")
        return Comparison(type=Type.BOOL, operator=symbol, left=subject, right=other)

    def _containment(self, subject: Node, asts: tuple[ast.expr, ast.expr], other: Node | None, depth: int) -> Node:
        left_ast, right_ast = asts
        if not isinstance(right_ast, ast.Tuple | ast.List):
            if other is None or other.type is not Type.TEXT or subject.type is not Type.TEXT:
                raise self._error(right_ast, "'in' needs a list of constants such as ('a', 'b'), or a text in a text")
            return Call(type=Type.BOOL, function="contains", arguments=(other, subject))
        if not right_ast.elts:
            raise self._error(right_ast, "the list after 'in' is empty; name at least one value")
        if subject.type is Type.BOOL:
            raise self._error(left_ast, "a condition cannot be in a list; combine conditions with 'and' and 'or'")
        options: list[Value] = []
        for item in right_ast.elts:
            checked = self.check(item, depth)
            _, option = self._same_type(left_ast, subject, item, checked)
            if not isinstance(option, Constant):
                raise self._error(item, "the list after 'in' holds constants only; compare fields with '=='")
            options.append(option.value)
        return Membership(type=Type.BOOL, operand=subject, options=tuple(options))

    def _conditional(self, node: ast.IfExp, depth: int) -> Node:
        condition = self._condition(node.test, depth)
        then, otherwise = self.check(node.body, depth), self.check(node.orelse, depth)
        then, otherwise = self._same_type(node.body, then, node.orelse, otherwise)
        unit = sum_unit(then.unit, otherwise.unit)
        return Conditional(type=then.type, unit=unit, then=then, condition=condition, otherwise=otherwise)

    def _call(self, node: ast.Call, depth: int) -> Node:
        if not isinstance(node.func, ast.Name):
            raise (
                self._refusal(node.func)
                if isinstance(node.func, ast.Attribute)
                else self._error(node.func, "only a function of the table can be called; write its name")
            )
        if aggregate := called_aggregate(node.func.id, len(node.args)):
            return self._aggregate(node, aggregate, depth)
        function = FUNCTIONS.get(node.func.id)
        if function is None:
            raise self._error(
                node.func,
                f"there is no function '{node.func.id}'; use one of {', '.join(FUNCTIONS)}",
                nearest(node.func.id, *FUNCTIONS, *AGGREGATES),
            )
        if node.keywords:
            raise self._error(node.keywords[0], "arguments have no names here; write the value alone")
        if not function.accepts(len(node.args)):
            raise self._error(
                node, f"'{function.name}' takes {function.arity}, not {len(node.args)}; see the function table"
            )
        arguments = self._arguments(node.args, function, depth)
        if function.name == "round" and len(arguments) > 1:
            self._check_digits(node.args[1], arguments[1])
        result = function.result or arguments[0].type
        unit = _call_unit(function, arguments) if result is Type.NUMBER else None
        return Call(type=result, unit=unit, function=function.name, arguments=tuple(arguments))

    def _aggregate(self, node: ast.Call, aggregate: Aggregate, depth: int) -> Node:  # noqa: ARG002  # see `aggregate`
        raise self._error(
            node,
            f"'{aggregate.name}' is over all customers, and this is about each of them; it can stand in the value or "
            'when of a rule with scope = "environment" or scope = "organization"',
        )

    def _arguments(self, nodes: list[ast.expr], function: Function, depth: int) -> list[Node]:
        arguments = [self.check(node, depth) for node in nodes]
        for index, (node, argument) in enumerate(zip(nodes, arguments, strict=True)):
            wanted = function.parameters[min(index, len(function.parameters) - 1)]
            if wanted is not None:
                self._expect(node, argument, wanted)
                continue
            for other in range(index):
                arguments[other], arguments[index] = self._same_type(
                    nodes[other], arguments[other], node, arguments[index]
                )
        return arguments

    def _check_digits(self, node: ast.expr, digits: Node) -> None:
        if not isinstance(digits, Constant) or digits.value not in range(_MAX_DIGITS + 1):
            raise self._error(node, f"the digits to round to are a whole number from 0 to {_MAX_DIGITS}; write one")

    def _number(self, node: ast.expr, depth: int) -> Node:
        return self._expect(node, self.check(node, depth), Type.NUMBER)

    def _condition(self, node: ast.expr, depth: int) -> Node:
        return self._expect(node, self.check(node, depth), Type.BOOL)

    def _expect(self, node: ast.expr, checked: Node, wanted: Type) -> Node:
        if checked.type is not wanted:
            raise self._error(node, f"this is a {checked.type}, but a {wanted} is needed here; {remedy(wanted)}")
        return checked

    def _same_type(self, left_ast: ast.expr, left: Node, right_ast: ast.expr, right: Node) -> tuple[Node, Node]:
        """Returns two operands of one type; a text beside a time is read as a time."""
        if left.type is Type.TIME and isinstance(right, Constant) and right.type is Type.TEXT:
            return left, moment(right, partial(self._error, right_ast))
        if right.type is Type.TIME and isinstance(left, Constant) and left.type is Type.TEXT:
            return moment(left, partial(self._error, left_ast)), right
        if left.type is not right.type:
            raise self._error(
                right_ast, f"a {left.type} and a {right.type} cannot be compared or mixed; use two of the same type"
            )
        return left, right


def _negated(node: Node, negate: bool) -> Node:  # noqa: FBT001  # private, one caller's two branches
    return Not(type=Type.BOOL, operand=node) if negate else node


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _call_unit(function: Function, arguments: list[Node]) -> Unit:
    if function.unit is not None:
        return function.unit
    unit = arguments[0].unit
    for argument in arguments[1:]:
        unit = sum_unit(unit, argument.unit)
    return unit
