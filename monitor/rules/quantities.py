"""What the numbers of a formula measure: spend or budget, of a period or of a lifetime; and where two of them meet.

Units alone do not tell: lifetime spend and the budget of one period are both in USD.
"""

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from monitor.rules.expression import derived
from monitor.rules.fields import FIELDS, Source
from monitor.rules.tree import Arithmetic, Call, Comparison, Conditional, Constant, FieldRef, Negation, Node
from monitor.rules.types import RATIO


class Part(Enum):
    """What a number is about."""

    SPEND = auto()
    BUDGET = auto()
    REST = auto()
    """What spend leaves of a budget."""
    SHARE = auto()
    """Of a budget or of a period's time; 1 is the whole."""
    COUNT = auto()
    """Of requests or tokens."""


class Span(Enum):
    """The time that a spend or a budget is for."""

    LIFETIME = auto()
    PERIOD = auto()


@dataclass(frozen=True, slots=True)
class Term:
    """A field's part in a number.

    Attributes:
        part: What it is about.
        span: The time it is for; None for a share or a count.
        name: The field, as written.
        column: Where it stands in the text, in characters.
        length: How many characters it covers.
        factor: By what it was multiplied on the way; NaN where that is not a plain number.
    """

    part: Part
    span: Span | None
    name: str
    column: int
    length: int
    factor: float = 1.0


Terms = tuple[Term, ...]

MEASURES: Mapping[str, tuple[Part, Span | None]] = {
    "total_cost": (Part.SPEND, Span.LIFETIME),
    "cost": (Part.SPEND, Span.LIFETIME),
    "period_cost": (Part.SPEND, Span.PERIOD),
    "projected_period_cost": (Part.SPEND, Span.PERIOD),
    "projected_low": (Part.SPEND, Span.PERIOD),
    "projected_high": (Part.SPEND, Span.PERIOD),
    "total_budget": (Part.BUDGET, Span.LIFETIME),
    "period_budget": (Part.BUDGET, Span.PERIOD),
    "period_elapsed": (Part.SHARE, None),
}
"""Fields that are read, not derived: what a derived one measures follows from its formula."""

_COUNTS = ("requests", "tokens")


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a number measures.

    Attributes:
        over: The terms that it is a sum, or one, of.
        under: The terms that it is divided by, where it is the inverse of something.
    """

    over: Terms = ()
    under: Terms = ()

    @property
    def is_share(self) -> bool:
        """Whether it is a share and nothing else."""
        return bool(self.over) and not self.under and all(term.part is Part.SHARE for term in self.over)


NOTHING = Quantity()


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two numbers that are compared, added, subtracted, divided by one another, or chosen from by size.

    Attributes:
        column: Where the two stand in the text, in characters.
        length: How many characters they cover.
        comparison: Whether they are compared: `<`, `==` and the like.
        nodes: Both.
        sides: What they measure.
    """

    column: int
    length: int
    comparison: bool
    nodes: tuple[Node, Node]
    sides: tuple[Quantity, Quantity]


@dataclass(slots=True)
class Reader:
    """Finds out what a tree measures.

    Attributes:
        text: Of the expression, by which a derived field is told from what it stands for.
        meetings: All that were met, in the order of reading; a part that two comparisons share is read twice.
        fields: All fields that were met, the same way; not those that a derived one stands for.
        products: All products, the same way.
    """

    text: str
    meetings: list[Meeting] = field(default_factory=list)
    fields: list[FieldRef] = field(default_factory=list)
    products: list[Arithmetic] = field(default_factory=list)

    def read(self, node: Node) -> Quantity:  # noqa: PLR0911  # a case for each kind of node
        """Returns what a part of the tree measures, and notes what meets in it."""
        if self._is_derived(node):
            return _written_here(node, Reader("").read(derived(self._written(node))), self._written(node))
        match node:
            case FieldRef():
                self.fields.append(node)
                return _measured(node)
            case Negation(operand=operand):
                return self.read(operand)
            case Arithmetic(left=left, right=right):
                return self._arithmetic(node, self.read(left), self.read(right))
            case Comparison(left=left, right=right):
                self._meet(node, (left, right), (self.read(left), self.read(right)))
                return NOTHING
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                self.read(condition)
                return _either([self.read(then), self.read(otherwise)])
            case Call(function=function, arguments=arguments):
                return self._call(node, function, arguments)
            case _:
                for child in node.children:
                    self.read(child)
                return NOTHING

    def _arithmetic(self, node: Arithmetic, left: Quantity, right: Quantity) -> Quantity:
        if node.operator == "*":
            self.products.append(node)
            if left.under and right.over:
                return self._quotient(node, right, Quantity(left.under))
            if left.over and right.under:
                return self._quotient(node, left, Quantity(right.under))
            return _product(node, left, right)
        if node.operator == "/" and not (left.over and right.over):
            return _product(node, left, Quantity(right.under, right.over))
        if node.operator == "/":
            return self._quotient(node, left, right)
        self._meet(node, (node.left, node.right), (left, right))
        return _sum(left, right)

    def _quotient(self, node: Arithmetic, left: Quantity, right: Quantity) -> Quantity:
        self._meet(node, (node.left, node.right), (left, right))
        if right.is_share:
            return NOTHING if left.is_share else _scaled(left, math.nan)
        if _are(right.over, Part.BUDGET) and _are(left.over, Part.SPEND, Part.REST):
            return Quantity(tuple(_share(term, right.over[0]) for term in left.over))
        return NOTHING

    def _call(self, node: Node, function: str, arguments: tuple[Node, ...]) -> Quantity:
        read = [self.read(argument) for argument in arguments]
        if function in ("min", "max"):
            for index in range(1, len(read)):
                self._meet(node, (arguments[0], arguments[index]), (_either(read[:index]), read[index]))
        return _either(read)

    def _meet(self, node: Node, nodes: tuple[Node, Node], sides: tuple[Quantity, Quantity]) -> None:
        column, length = node.column, node.length
        if not length:
            # One link of a chained comparison has no place of its own.
            column = nodes[0].column
            length = nodes[1].column + nodes[1].length - column
        self.meetings.append(Meeting(column, length, isinstance(node, Comparison), nodes, sides))

    def _is_derived(self, node: Node) -> bool:
        """Whether a tree stands for a derived field: then its place in the text holds that name."""
        known = FIELDS.get(self._written(node))
        return known is not None and known.source is Source.DERIVED

    def _written(self, node: Node) -> str:
        # As Python reads a name, whose letters can be written in several ways.
        return unicodedata.normalize("NFKC", self.text[node.column : node.column + node.length])


