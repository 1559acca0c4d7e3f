"""What no single key can tell: names that must exist and be unique, levels that agree, keys that exclude each other.

Works on the data as read, whatever it holds, so that a wrong key in one place hides no mistake in another.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from monitor.rulebook.filtering import check_filters
from monitor.rulebook.formulas import check_formulas, check_selection
from monitor.rulebook.locate import Path
from monitor.rulebook.report import Report, nearest
from monitor.rulebook.schema import SEVERITIES
from monitor.rulebook.shape import misspelt

_EITHER = "a rule has either 'value' with 'levels', or 'when' with 'severity'"
_GROUPABLE = ("environment", "rule", "severity", "customer", "...")

Table = Mapping[str, Any]


def check_contents(report: Report, data: Table) -> None:
    """Report everything that is wrong between the keys and tables of a file."""
    for section in ("environments", "rules", "channels"):
        _check_unique(report, data, section)
    for path, table in _tables(data, "environments"):
        _check_environment(report, path, table)
    for path, table in _tables(data, "rules"):
        _check_kind(report, path, table)
        _check_levels(report, path, table)
        _check_references(report, path, table, data, ("environments",))
        check_formulas(report, path, table)
    check_selection(report, ("metrics", "customers"), _mapping(data.get("metrics")).get("customers"))
    labels = {name for _, rule in _tables(data, "rules") for name in _mapping(rule.get("labels"))}
    for path, table in _tables(data, "routes"):
        _check_references(report, path, table, data, ("environments", "rules", "channels"))
        _check_group_by(report, path, table, labels)


def _tables(data: Table, section: str) -> Iterator[tuple[Path, Table]]:
    entries = data.get(section)
    for position, entry in enumerate(entries if isinstance(entries, tuple) else ()):
        if isinstance(entry, dict):
            yield (section, position), entry


def _mapping(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _check_unique(report: Report, data: Table, section: str) -> None:
    seen: set[str] = set()
    for path, table in _tables(data, section):
        name = table.get("name")
        if isinstance(name, str) and name in seen:
            report.at_value(
                (*path, "name"), f"'{name}' is the name of another of the {section}", "give each one its own name"
            )
        elif isinstance(name, str):
            seen.add(name)


def _check_references(report: Report, path: Path, table: Table, data: Table, sections: tuple[str, ...]) -> None:
    for section in sections:
        known = [entry["name"] for _, entry in _tables(data, section) if isinstance(entry.get("name"), str)]
        names = table.get(section)
        for position, name in enumerate(names if isinstance(names, tuple) else ()):
            place = (*path, section, position)
            if isinstance(name, str) and name not in known and not report.expansion.is_unfilled(place):
                hint = nearest(name, known) or f"the file has no [[{section}]] of that name"
                report.at_value(place, f"unknown {section.removesuffix('s')} '{name}'", hint)


def _check_environment(report: Report, path: Path, table: Table) -> None:
    name = table.get("name")
    place = (*path, "name")
    if (
        isinstance(name, str)
        and "environment" not in table
        and not misspelt(table, path, "environment")
        and name not in ("prod", "test")
        and not report.expansion.is_unfilled(place)
    ):
        report.at_value(
            place,
            f"'{name}' is not an environment of the API",
            "'prod' and 'test' are; keep the name as your own label and add environment = \"prod\" or \"test\"",
        )
    check_filters(report, path, table)


def _check_kind(report: Report, path: Path, table: Table) -> None:
    """A rule has a value with levels, or a condition with a severity."""
    present = {key for key in ("value", "levels", "when", "severity") if key in table or misspelt(table, path, key)}
    if {"value", "when"} <= present:
        report.at_key(
            (*path, "when"),
            "'when' beside 'value'",
            _EITHER,
        )
    elif "value" in present:
        if "severity" in present:
            report.at_key((*path, "severity"), "'severity' beside 'value'", "each of the 'levels' has its own severity")
        if "levels" not in present:
            hint = 'add levels = [{ at_least = 1.0, severity = "warning" }]'
            report.at_key((*path, "value"), "'value' without 'levels'", hint)
    elif "when" in present:
        if "levels" in present:
            report.at_key((*path, "levels"), "'levels' beside 'when'", _EITHER)
        elif "severity" not in present:
            report.at_key((*path, "when"), "'when' without 'severity'", 'add severity = "warning"')
    else:
        missing = "'value' is missing beside 'levels'" if "levels" in present else "the rule has no formula"
        report.at_key(path, missing, _EITHER)


def _check_levels(report: Report, path: Path, table: Table) -> None:
    levels = table.get("levels")
    way = ""
    reached: list[tuple[float, str, Path]] = []
    for position, level in enumerate(levels if isinstance(levels, tuple) else ()):
        if not isinstance(level, dict):
            continue
        place = (*path, "levels", position)
        ways = [key for key in ("at_least", "at_most") if key in level]
        if len(ways) > 1:
            report.at_key(place, "'at_least' and 'at_most' in one level", "write two rules for two bounds")
        elif not ways and not any(misspelt(level, place, key) for key in ("at_least", "at_most")):
            report.at_key(place, "the level has no threshold", "add at_least = … or at_most = …")
        if len(ways) != 1:
            continue
        if way and ways[0] != way:
            report.at_key((*place, ways[0]), f"'{ways[0]}' after '{way}'", "all levels of a rule point the same way")
            continue
        way = ways[0]
        threshold = _number(level[way])
        if threshold is None:
            continue
        if any(threshold == other for other, _, _ in reached):
            report.at_value((*place, way), "another level has the same threshold", "keep one of them")
        severity = level.get("severity")
        reached.append((threshold, severity if isinstance(severity, str) else "", place))
    _check_severities(report, sorted(reached, key=lambda entry: entry[0], reverse=way == "at_most"))


def _check_severities(report: Report, levels: list[tuple[float, str, Path]]) -> None:
    """Going further must not look better: an alert that escalates would be told more quietly."""
    worst = ""
    for _, severity, place in levels:
        if severity not in SEVERITIES:
            continue
        if worst and SEVERITIES.index(severity) < SEVERITIES.index(worst):
            message = f"'{severity}' is milder than '{worst}' of a level that is reached before this one"
            report.at_value((*place, "severity"), message, f"use '{worst}' or a graver one, or swap the thresholds")
        else:
            worst = severity


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _check_group_by(report: Report, path: Path, table: Table, labels: set[str]) -> None:
    names = table.get("group_by")
    known = (*_GROUPABLE, *sorted(labels))
    for position, name in enumerate(names if isinstance(names, tuple) else ()):
        place = (*path, "group_by", position)
        if isinstance(name, str) and name not in known and not report.expansion.is_unfilled(place):
            report.at_value(place, f"cannot group by '{name}'", nearest(name, known))
