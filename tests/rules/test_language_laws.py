"""Laws of the language and of deciding within bounds, on random expressions and customers."""

import math
import types

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.respan.models import Customer
from monitor.rules.errors import ExpressionError
from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS
from monitor.rules.rule import TOLERANCE, Direction, Rule
from monitor.rules.runtime import HELPERS
from monitor.rules.types import Type
from monitor.spending.standing import Standing
from tests.rules.builders import (
    NOW,
    condition,
    conditions,
    find,
    grid,
    grid_truths,
    measured,
    numbers,
    reference,
    rows,
    standings,
    truths,
    uncertain_conditions,
    uncertain_numbers,
)

thorough = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
searching = settings(thorough, max_examples=200)
directions = st.sampled_from(Direction)
thresholds = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 0.8, 1.0, 50.0]), min_size=1, max_size=3)


def near(threshold: float) -> float:
    """How near to a threshold counts as having reached it."""
    return TOLERANCE * max(1.0, abs(threshold))


def _reached(rule: Rule, value: float | None) -> int | None:
    """Returns the furthest level that a value reaches."""
    reached = [
        index
        for index, level in enumerate(rule.levels)
        if value is not None
        and level.threshold is not None
        and (
            value >= level.threshold - near(level.threshold)
            if rule.direction is Direction.AT_LEAST
            else value <= level.threshold + near(level.threshold)
        )
    ]
    return reached[-1] if reached else None


@thorough
@given(conditions(), rows(), standings().filter(lambda standing: standing.exact))
def test_a_condition_holds_where_a_plain_reading_of_it_does(when: str, row: Customer, standing: Standing) -> None:
    """On an exact standing a compiled condition fires exactly where a slow evaluator of its tree says true."""
    expected = reference(Expression.parse(when).tree, row, standing) is True

    finding = find(condition(when), row, standing)

    assert (finding is not None and finding.level == finding.possible == 0) is expected
    assert finding is None or expected


@thorough
@given(numbers(), rows(), standings().filter(lambda standing: standing.exact), thresholds, directions)
def test_a_value_reaches_the_levels_that_a_plain_reading_of_it_does(
    value: str, row: Customer, standing: Standing, steps: list[float], direction: Direction
) -> None:
    """On an exact standing a compiled value and its level are those of a slow evaluator."""
    rule = measured(value, *steps, direction=direction)
    expected = reference(Expression.parse(value).tree, row, standing)
    level = _reached(rule, expected)

    finding = find(rule, row, standing)

    assert (finding and (finding.level, finding.possible, finding.value)) == (
        None if level is None else (level, level, expected)
    )
    assert rule.value_of(row, standing, NOW) == expected


@thorough
@given(uncertain_conditions())
def test_a_condition_decided_on_the_grid_agrees_with_every_truth(when: str) -> None:
    """Random conditions on uncertain fields are decided soundly at odd budgets and bounds."""
    tree = Expression.parse(when).tree
    page, bounds = grid()

    found = {finding.index: finding for finding in condition(when).evaluate(page, bounds, NOW)}

    for index, (row, standing) in enumerate(zip(page, bounds, strict=True)):
        if index not in found or not found[index].undecided:
            truth = {reference(tree, row, exactly) is True for exactly in grid_truths(standing)}
            assert truth == {index in found}


@searching
@given(conditions(2) | uncertain_conditions(), st.data(), rows(), standings())
def test_a_decided_condition_agrees_with_every_truth(
    when: str, data: st.DataObject, row: Customer, standing: Standing
) -> None:
    """A condition that bounds decide is decided the same way by every standing within them."""
    rule = condition(when)
    tree = Expression.parse(when).tree
    sampled = [data.draw(truths(standing)) for _ in range(4)]

    finding = find(rule, row, standing)

    if finding is None or not finding.undecided:
        assert {reference(tree, row, truth) is True for truth in sampled} == {finding is not None}


