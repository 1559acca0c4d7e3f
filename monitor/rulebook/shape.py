"""Tells what the schema refuses in the words of someone who writes a rules file."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.rulebook.locate import Path
from monitor.rulebook.report import Report, closest, nearest
from monitor.rulebook.schema import FileTable, known_keys

_LISTS_OF_TABLES = ("environments", "rules", "channels", "routes")
_LABEL_FORM = "use letters, digits and '_', not a digit first"


def check_shape(report: Report, data: Mapping[str, Any]) -> FileTable | None:
    """Hold the data against the schema.

    Returns:
        The file as the schema reads it; None where anything was refused, all of which is then reported.
    """
    errors: list[ErrorDetails] = []
    try:
        return FileTable.model_validate(data)
    except ValidationError as error:
        # Only the list leaves this block: the exception holds values that may be secret.
        errors = error.errors(include_url=False)
    for detail in errors:
        _report(report, data, detail)
    return None


def misspelt(table: Mapping[str, Any], path: Path, key: str) -> bool:
    """Whether a key that is not there stands there under a wrong name, which is reported already."""
    known = known_keys(path)
    return any(name not in known and closest(name, known) == key for name in table)


def value_at(data: Any, path: Path) -> Any:  # noqa: ANN401 - TOML data has no narrower type
    """The value at a path; None where there is none."""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _report(report: Report, data: Mapping[str, Any], detail: ErrorDetails) -> None:
    path: Path = detail["loc"]
    kind, context = detail["type"], detail.get("ctx", {})
    if report.expansion.is_unfilled(path):
        return
    if kind == "too_short" and value_at(data, path):
        # Wrong entries do not count for pydantic; they are reported on their own.
        return
    if path and path[-1] == "[key]":
        report.at_key(path[:-1], f"'{path[-2]}' is not a label's name", _LABEL_FORM)
    elif kind == "extra_forbidden":
        report.at_key(path, f"unknown key '{path[-1]}'", nearest(str(path[-1]), known_keys(path[:-1])))
    elif kind == "missing":
        _report_missing(report, data, path)
    else:
        message, hint = _words(kind, context, value_at(data, path), path)
        report.at_value(path, message, hint)


def _report_missing(report: Report, data: Mapping[str, Any], path: Path) -> None:
    key, parent = str(path[-1]), path[:-1]
    if misspelt(value_at(data, parent), parent, key):
        return
    if len(path) == 1:
        report.about_file(f"no [[{key}]] table", "a rules file needs at least one; see rules.example.toml")
    else:
        report.at_key(path, f"'{key}' is missing", f"add {key} = …")


def _words(kind: str, context: Mapping[str, Any], value: object, path: Path) -> tuple[str, str]:
    """The message and the hint for one kind of error, as pydantic names them."""
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        near = closest(value, choices) if isinstance(value, str) else None
        return "must be " + " or ".join(f"'{choice}'" for choice in choices), f"did you mean '{near}'?" if near else ""
    if kind == "tuple_type" and path[-1] in _LISTS_OF_TABLES and len(path) == 1:
        return f"must be a list of tables, not {_type_name(value)}", f"write [[{path[-1]}]], with two brackets"
    if kind in _WANTED:
        wanted, hint = _WANTED[kind]
        return f"must be {wanted}, not {_type_name(value)}", hint
    # pydantic's own sentence might show the value; the name of its kind does not.
    message, hint = _SENTENCES.get(kind, (f"is not valid here ({kind.replace('_', ' ')})", ""))
    return message.format_map(context), hint


_WANTED: Mapping[str, tuple[str, str]] = {
    "string_type": ("text in quotes", ""),
    "int_type": ("a whole number", ""),
    "float_type": ("a number", ""),
    "bool_type": ("true or false", ""),
    "model_type": ("a table", ""),
    "model_attributes_type": ("a table", ""),
    "dict_type": ("a table", ""),
    "mapping_type": ("a table", ""),
    "tuple_type": ("a list", "put it in brackets: [ … ]"),
}
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "value_error": ("{error}", ""),
    "greater_than_equal": ("must be at least {ge}", ""),
    "less_than_equal": ("must be at most {le}", ""),
    "finite_number": ("must be a finite number", ""),
    "too_short": ("must not be an empty list", "leave the key out to mean all of them"),
    "too_long": ("must have at most {max_length} entries", ""),
    "string_too_short": ("must not be empty", ""),
    "string_too_long": ("must have at most {max_length} characters", ""),
}


def _type_name(value: object) -> str:
    types = {
        bool: "a boolean",
        str: "text",
        int: "a number",
        float: "a decimal number",
        dict: "a table",
        tuple: "a list",
    }
    return types.get(type(value), "a date or time")