def _measured(node: FieldRef) -> Quantity:
    part, span = MEASURES.get(node.name, (None, None))
    if node.unit in _COUNTS:
        part = Part.COUNT
    return Quantity((Term(part, span, node.name, node.column, node.length),)) if part is not None else NOTHING


def _written_here(node: Node, quantity: Quantity, name: str) -> Quantity:
    """Returns what a derived field measures, with its terms under its own name and place."""
    here = [
        tuple(replace(term, name=name, column=node.column, length=node.length) for term in terms)
        for terms in (quantity.over, quantity.under)
    ]
    return Quantity(*here)


def _are(terms: Terms, *parts: Part) -> bool:
    return bool(terms) and all(term.part in parts for term in terms)


def _spans(terms: Terms, part: Part) -> set[Span | None]:
    return {term.span for term in terms if term.part is part}


def _share(part: Term, whole: Term) -> Term:
    return replace(part, part=Part.SHARE, span=None, factor=_ratio(part.factor, whole.factor))


def _either(quantities: Iterable[Quantity]) -> Quantity:
    """Returns what a choice between numbers can measure."""
    every = list(quantities)
    return Quantity(
        tuple(term for quantity in every for term in quantity.over),
        tuple(term for quantity in every for term in quantity.under),
    )


def _sum(left: Quantity, right: Quantity) -> Quantity:
    """Returns what a sum, a difference or a remainder measures; the sign is ignored: nobody adds a budget to spend."""
    terms = left.over + right.over
    spends = _spans(left.over, Part.SPEND), _spans(right.over, Part.SPEND)
    budgets = _spans(left.over, Part.BUDGET), _spans(right.over, Part.BUDGET)
    if (spends[0] and budgets[1]) or (budgets[0] and spends[1]):
        terms = tuple(replace(term, part=Part.REST) if term.part is Part.BUDGET else term for term in terms)
        return Quantity(tuple(term for term in terms if term.part is not Part.SPEND))
    if spends[0] and spends[1] and spends[0] != spends[1]:
        # Lifetime spend less that of the period is what was spent before, which is neither.
        return Quantity(tuple(term for term in terms if term.part is not Part.SPEND))
    return Quantity(terms)


def _product(node: Arithmetic, left: Quantity, right: Quantity) -> Quantity:
    """Returns what a product, or a quotient as the product with an inverse, measures."""
    if NOTHING not in (left, right):
        if left.is_share:
            return right
        return left if right.is_share and node.operator == "*" else NOTHING
    kept, other = (left, node.right) if left != NOTHING else (right, node.left)
    if other.unit not in (None, RATIO):
        # Spend by the day, by the request: a rate, which says nothing of a span.
        return NOTHING
    number = float(other.value) if isinstance(other, Constant) else math.nan
    return _scaled(kept, _ratio(1.0, number) if kept is left and node.operator == "/" else number)


def _scaled(quantity: Quantity, number: float) -> Quantity:
    return Quantity(
        tuple(replace(term, factor=term.factor * number) for term in quantity.over),
        tuple(replace(term, factor=_ratio(term.factor, number)) for term in quantity.under),
    )


def _ratio(dividend: float, divisor: float) -> float:
    return dividend / divisor if divisor else math.nan
