"""The typed tree that an expression becomes once it is checked: all that later stages ever see of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from monitor.rules.fields import FIELDS
from monitor.rules.functions import FUNCTIONS
from monitor.rules.types import Type, Unit

Value = float | str | bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Node:
    """A checked part of an expression.

    Attributes:
        type: Its type.
        unit: Unit of a number; None for a bare one, which takes the unit of what it meets.
        column: Where it stands in the text, in characters.
        length: How many characters it covers.
        size: How many nodes it has, itself included; a part that stands in two places counts twice.
    """

    type: Type
    unit: Unit = None
    column: int = 0
    length: int = 0
    size: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum(child.size for child in self.children))

    @property
    def children(self) -> tuple["Node", ...]:
        """The parts of this part, in the order of the text."""
        return ()

    def walk(self) -> Iterator["Node"]:
        """Yields this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Constant(Node):
    """A number, a text, a truth value, or a time in seconds since 1970."""

    value: Value


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FieldRef(Node):
    """The value of a field that is read, not derived."""

    name: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Negation(Node):
    """`-operand`."""

    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Binary(Node):
    """Two operands and what is between them."""

    operator: str
    left: Node
    right: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """Both operands."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Arithmetic(Binary):
    """`+ - * / %` of numbers."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Comparison(Binary):
    """`< <= > >= == !=` of two operands of one type."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Logical(Node):
    """`and` or `or` of conditions."""

    operator: str
    operands: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The operands."""
        return self.operands


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Not(Node):
    """`not operand`; also the second half of `is not` and `not in`."""

    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class IsNull(Node):
    """`operand is None`: always true or false."""

    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Membership(Node):
    """`operand in (…)`, a list of constants."""

    operand: Node
    options: tuple[Value, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conditional(Node):
    """`then if condition else otherwise`; null where the condition is unknown."""

    then: Node
    condition: Node
    otherwise: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """All three parts."""
        return (self.then, self.condition, self.otherwise)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Call(Node):
    """A call of a function of the table."""

    function: str
    arguments: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments


def field_names(node: Node) -> frozenset[str]:
    """Returns the fields that a tree reads."""
    return frozenset(part.name for part in node.walk() if isinstance(part, FieldRef))


def nulls(node: Node) -> frozenset[str]:
    """Returns the fields of which a null is enough to make the whole null or unknown."""
    match node:
        case FieldRef(name=name):
            return frozenset({name} if FIELDS[name].nullable else ())
        case Negation() | Arithmetic() | Comparison() | Membership():
            return frozenset().union(*map(nulls, node.children))
        case Call(function=function) if FUNCTIONS[function].result is not None:
            return frozenset().union(*map(nulls, node.children))
        case _:
            return frozenset()
