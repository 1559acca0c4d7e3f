"""Tells which rules of a valid file say what is hardly meant, each with the entry that it probably should have."""

import json
import re

from monitor.rulebook.locate import Path
from monitor.rulebook.report import Report
from monitor.rulebook.schema import RuleTable
from monitor.rules.aggregate import AggregateExpression
from monitor.rules.aggregate_rule import Scope
from monitor.rules.as_one import as_one
from monitor.rules.expression import Expression
from monitor.rules.lint import Doubt, lint_expression, lint_levels
from monitor.rules.rule import Direction
from monitor.rules.types import Type

# Outside of quotes, where alone it can stand, a line break is a blank like any other.
_LINE_BREAK = re.compile(r"[ \t]*\n\s*")


def lint_rule(report: Report, path: Path, table: RuleTable) -> None:
    """Report what is doubtful about a rule in which nothing is wrong.

    Args:
        report: Gets the warnings.
        path: Of the rule.
        table: The rule.
    """
    for key, text in (("where", table.where), ("value", table.value), ("when", table.when)):
        if text is not None:
            for doubt in lint_expression(_read(key, text, table)):
                _report(report, (*path, key), doubt)
    levels = table.levels or ()
    way = Direction.AT_MOST if any(level.at_most is not None for level in levels) else Direction.AT_LEAST
    thresholds = [getattr(level, way) for level in levels]
    value = _read("value", table.value, table) if table.value is not None else None
    doubt_of_levels = lint_levels(value, thresholds, way) if value is not None else None
    if doubt_of_levels is None:
        return
    if doubt_of_levels.thresholds:
        meant = ", ".join(f"{threshold:.12g}" for threshold in doubt_of_levels.thresholds)
        hint = f"you probably want: {way} = {meant}"
        report.at_value((*path, "levels", 0, way), doubt_of_levels.message, hint)
    else:
        _report(report, (*path, "value"), doubt_of_levels)


def lint_condition(report: Report, path: Path, text: str) -> None:
    """Report what is doubtful about a choice of customers in which nothing is wrong."""
    for doubt in lint_expression(Expression.parse(text)):
        _report(report, path, doubt)


def _read(key: str, text: str, table: RuleTable) -> Expression:
    """An expression; one over all customers as if there were but one, since the same is doubtful in both."""
    if key == "where" or Scope(table.scope) is Scope.CUSTOMER:
        return Expression.parse(text)
    return as_one(AggregateExpression.parse(text, Type.NUMBER if key == "value" else Type.BOOL))


def _report(report: Report, path: Path, doubt: Doubt) -> None:
    if report.expansion.is_filled(path):
        # Part of the text came from outside: it is not shown, and neither is a formula made of it.
        report.at_value(path, doubt.message)
        return
    hint = f"you probably want: {path[-1]} = {_toml(doubt.correction)}" if doubt.correction else ""
    report.inside(path, doubt.column, doubt.length, doubt.message, hint)


def _toml(text: str) -> str:
    """Write a text as a TOML string on one line."""
    line = _LINE_BREAK.sub(" ", text).strip()
    return f"'{line}'" if '"' in line and "'" not in line else json.dumps(line, ensure_ascii=False)
