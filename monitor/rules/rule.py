"""A rule, compiled once and evaluated on pages of customers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from monitor.rules.compiler import Compiled, compile_rule
from monitor.rules.errors import ExpressionError
from monitor.rules.expression import Expression
from monitor.rules.monotonicity import uncertain_fields
from monitor.rules.quantities import Reader
from monitor.rules.runtime import is_null, timestamp
from monitor.rules.types import NO_UNIT, RATIO, Type

# A threshold counts as reached from so near: sums of costs are rounded, and $80.00 of $100 must be 80 % however it was
# added up. Absolute below 1, relative above it.
TOLERANCE = 1e-9


class Row(Protocol):
    """A row of the API; a rule also reads the other row fields of the table. Numbers are floats."""

    @property
    def total_cost(self) -> float | None:
        """Lifetime spend, USD."""


class Standing(Protocol):
    """Where a customer stands in the period; a rule also reads the bounds that the field table names."""

    @property
    def exact(self) -> bool:
        """Whether the period fields are known exactly."""


class Direction(StrEnum):
    """Which side of its threshold reaches a level."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Level:
    """A threshold and what reaching it means.

    Attributes:
        threshold: In the unit of the rule's value; None for a rule with `when`.
        severity: A word of the rules file.
    """

    threshold: float | None
    severity: str


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A rule that holds, or may hold, on a customer of a page.

    Attributes:
        index: Place of the customer in the page.
        level: Index into the rule's levels of the furthest that is surely reached; None: not surely any.
        possible: The same for the furthest that may be reached.
        value: The rule's value; where the standing is not exact, the one of the possible values that is furthest from
            the levels. None for a rule with `when`, or where nothing is known of it.
        urgency: How promising it is to learn more of this customer, the larger the more; may be infinite. The value
            at its furthest over the lowest level, else the total cost.
    """

    index: int
    level: int | None
    possible: int | None
    value: float | None
    urgency: float

    @property
    def undecided(self) -> bool:
        """Whether an exact standing could change the level."""
        return self.level != self.possible


class RuleError(ValueError):
    """A rule cannot be compiled.

    Attributes:
        key: Which entry of the rule is wrong: "where", "value", "when" or "levels".
        error: What is wrong with it, and where.
    """

    def __init__(self, key: str, error: ExpressionError) -> None:
        super().__init__(key, error)
        self.key = key
        self.error = error

    def __str__(self) -> str:
        """The key and the mistake in one line."""
        return f"{self.key}: {self.error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A compiled rule: build it with `Rule.compile`.

    Attributes:
        name: As in the rules file.
        where: The expression that chooses customers, as written; None: every customer.
        value: The expression that is compared with levels, as written; None for a rule with `when`.
        when: The condition, as written; None for a rule with `value`.
        levels: Mildest first.
        direction: Which side of a threshold reaches it.
        unit: Unit of the value and the thresholds, empty where there is none.
        fields: The fields that it reads, with derived ones expanded.
        uses_period: Whether it reads a field of the current period.
        measures_period: Whether its value does.
    """

    name: str
    where: str | None
    value: str | None
    when: str | None
    levels: tuple[Level, ...]
    direction: Direction
    unit: str
    fields: frozenset[str]
    uses_period: bool
    measures_period: bool
    _compiled: Compiled = field(repr=False, compare=False)
    _thresholds: tuple[float, ...] = field(repr=False, compare=False)

    @classmethod
    def compile(
        cls,
        *,
        name: str,
        levels: Sequence[Level],
        where: str | None = None,
        value: str | None = None,
        when: str | None = None,
        direction: Direction = Direction.AT_LEAST,
    ) -> "Rule":
        """Checks and compiles a rule.

        Args:
            name: As in the rules file.
            levels: In any order; for a rule with `when` one without a threshold.
            where: A condition that chooses customers; None: every customer.
            value: A number to compare with the levels.
            when: A condition, in the place of `value`.
            direction: Which side of a threshold reaches it.

        Raises:
            RuleError: An expression is wrong, or the entries do not belong together.
        """
        if (value is None) == (when is None):
            raise _misfit(
                "value", "a rule has either 'value' with 'levels', or 'when' with 'severity'; write one of the two"
            )
        ordered, thresholds = ordered_levels(levels, direction, with_thresholds=value is not None)
        conditions = [_parse("where", where, Type.BOOL), _parse("when", when, Type.BOOL)]
        measured = _parse("value", value, Type.NUMBER)
        compiled = compile_rule(
            [condition.tree for condition in conditions if condition],
            measured.tree if measured else None,
            thresholds[0] if thresholds else math.nan,
            at_least=direction is Direction.AT_LEAST,
        )
        parsed = [expression for expression in (*conditions, measured) if expression]
        return cls(
            name=name,
            where=where,
            value=value,
            when=when,
            levels=ordered,
            direction=direction,
            unit=_unit(measured) if measured else "",
            fields=frozenset().union(*(expression.fields for expression in parsed)),
            uses_period=any(uncertain_fields(expression.tree) for expression in parsed),
            measures_period=measured is not None and bool(uncertain_fields(measured.tree)),
            _compiled=compiled,
            _thresholds=thresholds,
        )

    def evaluate(self, rows: Sequence[Row], standings: Sequence[Standing], now: datetime) -> list[Finding]:
        """Evaluates the rule on a page.

        Args:
            rows: The customers of the page.
            standings: Where each of them stands, in the same order.
            now: When the rows were read.

        Returns:
            A finding for each customer on which the rule holds or may hold, in the order of the page; on the others
            it surely does not hold.

        Raises:
            ValueError: There are not as many standings as rows.
        """
        if len(rows) != len(standings):
            raise ValueError(f"{len(rows)} rows came with {len(standings)} standings; give one for each row")
        moment = timestamp(now)
        count = range(len(rows))
        page = (
            zip(count, rows, standings, strict=True)
            if self._compiled.reads_standings
            else zip(count, rows, strict=True)
        )
        find = self._find if self._thresholds else self._find_condition
        return [find(index, rows[index], standings[index], moment) for index in self._compiled.scan(page, moment)]

    def value_of(self, row: Row, standing: Standing, now: datetime) -> float | None:
        """Returns the rule's value for one customer, whatever `where` says; None where it is not known.

        Args:
            row: The customer.
            standing: Where the customer stands; where it is not exact, the value is the one furthest from the levels.
            now: When the row was read.
        """
        moment = timestamp(now)
        _, bounded, _, value = self._compiled.judge(row, standing, moment)
        return value if bounded and not is_null(value) else None

    def _find(self, index: int, row: Row, standing: Standing, now: float) -> Finding:
        certain, bounded, best, worst = self._compiled.judge(row, standing, now)
        if not bounded:
            return Finding(index, None, len(self.levels) - 1, None, _cost(row))
        lowest = self._thresholds[0]
        promising = best is not None and self.direction is Direction.AT_LEAST and lowest > 0
        return Finding(
            index,
            self._reached(worst) if certain else None,
            self._reached(best),
            None if is_null(worst) else worst,
            best / lowest if promising and best is not None else _cost(row),
        )

    def _find_condition(self, index: int, row: Row, standing: Standing, now: float) -> Finding:
        certain = not self._compiled.reads_standings or self._compiled.judge(row, standing, now)[0]
        return Finding(index, 0 if certain else None, 0, None, _cost(row))

    def _reached(self, value: float | None) -> int | None:
        """Returns the furthest level that a value reaches; null reaches none."""
        furthest = None
        if value is not None:
            for index, threshold in enumerate(self._thresholds):
                if value >= threshold if self.direction is Direction.AT_LEAST else value <= threshold:
                    furthest = index
        return furthest


