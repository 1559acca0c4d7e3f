"""The four types of the expression language, and how units combine under arithmetic."""

from enum import StrEnum

RATIO = "ratio"
NO_UNIT = ""


class Type(StrEnum):
    """What a value of the language is; its text is how messages call it."""

    NUMBER = "number"
    TEXT = "text"
    TIME = "time"
    BOOL = "condition"


# A unit is a text of the field table; None is the unit of a bare number, which takes the unit of what it meets.
Unit = str | None


def sum_unit(left: Unit, right: Unit) -> Unit:
    """Returns the unit of a sum, a difference, or a choice between two values."""
    if left is None:
        return right
    if right is None or left == right:
        return left
    return NO_UNIT


def product_unit(left: Unit, right: Unit) -> Unit:
    """Returns the unit of a product: a share of something is measured like the whole."""
    if left is None or left == RATIO:
        return right if right is not None else left
    if right is None or right == RATIO:
        return left
    return NO_UNIT


def quotient_unit(left: Unit, right: Unit) -> Unit:
    """Returns the unit of a quotient: like by like is a ratio."""
    if right is None:
        return left
    if left == right:
        return RATIO
    return left if right == RATIO and left is not None else NO_UNIT
