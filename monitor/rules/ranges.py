"""What an expression over all customers can come to where its aggregates are only known within bounds.

Interval arithmetic: every part is evaluated to the range of numbers, or the set of truths, that holds whatever the
aggregates are within their own. It never leaves out what is possible; where an aggregate stands in it twice it may let
in more than is. An expression is evaluated once in a poll, so a walk over its tree is fast enough.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import product
from typing import NamedTuple

from monitor.rules.aggregate import Aggregated
from monitor.rules.runtime import Truth, kleene_and, kleene_not, kleene_or, over_zero, remainder, rounded
from monitor.rules.tree import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Constant,
    IsNull,
    Logical,
    Membership,
    Negation,
    Node,
    Not,
)
from monitor.rules.types import Type


class Range(NamedTuple):
    """The numbers that something can be.

    Attributes:
        low: The least.
        high: The greatest; below `low`: it is no number at all.
        null: Whether it can be null.
    """

    low: float
    high: float
    null: bool = False

    @property
    def empty(self) -> bool:
        """Whether it is no number."""
        return self.low > self.high

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high and not self.null


NULL = Range(math.inf, -math.inf, null=True)
ANYTHING = Range(-math.inf, math.inf, null=True)

Truths = frozenset[Truth]
Known = Callable[[Aggregated], Range]
"""Gives the range of an aggregate."""

_COMPARED: dict[str, Callable[[Range, Range], tuple[bool, bool]]] = {
    # Whether it can be true, and whether it can be false.
    "<": lambda left, right: (left.low < right.high, left.high >= right.low),
    "<=": lambda left, right: (left.low <= right.high, left.high > right.low),
    ">": lambda left, right: (left.high > right.low, left.low <= right.high),
    ">=": lambda left, right: (left.high >= right.low, left.low < right.high),
    "==": lambda left, right: (_meet(left, right), not (left[:2] == right[:2] and left.low == left.high)),
    "!=": lambda left, right: (not (left[:2] == right[:2] and left.low == left.high), _meet(left, right)),
}


def number(node: Node, known: Known) -> Range:  # noqa: PLR0911  # a case for each kind of node
    """Returns what a number can be.

    Args:
        node: A number.
        known: Of each aggregate in it, what that can be.
    """
    match node:
        case Aggregated():
            return known(node)
        case Constant(value=value):
            return Range(float(value), float(value))
        case Negation(operand=operand):
            negated = number(operand, known)
            return Range(-negated.high, -negated.low, negated.null)
        case Arithmetic(operator=operator, left=left, right=right):
            return _arithmetic(operator, number(left, known), number(right, known))
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            chosen = truth(condition, known)
            branches = [number(then, known)] if True in chosen else []
            branches += [number(otherwise, known)] if False in chosen else []
            return _either([*branches, NULL] if None in chosen else branches)
        case Call(function="coalesce", arguments=arguments):
            return _first(number(argument, known) for argument in arguments)
        case Call(function=function, arguments=arguments):
            return _called(function, [number(argument, known) for argument in arguments])
        case _:
            raise AssertionError(node)


def truth(node: Node, known: Known) -> Truths:  # noqa: C901, PLR0911  # a case for each kind of node
    """Returns what a condition can be; None among them: unknown.

    Args:
        node: A condition.
        known: Of each aggregate in it, what that can be.
    """
    match node:
        case Constant(value=value):
            return frozenset({bool(value)})
        case Not(operand=operand):
            return frozenset(map(kleene_not, truth(operand, known)))
        case Logical(operator=operator, operands=operands):
            combine = kleene_and if operator == "and" else kleene_or
            return _combined(combine, (truth(operand, known) for operand in operands))
        case IsNull(operand=operand) if operand.type is Type.BOOL:
            return frozenset(each is None for each in truth(operand, known))
        case IsNull(operand=operand):
            found = number(operand, known)
            return frozenset(({True} if found.null else set()) | (set() if found.empty else {False}))
        case Comparison(operator=operator, left=left, right=right) if left.type is Type.BOOL:
            pairs = product(truth(left, known), truth(right, known))
            return frozenset(None if None in pair else (pair[0] == pair[1]) is (operator == "==") for pair in pairs)
        case Comparison(operator=operator, left=left, right=right):
            return _compared(operator, number(left, known), number(right, known))
        case Membership(operand=operand, options=options):
            found = number(operand, known)
            points = (Range(float(option), float(option)) for option in options)
            return _combined(kleene_or, (_compared("==", found, point) for point in points))
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            chosen = truth(condition, known)
            branches = {True: truth(then, known), False: truth(otherwise, known), None: frozenset({None})}
            return frozenset().union(*(branches[each] for each in chosen))
        case Call(arguments=arguments):  # coalesce
            possible: set[Truth] = {None}
            for argument in arguments:
                possible = (possible - {None}) | truth(argument, known) if None in possible else possible
            return frozenset(possible)
        case _:
            raise AssertionError(node)


def _combined(combine: Callable[..., Truth], operands: Iterable[Truths]) -> Truths:
    # One after the other: all combinations at once would be too many.
    return reduce(lambda left, right: frozenset(combine(*pair) for pair in product(left, right)), operands)


def _arithmetic(operator: str, left: Range, right: Range) -> Range:
    if left.empty or right.empty:
        return NULL
    match operator:
        case "+":
            found = _corners(left, right, lambda a, b: a + b)
        case "-":
            found = _corners(left, right, lambda a, b: a - b)
        case "*":
            found = _product(left, right)
        case "/":
            return quotient(left, right)
        case _:
            found = _remainder(left, right)
    return Range(found.low, found.high, found.null or left.null or right.null)


def _corners(left: Range, right: Range, operate: Callable[[float, float], float]) -> Range:
    """What comes of two ranges by an operation that rises or falls in each; infinity less infinity is null."""
    return _spanned(operate(a, b) for a in left[:2] for b in right[:2])


def _spanned(values: Iterable[float]) -> Range:
    found = list(values)
    numbers = [value for value in found if not math.isnan(value)]
    return Range(min(numbers), max(numbers), len(numbers) < len(found)) if numbers else NULL


def _product(left: Range, right: Range) -> Range:
    values = [a * b for a in left[:2] for b in right[:2]]
    # Between the corners zero may be multiplied: by infinity, which is null, or by something finite.
    for one, other in ((left, right), (right, left)):
        if _has_zero(one):
            values += [0.0] if _is_finite(other) else []
            values += [math.nan] if _is_unbounded(other) else []
    return _spanned(values)


def quotient(left: Range, right: Range) -> Range:
    """Returns what one number by another can be: x / 0 is infinite, 0 / 0 null."""
    if left.empty or right.empty:
        return NULL
    found = _divided(left, right)
    return Range(found.low, found.high, found.null or left.null or right.null)


def _divided(left: Range, right: Range) -> Range:
    if not _has_zero(right):
        values = [a / b for a in left[:2] for b in right[:2]]
        return _spanned([*values, 0.0] if _is_unbounded(right) and _is_finite(left) else values)
    if right.low == right.high:
        return _spanned(over_zero(a) for a in {*left[:2], *([0.0] if _has_zero(left) else [])})
    # Near zero a quotient has no bound, to the side that the signs of both say.
    values = [a / b for a in left[:2] for b in right[:2] if b]
    values += [over_zero(a) for a in left[:2]]
    values += [over_zero(-a) for a in left[:2] if right.low < 0]
    found = _spanned(value for value in values if not math.isnan(value))
    return Range(found.low, found.high, null=_has_zero(left) or (_is_unbounded(left) and _is_unbounded(right)))


def _remainder(left: Range, right: Range) -> Range:
    if left.low == left.high and right.low == right.high:
        return _spanned([remainder(left.low, right.low)])
    return ANYTHING


def _called(function: str, arguments: Sequence[Range]) -> Range:
    null = any(argument.null for argument in arguments)
    if any(argument.empty for argument in arguments):
        return NULL
    lows, highs = [argument.low for argument in arguments], [argument.high for argument in arguments]
    match function:
        case "min":
            return Range(min(lows), min(highs), null)
        case "max":
            return Range(max(lows), max(highs), null)
        case "round":
            digits = lows[1] if len(lows) > 1 else 0.0
            return Range(rounded(lows[0], digits), rounded(highs[0], digits), null)
        case _:  # abs
            least = 0.0 if _has_zero(arguments[0]) else min(abs(lows[0]), abs(highs[0]))
            return Range(least, max(abs(lows[0]), abs(highs[0])), null)


def _first(arguments: Iterable[Range]) -> Range:
    """What the first of some numbers that is not null can be."""
    possible = NULL
    for argument in arguments:
        if not possible.null:
            break
        possible = _either([possible._replace(null=False), argument])
    return possible


def _either(ranges: Iterable[Range]) -> Range:
    every = list(ranges)
    return Range(
        min((each.low for each in every), default=math.inf),
        max((each.high for each in every), default=-math.inf),
        any(each.null for each in every),
    )


def _compared(operator: str, left: Range, right: Range) -> Truths:
    possible: set[Truth] = {None} if left.null or right.null else set()
    if not (left.empty or right.empty):
        true, false = _COMPARED[operator](left, right)
        possible |= ({True} if true else set()) | ({False} if false else set())
    return frozenset(possible)


def _meet(left: Range, right: Range) -> bool:
    return left.low <= right.high and right.low <= left.high


def _has_zero(found: Range) -> bool:
    return found.low <= 0 <= found.high


def _is_finite(found: Range) -> bool:
    """Whether it can be something finite."""
    return found.low < found.high or math.isfinite(found.low)


def _is_unbounded(found: Range) -> bool:
    return math.isinf(found.low) or math.isinf(found.high)
