"""The filters of an environment: what the API can be asked, checked where it is written."""

from collections.abc import Mapping
from typing import Any, Literal

from monitor.respan.filters import FIELDS, OPERATORS, Filter, FilterError, Filters, check_condition
from monitor.rulebook.locate import Path
from monitor.rulebook.report import Report, nearest
from monitor.rulebook.schema import EnvironmentTable


def check_filters(report: Report, path: Path, table: Mapping[str, Any]) -> None:
    """Report the conditions of one environment that the API does not offer."""
    filters = table.get("filters")
    for name, condition in filters.items() if isinstance(filters, dict) else ():
        place = (*path, "filters", name)
        if name not in FIELDS:
            _refuse(report, place, name)
        if not isinstance(condition, dict) or report.has(place):
            continue
        operator, value = condition.get("operator"), condition.get("value")
        if not isinstance(operator, str) or not isinstance(value, tuple):
            continue
        if operator not in OPERATORS:
            hint = nearest(operator, sorted(OPERATORS))
            report.at_value((*place, "operator"), f"unknown operator '{operator}'", hint)
            continue
        try:
            check_condition(name, Filter(operator, value))
        except FilterError as error:
            refusal = str(error)
        else:
            continue
        report.at_value(place, refusal)


def make_filters(table: EnvironmentTable) -> Filters:
    """Build the filters of an environment in which nothing was reported."""
    operator: Literal["AND", "OR"] = table.filter_operator
    return Filters({name: Filter(entry.operator, entry.value) for name, entry in table.filters.items()}, operator)


def _refuse(report: Report, place: Path, name: str) -> None:
    try:
        check_condition(name, Filter("isnull", (True,)))
    except FilterError as error:
        refusal = error
        hint = nearest(name, sorted(FIELDS)) if error.nearest or " cannot " not in str(error) else ""
        message = f"cannot filter by '{name}'" if hint else str(refusal)
    report.at_key(place, message, hint)
