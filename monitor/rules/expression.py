"""An expression of the rules file, checked against the field table."""

from dataclasses import dataclass, replace
from functools import cache

from monitor.rules.checker import Checker
from monitor.rules.errors import ExpressionError
from monitor.rules.fields import FIELDS
from monitor.rules.syntax import Source
from monitor.rules.tree import Node, field_names
from monitor.rules.types import Type
from monitor.rules.wording import remedy

__all__ = ["Expression", "ExpressionError"]


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression.

    Attributes:
        text: As written.
        tree: What it means, with derived fields expanded.
        fields: The fields that it reads, from the row or the period.
        names: The fields as written, derived ones under their own names.
    """

    text: str
    tree: Node
    fields: frozenset[str]
    names: frozenset[str]

    @property
    def type(self) -> Type:
        """The type of its value."""
        return self.tree.type

    @property
    def unit(self) -> str:
        """The unit of its value, empty where it has none."""
        return self.tree.unit or ""

    @classmethod
    def parse(cls, text: str, expected: Type | None = None) -> "Expression":
        """Reads and checks an expression.

        Args:
            text: As written.
            expected: The type that it must have, where only one will do.

        Returns:
            The checked expression.

        Raises:
            ExpressionError: With the place and the reason, when anything in it is wrong.
        """
        source = Source(text)
        checker = Checker(source, derived)
        tree = checker.check(source.tree)
        if expected is not None and tree.type is not expected:
            raise ExpressionError(
                f"this is a {tree.type}, but a {expected} is needed; {remedy(expected)}", *source.span(source.tree)
            )
        return cls(text, tree, field_names(tree), frozenset(checker.names))


@cache
def derived(name: str) -> Node:
    """Returns the tree that a derived field stands for.

    Args:
        name: A field of the table with a formula.
    """
    field = FIELDS[name]
    tree = Expression.parse(field.formula, field.type).tree
    return replace(tree, unit=field.unit if field.type is Type.NUMBER else None)
