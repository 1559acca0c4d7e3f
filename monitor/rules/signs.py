"""Which numbers are never below zero, whoever's they are."""

from monitor.rules.fields import FIELDS
from monitor.rules.tree import Arithmetic, Call, Conditional, Constant, FieldRef, Node

_UNITS = ("USD", "ratio", "requests", "tokens", "days", "seconds")
"""Units of fields that count or measure something; what is left of a budget, which can be less than nothing, is not a
field of its own but a difference."""


def never_negative(node: Node) -> bool:  # noqa: PLR0911  # a case for each kind of node
    """Returns whether a number is surely zero or above, as far as the formula tells.

    Args:
        node: A number over one customer's fields.
    """
    match node:
        case Constant(value=value):
            return float(value) >= 0
        case FieldRef(name=name):
            return FIELDS[name].unit in _UNITS
        case Arithmetic(operator="+" | "*" | "/"):
            return all(map(never_negative, node.children))
        case Arithmetic(operator="%", right=right):
            return never_negative(right)
        case Conditional(then=then, otherwise=otherwise):
            return never_negative(then) and never_negative(otherwise)
        case Call(function="abs"):
            return True
        case Call(function="max", arguments=arguments):
            return any(map(never_negative, arguments))
        case Call(function="min" | "coalesce", arguments=arguments):
            return all(map(never_negative, arguments))
        case Call(function="round", arguments=(operand, *_)):
            return never_negative(operand)
        case _:
            return False
