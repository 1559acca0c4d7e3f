"""Writes typed trees as nodes of Python's syntax tree: one value, one truth at a time.

No text of a user ever becomes code: names are generated or come from the tables, and what a user wrote enters as
checked constants alone.
"""

import ast
from dataclasses import dataclass, field, replace

from monitor.rules.construct import attribute, compare, constant, every, invoke, name, negate, some
from monitor.rules.fields import FIELDS, Source
from monitor.rules.functions import FUNCTIONS
from monitor.rules.tree import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Constant,
    FieldRef,
    IsNull,
    Logical,
    Membership,
    Negation,
    Node,
    Not,
    Value,
    nulls,
)
from monitor.rules.types import Type

ROW, STANDING, NOW = "row", "standing", "now"

_OPERATORS: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult}
_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "==": ast.Eq,
    "!=": ast.NotEq,
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Point:
    """Where a tree is evaluated, and what is known there already.

    Attributes:
        high: Uncertain fields taken at their upper bound; the others are taken at their lower one.
        sure: Fields known not to be null.
        positive: Fields known to be above zero.
    """

    high: frozenset[str] = frozenset()
    sure: frozenset[str] = frozenset()
    positive: frozenset[str] = frozenset()

    def knowing(self, sure: frozenset[str], positive: frozenset[str] = frozenset()) -> "Point":
        """Returns the same point with more known of it."""
        return replace(self, sure=self.sure | sure, positive=self.positive | positive)


