"""Finds what a rule says but hardly means: lifetime spend held against a period's budget, and the like.

All of it stays legal and is evaluated as written; the writer is told, and shown the rule that was probably meant.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.rules.errors import ExpressionError
from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS
from monitor.rules.quantities import Meeting, Part, Quantity, Reader, Span, Term
from monitor.rules.rule import Direction
from monitor.rules.tree import Call, Constant, Node
from monitor.rules.types import Type

PERCENT_FROM = 5.0
"""A share of five or more is hardly meant: levels are at 0.5 or at 1.2, and a budget spent five times is long gone."""

_SPEND: Mapping[Span | None, str] = {Span.LIFETIME: "total_cost", Span.PERIOD: "period_cost"}
"""The spend that a budget is for."""

_SPANS_MESSAGE: Mapping[Span | None, str] = {
    Span.PERIOD: (
        "this compares {wrong}, which is lifetime spend, with {budget}, which is for one period; "
        "lifetime spend does not start again with a period, so in time every customer gets there"
    ),
    Span.LIFETIME: (
        "this compares {wrong}, which is spend in the current period, with {budget}, which is for the whole lifetime; "
        "it starts again from zero with every period, so a budget that was long exceeded goes unseen"
    ),
}
_UNITS_MESSAGE = "this compares {wrong}, which is a number of {unit}, with {budget}, which is in USD"
_AVERAGE_MESSAGE = (
    "average_monthly_cost is not to be relied on: it is lifetime spend divided by the days with any activity, "
    "which is not what is spent in a month"
)
_SHARE_MESSAGE = "this compares a share, in which 1 is the whole, with {}, which reads like percent"
_PERCENT_MESSAGE = "this compares percent, in which 100 is the whole, with {}, which reads like a share"
_SHARE_LEVELS_MESSAGE = "the value is a share, in which 1 is the whole, and the levels read like percent: {}"
_PERCENT_LEVELS_MESSAGE = "the value is in percent, in which 100 is the whole, and the levels read like shares: {}"

_TIMES_AFTER, _TIMES_BEFORE = re.compile(r"^\s*\*\s*"), re.compile(r"\s*\*\s*$")


class Kind(StrEnum):
    """What is doubtful."""

    SPANS = "spans"
    UNITS = "units"
    AVERAGE = "average"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that is allowed and probably not meant.

    Attributes:
        kind: What is doubtful.
        column: Where it stands in the expression, in characters from 0.
        length: How many characters it covers.
        message: What it does, and why that is hardly meant.
        correction: The expression that was probably meant, free of doubts of this kind; "" where there is no telling.
        thresholds: The levels that were probably meant, in the order given; empty where they are not what is doubtful.
    """

    kind: Kind
    column: int
    length: int
    message: str
    correction: str = ""
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A doubt, and what to put in the place of which stretches of the text: (column, length, replacement)."""

    doubt: Doubt
    edits: tuple[tuple[int, int, str], ...]


def lint_expression(expression: Expression) -> tuple[Doubt, ...]:
    """Returns what is doubtful in an expression, in the order of the text."""
    found = _find(expression)
    kinds = {entry.doubt.kind for entry in found}
    # One text that puts everything right, if there is one, so that nobody has to put corrections together.
    whole = _correction(expression, kinds, found)
    corrections = {kind: whole or _correction(expression, {kind}, found) for kind in kinds}
    doubts = dict.fromkeys(replace(entry.doubt, correction=corrections[entry.doubt.kind]) for entry in found)
    return tuple(sorted(doubts, key=lambda doubt: doubt.column))


def lint_levels(value: Expression, thresholds: Sequence[float], direction: Direction) -> Doubt | None:
    """Returns what is doubtful about a value and its levels together: one in percent, the others in shares.

    Args:
        value: What is compared with the levels.
        thresholds: Of the levels, in the order of the file.
        direction: Which side of a threshold reaches it.
    """
    measured = Reader(value.text).read(value.tree)
    if _is_share(measured) and thresholds and all(threshold >= PERCENT_FROM for threshold in thresholds):
        shares = tuple(threshold / 100 for threshold in thresholds)
        meant = shares if min(shares) < PERCENT_FROM else ()
        return _levels_doubt(value, _SHARE_LEVELS_MESSAGE, thresholds, meant=meant)
    if _is_percent(measured) and _read_like_shares(thresholds, direction):
        return _levels_doubt(value, _PERCENT_LEVELS_MESSAGE, thresholds, correction=_without_percent(value))
    return None


def _levels_doubt(
    value: Expression,
    message: str,
    thresholds: Sequence[float],
    *,
    correction: str = "",
    meant: tuple[float, ...] = (),
) -> Doubt:
    return Doubt(
        kind=Kind.PERCENT,
        column=value.tree.column,
        length=value.tree.length,
        message=message.format(", ".join(map(_number, thresholds))),
        correction=correction,
        thresholds=meant,
    )


def _read_like_shares(thresholds: Sequence[float], direction: Direction) -> bool:
    above_zero = [threshold for threshold in thresholds if threshold > 0]
    if direction is Direction.AT_MOST and all(threshold == 1 for threshold in above_zero):
        # "1 % is left" is a fair thing to be told of; "1 % is spent" is not.
        return False
    return bool(above_zero) and all(threshold <= 1 for threshold in thresholds)


def _is_share(quantity: Quantity) -> bool:
    # A budget may have been scaled on the way: period_cost / (0.9 * period_budget) is a share as well.
    return quantity.is_share and all(0.5 <= term.factor <= 2 for term in quantity.over)  # noqa: PLR2004 - as said


def _is_percent(quantity: Quantity) -> bool:
    return quantity.is_share and all(math.isclose(term.factor, 100) for term in quantity.over)


def _find(expression: Expression) -> tuple[_Found, ...]:
    reader = Reader(expression.text)
    reader.read(expression.tree)
    found: dict[_Found, None] = {}
    for meeting in reader.meetings:
        for check in (_spans, _units, _percent):
            found |= dict.fromkeys(check(meeting))
    for field in reader.fields:
        if field.name == "average_monthly_cost":
            found[_average(field.column, field.length)] = None
    return tuple(found)


def _spans(meeting: Meeting) -> Iterator[_Found]:
    """Spend of one span against the budget, or what is left of the budget, of the other."""
    for spends, budgets in _both_ways(meeting):
        for budget in budgets:
            # What was spent in the period and what is left for ever do meet: "another such period would be too much".
            held = (Part.BUDGET, Part.REST) if budget.span is Span.PERIOD else (Part.BUDGET,)
            wrong = [spend for spend in spends if spend.part is Part.SPEND and spend.span is not budget.span]
            if budget.part in held and wrong:
                yield _told(Kind.SPANS, meeting, _SPANS_MESSAGE[budget.span], wrong, budget)
                break


def _units(meeting: Meeting) -> Iterator[_Found]:
    """A number of requests or tokens against a budget."""
    for counts, budgets in _both_ways(meeting):
        for budget in budgets:
            wrong = [count for count in counts if count.part is Part.COUNT and not _has_price(count, budget)]
            if budget.part in (Part.BUDGET, Part.REST) and wrong:
                yield _told(Kind.UNITS, meeting, _UNITS_MESSAGE, wrong, budget)
                break


def _has_price(count: Term, budget: Term) -> bool:
    """Whether a number stands between the two that can be a price, so that like meets like after all."""
    factor = count.factor / budget.factor if budget.factor else math.nan
    return not (0.1 <= factor <= 10 or math.isclose(factor, 100))  # noqa: PLR2004 - shares of a budget, and percent


def _percent(meeting: Meeting) -> Iterator[_Found]:
    """A share compared with a number of percent, or the reverse."""
    if not meeting.comparison:
        return
    for index in (0, 1):
        measured, other = meeting.sides[index], meeting.nodes[1 - index]
        if not isinstance(other, Constant) or isinstance(other.value, str):
            continue
        number = float(other.value)
        if _is_share(measured) and number >= PERCENT_FROM:
            message, meant = _SHARE_MESSAGE, number / 100
        elif _is_percent(measured) and 0 < number < 1:
            message, meant = _PERCENT_MESSAGE, number * 100
        else:
            continue
        doubt = Doubt(
            kind=Kind.PERCENT, column=meeting.column, length=meeting.length, message=message.format(_number(number))
        )
        yield _Found(doubt, ((other.column, other.length, _number(meant)),))


def _average(column: int, length: int) -> _Found:
    meant = "spend_30d" if "spend_30d" in FIELDS else "period_cost"
    doubt = Doubt(kind=Kind.AVERAGE, column=column, length=length, message=_AVERAGE_MESSAGE)
    return _Found(doubt, ((column, length, meant),))


def _told(kind: Kind, meeting: Meeting, message: str, wrong: Sequence[Term], budget: Term) -> _Found:
    unit = FIELDS[wrong[0].name].unit
    doubt = Doubt(
        kind=kind,
        column=meeting.column,
        length=meeting.length,
        message=message.format(wrong=wrong[0].name, budget=budget.name, unit=unit),
    )
    return _Found(doubt, tuple((term.column, term.length, _SPEND[budget.span]) for term in wrong))


def _both_ways(meeting: Meeting) -> Iterator[tuple[tuple[Term, ...], tuple[Term, ...]]]:
    left, right = ((*side.over, *side.under) for side in meeting.sides)
    yield left, right
    yield right, left


def _correction(expression: Expression, kinds: AbstractSet[Kind], found: Sequence[_Found]) -> str:
    """Returns the text with all doubts of some kinds put right; "" where that gives no better expression."""
    edits = {edit[0]: edit for entry in found if entry.doubt.kind in kinds for edit in entry.edits}
    text = expression.text
    for column, length, replacement in sorted(edits.values(), reverse=True):
        text = text[:column] + replacement + text[column + length :]
    try:
        corrected = Expression.parse(text, expression.type)
    except ExpressionError:
        # One that was nearly too long has become so.
        return ""
    allowed = {entry.doubt.kind for entry in found} - kinds
    return text if {entry.doubt.kind for entry in _find(corrected)} <= allowed else ""


def _without_percent(value: Expression) -> str:
    """Returns a value without its factor of 100; "" where that cannot simply be left out."""
    reader = Reader(value.text)
    reader.read(value.tree)
    parts = list(value.tree.walk())
    if sum(isinstance(part, Constant) for part in parts) > 1 or any(_rounds(part) for part in parts):
        # What else is written there, a sum or rounding, was meant for percent.
        return ""
    for product in reader.products:
        for factor in (product.left, product.right):
            if isinstance(factor, Constant):
                before, after = value.text[: factor.column], value.text[factor.column + factor.length :]
                first = factor is product.left
                text = before + _TIMES_AFTER.sub("", after) if first else _TIMES_BEFORE.sub("", before) + after
                return text if _gives_share(text) else ""
    return ""


def _rounds(part: Node) -> bool:
    return isinstance(part, Call) and part.function == "round"


def _gives_share(text: str) -> bool:
    try:
        value = Expression.parse(text, Type.NUMBER)
    except ExpressionError:
        # The factor stood in parentheses of its own.
        return False
    return _is_share(Reader(text).read(value.tree))


def _number(value: float) -> str:
    # The last digits of a float are noise: 0.07 * 100.
    return f"{value:.12g}"
