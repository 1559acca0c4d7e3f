"""An expression over all customers as if there were but one, to look at what its numbers measure."""

from dataclasses import replace

from monitor.rules.aggregate import Aggregated, AggregateExpression
from monitor.rules.expression import Expression
from monitor.rules.tree import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    IsNull,
    Logical,
    Membership,
    Negation,
    Node,
    Not,
)
from monitor.rules.types import RATIO


def as_one(expression: AggregateExpression) -> Expression:
    """Returns the expression with what is within an aggregate in that aggregate's place.

    A sum, an average and the greatest of spends are spend of the same span; a count is none, and neither is a sum of
    shares. The result is there to be looked at: its text is still the one with the aggregates.
    """
    return Expression(expression.text, _as_one(expression.tree), expression.fields, expression.names)


def _as_one(node: Node) -> Node:  # noqa: PLR0911  # a case for each kind of node
    match node:
        case Aggregated(operand=operand, function=function):
            opaque = operand is None or function == "count" or (function == "sum" and operand.unit == RATIO)
            return node if opaque or operand is None else operand
        case Negation(operand=operand) | Not(operand=operand) | IsNull(operand=operand) | Membership(operand=operand):
            return replace(node, operand=_as_one(operand))
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return replace(node, left=_as_one(left), right=_as_one(right))
        case Logical(operands=operands):
            return replace(node, operands=tuple(map(_as_one, operands)))
        case Conditional(then=then, condition=condition, otherwise=otherwise):
            return replace(node, then=_as_one(then), condition=_as_one(condition), otherwise=_as_one(otherwise))
        case Call(arguments=arguments):
            return replace(node, arguments=tuple(map(_as_one, arguments)))
        case _:
            return node