def _cost(row: Row) -> float:
    cost = row.total_cost
    return 0.0 if cost is None or is_null(cost) else cost


def _parse(key: str, text: str | None, expected: Type) -> Expression | None:
    if text is None:
        return None
    try:
        return Expression.parse(text, expected)
    except ExpressionError as error:
        raise RuleError(key, error) from None


def _unit(measured: Expression) -> str:
    """The unit of a rule's value; a share that is counted in percent is a number without a unit."""
    terms = Reader(measured.text).read(measured.tree).over if measured.unit == RATIO else ()
    return measured.unit if all(math.isclose(term.factor, 1) for term in terms) else NO_UNIT


def ordered_levels(
    levels: Sequence[Level], direction: Direction, *, with_thresholds: bool
) -> tuple[tuple[Level, ...], tuple[float, ...]]:
    """Returns levels mildest first, and from where each of them counts as reached.

    Args:
        levels: In any order; for a rule with `when` one without a threshold.
        direction: Which side of a threshold reaches it.
        with_thresholds: Whether the rule has a value.

    Raises:
        RuleError: They do not belong to such a rule.
    """
    if not with_thresholds:
        if len(levels) != 1 or levels[0].threshold is not None:
            raise _misfit("levels", "a rule with 'when' has one severity and no thresholds; use 'value' for levels")
        return tuple(levels), ()
    known = [
        (level.threshold, level) for level in levels if level.threshold is not None and math.isfinite(level.threshold)
    ]
    if not levels or len(known) != len(levels):
        raise _misfit("levels", "a rule with 'value' has levels, each with a finite threshold; write at least one")
    known.sort(key=lambda pair: pair[0], reverse=direction is Direction.AT_MOST)
    sign = 1.0 if direction is Direction.AT_LEAST else -1.0
    return (
        tuple(level for _, level in known),
        tuple(threshold - sign * TOLERANCE * max(1.0, abs(threshold)) for threshold, _ in known),
    )


def _misfit(key: str, message: str) -> RuleError:
    return RuleError(key, ExpressionError(message, 0, 0))
