"""Short names for building nodes of Python's syntax tree."""

import ast
from collections.abc import Iterable

from monitor.rules.tree import Value


def constant(value: Value | None) -> ast.expr:
    """Returns a constant."""
    return ast.Constant(value)


def name(identifier: str) -> ast.expr:
    """Returns a name that is read."""
    return ast.Name(identifier, ast.Load())


def attribute(owner: str, identifier: str) -> ast.expr:
    """Returns an attribute that is read."""
    return ast.Attribute(name(owner), identifier, ast.Load())


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    """Returns a comparison."""
    return ast.Compare(left, [operator], [right])


def invoke(helper: str, *arguments: ast.expr) -> ast.expr:
    """Returns a call of a helper."""
    return ast.Call(name(helper), list(arguments), [])


def negate(operand: ast.expr) -> ast.expr:
    """Returns the opposite of a truth value."""
    if isinstance(operand, ast.Constant):
        return constant(not operand.value)
    return ast.UnaryOp(ast.Not(), operand)


def every(operands: Iterable[ast.expr]) -> ast.expr:
    """Returns whether all are true."""
    return _combined(ast.And(), operands, neutral=True)


def some(operands: Iterable[ast.expr]) -> ast.expr:
    """Returns whether any is true."""
    return _combined(ast.Or(), operands, neutral=False)


def _combined(operator: ast.boolop, operands: Iterable[ast.expr], *, neutral: bool) -> ast.expr:
    kept: list[ast.expr] = []
    for operand in operands:
        if isinstance(operand, ast.Constant):
            if operand.value is neutral:
                continue
            return constant(not neutral)
        kept.append(operand)
    if not kept:
        return constant(neutral)
    return kept[0] if len(kept) == 1 else ast.BoolOp(operator, kept)