@searching
@given(
    numbers(2) | uncertain_numbers(), st.none() | conditions(1), st.data(), rows(), standings(), thresholds, directions
)
def test_a_level_lies_between_the_sure_and_the_possible_for_every_truth(  # noqa: PLR0917  # each is drawn
    value: str,
    where: str | None,
    data: st.DataObject,
    row: Customer,
    standing: Standing,
    steps: list[float],
    direction: Direction,
) -> None:
    """The level at any standing within the bounds is at least the sure one and at most the possible one."""
    rule = measured(value, *steps, where=where, direction=direction)
    tree = Expression.parse(value).tree
    chosen = Expression.parse(where).tree if where else None
    finding = find(rule, row, standing)
    sure = -1 if finding is None or finding.level is None else finding.level
    possible = -1 if finding is None or finding.possible is None else finding.possible
    for _ in range(4):
        truth = data.draw(truths(standing))

        level = _reached(rule, reference(tree, row, truth))
        if chosen is not None and reference(chosen, row, truth) is not True:
            level = None

        assert sure <= (-1 if level is None else level) <= possible


@thorough
@given(numbers(), rows(), standings(), thresholds)
def test_urgency_is_a_number(value: str, row: Customer, standing: Standing, steps: list[float]) -> None:
    """Urgency is finite or infinite, never NaN, so that findings can be ordered."""
    finding = find(measured(value, *steps), row, standing)

    assert finding is None or not math.isnan(finding.urgency)


_symbols = [
    "(",
    ")",
    "[",
    "]",
    "'",
    '"',
    "\\",
    "**",
    "//",
    ".",
    ":=",
    "lambda:",
    "@",
    "{",
    "}",
    "f'",
    "b'",
    "#",
    "\n",
    "\0",
]
_symbols += ["not ", "-", "1e999", "9" * 400, "1j", "...", "await ", "*", ",", "=", "é", "\ud800", " if ", " else "]


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    text = draw(conditions() | numbers())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 8)))
        put = draw(st.sampled_from(_symbols) | st.sampled_from([*FIELDS]) | st.text(max_size=3))
        text = text[:start] + put + text[end:]
    return text


def _read(text: str) -> Expression | ExpressionError:
    try:
        return Expression.parse(text)
    except ExpressionError as error:
        return error


@thorough
@given(_mutated() | st.text(max_size=60), rows(), standings())
def test_any_text_is_refused_with_a_place_or_evaluates_quietly(text: str, row: Customer, standing: Standing) -> None:
    """Whatever a rules file says, loading gives an ExpressionError within the text or a rule that never raises."""
    read = _read(text)

    if isinstance(read, ExpressionError):
        assert 0 <= read.column <= read.column + read.length <= len(text)
    elif read.type is Type.BOOL:
        find(condition(text), row, standing)
    elif read.type is Type.NUMBER:
        find(measured(text, 0.5), row, standing)


def _code(rule: Rule) -> list[types.CodeType]:
    """Returns what runs when a rule is evaluated."""
    compiled = rule._compiled  # noqa: SLF001  # what runs is what must be inspected
    return [getattr(function, "__code__") for function in (compiled.scan, compiled.judge)]  # noqa: B009  # not typed so


def _names(code: types.CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*map(_names, inner))


@thorough
@given(conditions(), numbers())
def test_compiled_rules_reach_nothing_but_helpers_and_fields(where: str, value: str) -> None:
    """Generated code names helpers, attributes of the field table, and nothing else."""
    allowed = {*HELPERS, "exact", "read", *(read for field in FIELDS.values() for read in field.attributes)}

    rule = measured(value, 0.5, where=where)

    assert set().union(*map(_names, _code(rule))) <= allowed


def test_compiled_rules_have_no_builtins() -> None:
    """The world of a compiled rule holds no builtins."""
    rule = condition("total_cost > 1")

    assert getattr(rule._compiled.judge, "__globals__")["__builtins__"] == {}  # noqa: B009, SLF001  # as above
