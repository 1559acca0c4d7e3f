"""From a file to a `Rulebook`, or to everything that is wrong with it."""

import hashlib
import json
import os
import re
import tomllib
from types import MappingProxyType
from typing import Any

from monitor.rulebook.book import AggregateEntry, Channel, Environment, History, Poll, Route, Rulebook, RuleEntry
from monitor.rulebook.check import check_contents
from monitor.rulebook.expand import Expansion, Lookup
from monitor.rulebook.filtering import make_filters
from monitor.rulebook.formulas import make_customer_series, make_rule
from monitor.rulebook.problems import RulebookError
from monitor.rulebook.report import Report
from monitor.rulebook.schema import DEFAULT_API_KEY, FileTable, RouteTable, RuleTable
from monitor.rulebook.shape import check_shape, misspelt
from monitor.rulebook.warnings import find_warnings
from monitor.rules.aggregate_rule import AggregateRule

MAX_BYTES = 1 << 20
"""Hundreds of rules fit in a tenth of it; a larger file is a wrong path."""
# Six levels are used; far more would only exhaust the stack of whoever walks them.
_MAX_DEPTH = 20
# How the reader ends its sentences; without a line the place is the end of the document.
_PLACE = re.compile(r"(?s)^(?P<message>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|.*)\)$")


def load(path: str | os.PathLike[str], lookup: Lookup) -> Rulebook:
    """Read a rules file.

    Args:
        path: Of the file.
        lookup: Gives the value of `${NAME}`, or None where it is not set.

    Raises:
        RulebookError: With everything that is wrong, in the order of the file. Nothing else is raised.
    """
    report = Report(os.fspath(path))
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a path that pathlib refuses is one of the errors to tell
            content = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        report.about_file("this is a directory", "give the path of a rules file in it")
    except FileNotFoundError:
        report.about_file("there is no such file", "copy rules.example.toml here, or give its path with --rules")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        report.about_file(f"cannot be read: {reason}", "make the file readable for the user that runs this")
    else:
        return loads(content, lookup, file=report.file)
    raise RulebookError(report.problems)


def loads(content: bytes, lookup: Lookup, *, file: str = "rules.toml") -> Rulebook:
    """Read the content of a rules file.

    Args:
        content: UTF-8, with or without a byte order mark, with either kind of line end.
        lookup: Gives the value of `${NAME}`, or None where it is not set.
        file: What to call it in problems.

    Raises:
        RulebookError: With everything that is wrong, in the order of the file. Nothing else is raised.
    """
    text, report = _decode(content, file)
    data = _parse(text, report)
    if data is None:
        raise RulebookError(report.problems)
    report.expansion = expansion = Expansion(data, lookup)
    _fill_in_keys(expansion)
    for missing in expansion.missing:
        report.inside_written(missing.path, missing.start, missing.length, missing.message, missing.hint)
    table = check_shape(report, expansion.data)
    check_contents(report, expansion.data)
    book = _build(table, _fingerprint(table), report) if table is not None and not report.problems else None
    if book is None:
        raise RulebookError(report.problems)
    return book


def _decode(content: bytes, file: str) -> tuple[str, Report]:
    if len(content) > MAX_BYTES:
        report = Report(file)
        report.about_file(f"is larger than {MAX_BYTES >> 20} MiB", "give the path of a rules file")
        return "", report
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        start = error.start
    else:
        return text, Report(file, text)
    readable = content.decode("utf-8", errors="replace").replace("\r\n", "\n")
    before = content[:start].decode("utf-8", errors="replace").replace("\r\n", "\n")
    report = Report(file, readable)
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    report.at_place(line, column, f"byte 0x{content[start]:02x} is not UTF-8 text", "save the file as UTF-8")
    return "", report


def _parse(text: str, report: Report) -> dict[str, Any] | None:
    if not report.problems and not text.strip():
        report.about_file("the file is empty", "start from rules.example.toml")
    if report.problems:
        return None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _report_syntax(report, text, str(error))
    except RecursionError:
        report.about_file("is nested too deeply", "remove the brackets that are not needed")
    except ValueError:
        # The reader passes on what Python says of a number with thousands of digits.
        report.about_file("holds a number that is too long", "write it with fewer digits")
    else:
        if not _is_deep(data):
            return data
        report.about_file("is nested too deeply", "remove the brackets and the dots in keys that are not needed")
    return None


