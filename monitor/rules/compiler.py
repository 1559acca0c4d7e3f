"""Turns the typed trees of a rule into functions that scan a page of customers.

`where and value reaches the lowest level` (or `where and when`) is a conjunction, split into its parts and tested
cheapest first, each field read only when a part needs it. What the bounds of a standing leave open is kept apart by
evaluating every comparison twice: where the bounds favour it (may it hold?) and where they do not (does it surely
hold?). Both err on the safe side, so a rule that is decided is decided for every value between the bounds.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.rules.construct import attribute, compare, constant, every, name, negate, some
from monitor.rules.fields import FIELDS, Source
from monitor.rules.monotonicity import (
    Demand,
    Floor,
    Monotonicity,
    Trend,
    is_bounded,
    monotonicity,
    open_nulls,
    uncertain_fields,
)
from monitor.rules.runtime import HELPERS
from monitor.rules.tree import (
    Call,
    Comparison,
    Conditional,
    Constant,
    FieldRef,
    IsNull,
    Logical,
    Membership,
    Node,
    Not,
    field_names,
    nulls,
)
from monitor.rules.types import Type
from monitor.rules.writer import NOW, ROW, STANDING, Point, Writer

_INDEX, _ITEMS = "index", "items"
_CALL_COST = 12  # a helper takes about as long as a dozen operations on locals


@dataclass(frozen=True, slots=True)
class Compiled:
    """The functions of one rule.

    Attributes:
        scan: Given the tuples of a page (index, row and, if `reads_standings`, standing) and the time in seconds
            since 1970, yields the index of each customer on which the rule may hold.
        judge: Given a row, a standing and the time, says of a customer: whether `where` and `when` surely hold; whether
            the standing bounds the value at all (if not, the two values mean nothing); the value where the bounds
            favour the levels; the value at the other end, the same where the standing is exact. Null is None or NaN.
        reads_standings: Whether the rule depends on the period or on history.
    """

    scan: Callable[[Iterable[tuple[Any, ...]], float], Iterator[int]]
    judge: Callable[[Any, Any, float], tuple[bool, bool, float | None, float | None]]
    reads_standings: bool


def compile_rule(conditions: Sequence[Node], value: Node | None, lowest: float, *, at_least: bool) -> Compiled:
    """Compiles a rule.

    Args:
        conditions: `where` and `when`, each a condition; all must hold.
        value: The number that is compared with levels, if the rule has one.
        lowest: The threshold of its mildest level.
        at_least: Whether levels are reached from below.

    Returns:
        The functions of the rule.
    """
    parts = [part for condition in conditions for part in _conjuncts(condition)]
    tested = list(parts)
    if value is not None:
        threshold = Constant(type=Type.NUMBER, value=lowest)
        operator = ">=" if at_least else "<="
        tested.append(Comparison(type=Type.BOOL, operator=operator, left=value, right=threshold))
    trees = [*parts, value] if value is not None else parts
    reads_standings = any(FIELDS[field].source is not Source.ROW for tree in trees for field in field_names(tree))
    scan = _scan(sorted(tested, key=_cost), reads_standings=reads_standings)
    return Compiled(scan, _judge(parts, value, at_least=at_least), reads_standings)


def compile_function(identifier: str, parameters: Sequence[str], body: list[ast.stmt]) -> Callable[..., Any]:
    """Compiles a function that sees the helpers and its arguments, and nothing else.

    Args:
        identifier: Its name.
        parameters: The names of its arguments.
        body: Its statements, written here and never read from a text.

    Returns:
        The function.
    """
    arguments = ast.arguments([], [ast.arg(parameter) for parameter in parameters], None, [], [], None, [])
    # Built without the parts that only newer versions of Python have.
    function = ast.FunctionDef(name=identifier, args=arguments, body=body, decorator_list=[])
    code = compile(ast.fix_missing_locations(ast.Module([function], [])), "<rule>", "exec")
    namespace: dict[str, Any] = {"__builtins__": {}, **HELPERS}
    exec(code, namespace)  # noqa: S102  # built from the tables and from checked constants
    compiled: Callable[..., Any] = namespace[identifier]
    return compiled


def _scan(parts: Sequence[Node], *, reads_standings: bool) -> Callable[..., Any]:
    writer = _BoundsWriter()
    body: list[ast.stmt] = []
    sure: frozenset[str] = frozenset()
    read: set[str] = set()
    for part in parts:
        test = writer.holds(part, Point(sure=sure), want=True, surely=False)
        body += _loads(writer, read)
        body.append(ast.If(negate(test), [ast.Continue()], []))
        sure |= _known_after(part)
    body.append(ast.Expr(ast.Yield(name(_INDEX))))
    targets = [_INDEX, ROW, STANDING] if reads_standings else [_INDEX, ROW]
    target = ast.Tuple([ast.Name(item, ast.Store()) for item in targets], ast.Store())
    loop = ast.For(target, name(_ITEMS), body, [])
    return compile_function("scan", [_ITEMS, NOW], [loop])


def _judge(parts: Sequence[Node], value: Node | None, *, at_least: bool) -> Callable[..., Any]:
    writer = _BoundsWriter()
    certain = every([writer.holds(part, Point(), want=True, surely=True) for part in parts])
    bounded, best, worst = constant(True), constant(None), constant(None)
    if value is not None:
        course = monotonicity(value)
        certain = every([certain, *writer.read(value)])
        bounded = writer.bounded(value, course, Point())
        best = writer.value(value, _point(course, up=at_least))
        worst = writer.value(value, _point(course, up=not at_least))
    result = ast.Return(ast.Tuple([certain, bounded, best, worst], ast.Load()))
    return compile_function("judge", [ROW, STANDING, NOW], [*_loads(writer, set()), result])


def _loads(writer: Writer, read: set[str]) -> list[ast.stmt]:
    """Returns the statements that read what was not read before."""
    fresh = [local for local in writer.loads.values() if local not in read]
    read.update(fresh)
    return [writer.load(local) for local in fresh]


def _conjuncts(condition: Node) -> Iterator[Node]:
    if isinstance(condition, Logical) and condition.operator == "and":
        for operand in condition.operands:
            yield from _conjuncts(operand)
    else:
        yield condition


def _cost(node: Node) -> int:
    return node.size + _CALL_COST * sum(isinstance(part, Call | Conditional) for part in node.walk())


def _known_after(part: Node) -> frozenset[str]:
    """Returns the fields that are not null where a condition may hold."""
    match part:
        case Not(operand=IsNull(operand=operand)):
            return frozenset() if uncertain_fields(operand) else nulls(operand)
        case Not(operand=operand):
            return _certain_nulls(operand)
        case _:
            return _certain_nulls(part)


def _certain_nulls(node: Node) -> frozenset[str]:
    """Returns the fields of which a null is enough, whatever else is not known of the period."""
    return frozenset(field for field in nulls(node) if field not in uncertain_fields(node) or is_bounded(FIELDS[field]))


def _point(course: Monotonicity, *, up: bool) -> Point:
    """Returns where a value is greatest, or least."""
    wanted = Trend.RISING if up else Trend.FALLING
    return Point(high=frozenset(field for field, trend in course.trends.items() if trend is wanted))


class _BoundsWriter(Writer):
    """Writes what may hold and what surely holds between the bounds of a standing."""

    def holds(self, node: Node, at: Point, *, want: bool, surely: bool) -> ast.expr:
        """Returns whether a condition is as wanted: for all values between the bounds, or possibly for one.

        Args:
            node: A condition.
            at: What is known already.
            want: Whether it is to be true or to be false.
            surely: Whether for all values.
        """
        match node:
            case Not(operand=operand):
                return self.holds(operand, at, want=not want, surely=surely)
            case Logical(operator=operator, operands=operands):
                parts = [self.holds(operand, at, want=want, surely=surely) for operand in operands]
                return every(parts) if (operator == "and") is want else some(parts)
            case _ if not uncertain_fields(node):
                return self.truth(node, at, want=want)
            case _:
                return self._within_bounds(node, at, want=want, surely=surely)

    def bounded(self, node: Node, course: Monotonicity, at: Point) -> ast.expr:
        """Returns whether evaluating at both ends bounds the value of a tree."""
        if course.mixed:
            return self._is_point(node)
        met = every([self._met(demand, at) for demand in course.demands])
        return some([met, self._is_point(node)]) if course.demands else constant(True)

    def read(self, node: Node) -> list[ast.expr]:
        """Returns that the period was read, if that alone tells whether a tree has a value."""
        return [attribute(STANDING, "read")] if open_nulls(node) else []

    def _within_bounds(self, node: Node, at: Point, *, want: bool, surely: bool) -> ast.expr:
        course = _condition_course(node, want=want)
        sure = _certain_nulls(node) - at.sure if isinstance(node, Comparison | Membership | Call) else frozenset()
        corner = _point(course, up=not surely).knowing(at.sure | sure)
        held = self.truth(node, corner, want=want)
        guards = [self.is_known(self._named(field, corner)) for field in sorted(sure)]
        if surely:
            return every([*guards, *self.read(node), self.bounded(node, course, corner), held])
        if not course.mixed and not course.demands:
            return every([*guards, held])
        anything = negate(self._is_point(node))
        if course.mixed:
            return every([*guards, some([held, anything])])
        met = every([self._met(demand, corner) for demand in course.demands])
        # With its divisors known to be above zero, the common case needs no test for zero.
        quick = self.truth(node, corner.knowing(frozenset(), _positive(course.demands)), want=want)
        return every([*guards, ast.IfExp(met, quick, some([held, anything]))])

    def _met(self, demand: Demand, at: Point) -> ast.expr:
        course = monotonicity(demand.node)
        checks: list[ast.expr] = []
        if demand.floor is not Floor.NONE:
            operator = ast.Gt() if demand.floor is Floor.ABOVE_ZERO else ast.GtE()
            checks.append(self._bounded_by(demand.node, _point(course, up=False), at, operator, 0.0))
        elif demand.finite:
            checks.append(self._bounded_by(demand.node, _point(course, up=False), at, ast.Gt(), -float("inf")))
        if demand.finite:
            checks.append(self._bounded_by(demand.node, _point(course, up=True), at, ast.Lt(), float("inf")))
        return every(checks)

    def _bounded_by(self, node: Node, corner: Point, at: Point, operator: ast.cmpop, bound: float) -> ast.expr:
        guards, value = self._strict(node, corner.knowing(at.sure))
        return some([negate(every(guards)), compare(value, operator, constant(bound))])

    def _is_point(self, node: Node) -> ast.expr:
        """Returns whether nothing that a tree reads is uncertain; read in place, for it is seldom needed."""
        fields = [FIELDS[field] for field in sorted(uncertain_fields(node)) if is_bounded(FIELDS[field])]
        equal = [
            compare(attribute(STANDING, low), ast.Eq(), attribute(STANDING, high))
            for low, high in (field.attributes for field in fields)
        ]
        # What was spent between a reading and its rows is no reason to doubt a formula that is neither rising nor
        # falling: an exact standing counts as a point.
        return every([*self.read(node), some([attribute(STANDING, "exact"), every(equal)])])


def _condition_course(node: Node, *, want: bool) -> Monotonicity:
    """Returns how near an uncertain condition is to being as wanted, as the uncertain fields grow."""
    match node:
        case Comparison(operator="<" | "<=" | ">" | ">=", left=left, right=right):
            upward = (node.operator in {">", ">="}) is want
            course = _difference(monotonicity(left), monotonicity(right))
            return course if upward else course.flipped()
        case IsNull(operand=operand) if not open_nulls(operand):
            course = monotonicity(operand)
            return Monotonicity({}, course.demands, course.erratic)
        case _:
            return Monotonicity(erratic=True)


def _difference(left: Monotonicity, right: Monotonicity) -> Monotonicity:
    falling = right.flipped()
    trends = {
        field: left.trends.get(field, Trend.STEADY) | falling.trends.get(field, Trend.STEADY)
        for field in {*left.trends, *falling.trends}
    }
    return Monotonicity(trends, left.demands + right.demands, left.erratic or right.erratic)


def _positive(demands: Iterable[Demand]) -> frozenset[str]:
    return frozenset(
        demand.node.name for demand in demands if isinstance(demand.node, FieldRef) and demand.floor is Floor.ABOVE_ZERO
    )
