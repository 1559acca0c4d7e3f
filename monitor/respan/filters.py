"""Which customers the API is asked for, and the same question asked again of every row that it gives.

The API is known to drop a condition that it does not understand and to answer as if it had not been asked, so
what it lists is checked here against the very conditions that were sent.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from monitor.respan.models import Customer

TEXT_FIELDS = frozenset({"customer_identifier", "name", "email"})
NUMBER_FIELDS = frozenset({"number_of_requests", "total_tokens", "total_cost", "active_days"})
FIELDS = TEXT_FIELDS | NUMBER_FIELDS

# Each is said of one value; several values mean any of them. `in` is `""` under another name.
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "": lambda row, value: row == value,
    "in": lambda row, value: row == value,
    "iexact": lambda row, value: row.casefold() == value.casefold(),
    "contains": lambda row, value: value in row,
    "icontains": lambda row, value: value.casefold() in row.casefold(),
    "startswith": lambda row, value: row.startswith(value),
    "endswith": lambda row, value: row.endswith(value),
}
_NUMBER_TESTS: Mapping[str, Callable[[float, float], bool]] = {
    "": lambda row, value: row == value,
    "in": lambda row, value: row == value,
    "lt": lambda row, value: row < value,
    "lte": lambda row, value: row <= value,
    "gt": lambda row, value: row > value,
    "gte": lambda row, value: row >= value,
}
_EITHER = frozenset({"isnull", "not"})
OPERATORS = frozenset(_TEXT_TESTS) | frozenset(_NUMBER_TESTS) | _EITHER
_LARGEST = 1e18


class FilterError(ValueError):
    """A filter that the API does not offer; `str()` says what it offers instead.

    Attributes:
        nearest: The known name that was probably meant, or None.
    """

    def __init__(self, message: str, nearest: str | None = None) -> None:
        self.nearest = nearest
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one field.

    Attributes:
        operator: One of `OPERATORS`; "" is equality.
        value: One or more values, of which any may hold; for `isnull` exactly one boolean. A list is taken too.

    Raises:
        FilterError: The operator is unknown, or the value is not a list of what it compares with.
    """

    operator: str
    value: tuple[str | float | bool, ...]

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise _unknown("operator", self.operator, OPERATORS)
        if not isinstance(self.value, list | tuple):
            raise FilterError(f"the value of a filter is a list: write value = [{_toml(self.value)}]")
        object.__setattr__(self, "value", tuple(self.value))
        if not self.value:
            raise FilterError("the value of a filter is empty: nothing would match; give at least one value")
        if self.operator == "isnull" and not (len(self.value) == 1 and isinstance(self.value[0], bool)):
            raise FilterError("isnull takes one boolean: write value = [true] or value = [false]")

    def matches(self, row: str | float | None) -> bool:
        """Tell whether a field with this content meets the condition.

        A field that is null meets no condition, except `isnull` and `not`.
        """
        if self.operator == "isnull":
            return (row is None) is self.value[0]
        if self.operator == "not":
            return row not in self.value
        if row is None:
            return False
        tests: Mapping[str, Callable[[Any, Any], bool]] = _TEXT_TESTS if isinstance(row, str) else _NUMBER_TESTS
        test = tests.get(self.operator)
        if test is None:
            return False
        # A loop, not any(): it runs for every row of every page, and a generator costs twice as much as the test.
        for value in self.value:  # noqa: SIM110  # as said
            if test(row, value):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Filters:
    """The conditions of an environment.

    Attributes:
        conditions: A condition for each field, by the API's name of the field. None at all: every customer.
        operator: Whether all conditions must hold or any.

    Raises:
        FilterError: The API cannot filter by that field, or not so.
    """

    conditions: Mapping[str, Filter] = field(default_factory=dict)
    operator: Literal["AND", "OR"] = "AND"

    def __post_init__(self) -> None:
        if self.operator not in ("AND", "OR"):
            raise _unknown("filter_operator", self.operator, ("AND", "OR"))
        for name, condition in self.conditions.items():
            check_condition(name, condition)
        object.__setattr__(self, "conditions", MappingProxyType(dict(self.conditions)))

    def to_body(self) -> dict[str, object]:
        """Give the body of a list request, as JSON values."""
        return {
            "filters": {
                name: {"operator": condition.operator, "value": list(condition.value)}
                for name, condition in self.conditions.items()
            },
            "operator": self.operator,
        }

    def matches(self, customer: Customer) -> bool:
        """Tell whether a row is one of those that were asked for."""
        if not self.conditions:
            return True
        # The first condition that fails settles AND, the first that holds settles OR.
        settles = self.operator == "OR"
        for name, condition in self.conditions.items():
            if condition.matches(getattr(customer, name)) is settles:
                return settles
        return not settles


def check_condition(name: str, condition: Filter) -> None:
    """Make sure that the API can filter by a field in this way.

    Args:
        name: The field.
        condition: The condition on it.

    Raises:
        FilterError: The field is not filterable, the operator does not suit it, or a value is of another type.
    """
    if name not in FIELDS:
        if name in Customer.__struct_fields__:
            raise FilterError(
                f"the API cannot filter by {name}; it can by {_listed(FIELDS)}. Use `where` in a rule instead"
            )
        raise _unknown("field", name, FIELDS)
    # An order of texts is refused because the service may sort letters otherwise than we do: a row could be
    # taken for one that was not asked for, and its customer would never be watched.
    offered = _EITHER | (frozenset(_TEXT_TESTS) if name in TEXT_FIELDS else frozenset(_NUMBER_TESTS))
    if condition.operator not in offered:
        raise FilterError(f"{name} has no operator {condition.operator!r}; it has {_listed(offered)}")
    if condition.operator == "isnull":
        return
    for value in condition.value:
        if name in TEXT_FIELDS and not isinstance(value, str):
            raise FilterError(f'{name} is compared with texts: write "{value}" in quotes')
        if name in NUMBER_FIELDS and not _is_number(value):
            raise FilterError(f"{name} is compared with finite numbers, not with {_toml(value)}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _unknown(what: str, name: str, known: frozenset[str] | tuple[str, ...]) -> FilterError:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    nearest = close[0] if close else None
    hint = f"did you mean {nearest!r}?" if nearest else f"known are {_listed(known)}"
    return FilterError(f"unknown {what} {name!r}: {hint}", nearest)


def _listed(names: frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(name or '"" (equal)' for name in sorted(names))


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
