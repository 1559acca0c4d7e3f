"""What is written out in an expression: numbers, texts, truth values and times."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from monitor.rules.errors import ExpressionError
from monitor.rules.runtime import timestamp
from monitor.rules.tree import Constant
from monitor.rules.types import Type

Refuse = Callable[[str], ExpressionError]
"""Gives the error for a message, at the place of what is being read."""


def literal(value: object, refuse: Refuse) -> Constant:
    """Returns the constant that a value of Python's stands for.

    Args:
        value: As Python's parser read it.
        refuse: Gives the error where there is no such constant.

    Raises:
        ExpressionError: The value is of no type of the language, or a number is too large.
    """
    match value:
        case bool():
            return Constant(type=Type.BOOL, value=value)
        case str():
            return Constant(type=Type.TEXT, value=value)
        case int() | float():
            return Constant(type=Type.NUMBER, value=_number(value, refuse))
        case None:
            raise refuse("'None' can only stand after 'is' or 'is not'; use coalesce() for a null")
        case _:
            raise refuse("this is no number and no text; write one of the two")


def moment(text: Constant, refuse: Refuse) -> Constant:
    """Returns the time that a text stands for.

    Args:
        text: In ISO 8601; without a zone it is UTC.
        refuse: Gives the error where it is no time.

    Raises:
        ExpressionError: The text is no time.
    """
    try:
        return replace(text, type=Type.TIME, value=timestamp(datetime.fromisoformat(str(text.value))))
    except ValueError:
        raise refuse("this is no time; write one such as '2025-12-01' or '2025-12-01T08:30:00Z'") from None


def _number(value: float, refuse: Refuse) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise refuse("this number is too large; write one below 1e308")
    return number