def _report_syntax(report: Report, text: str, sentence: str) -> None:
    match = _PLACE.match(sentence)
    message = match["message"] if match else sentence
    if match and match["line"]:
        line, column = int(match["line"]), int(match["column"])
    else:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    report.at_place(line, column, f"this is not TOML: {message[:1].lower()}{message[1:]}", _toml_hint(message))


def _toml_hint(message: str) -> str:
    if message == "Invalid value":
        return "a value is text in quotes, a number, true or false, [ … ] or { … }"
    if message.startswith(("Cannot declare", "Cannot overwrite", "Cannot mutate", "Duplicate", "Cannot redefine")):
        return "a table or a key stands in a file once; a list of tables is written [[name]], each time"
    return ""


def _is_deep(data: dict[str, Any]) -> bool:
    work: list[tuple[object, int]] = [(data, 0)]
    while work:
        value, depth = work.pop()
        if depth > _MAX_DEPTH:
            return True
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        work.extend((item, depth + 1) for item in inside)
    return False


def _fill_in_keys(expansion: Expansion) -> None:
    """Give every environment without a key the default one, as if it were written there."""
    environments = expansion.data.get("environments")
    for position, entry in enumerate(environments if isinstance(environments, tuple) else ()):
        path = ("environments", position)
        if isinstance(entry, dict) and "api_key" not in entry and not misspelt(entry, path, "api_key"):
            entry["api_key"] = expansion.expand((*path, "api_key"), DEFAULT_API_KEY)


def _build(table: FileTable, fingerprint: str, report: Report) -> Rulebook | None:
    names = tuple(environment.name for environment in table.environments)
    rules = [_rule_entry(report, position, entry, names) for position, entry in enumerate(table.rules)]
    customer_series = make_customer_series(report, table.metrics)
    if report.problems:
        return None
    return Rulebook(
        path=report.file,
        fingerprint=fingerprint,
        poll=Poll(interval=table.poll.interval, requests_per_minute=table.poll.requests_per_minute),
        history=History(hourly=table.history.hourly, daily=table.history.daily),
        environments=tuple(
            Environment(
                name=entry.name,
                environment=entry.environment or entry.name,
                api_key=entry.api_key,
                filters=make_filters(entry),
            )
            for entry in table.environments
        ),
        rules=tuple(entry for entry in rules if isinstance(entry, RuleEntry)),
        aggregates=tuple(entry for entry in rules if isinstance(entry, AggregateEntry)),
        channels=tuple(
            Channel(name=entry.name, url=entry.url, give_up_after=entry.give_up_after) for entry in table.channels
        ),
        routes=tuple(_route(entry) for entry in table.routes),
        customer_series=customer_series,
        warnings=find_warnings(report, table),
    )


def _rule_entry(
    report: Report, position: int, entry: RuleTable, environments: tuple[str, ...]
) -> RuleEntry | AggregateEntry | None:
    made = make_rule(report, ("rules", position), entry)
    if made is None:
        return None
    rule, summary = made
    surroundings: dict[str, Any] = {
        "environments": entry.environments or environments,
        "for_": entry.for_,
        "keep_firing_for": entry.keep_firing_for,
        "labels": MappingProxyType(dict(entry.labels)),
        "summary": summary,
    }
    if isinstance(rule, AggregateRule):
        return AggregateEntry(rule=rule, **surroundings)
    return RuleEntry(rule=rule, **surroundings)


def _route(entry: RouteTable) -> Route:
    return Route(
        severities=entry.severities or (),
        environments=entry.environments or (),
        rules=entry.rules or (),
        labels=MappingProxyType(dict(entry.labels)),
        customers=entry.customers or (),
        channels=entry.channels,
        continue_=entry.continue_,
        group_by=entry.group_by,
        group_wait=entry.group_wait,
        group_interval=entry.group_interval,
        repeat_interval=entry.repeat_interval,
    )


def _fingerprint(table: FileTable) -> str:
    # Secrets are dumped as asterisks.
    content = json.dumps(table.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
