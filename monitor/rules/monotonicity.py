"""How a value moves with what is only known within bounds.

A standing that is not exact gives bounds for some fields. A formula that only rises or only falls in such a field takes
its least and its greatest value where the field is at one of its bounds, so two evaluations answer for every value in
between: addition, multiplication and division of floats are correctly rounded, and so never break the order.

What the order rests on but only the row can tell (that a budget is above zero) is written down as a demand, to be
checked when the rule is evaluated; where a demand is not met, nothing is concluded from the bounds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum

from monitor.rules.fields import FIELDS, Field, Source
from monitor.rules.tree import Arithmetic, Call, Conditional, Constant, FieldRef, Negation, Node, field_names

_BOUNDED = 2


class Trend(IntFlag):
    """How a value moves when one field grows and all else stays."""

    STEADY = 0
    RISING = 1
    FALLING = 2
    MIXED = 3

    def flipped(self) -> "Trend":
        """Returns the trend of the negated value."""
        return {Trend.RISING: Trend.FALLING, Trend.FALLING: Trend.RISING}.get(self, self)


class Floor(StrEnum):
    """What a part must stay above."""

    NONE = "none"
    ZERO = "zero"
    ABOVE_ZERO = "above zero"


@dataclass(frozen=True, slots=True)
class Demand:
    """What must be true of a part for the trends to hold; a part that is null meets it.

    Attributes:
        node: The part.
        floor: What its least value must not be below.
        finite: Whether it must be finite.
    """

    node: Node
    floor: Floor
    finite: bool = False


@dataclass(frozen=True, slots=True)
class Monotonicity:
    """How a value moves with the uncertain fields.

    Attributes:
        trends: By the name of each uncertain field that it reads.
        demands: What this rests on. With all met, the value is null for all values of the uncertain fields or for none,
            unless one of them is null itself (see `open_nulls`).
        erratic: Whether nothing can be said.
    """

    trends: Mapping[str, Trend] = field(default_factory=dict)
    demands: tuple[Demand, ...] = ()
    erratic: bool = False

    @property
    def mixed(self) -> bool:
        """Whether the bounds of the fields do not bound the value."""
        return self.erratic or Trend.MIXED in self.trends.values()

    def flipped(self) -> "Monotonicity":
        """Returns the same for the negated value."""
        return Monotonicity({name: trend.flipped() for name, trend in self.trends.items()}, self.demands, self.erratic)

    def demanding(self, *demands: Demand) -> "Monotonicity":
        """Returns the same, resting on more; a demand cannot be checked on a part that the bounds do not bound."""
        erratic = self.erratic or any(monotonicity(demand.node).mixed for demand in demands)
        return Monotonicity(self.trends, (*self.demands, *demands), erratic)


ERRATIC = Monotonicity(erratic=True)


def is_uncertain(table_field: Field) -> bool:
    """Returns whether a field is only surely known where the standing is exact."""
    return table_field.source is Source.PERIOD


def is_bounded(table_field: Field) -> bool:
    """Returns whether a field has a lower and an upper bound."""
    return is_uncertain(table_field) and len(table_field.attributes) == _BOUNDED


def uncertain_fields(node: Node) -> frozenset[str]:
    """Returns the uncertain fields that a tree reads."""
    return frozenset(name for name in field_names(node) if is_uncertain(FIELDS[name]))


def open_nulls(node: Node) -> frozenset[str]:
    """Returns the fields of which a standing that is not exact leaves open whether they are null."""
    return frozenset(name for name in field_names(node) if not FIELDS[name].null_known)


def monotonicity(node: Node) -> Monotonicity:  # noqa: PLR0911  # a case for each kind of node
    """Returns how the value of a tree moves with the uncertain fields.

    Args:
        node: A tree of any type; nothing is said of conditions that are uncertain.
    """
    if not uncertain_fields(node):
        return Monotonicity()
    match node:
        case FieldRef(name=name) if is_bounded(FIELDS[name]):
            return Monotonicity({name: Trend.RISING})
        case Negation(operand=operand):
            return monotonicity(operand).flipped()
        case Arithmetic():
            return _arithmetic(node)
        case Call(function="abs", arguments=(operand,)):
            return monotonicity(operand).demanding(Demand(operand, Floor.ZERO))
        case Call(function="coalesce") if open_nulls(node):
            return ERRATIC
        case Call(function="min" | "max" | "round" | "coalesce", arguments=arguments):
            return _joined(map(monotonicity, arguments))
        case Conditional(condition=condition) if not uncertain_fields(condition):
            return _joined((monotonicity(node.then), monotonicity(node.otherwise)))
        case _:
            return ERRATIC


def _arithmetic(node: Arithmetic) -> Monotonicity:
    match node.operator:
        case "+":
            return _sum(node, monotonicity(node.left), monotonicity(node.right))
        case "-":
            return _sum(node, monotonicity(node.left), monotonicity(node.right).flipped())
        case "*":
            return _product(node.left, node.right)
        case "/":
            return _quotient(node.left, node.right)
        case _:
            return ERRATIC


def _sum(node: Arithmetic, left: Monotonicity, right: Monotonicity) -> Monotonicity:
    joined = _joined((left, right))
    if not (_may_overflow(node.left) and _may_overflow(node.right)):
        return joined
    # Infinity less infinity is null: one of the two must be finite, best the one that does not move.
    anchor = node.right if uncertain_fields(node.left) else node.left
    return joined.demanding(Demand(anchor, Floor.NONE, finite=True))


def _product(left: Node, right: Node) -> Monotonicity:
    if not uncertain_fields(left):
        left, right = right, left
    moving = monotonicity(left)
    if isinstance(right, Constant) and right.value:
        return moving if float(right.value) > 0 else moving.flipped()
    if not uncertain_fields(right):
        # Zero times infinity is null.
        floor = Floor.ABOVE_ZERO if _may_overflow(left) else Floor.ZERO
        return moving.demanding(Demand(right, floor, finite=_may_overflow(right)))
    return _joined((moving, monotonicity(right))).demanding(
        Demand(left, Floor.ZERO, finite=_may_overflow(left)), Demand(right, Floor.ZERO, finite=_may_overflow(right))
    )


def _quotient(left: Node, right: Node) -> Monotonicity:
    moving = monotonicity(left)
    if isinstance(right, Constant):
        if not right.value:
            return ERRATIC
        return moving if float(right.value) > 0 else moving.flipped()
    # Infinity over infinity is null, and so is zero over zero.
    divisor = Demand(right, Floor.ABOVE_ZERO, finite=_may_overflow(left) and _may_overflow(right))
    if not uncertain_fields(right):
        return moving.demanding(divisor)
    if isinstance(left, Constant) and float(left.value) <= 0:
        return monotonicity(right).demanding(divisor)
    return _joined((moving, monotonicity(right).flipped())).demanding(divisor, Demand(left, Floor.ZERO))


def _joined(parts: Iterable[Monotonicity]) -> Monotonicity:
    trends: dict[str, Trend] = {}
    demands: list[Demand] = []
    erratic = False
    for part in parts:
        erratic |= part.erratic
        demands.extend(part.demands)
        for name, trend in part.trends.items():
            trends[name] = trends.get(name, Trend.STEADY) | trend
    return Monotonicity(trends, tuple(demands), erratic)


def _may_overflow(node: Node) -> bool:
    """Returns whether a number can be infinite: what the API and the table give is finite."""
    match node:
        case Constant() | FieldRef():
            return False
        case Arithmetic():
            return True
        case _:
            return any(map(_may_overflow, node.children))
