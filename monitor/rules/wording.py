"""What messages say: about syntax that the language leaves out, about misspelled names, about types."""

import ast
from difflib import get_close_matches

from monitor.rules.types import Type

_REFUSED: dict[type[ast.AST], str] = {
    ast.Pow: "powers ('**') are not part of the language; multiply instead",
    ast.FloorDiv: "'//' is not part of the language; divide with '/'",
    ast.BitAnd: "'&' is not part of the language; write 'and'",
    ast.BitOr: "'|' is not part of the language; write 'or'",
    ast.Invert: "'~' is not part of the language; write 'not'",
    ast.UAdd: "a leading '+' is not part of the language; leave it out",
    ast.Attribute: "attributes ('.name') are not part of the language; write the name of a field",
    ast.Subscript: "subscripts ('[…]') are not part of the language; write the name of a field",
    ast.Lambda: "'lambda' is not part of the language; write a formula",
    ast.JoinedStr: "f-strings are not part of the language; write a plain text",
    ast.NamedExpr: "':=' is not part of the language; compare with '=='",
    ast.Starred: "'*' before a value is not part of the language; write the values one by one",
    ast.Tuple: "a list can only stand after 'in'; compare with one value",
    ast.List: "a list can only stand after 'in'; compare with one value",
    ast.Set: "a set is not part of the language; write a list in parentheses after 'in'",
}


def refusal(node: ast.expr) -> str:
    """Returns why a piece of Python's syntax is not part of the language."""
    kind = type(node.op) if isinstance(node, ast.BinOp | ast.UnaryOp) else type(node)
    return _REFUSED.get(kind, "this is not part of the language; use fields, numbers, texts, arithmetic, comparisons")


def nearest(name: str, *known: str) -> str | None:
    """Returns a question with the known name that is spelled most alike, None where none is near."""
    spelled = {word.lower(): word for word in (*known, "None", "True", "False")} | {"null": "None", "nil": "None"}
    near = get_close_matches(name.lower(), spelled, n=1)
    return f"did you mean '{spelled[near[0]]}'?" if near else None


def remedy(wanted: Type) -> str:
    """Returns what to do to get a value of a type."""
    match wanted:
        case Type.BOOL:
            return "compare it with something"
        case Type.NUMBER:
            return "use a field or a formula that gives a number"
        case Type.TEXT:
            return "use a text field or a text in quotes"
        case Type.TIME:
            return "use a time field"
