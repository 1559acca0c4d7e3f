"""What compiled rules may call: the whole world that they see.

Null is None, and for numbers also NaN, so that arithmetic carries it along without a test at every step. Times are
seconds since 1970 (UTC). Nothing here raises.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Truth = bool | None


def seconds(moment: datetime | None) -> float | None:
    """Returns seconds since 1970, None for None."""
    return None if moment is None else timestamp(moment)


def timestamp(moment: datetime) -> float:
    """Returns seconds since 1970; a time without a zone is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH).total_seconds()


def over_zero(dividend: float) -> float:
    """Returns a division by zero: infinite with the dividend's sign, null for 0/0."""
    if dividend > 0:
        return math.inf
    return -math.inf if dividend < 0 else math.nan


def remainder(left: float, right: float) -> float:
    """Returns `left % right`, null where `right` is zero."""
    return left % right if right else math.nan


def is_null(value: object) -> bool:
    """Returns whether a value is null: only NaN differs from itself."""
    return value is None or value != value  # noqa: PLR0124  # works for every type, unlike math.isnan


def kleene_and(*operands: Truth) -> Truth:
    """Returns false if any operand is, else unknown if any is."""
    return False if False in operands else None if None in operands else True


def kleene_or(*operands: Truth) -> Truth:
    """Returns true if any operand is, else unknown if any is."""
    return True if True in operands else None if None in operands else False


def kleene_not(operand: Truth) -> Truth:
    """Returns the opposite; unknown stays unknown."""
    return None if operand is None else not operand


def less(left: Any, right: Any) -> Truth:  # noqa: ANN401  # two of any ordered type
    """Returns `left < right`, unknown with a null."""
    return None if is_null(left) or is_null(right) else left < right


def less_or_equal(left: Any, right: Any) -> Truth:  # noqa: ANN401  # two of any ordered type
    """Returns `left <= right`, unknown with a null."""
    return None if is_null(left) or is_null(right) else left <= right


def equal(left: object, right: object) -> Truth:
    """Returns `left == right`, unknown with a null."""
    return None if is_null(left) or is_null(right) else left == right


def unequal(left: object, right: object) -> Truth:
    """Returns `left != right`, unknown with a null."""
    return None if is_null(left) or is_null(right) else left != right


def member(value: object, options: frozenset[object]) -> Truth:
    """Returns whether a value is one of the options, unknown for null."""
    return None if is_null(value) else value in options


def minimum(*values: float) -> float:
    """Returns the least, null if any is."""
    return math.nan if any(value != value for value in values) else min(values)  # noqa: PLR0124  # NaN


def maximum(*values: float) -> float:
    """Returns the greatest, null if any is."""
    return math.nan if any(value != value for value in values) else max(values)  # noqa: PLR0124  # NaN


def rounded(value: float, digits: float = 0.0) -> float:
    """Returns the value rounded half to even; what is not finite stays as it is."""
    return float(round(value, int(digits))) if math.isfinite(value) else value


def after_last(text: str, separator: str) -> str | None:
    """Returns what follows the last separator, null where it does not occur."""
    _, found, rest = text.rpartition(separator) if separator else ("", "", "")
    return rest if found else None


def contains(text: str, part: str) -> bool:
    """Returns whether the part occurs in the text."""
    return part in text


def hours_between(moment: float, now: float) -> float:
    """Returns hours from a time to now, negative for one to come."""
    return (now - moment) / 3600.0


def days_between(moment: float, now: float) -> float:
    """Returns days from a time to now, negative for one to come."""
    return (now - moment) / 86400.0


HELPERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "_seconds": seconds,
        "_over_zero": over_zero,
        "_remainder": remainder,
        "_and": kleene_and,
        "_or": kleene_or,
        "_not": kleene_not,
        "_less": less,
        "_less_or_equal": less_or_equal,
        "_equal": equal,
        "_unequal": unequal,
        "_member": member,
        "_abs": abs,
        "_min": minimum,
        "_max": maximum,
        "_round": rounded,
        "_lower": str.lower,
        "_upper": str.upper,
        "_after_last": after_last,
        "_startswith": str.startswith,
        "_endswith": str.endswith,
        "_contains": contains,
        "_hours_since": hours_between,
        "_days_since": days_between,
    }
)
