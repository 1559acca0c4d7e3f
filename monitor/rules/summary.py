"""The sentence of an alert: a template that is checked when it is loaded and cannot fail when it is rendered."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from monitor.rules.summary_filters import FILTERS, OPERATORS, one_line, show

ALERT_NAMES = frozenset({"value", "level", "severity", "rule", "environment", "kind"})
"""Names that every summary knows besides the fields: they come from the alert, not from the row."""

MAX_LENGTH = 2_000
"""Characters of a template: the longest useful summary has a tenth of this, and work grows with it."""
MAX_DEPTH = 30
"""Nesting of a template: far beyond a sentence, far below where a parser or a compiler gives up."""

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.CondExpr),
    *(nodes.If, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Test, nodes.Neg, nodes.Pos),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.Concat, nodes.Tuple, nodes.List),
)
_ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.Neg, nodes.Pos)
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.For: "{% for %}",
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.With: "{% with %}",
    nodes.Block: "{% block %}",
    nodes.Extends: "{% extends %}",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from %}",
    nodes.Getattr: "'.' after a name",
    nodes.Getitem: "'[…]' after a name",
    nodes.Call: "a call",
    nodes.Pow: "'**'",
    nodes.Mod: "'%' between values",
    nodes.FloorDiv: "'//'",
    nodes.Dict: "'{…}' as a value",
}


class SummaryError(Exception):
    """A summary that cannot be used.

    Attributes:
        message: What is wrong, without the place.
        line: Line in the template, from 1.
        column: Character in that line, from 0; None where only the line is known.
        length: Characters of the mistake.
        hint: What to do, "" where there is nothing to add.
    """

    def __init__(
        self, message: str, *, line: int = 1, column: int | None = None, length: int = 1, hint: str = ""
    ) -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message = message
        self.line = line
        self.column = column
        self.length = length
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Summary:
    """A checked template of one line.

    Attributes:
        text: As written.
        names: The names it uses, apart from constants; `render` reads no other.
    """

    text: str
    names: frozenset[str]
    _constants: Mapping[str, str] = field(repr=False)
    _template: Template = field(repr=False, compare=False)

    @classmethod
    def compile(
        cls,
        text: str,
        fields: Iterable[str],
        constants: Mapping[str, str] | None = None,
        strangers: Mapping[str, str] = MappingProxyType({}),
    ) -> "Summary":
        """Check a template and prepare it.

        Args:
            text: Jinja syntax: `{{ name | filter }}`, `{{ a if condition else b }}`, `{% if %}`; nothing else.
            fields: Names of the field table; those of `ALERT_NAMES` are known besides.
            constants: Names with a fixed text, such as a rule's labels; a field of the same name wins.
            strangers: Names that mean nothing here, with the reason.

        Raises:
            SummaryError: With the line, the column where it is known, and the nearest known name.
        """
        known = ALERT_NAMES | frozenset(fields)
        fixed = {name: value for name, value in (constants or {}).items() if name not in known}
        tree = _parse(text)
        used = _check(tree, text, known | fixed.keys(), strangers)
        try:
            template = _ENVIRONMENT.from_string(_Total().visit(tree))
        except (TemplateError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise SummaryError(f"the summary cannot be read: {error}") from None
        return cls(
            text=text,
            names=frozenset(used - fixed.keys()),
            _constants={name: fixed[name] for name in used & fixed.keys()},
            _template=template,
        )

    def render(self, values: Mapping[str, object]) -> str:
        """Write the sentence.

        Args:
            values: By name; one that is missing or None reads "unknown". Whatever they hold, nothing raises.

        Returns:
            One line of at most 500 characters without control characters. It holds text that the customer chose:
            escape it for where it goes.
        """
        context = {name: values.get(name) for name in self.names}
        return one_line(self._template.render(context | dict(self._constants)))


class _Total(NodeTransformer):
    """Replaces what may raise while rendering by functions that do not.

    A comparison with None or an addition to text would fail only on the first such row, long after loading.
    """

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:  # noqa: N802 - named by jinja's visitor
        left = self.visit(node.expr)
        result: nodes.Expr | None = None
        for operand in node.ops:
            right = self.visit(operand.expr)
            step = _operator(operand.op, left, right)
            result = step if result is None else nodes.And(result, step)
            left = right
        return result or left

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Expr:  # noqa: N802 - named by jinja's visitor
        self.generic_visit(node)
        node.expr2 = node.expr2 or nodes.Const("")
        return node

    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> nodes.Node:
        """Rewrite arithmetic wherever it stands."""
        super().generic_visit(node, *args, **kwargs)
        if isinstance(node, nodes.Pos):
            return _operator("add", nodes.Const(0), node.node)
        if isinstance(node, nodes.Neg):
            return _operator("neg", node.node)
        if isinstance(node, _ARITHMETIC) and isinstance(node, nodes.BinExpr):
            return _operator(type(node).__name__.lower(), node.left, node.right)
        if isinstance(node, nodes.Concat):
            node.nodes = [_operator("show", part) for part in node.nodes]
        return node


def _operator(name: str, *operands: nodes.Expr) -> nodes.Expr:
    return nodes.Filter(operands[0], f"operator {name}", list(operands[1:]), [], None, None)


def _make_environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=show, cache_size=0)
    environment.globals.clear()
    environment.filters.clear()
    environment.filters.update({name: filter_.apply for name, filter_ in FILTERS.items()})
    # The blank keeps these names out of reach of a template.
    environment.filters.update({f"operator {name}": function for name, function in OPERATORS.items()})
    environment.filters["operator show"] = show
    environment.tests = {"none": lambda value: value is None}
    return environment


_ENVIRONMENT = _make_environment()


def _parse(text: str) -> nodes.Template:
    if not text.strip():
        raise SummaryError("the summary is empty", hint="leave the key out for a summary that fits the rule")
    if len(text) > MAX_LENGTH:
        raise SummaryError(
            f"the summary has {len(text):,} characters", hint=f"write it with at most {MAX_LENGTH:,} characters"
        )
    try:
        return _ENVIRONMENT.parse(text)
    except TemplateError as error:
        line = getattr(error, "lineno", 1)
        raise SummaryError(
            f"the summary cannot be read: {error.message or 'it is broken'}",
            line=line,
            hint="write '{{ name }}' for a value, '{% if condition %}…{% endif %}' for a part that may be absent",
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise SummaryError(
            "the summary cannot be read: it nests too deeply or holds a number that is too long"
        ) from None


def _check(tree: nodes.Template, text: str, known: frozenset[str], strangers: Mapping[str, str]) -> set[str]:
    """Refuse whatever is not on the list, and return the names used."""
    used: set[str] = set()
    for node in _walk(tree):
        line = node.lineno
        if not isinstance(node, _ALLOWED):
            what = _REFUSED.get(type(node), f"'{type(node).__name__.lower()}'")
            raise SummaryError(
                f"{what} is not allowed in a summary",
                line=line,
                hint="a summary knows names, filters, 'a if condition else b' and {% if %}",
            )
        if isinstance(node, nodes.Name):
            if node.name not in known and node.name in strangers:
                column = _find(text, node.name, line)
                raise SummaryError(strangers[node.name], line=line, column=column, length=len(node.name))
            if node.name not in known:
                raise _unknown("name", node.name, known, text, line)
            used.add(node.name)
        elif isinstance(node, nodes.Filter):
            _check_filter(node, text)
        elif isinstance(node, nodes.Test) and (node.name != "none" or node.args):
            raise _unknown("test", node.name, {"none"}, text, line)
        elif isinstance(node, _ARITHMETIC) and any(
            isinstance(part, nodes.Const) and not _is_number(part.value) for part in node.iter_child_nodes()
        ):
            raise SummaryError("arithmetic needs numbers", line=line, hint="join texts with '~'")
    return used


def _walk(tree: nodes.Template) -> Iterator[nodes.Node]:
    work: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while work:
        node, depth = work.pop()
        if depth > MAX_DEPTH:
            raise SummaryError("the summary nests too deeply", line=node.lineno, hint="write it with fewer levels")
        yield node
        work.extend((child, depth + 1) for child in reversed(list(node.iter_child_nodes())))


def _check_filter(node: nodes.Filter, text: str) -> None:
    found = FILTERS.get(node.name)
    if found is None:
        raise _unknown("filter", node.name, FILTERS, text, node.lineno)
    place = _find(text, node.name, node.lineno)
    if node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise SummaryError(
            f"filter '{node.name}' takes its arguments by position",
            line=node.lineno,
            column=place,
            length=len(node.name),
        )
    if not found.required <= len(node.args) <= len(found.arguments):
        wanted = f"{found.required} to {len(found.arguments)}" if found.arguments else "no"
        wanted = str(found.required) if found.required == len(found.arguments) > 0 else wanted
        raise SummaryError(
            f"filter '{node.name}' takes {wanted} argument{'' if wanted == '1' else 's'}, not {len(node.args)}",
            line=node.lineno,
            column=place,
            length=len(node.name),
        )
    for argument, type_ in zip(node.args, found.arguments, strict=False):
        if type_ is int and not (
            isinstance(argument, nodes.Const) and type(argument.value) is int and argument.value <= MAX_LENGTH
        ):
            raise SummaryError(
                f"the argument of filter '{node.name}' must be a whole number",
                line=node.lineno,
                column=place,
                length=len(node.name),
                hint=f"write it like '{node.name}(2)'",
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unknown(kind: str, name: str, known: Iterable[str], text: str, line: int) -> SummaryError:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else ""
    if not near and kind != "name":
        hint = f"known: {', '.join(sorted(known))}"
    return SummaryError(
        f"unknown {kind} '{name}' in the summary",
        line=line,
        column=_find(text, name, line),
        length=len(name),
        hint=hint,
    )


def _find(text: str, name: str, line: int) -> int | None:
    """Find a name inside the braces of a line: jinja tells lines only."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return None
    hits = [hit.start() for hit in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", lines[line - 1])]
    inside = [hit for hit in hits if lines[line - 1].rfind("{", 0, hit) > lines[line - 1].rfind("}", 0, hit)]
    return next(iter(inside or hits), None)
