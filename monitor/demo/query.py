"""The list's query language: filters over customer fields, and orders. Knows rows, not HTTP."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.demo.customer import Row

FILTER_FIELDS = (
    "customer_identifier",
    "name",
    "email",
    "number_of_requests",
    "total_tokens",
    "total_cost",
    "active_days",
)
"""What the documentation lets filter; budgets are not among them."""

SORT_FIELDS = (
    "customer_identifier",
    "email",
    "name",
    "first_seen",
    "number_of_requests",
    "total_cost",
    "last_active_timeframe",
    "total_tokens",
    "active_days",
    "average_latency",
    "average_ttft",
)
"""What the documentation lets sort by, with those that only the API's own MCP server lists."""

UnknownFilters = Literal["drop", "reject"]
"""What happens to a filter on a field the server does not know; dropping it silently is the trap of the real one."""

_TEXT_FIELDS = frozenset({"customer_identifier", "name", "email"})
_BY_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "in": operator.eq,
    "not": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_BY_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "iexact": lambda held, wanted: held.lower() == wanted.lower(),
    "contains": operator.contains,
    "icontains": lambda held, wanted: wanted.lower() in held.lower(),
    "startswith": str.startswith,
    "endswith": str.endswith,
}
OPERATORS = (*_BY_ORDER, *_BY_TEXT, "isnull")
"""Every documented operator."""


class RefusedQueryError(ValueError):
    """A query that the API answers with 422.

    Attributes:
        errors: Messages by field.
    """

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(f"refused filters: {errors}")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Listed:
    """A row with the instants behind its written times: text in two forms of timestamp cannot be sorted."""

    row: Row
    first_seen: datetime
    last_active: datetime | None

    def order(self, field: str) -> Any:  # noqa: ANN401 - text, number or time, the same for all rows of a field
        """The value that a sort by `field` compares; None sorts last."""
        if field == "first_seen":
            return self.first_seen
        if field == "last_active_timeframe":
            return self.last_active
        return getattr(self.row, field)


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter: a field, an operator and its values, any of which may match (for `not`: none may)."""

    field: str
    operator: str
    values: tuple[Any, ...]

    def holds(self, row: Row) -> bool:
        """Whether a row matches; a null matches only `isnull` and `not`, as in SQL through an ORM's lookups."""
        held = getattr(row, self.field)
        if self.operator == "isnull":
            return any((held is None) == wanted for wanted in self.values)
        if held is None:
            return self.operator == "not"
        if self.operator in _BY_TEXT:
            text = str(held)
            return any(_BY_TEXT[self.operator](text, wanted) for wanted in self.values)
        found = any(_BY_ORDER[self.operator](held, wanted) for wanted in self.values)
        return found != (self.operator == "not")


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions and how they combine: AND, OR. Without conditions every row matches."""

    conditions: tuple[Condition, ...] = ()
    combine: Literal["AND", "OR"] = "AND"

    def holds(self, row: Row) -> bool:
        """Whether a row matches."""
        if not self.conditions:
            return True
        combined = any if self.combine == "OR" else all
        return combined(condition.holds(row) for condition in self.conditions)


def parse_query(body: object, unknown: UnknownFilters) -> Query:
    """Read the JSON body of a list request.

    Args:
        body: The decoded body: `{"filters": {FIELD: {"operator": OP, "value": [..]}}, "operator": "AND"}`.
        unknown: What to do with a field that cannot be filtered.

    Raises:
        RefusedQueryError: If its shape, an operator, a value, or (unless dropped) a field is not as documented.
    """
    if not isinstance(body, dict):
        raise RefusedQueryError({"non_field_errors": ["Expected an object."]})
    combine = body.get("operator", "AND")
    if combine not in ("AND", "OR"):
        raise RefusedQueryError({"operator": [f'"{combine}" is not a valid choice.']})
    filters = body.get("filters", {})
    if not isinstance(filters, dict):
        raise RefusedQueryError({"filters": ["Expected an object."]})
    errors: dict[str, list[str]] = {}
    conditions = []
    for field, given in filters.items():
        if field not in FILTER_FIELDS:
            if unknown == "reject":
                errors[field] = ["Unknown filter field."]
            continue
        try:
            conditions.append(_condition(field, given))
        except ValueError as error:
            errors[field] = [str(error)]
    if errors:
        raise RefusedQueryError(errors)
    return Query(tuple(conditions), combine)


def _condition(field: str, given: object) -> Condition:
    if not isinstance(given, dict) or not isinstance(given.get("value"), list):
        raise ValueError('Expected {"operator": ..., "value": [...]}.')  # noqa: TRY004 - one refusal for a bad filter
    name, values = given.get("operator", ""), given["value"]
    if name not in OPERATORS:
        raise ValueError(f'"{name}" is not a valid operator.')
    if not values:
        raise ValueError("At least one value is needed.")
    return Condition(field, name, tuple(_value(field, name, value) for value in values))


def _value(field: str, name: str, value: object) -> bool | float | str:
    if name == "isnull":
        if isinstance(value, bool):
            return value
        raise ValueError("A boolean is required.")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is not a text or a number.")  # noqa: TRY004 - refused like any bad value
    if name in _BY_TEXT:
        return str(value)
    if field in _TEXT_FIELDS:
        if isinstance(value, str):
            return value
        raise ValueError("A text is required.")
    try:
        return float(value)
    except ValueError:
        raise ValueError("A number is required.") from None


def ordered(listed: Iterable[Listed], sort_by: str) -> list[Listed]:
    """Sort as the API does: nulls last (first when descending), ties by `id` in either direction.

    Args:
        listed: The rows.
        sort_by: One of `SORT_FIELDS`, with `-` before it for descending.
    """
    field = sort_by.removeprefix("-")
    rows = sorted(listed, key=lambda each: each.row.id)

    def key(each: Listed) -> tuple[bool, Any]:
        value = each.order(field)
        return value is None, value

    # Tuples compare their second item only where the first is equal: None against None is equal before it is ordered.
    rows.sort(key=key, reverse=sort_by.startswith("-"))
    return rows
