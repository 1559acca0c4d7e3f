"""Formulas of rules with the values put in."""

import ast
import math
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from monitor.inspection.bounds import Bounds, bounds
from monitor.inspection.person import Person
from monitor.inspection.wording import UNKNOWN, in_full
from monitor.notify.text import clean
from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS, Source
from monitor.rules.monotonicity import uncertain_fields
from monitor.rules.reader import read_fields
from monitor.rules.rule import Direction, Level, Rule, RuleError
from monitor.rules.syntax import Source as Text
from monitor.rules.types import Type
from monitor.spending.standing import Standing

_TEXT_LIMIT = 40


class Truth(StrEnum):
    """What a condition says of a customer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """Something in it is null."""
    OPEN = "open"
    """It depends on where between its bounds a figure lies."""


class Case(msgspec.Struct, frozen=True, gc=False):
    """What a formula is put to.

    Attributes:
        person: The row.
        standing: Where the customer stands.
        at: When that was so (UTC).
    """

    person: Person
    standing: Standing
    at: datetime


def lacking(text: str, case: Case) -> frozenset[str]:
    """The fields of the row that a formula reads and nobody knows."""
    read = Expression.parse(text).fields
    return frozenset(name for name in read if FIELDS[name].source is Source.ROW) - case.person.known


def truth(condition: str, case: Case) -> Truth:
    """What a condition says, of which nothing is lacking."""
    if (surely := _holds(condition, case)) is not None:
        return Truth.YES if surely else Truth.OPEN
    try:
        opposite = _holds(f"not ({condition})", case)
    except RuleError:  # too long with these few characters more
        return Truth.NO
    return Truth.UNKNOWN if opposite is None else Truth.NO


def number(text: str, case: Case) -> Bounds | None:
    """The bounds of a number, of which nothing is lacking; None: null, or not bounded."""
    low, high = (
        Rule.compile(name="bound", value=text, levels=[Level(0.0, "")], direction=direction).value_of(
            case.person.row, case.standing, case.at
        )
        for direction in (Direction.AT_LEAST, Direction.AT_MOST)
    )
    return bounds(low, high)


def filled(text: str, case: Case) -> str:
    """A formula with the values of its fields in the place of their names; `?` for what is not known."""
    source = Text(text)
    filled_in, end = [], 0
    for start, name in sorted(_names(source)):
        filled_in += [text[end:start], value(name, case)]
        end = start + len(name)
    return clean("".join([*filled_in, text[end:]]), 2_000)


def value(name: str, case: Case) -> str:
    """What a field is, as it reads in a formula."""
    if lacking(name, case):
        return UNKNOWN
    field = FIELDS[name]
    if field.type is Type.NUMBER:
        return _number(name, case)
    known = read_fields([name])(case.person.row, case.standing, case.at)[name]
    if known is None:
        is_open = uncertain_fields(Expression.parse(name).tree) and not case.standing.read
        return UNKNOWN if is_open else "None"
    if isinstance(known, datetime):
        return f"{known:%Y-%m-%d %H:%M}"
    return repr(clean(str(known), _TEXT_LIMIT))


def figure(of: float, unit: str) -> str:
    """A number in a formula: with all its digits."""
    if math.isinf(of):
        return "∞" if of > 0 else "-∞"
    return in_full(of) if unit == "USD" else f"{of:.6g}" if abs(of) < 1e6 else f"{of:,.0f}"  # noqa: PLR2004 - digits


def figures_within(of: Bounds, unit: str) -> str:
    """Bounds in a formula."""
    return figure(of.low, unit) if of.known else f"({figure(of.low, unit)} … {figure(of.high, unit)})"


def _number(name: str, case: Case) -> str:
    found = number(name, case)
    if found is None:
        is_open = uncertain_fields(Expression.parse(name).tree) and not case.standing.exact
        return UNKNOWN if is_open else "None"
    return figures_within(found, FIELDS[name].unit)


def _holds(condition: str, case: Case) -> bool | None:
    """Whether a condition surely holds; None: surely not, or nobody can tell."""
    rule = Rule.compile(name="part", when=condition, levels=[Level(None, "")])
    found = rule.evaluate([case.person.row], [case.standing], case.at)
    return not found[0].undecided if found else None


def _names(source: Text) -> Iterator[tuple[int, str]]:
    """Where in a text which field is named."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and node.id in FIELDS:
            start, length = source.span(node)
            if source.text[start : start + length] == node.id:
                yield start, node.id
