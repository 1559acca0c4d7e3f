"""A rule over all customers of an environment or an organization: what it keeps of each, and what they come to."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeVar

import msgspec

from monitor.rules.aggregate import Aggregated, AggregateExpression
from monitor.rules.as_one import as_one
from monitor.rules.contribution import Formula, Kind, formulas
from monitor.rules.errors import ExpressionError
from monitor.rules.expression import Expression
from monitor.rules.quantities import Reader
from monitor.rules.ranges import ANYTHING, NULL, Range, number, quotient, truth
from monitor.rules.rule import TOLERANCE, Direction, Level, RuleError, ordered_levels
from monitor.rules.signs import never_negative
from monitor.rules.tree import Node
from monitor.rules.types import NO_UNIT, RATIO, Type

_T = TypeVar("_T")


class Scope(StrEnum):
    """What a rule is about."""

    CUSTOMER = "customer"
    ENVIRONMENT = "environment"
    ORGANIZATION = "organization"


class Coverage(IntEnum):
    """Whose numbers are in a total."""

    SOME = 0
    """Not everybody was read since the formula is known: others can only add to it."""
    OUTDATED = 1
    """Everybody was read, but not everybody lately: who was not may have spent more since."""
    ALL = 2
    """Everybody, as of the poll that has just ended."""


class Total(msgspec.Struct, frozen=True, gc=False):
    """What the contributions of a formula come to.

    Attributes:
        count: How many customers contribute.
        low: Sum of the least that they contribute.
        high: Sum of the greatest.
        most_low: The greatest of the least; None of none.
        most_high: The greatest of the greatest, likewise.
    """

    count: int = 0
    low: float = 0.0
    high: float = 0.0
    most_low: float | None = None
    most_high: float | None = None

    def with_(self, other: "Total") -> "Total":
        """Both together."""
        return Total(
            self.count + other.count,
            self.low + other.low,
            self.high + other.high,
            _greatest(self.most_low, other.most_low),
            _greatest(self.most_high, other.most_high),
        )


@dataclass(frozen=True, slots=True)
class Assessment:
    """How a rule stands.

    Attributes:
        level: Index into the rule's levels of the furthest that is surely reached; None: not surely any.
        possible: The same for the furthest that may be reached.
        value: The rule's value; where it is only known within bounds, the bound furthest from the levels. None for a
            rule with `when`, or where it is null or has no bound.
        bound: How the value is to be read: "" as it stands, else "or more", "or less", or "or so" for both.
    """

    level: int | None
    possible: int | None
    value: float | None
    bound: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateRule:
    """A checked rule: build it with `AggregateRule.compile`.

    Attributes:
        name: As in the rules file.
        scope: What it is about: an environment, or an organization.
        where: The condition that chooses customers, as written; None: every customer.
        value: The number that is compared with levels, as written; None for a rule with `when`.
        when: The condition, as written; None for a rule with `value`.
        levels: Mildest first.
        direction: Which side of a threshold reaches it.
        unit: Unit of the value and the thresholds, empty where there is none.
        fields: The fields of customers that it reads, with derived ones expanded.
        formulas: What it keeps of each customer.
    """

    name: str
    scope: Scope
    where: str | None
    value: str | None
    when: str | None
    levels: tuple[Level, ...]
    direction: Direction
    unit: str
    fields: frozenset[str]
    formulas: tuple[Formula, ...]
    _tree: Node = field(repr=False, compare=False)
    _of: Mapping[Aggregated, tuple[Formula, ...]] = field(repr=False, compare=False)
    _thresholds: tuple[float, ...] = field(repr=False, compare=False)

    @classmethod
    def compile(
        cls,
        *,
        name: str,
        scope: Scope,
        levels: Sequence[Level],
        where: str | None = None,
        value: str | None = None,
        when: str | None = None,
        direction: Direction = Direction.AT_LEAST,
    ) -> "AggregateRule":
        """Checks a rule.

        Args:
            name: As in the rules file.
            scope: An environment, or an organization.
            levels: In any order; for a rule with `when` one without a threshold.
            where: A condition that chooses customers; None: every customer.
            value: A number over aggregates to compare with the levels.
            when: A condition over aggregates, in the place of `value`.
            direction: Which side of a threshold reaches it.

        Raises:
            RuleError: An expression is wrong, or the entries do not belong together.
        """
        text = value if when is None else when
        if text is None or (value is not None and when is not None):
            message = "a rule has either 'value' with 'levels', or 'when' with 'severity'; write one of the two"
            raise RuleError("value", ExpressionError(message, 0, 0))
        ordered, thresholds = ordered_levels(levels, direction, with_thresholds=value is not None)
        chosen = _checked("where", lambda: Expression.parse(where, Type.BOOL)) if where is not None else None
        key, wanted = ("value", Type.NUMBER) if value is not None else ("when", Type.BOOL)
        measured = _checked(key, lambda: AggregateExpression.parse(text, wanted))
        of = {aggregated: formulas(aggregated, chosen) for aggregated in measured.aggregates}
        return cls(
            name=name,
            scope=scope,
            where=where,
            value=value,
            when=when,
            levels=ordered,
            direction=direction,
            unit=_unit(measured) if value is not None else NO_UNIT,
            fields=measured.fields | (chosen.fields if chosen is not None else frozenset()),
            formulas=tuple(dict.fromkeys(formula for kept in of.values() for formula in kept)),
            _tree=measured.tree,
            _of=of,
            _thresholds=thresholds,
        )

    @property
    def wants_greatest(self) -> bool:
        """Whether it asks for the greatest of anything."""
        return any(aggregated.function == "max" for aggregated in self._of)

    def assess(self, totals: Mapping[Formula, Total], coverage: Coverage) -> Assessment:
        """Says how the rule stands.

        Args:
            totals: Of each of its formulas; one that is missing is of nobody.
            coverage: Whose numbers are in them.
        """
        if self.value is None:
            possible = truth(self._tree, lambda aggregated: self._known(aggregated, totals, coverage))
            return Assessment(0 if possible == {True} else None, 0 if True in possible else None, None)
        at_least = self.direction is Direction.AT_LEAST
        found = number(self._tree, lambda aggregated: self._known(aggregated, totals, Coverage.ALL))
        within = number(self._tree, lambda aggregated: self._known(aggregated, totals, coverage))
        best, worst = (within.high, within.low) if at_least else (within.low, within.high)
        value = found.low if at_least else found.high
        stated = not found.empty and (math.isfinite(value) or found.low == found.high)
        return Assessment(
            None if within.empty or within.null else self._reached(worst),
            None if within.empty else self._reached(best),
            value if stated else None,
            _bound(value, within) if stated else "",
        )

    def _known(self, aggregated: Aggregated, totals: Mapping[Formula, Total], coverage: Coverage) -> Range:
        kept = [totals.get(formula, Total()) for formula in self._of[aggregated]]
        first = kept[0]
        if aggregated.function == "max":
            return _most(first, coverage)
        summed = Range(first.low, first.high)
        if math.isnan(first.low) or math.isnan(first.high):
            summed = ANYTHING
        operand = aggregated.operand
        grows = aggregated.function == "count" or (operand is not None and never_negative(operand))
        summed = _open(summed, coverage, grows=grows)
        if aggregated.function != "avg":
            return summed
        alone = self._of[aggregated][0].kind is Kind.EACH
        count = Range(first.count, first.count) if alone else Range(kept[1].low, kept[1].high)
        return quotient(summed, _open(count, coverage, grows=True))

    def _reached(self, value: float) -> int | None:
        furthest = None
        for index, threshold in enumerate(self._thresholds):
            if value >= threshold if self.direction is Direction.AT_LEAST else value <= threshold:
                furthest = index
        return furthest


def _checked(key: str, parse: Callable[[], _T]) -> _T:
    try:
        return parse()
    except ExpressionError as error:
        raise RuleError(key, error) from None


def _open(found: Range, coverage: Coverage, *, grows: bool) -> Range:
    """What a sum may come to once everybody is read."""
    if coverage is Coverage.ALL:
        return found
    sure = coverage is Coverage.OUTDATED or grows
    return Range(found.low if sure else -math.inf, math.inf, found.null)


def _most(total: Total, coverage: Coverage) -> Range:
    if total.most_high is None:
        return NULL if coverage is Coverage.ALL else ANYTHING
    high = total.most_high if coverage is Coverage.ALL else math.inf
    return Range(-math.inf if total.most_low is None else total.most_low, high, total.most_low is None)


def _greatest(left: float | None, right: float | None) -> float | None:
    return max((each for each in (left, right) if each is not None), default=None)


def _bound(value: float, within: Range) -> str:
    """How a value that stands for a range is to be read."""
    if math.isinf(value):
        return ""
    near = TOLERANCE * max(1.0, abs(value))
    more, less = within.high > value + near, within.low < value - near
    return "or so" if more and less else "or more" if more else "or less" if less else ""


def _unit(measured: AggregateExpression) -> str:
    """The unit of a rule's value; a share that is counted in percent is a number without a unit."""
    unit = measured.tree.unit or NO_UNIT
    terms = Reader(measured.text).read(as_one(measured).tree).over if unit == RATIO else ()
    return unit if all(math.isclose(term.factor, 1) for term in terms) else NO_UNIT