@dataclass(slots=True)
class Writer:
    """Writes expressions for one generated function.

    Attributes:
        loads: The local name of each value that is read, by owner and attribute; whoever uses the expressions
            assigns them first.
    """

    loads: dict[tuple[str, str], str] = field(default_factory=dict)
    _temporaries: int = 0

    def load(self, local: str) -> ast.stmt:
        """Returns the statement that reads a value into its local name."""
        (owner, read), *_ = (key for key, known in self.loads.items() if known == local)
        value = attribute(owner, read)
        if any(f.type is Type.TIME and read in f.attributes for f in FIELDS.values()):
            value = invoke("_seconds", value)
        return ast.Assign([ast.Name(local, ast.Store())], value)

    def truth(self, node: Node, at: Point, *, want: bool) -> ast.expr:  # noqa: PLR0911  # a case for each kind of node
        """Returns whether a condition is surely as wanted: an unknown one is neither true nor false.

        Args:
            node: A condition.
            at: Where it is evaluated.
            want: Whether it is to be true or to be false.
        """
        match node:
            case Constant():
                return constant(node.value is want)
            case Not(operand=operand):
                return self.truth(operand, at, want=not want)
            case Logical(operator=operator, operands=operands):
                parts = [self.truth(operand, at, want=want) for operand in operands]
                return every(parts) if (operator == "and") is want else some(parts)
            case IsNull(operand=operand):
                present = self._present(operand, at)
                return negate(present) if want else present
            case Comparison(left=left) if left.type is not Type.BOOL:
                return self._comparison(node, at, want=want)
            case Membership(operand=operand, options=options):
                return self._membership(operand, options, at, want=want)
            case Call(function=function) if FUNCTIONS[function].result is Type.BOOL:
                guards, value = self._strict(node, at)
                return every([*guards, value if want else negate(value)])
            case _:
                return compare(self.value(node, at), ast.Is(), constant(want))

    def value(self, node: Node, at: Point) -> ast.expr:  # noqa: PLR0911  # a case for each kind of node
        """Returns the value of a tree: None or NaN for null, None for an unknown condition."""
        match node:
            case Constant():
                return constant(node.value)
            case FieldRef():
                return self._field(node, at)
            case Logical(operator=operator, operands=operands):
                return invoke(f"_{operator}", *(self.value(operand, at) for operand in operands))
            case Not(operand=operand):
                return invoke("_not", self.value(operand, at))
            case IsNull():
                return self.truth(node, at, want=True)
            case Comparison():
                return self._three_valued(node, at)
            case Membership(operand=operand, options=options):
                return invoke("_member", self.value(operand, at), _options(options))
            case Conditional():
                return self._conditional(node, at)
            case Call(function="coalesce"):
                return self._coalesce(node, at)
            case _:
                guards, value = self._strict(node, at)
                return ast.IfExp(every(guards), value, constant(None)) if guards else value

    def _strict(self, node: Node, at: Point) -> tuple[list[ast.expr], ast.expr]:
        """Returns what must be true for no operand to be None, and the value where that is so."""
        fields = sorted(nulls(node) - at.sure)
        guards = [self.is_known(self._named(field_name, at)) for field_name in fields]
        value = self._operand(node, at, guards)
        return guards, value

    def _operand(self, node: Node, at: Point, guards: list[ast.expr]) -> ast.expr:
        match node:
            case Constant() | FieldRef():
                return self.value(node, at)
            case Negation(operand=operand):
                return ast.UnaryOp(ast.USub(), self._operand(operand, at, guards))
            case Arithmetic():
                left, right = (self._operand(child, at, guards) for child in node.children)
                return self._arithmetic(node, left, right, at)
            case Call(function=function, arguments=arguments) if FUNCTIONS[function].result is not None:
                given = [self._operand(argument, at, guards) for argument in arguments]
                if FUNCTIONS[function].needs_now:
                    given.append(name(NOW))
                result = invoke(f"_{function}", *given)
                return self._guarded(result, guards) if FUNCTIONS[function].may_be_null else result
            case _:
                return self._guarded(self.value(node, at), guards)

    def _guarded(self, value: ast.expr, guards: list[ast.expr]) -> ast.expr:
        """Returns the local name of a value that a new guard stores and finds not to be None."""
        local, stored = self._temporary(value)
        guards.append(self.is_known(stored))
        return local

    def _arithmetic(self, node: Arithmetic, left: ast.expr, right: ast.expr, at: Point) -> ast.expr:
        match node:
            case Arithmetic(operator="%"):
                return invoke("_remainder", left, right)
            case Arithmetic(operator="/", right=Constant(value=divisor)) if divisor:
                return ast.BinOp(left, ast.Div(), right)
            case Arithmetic(operator="/", right=FieldRef(name=divisor)) if divisor in at.positive:
                return ast.BinOp(left, ast.Div(), right)
            case Arithmetic(operator="/", right=Constant()):
                return invoke("_over_zero", left)
            case Arithmetic(operator="/"):
                return self._division(left, right)
            case _:
                return ast.BinOp(left, _OPERATORS[node.operator](), right)

    def _division(self, left: ast.expr, right: ast.expr) -> ast.expr:
        (left, left_stored), (right, right_stored) = self._once(left), self._once(right)
        test = right_stored or right
        if left_stored is not None:
            # Stored first; never None, so the test stays one of the divisor.
            test = every([self.is_known(left_stored), test])
        return ast.IfExp(test, ast.BinOp(left, ast.Div(), right), invoke("_over_zero", left))

    def _comparison(self, node: Comparison, at: Point, *, want: bool) -> ast.expr:
        guards, (left, right) = self._operands(node, at)
        operator = node.operator if want else _OPPOSITE[node.operator]
        if operator == "!=" and (_may_be_nan(node.left) or _may_be_nan(node.right)):
            # NaN differs from everything, but null does not.
            return every([*guards, compare(invoke("_unequal", left, right), ast.Is(), constant(True))])
        return every([*guards, compare(left, _COMPARISONS[operator](), right)])

    def _operands(self, node: Comparison, at: Point) -> tuple[list[ast.expr], tuple[ast.expr, ast.expr]]:
        guards = [self.is_known(self._named(field_name, at)) for field_name in sorted(nulls(node) - at.sure)]
        left, right = (self._operand(child, at, guards) for child in node.children)
        return guards, (left, right)

    def _three_valued(self, node: Comparison, at: Point) -> ast.expr:
        left, right = self.value(node.left, at), self.value(node.right, at)
        match node.operator:
            case "<":
                return invoke("_less", left, right)
            case "<=":
                return invoke("_less_or_equal", left, right)
            case ">":
                return invoke("_less", right, left)
            case ">=":
                return invoke("_less_or_equal", right, left)
            case "==":
                return invoke("_equal", left, right)
            case _:
                return invoke("_unequal", left, right)

    def _membership(self, operand: Node, options: tuple[Value, ...], at: Point, *, want: bool) -> ast.expr:
        guards, value = self._strict(operand, at)
        if not want and _may_be_nan(operand):
            return every([*guards, compare(invoke("_member", value, _options(options)), ast.Is(), constant(False))])
        return every([*guards, compare(value, ast.In() if want else ast.NotIn(), _options(options))])

    def _present(self, node: Node, at: Point) -> ast.expr:
        """Returns whether a value is not null."""
        guards, value = self._strict(node, at)
        if _may_be_nan(node):
            local, stored = self._temporary(value)
            guards.append(compare(stored, ast.Eq(), local))
        return every(guards)

    def _conditional(self, node: Conditional, at: Point) -> ast.expr:
        local, stored = self._temporary(self.value(node.condition, at))
        rest = ast.IfExp(compare(local, ast.Is(), constant(False)), self.value(node.otherwise, at), constant(None))
        return ast.IfExp(stored, self.value(node.then, at), rest)

    def _coalesce(self, node: Call, at: Point) -> ast.expr:
        *firsts, result = (self.value(argument, at) for argument in node.arguments)
        for first, argument in zip(reversed(firsts), reversed(node.arguments[:-1]), strict=True):
            local, stored = self._temporary(first)
            known = [self.is_known(stored)]
            if _may_be_nan(argument):
                known.append(compare(local, ast.Eq(), local))
            result = ast.IfExp(every(known), local, result)
        return result

    def _field(self, node: FieldRef, at: Point) -> ast.expr:
        return self._named(node.name, at)

    def _named(self, field_name: str, at: Point) -> ast.expr:
        known = FIELDS[field_name]
        owner = ROW if known.source is Source.ROW else STANDING
        read = known.attributes[-1 if field_name in at.high else 0]
        return name(self.loads.setdefault((owner, read), f"v{len(self.loads)}"))

    def _once(self, operand: ast.expr) -> tuple[ast.expr, ast.expr | None]:
        """Returns an operand that can be read twice, and what stores it first where that is needed."""
        if isinstance(operand, ast.Name | ast.Constant):
            return operand, None
        return self._temporary(operand)

    def _temporary(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Returns a local name and the expression that stores a value in it."""
        self._temporaries += 1
        local = f"t{self._temporaries}"
        return name(local), ast.NamedExpr(ast.Name(local, ast.Store()), value)

    @staticmethod
    def is_known(value: ast.expr) -> ast.expr:
        """Returns whether a value is not None."""
        return compare(value, ast.IsNot(), constant(None))


def _options(options: tuple[Value, ...]) -> ast.expr:
    return ast.Set([constant(option) for option in options])


def _may_be_nan(node: Node) -> bool:
    """Returns whether a value can be NaN: what is read cannot, what is computed from it can."""
    return node.type is Type.NUMBER and not isinstance(node, Constant | FieldRef)
