"""The formulas and the sentence of a rule: checked where they are written, then compiled."""

from collections.abc import Mapping
from typing import Any

from monitor.rulebook.aggregates import compile_aggregate, compile_summary, readers, scope_of
from monitor.rulebook.aggregates import default_summary as default_aggregate_summary
from monitor.rulebook.book import CustomerSeries
from monitor.rulebook.locate import Path
from monitor.rulebook.report import Report
from monitor.rulebook.schema import MetricsTable, RuleTable
from monitor.rules.aggregate_rule import AggregateRule, Scope
from monitor.rules.expression import ExpressionError
from monitor.rules.rule import Direction, Level, Rule, RuleError
from monitor.rules.summary import Summary, SummaryError
from monitor.rules.types import Type

_EXPECTED: Mapping[str, Type] = {"where": Type.BOOL, "value": Type.NUMBER, "when": Type.BOOL}
# How a value of each unit reads; a value without one, or with another one, is a plain number.
_FILTER_OF_UNIT: Mapping[str, str] = {"USD": "usd", "ratio": "percent", "seconds": "duration"}


def check_formulas(report: Report, path: Path, table: Mapping[str, Any]) -> None:
    """Report every mistake in the expressions and in the summary of one rule."""
    scope = scope_of(table, path)
    for key, expected in _EXPECTED.items():
        text = table.get(key)
        if isinstance(text, str) and not report.expansion.is_unfilled((*path, key)):
            error = _mistake(text, key, expected, scope)
            if error is not None:
                report.inside((*path, key), error.column, error.length, error.message, error.hint or "")
    summary, labels = table.get("summary"), table.get("labels")
    if isinstance(summary, str) and not report.expansion.is_unfilled((*path, "summary")):
        try:
            compile_summary(summary, scope, labels if isinstance(labels, dict) else None)
        except SummaryError as error:
            _report_summary(report, (*path, "summary"), summary, error)


def make_rule(report: Report, path: Path, table: RuleTable) -> tuple[Rule | AggregateRule, Summary] | None:
    """Compile a rule in which nothing was reported.

    Returns:
        The rule and its summary; None where they cannot be compiled after all, which is then reported.
    """
    levels = table.levels or ()
    at_most = any(level.at_most is not None for level in levels)
    direction = Direction.AT_MOST if at_most else Direction.AT_LEAST
    steps = [Level(threshold=level.at_most if at_most else level.at_least, severity=level.severity) for level in levels]
    steps = steps or [Level(threshold=None, severity=table.severity or "")]
    rule: Rule | AggregateRule
    try:
        if Scope(table.scope) is Scope.CUSTOMER:
            rule = Rule.compile(
                name=table.name,
                where=table.where,
                value=table.value,
                when=table.when,
                levels=steps,
                direction=direction,
            )
        else:
            rule = compile_aggregate(table, steps, direction)
    except RuleError as error:
        mistake = error.error
        report.inside((*path, error.key), mistake.column, mistake.length, mistake.message, mistake.hint or "")
        return None
    summary = table.summary if table.summary is not None else default_summary(rule)
    return rule, compile_summary(summary, Scope(table.scope), table.labels)


def check_selection(report: Report, path: Path, text: object) -> None:
    """Report a mistake in an expression that chooses customers."""
    if isinstance(text, str) and not report.expansion.is_unfilled(path):
        error = _mistake(text, "where", Type.BOOL, Scope.CUSTOMER)
        if error is not None:
            report.inside(path, error.column, error.length, error.message, error.hint or "")


def make_customer_series(report: Report, table: MetricsTable | None) -> CustomerSeries | None:
    """Compile the choice of customers whom the metrics show; None where there is none, or that cannot be done."""
    if table is None:
        return None
    try:
        condition = Rule.compile(name="metrics", when=table.customers, levels=[Level(None, "info")])
    except RuleError as error:
        mistake = error.error
        report.inside(("metrics", "customers"), mistake.column, mistake.length, mistake.message, mistake.hint or "")
        return None
    return CustomerSeries(condition=condition, most=table.most)


def default_summary(rule: Rule | AggregateRule) -> str:
    """The sentence of a rule without one: who, which rule, how far."""
    name = _FILTER_OF_UNIT.get(rule.unit, "number")
    if isinstance(rule, AggregateRule):
        return default_aggregate_summary(rule, name)
    if rule.levels[0].threshold is None:
        return "{{ customer }}: {{ rule }}"
    return f"{{{{ customer }}}}: {{{{ rule }}}} at {{{{ value | {name} }}}}, level {{{{ level | {name} }}}}"


def _mistake(text: str, key: str, expected: Type, scope: Scope | None) -> ExpressionError | None:
    """What is wrong with an expression."""
    mistakes = []
    for read in readers(key, scope):
        try:
            read(text, expected)
        except ExpressionError as error:
            mistakes.append(error)
        else:
            return None
    return mistakes[0]


def _report_summary(report: Report, path: Path, text: str, error: SummaryError) -> None:
    lines = text.split("\n")
    if error.column is None and len(lines) == 1:
        report.inside(path, None, 0, error.message, error.hint)
        return
    # A mistake without a column is shown by its whole line.
    start = sum(len(line) + 1 for line in lines[: error.line - 1])
    length = len(lines[error.line - 1]) if error.column is None else error.length
    report.inside(path, start + (error.column or 0), length, error.message, error.hint)
