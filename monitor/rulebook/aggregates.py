"""The rules over all customers: how their formulas and summaries are read, and compiled."""

from collections.abc import Callable, Mapping
from typing import Any

from monitor.rulebook.locate import Path
from monitor.rulebook.schema import RuleTable
from monitor.rulebook.shape import misspelt
from monitor.rules.aggregate import AggregateExpression
from monitor.rules.aggregate_rule import AggregateRule, Scope
from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS
from monitor.rules.rule import Direction, Level
from monitor.rules.summary import Summary
from monitor.rules.types import Type

Read = Callable[[str, Type], object]
"""Reads an expression; raises ExpressionError."""

_NAMES: Mapping[Scope, tuple[str, ...]] = {
    Scope.ENVIRONMENT: ("bound",),
    Scope.ORGANIZATION: ("bound", "organization"),
}
"""What a summary knows besides what it always does."""


def scope_of(table: Mapping[str, Any], path: Path) -> Scope | None:
    """The scope of a rule, whatever its table holds; None where what is written is none."""
    written = table.get("scope", None if misspelt(table, path, "scope") else Scope.CUSTOMER)
    return Scope(written) if written in list(Scope) else None


def readers(key: str, scope: Scope | None) -> tuple[Read, ...]:
    """What may read an expression: the reader for the rule's scope, or either where the scope is wrong.

    Args:
        key: Of the expression; `where` is about each customer in every rule.
        scope: Of the rule.
    """
    if key == "where" or scope is Scope.CUSTOMER:
        return (Expression.parse,)
    return (AggregateExpression.parse,) if scope is not None else (AggregateExpression.parse, Expression.parse)


def compile_summary(text: str, scope: Scope | None, labels: Mapping[str, str] | None) -> Summary:
    """Check the summary of a rule.

    Raises:
        SummaryError: It cannot be used.
    """
    if scope is Scope.CUSTOMER:
        return Summary.compile(text, FIELDS, labels)
    if scope is None:
        return Summary.compile(text, (*FIELDS, *_NAMES[Scope.ORGANIZATION]), labels)
    about = "an environment" if scope is Scope.ENVIRONMENT else "an organization"
    strangers = {
        name: f"'{name}' is of one customer, and this rule is about all of {about}; use value, level or severity"
        for name in FIELDS
    }
    strangers["organization"] = "the rule is about an environment, not an organization; use environment"
    return Summary.compile(text, _NAMES[scope], labels, strangers)


def default_summary(rule: AggregateRule, shown: str) -> str:
    """The sentence of a rule without one: what it is about, which rule, how far.

    Args:
        rule: The rule.
        shown: The filter that writes its value.
    """
    about = f"{rule.scope.value} {{{{ {rule.scope.value} }}}}"
    if rule.value is None:
        return f"{about}: {{{{ rule }}}}"
    return f"{about}: {{{{ rule }}}} at {{{{ value | {shown} }}}}{{{{ bound }}}}, level {{{{ level | {shown} }}}}"


def compile_aggregate(table: RuleTable, levels: list[Level], direction: Direction) -> AggregateRule:
    """Compile a rule.

    Raises:
        RuleError: It cannot be compiled after all.
    """
    return AggregateRule.compile(
        name=table.name,
        scope=Scope(table.scope),
        where=table.where,
        value=table.value,
        when=table.when,
        levels=levels,
        direction=direction,
    )
