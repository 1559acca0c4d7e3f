"""What a rule says but hardly means is found, with the rule that was probably meant; right rules are left alone."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS
from monitor.rules.lint import Doubt, Kind, lint_expression, lint_levels
from monitor.rules.quantities import MEASURES
from monitor.rules.rule import Direction
from tests.rules.builders import conditions, customer, find, measured, numbers

thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _doubts(text: str) -> tuple[Doubt, ...]:
    return lint_expression(Expression.parse(text))


def _doubt(text: str) -> Doubt:
    (doubt,) = _doubts(text)
    return doubt


def _marked(text: str, doubt: Doubt) -> str:
    return text[doubt.column : doubt.column + doubt.length]


def _levels(value: str, *thresholds: float, direction: Direction = Direction.AT_LEAST) -> Doubt | None:
    return lint_levels(Expression.parse(value), thresholds, direction)


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("total_cost / period_budget", "period_cost / period_budget"),
        ("cost / period_budget", "period_cost / period_budget"),
        ("total_cost / period_budget * 100", "period_cost / period_budget * 100"),
        ("100 / period_budget * total_cost", "100 / period_budget * period_cost"),
        ("total_cost * (100 / period_budget)", "period_cost * (100 / period_budget)"),
        ("coalesce(100 / period_budget, 0) * total_cost", "coalesce(100 / period_budget, 0) * period_cost"),
        ("period_budget - total_cost", "period_budget - period_cost"),
        ("total_cost + -period_budget", "period_cost + -period_budget"),
        ("total_cost - 100 > period_budget", "period_cost - 100 > period_budget"),
        ("total_cost >= 0.8 * period_budget", "period_cost >= 0.8 * period_budget"),
        ("0.8 * period_budget <= total_cost", "0.8 * period_budget <= period_cost"),
        ("total_cost >= period_elapsed * period_budget", "period_cost >= period_elapsed * period_budget"),
        ("total_cost > period_budget * period_elapsed", "period_cost > period_budget * period_elapsed"),
        ("total_cost / period_elapsed > period_budget", "period_cost / period_elapsed > period_budget"),
        ("total_cost > period_remaining", "period_cost > period_remaining"),
        ("total_cost > period_budget - period_cost", "period_cost > period_budget - period_cost"),
        ("total_cost % period_budget", "period_cost % period_budget"),
        ("min(5, total_cost, period_budget)", "min(5, period_cost, period_budget)"),
        (
            "coalesce(total_cost, 0) > coalesce(period_budget, 5)",
            "coalesce(period_cost, 0) > coalesce(period_budget, 5)",
        ),
        (
            "(total_cost if cost > 5 else cost) > period_budget",
            "(period_cost if cost > 5 else period_cost) > period_budget",
        ),
        ("round(abs(total_cost), 2) == period_budget", "round(abs(period_cost), 2) == period_budget"),
    ],
)
def test_lifetime_spend_against_the_budget_of_a_period_is_told(text: str, correction: str) -> None:
    """However the two meet, it is found, and the spend of the period is put in the place of the lifetime's."""
    doubt = _doubt(text)

    assert (doubt.kind, doubt.correction) == (Kind.SPANS, correction)
    assert "lifetime spend" in doubt.message


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("period_cost / total_budget", "total_cost / total_budget"),
        ("total_budget - period_cost", "total_budget - total_cost"),
        ("period_cost >= 0.8 * total_budget", "total_cost >= 0.8 * total_budget"),
    ],
)
def test_spend_of_a_period_against_the_lifetime_budget_is_told(text: str, correction: str) -> None:
    """The mirrored mistake is found as well."""
    doubt = _doubt(text)

    assert (doubt.kind, doubt.correction) == (Kind.SPANS, correction)
    assert "for the whole lifetime" in doubt.message


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("number_of_requests > period_budget", "period_cost > period_budget"),
        ("total_requests >= 0.8 * total_budget", "total_cost >= 0.8 * total_budget"),
        ("total_tokens / period_budget", "period_cost / period_budget"),
        ("100 * tokens / period_budget", "100 * period_cost / period_budget"),
        ("period_remaining - tokens", "period_remaining - period_cost"),
    ],
)
def test_a_count_against_a_budget_is_told(text: str, correction: str) -> None:
    """Requests and tokens are not dollars."""
    doubt = _doubt(text)

    assert (doubt.kind, doubt.correction) == (Kind.UNITS, correction)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("average_monthly_cost >= 500", "average_monthly_cost"),
        ("name == 'é' and average_monthly_cost is not None", "average_monthly_cost"),
    ],
)
def test_the_average_monthly_cost_is_told_wherever_it_is_used(text: str, marked: str) -> None:
    """It is no monthly cost, and the message says why."""
    doubt = _doubt(text)

    assert (doubt.kind, _marked(text, doubt)) == (Kind.AVERAGE, marked)
    assert "divided by the days" in doubt.message
    assert doubt.correction not in ("", text)


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("period_used >= 80", "period_used >= 0.8"),
        ("80 <= period_cost / period_budget", "0.8 <= period_cost / period_budget"),
        ("1 - period_used < 20", "1 - period_used < 0.2"),
        ("period_elapsed > 50", "period_elapsed > 0.5"),
        ("100 * period_used >= 0.8", "100 * period_used >= 80"),
        ("total_cost / total_budget * 100 > 0.07", "total_cost / total_budget * 100 > 7"),
    ],
)
def test_a_share_compared_with_percent_is_told(text: str, correction: str) -> None:
    """A share is compared with a share, and percent with percent."""
    doubt = _doubt(text)

    assert (doubt.kind, doubt.correction) == (Kind.PERCENT, correction)


@pytest.mark.parametrize(
    "text",
    [
        "period_cost / period_budget",
        "period_budget is None and total_cost >= 500",
        "total_cost / total_budget",
        "total_cost > 5000 and period_cost > period_budget",
        "total_cost - period_cost > period_budget",
        "period_cost / total_cost",
        "total_cost / days_since(first_seen) * 30 > period_budget",
        "total_cost / active_days * 30 > period_budget",
        "total_cost / number_of_requests",
        "total_tokens / total_cost",
        "number_of_requests * 0.002 > period_budget",
        "number_of_requests * (total_cost / number_of_requests) > period_budget",
        "total_tokens / 1000000 > period_budget",
        "total_tokens > 1000 * number_of_requests",
        "min(period_remaining, total_remaining)",
        "min(period_budget - period_cost, total_budget - total_cost)",
        "total_remaining < period_budget",
        "period_cost > total_remaining",
        "total_budget >= 12 * period_budget",
        "period_used > total_used",
        "period_used / period_elapsed > 5",
        "period_used * period_budget == period_cost",
        "(period_used - period_elapsed) * 100 > 20",
        "period_used in (80, 100)",
        "max(period_used, 5) > 0.8",
        "100 * period_used >= 80",
        "100 * period_used > 0",
        "100 * period_used >= 1",
        "period_used >= 1.2 or period_used > 2",
        "period_remaining <= 0.5",
        "'total_cost / period_budget' == name",
    ],
)
def test_a_right_expression_is_left_alone(text: str) -> None:
    """What can be meant as it is written gives no warning."""
    assert _doubts(text) == ()


def test_the_operation_is_marked() -> None:
    """The column and the length mark the two that meet, in characters and without what is around them."""
    text = "  name == 'é😀' and not (total_cost\n >= 0.8 * period_budget)"

    assert _marked(text, _doubt(text)) == "total_cost\n >= 0.8 * period_budget"


def test_a_link_of_a_chained_comparison_is_marked() -> None:
    """Of a chain, only the two that hardly belong together are marked."""
    text = "1 < total_cost < period_budget"

    assert _marked(text, _doubt(text)) == "total_cost < period_budget"


@pytest.mark.parametrize("name", ["period_remaining", "\uff50eriod_remaining"])
def test_the_message_names_the_fields_of_the_rule(name: str) -> None:
    """A derived field is called by its own name, not by those of its formula, however its letters are written."""
    message = _doubt(f"total_cost > {name}").message

    assert "total_cost, which is lifetime spend, with period_remaining, which is for one period" in message


def test_one_correction_puts_everything_right() -> None:
    """An expression with several mistakes has one correction, which all of its doubts show."""
    doubts = _doubts("total_cost > period_budget or period_cost > total_budget or tokens > period_budget")

    assert [doubt.kind for doubt in doubts] == [Kind.SPANS, Kind.SPANS, Kind.UNITS]
    assert {doubt.correction for doubt in doubts} == {
        "period_cost > period_budget or total_cost > total_budget or period_cost > period_budget"
    }


def test_a_mistake_is_told_once() -> None:
    """A part that two comparisons share, and a choice among many, are told once each."""
    assert len(_doubts("0 < total_cost / period_budget < 2")) == 1
    assert len(_doubts("min(cost, period_budget, cost, cost)")) == 1


def test_only_the_mistaken_place_of_a_name_is_changed() -> None:
    """Where the same field stands in its right place, it stays."""
    doubt = _doubt("total_cost > period_budget and total_cost > total_budget and name != 'total_cost'")

    assert doubt.correction == "period_cost > period_budget and total_cost > total_budget and name != 'total_cost'"


@pytest.mark.parametrize(
    "text",
    [
        "total_cost / coalesce(period_budget, total_budget)",
        "period_budget < total_cost < total_budget",
        "average_monthly_cost > total_budget",
        "period_used > 1000",
    ],
)
def test_a_doubt_has_a_correction_only_where_one_is_better(text: str) -> None:
    """No correction is shown that would be doubtful in its turn."""
    corrections = {doubt.correction for doubt in _doubts(text)}

    assert corrections
    assert all(not correction or _doubts(correction) == () for correction in corrections)


def test_a_correction_that_is_too_long_is_not_shown() -> None:
    """An expression at the limit of length has the warning alone."""
    text = f"total_cost > period_budget and name != '{'a' * 2_000}"
    text = text[:1_999] + "'"

    assert _doubt(text).correction == ""


@pytest.mark.parametrize(
    ("value", "thresholds", "meant"),
    [
        ("period_cost / period_budget", (50, 80, 100), (0.5, 0.8, 1.0)),
        ("period_used", (100, 80), (1.0, 0.8)),
        ("total_used", (5,), (0.05,)),
        ("period_remaining / period_budget", (20,), (0.2,)),
        ("period_cost / (0.9 * period_budget)", (80,), (0.8,)),
        ("period_used", (500, 1000), ()),
    ],
)
def test_levels_in_percent_of_a_share_are_told(
    value: str, thresholds: tuple[float, ...], meant: tuple[float, ...]
) -> None:
    """A share with levels such as 50, 80 and 100 would never be reached; the levels as shares are shown."""
    doubt = _levels(value, *thresholds)

    assert doubt is not None
    assert (doubt.kind, doubt.thresholds, doubt.correction) == (Kind.PERCENT, meant, "")


@pytest.mark.parametrize(
    ("value", "correction"),
    [
        ("100 * period_used", "period_used"),
        ("period_cost / period_budget * 100", "period_cost / period_budget"),
        ("100 * (period_cost / period_budget)", "(period_cost / period_budget)"),
        ("period_cost * 100 / period_budget", "period_cost / period_budget"),
        ("(100) * period_used", ""),
        ("round(100 * period_used)", ""),
        ("100 - 100 * period_used", ""),
        ("100 / period_budget * period_cost", ""),
        ("period_cost / (period_budget / 100)", ""),
    ],
)
def test_levels_in_shares_of_percent_are_told(value: str, correction: str) -> None:
    """A value in percent with levels up to 1 is reached at once; where the factor can be left out, that is shown."""
    doubt = _levels(value, 0.5, 0.8, 1.0)

    assert doubt is not None
    assert (doubt.kind, doubt.thresholds, doubt.correction) == (Kind.PERCENT, (), correction)


@pytest.mark.parametrize(
    ("value", "thresholds", "direction"),
    [
        ("period_used", (0.5, 0.8, 1.0), Direction.AT_LEAST),
        ("period_used", (2, 10), Direction.AT_LEAST),
        ("100 * period_used", (50, 80, 100), Direction.AT_LEAST),
        ("100 * period_used", (0,), Direction.AT_LEAST),
        ("100 * period_remaining / period_budget", (1, 0), Direction.AT_MOST),
        ("period_used / period_elapsed", (5, 10), Direction.AT_LEAST),
        ("total_cost", (500, 1000), Direction.AT_LEAST),
        ("period_remaining", (1, 0), Direction.AT_MOST),
        ("period_cost / total_cost", (50,), Direction.AT_LEAST),
        ("period_cost / active_days", (50,), Direction.AT_LEAST),
    ],
)
def test_right_levels_are_left_alone(value: str, thresholds: tuple[float, ...], direction: Direction) -> None:
    """Levels that fit their value, in dollars, shares, percent or times, give no warning."""
    assert _levels(value, *thresholds, direction=direction) is None


def test_a_doubtful_rule_works_as_written() -> None:
    """The comparison is legal: it is evaluated, and says of the documented customer what it literally says."""
    finding = find(measured("total_cost / period_budget", 5), customer(total_cost=523.45, period_budget=100.0))

    assert finding is not None
    assert finding.value == pytest.approx(5.2345)


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.formula])
def test_no_derived_field_is_doubtful(name: str) -> None:
    """The formulas of the field table pass the same examination."""
    assert _doubts(FIELDS[name].formula) == ()


def test_what_is_known_of_fields_is_known_of_fields_of_the_table() -> None:
    """A field that is renamed in the table is renamed here."""
    assert {*MEASURES} <= {*FIELDS}


# --- laws --------------------------------------------------------------------------------------------------------

_steps = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 0.8, 1.0]), max_size=2) | st.lists(
    st.sampled_from([1.0, 5.0, 50.0, 1e6]), max_size=2
)
_wrappings = st.sampled_from(
    [
        "{}",
        "({} * 0.8)",
        "(12 * {})",
        "({} / 4)",
        "abs({})",
        "round({}, 2)",
        "({} + 1)",
        "coalesce({}, 0)",
        "max({}, 0)",
    ]
)
_contexts = st.sampled_from(
    [
        "{}",
        "not {}",
        "name == 'a' and {}",
        "{} or total_cost > 5",
        "(total_used if {} else 0) > 1",
        "coalesce({}, False)",
    ]
)
_operators = st.sampled_from(["{} > {}", "{} <= {}", "{} == {}", "{} / {} > 0.8", "{} - {} > 0", "0 < {} < {}"])


_leaves = st.sampled_from(
    [
        *("total_cost", "cost", "period_cost", "period_budget", "total_budget", "period_used", "total_used"),
        *("period_remaining", "total_remaining", "period_elapsed", "average_monthly_cost", "tokens", "active_days"),
        *("100", "0.8", "80", "0", "-1", "1e308"),
    ]
)
_shapes = [
    "({} {op} {})",
    "{} {op} {}",
    "min({}, {})",
    "coalesce({}, {})",
    "round({})",
    "-({})",
    "({} if {} > {} else {})",
]


@st.composite
def _amounts(draw: st.DrawFn, depth: int = 3) -> str:
    """Draws a number in which little but costs, budgets, shares and counts occurs."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(_leaves)
    shape = draw(st.sampled_from(_shapes[:2] * 4 + _shapes))
    parts = (draw(_amounts(depth - 1)) for _ in range(shape.count("{}")))
    return shape.format(*parts, op=draw(st.sampled_from("+-*//%")))


_comparisons = st.builds("{} {} {}".format, _amounts(), st.sampled_from([">", "<=", "=="]), _amounts())
_texts = conditions() | numbers() | _amounts() | _comparisons
_shares = st.builds(
    str.format,
    st.sampled_from(
        ["{}", "100 * {}", "100 * ({})", "{} * 100", "({}) * 100", "1 - {}", "100 - 100 * {}", "round({})", "{} / 0.01"]
    ),
    st.sampled_from(["period_used", "period_cost / period_budget", "total_cost / (2 * total_budget)"]) | _amounts(),
)


@thorough
@given(_texts)
def test_any_expression_can_be_examined(text: str) -> None:
    """Whatever loads is examined without a failure, and every mark covers some of the text."""
    for doubt in _doubts(text):
        assert 0 <= doubt.column < doubt.column + doubt.length <= len(text)
        assert doubt.message


@thorough
@given(_texts)
def test_a_correction_loads_and_is_not_doubtful_in_the_same_way(text: str) -> None:
    """Every correction is a different expression of the same type, without a doubt of the kind that it corrects."""
    for doubt in _doubts(text):
        if doubt.correction:
            Expression.parse(doubt.correction, Expression.parse(text).type)
            assert doubt.correction != text
            assert doubt.kind not in {other.kind for other in _doubts(doubt.correction)}


@thorough
@given(numbers() | _shares, _steps, st.sampled_from(Direction))
def test_corrected_levels_are_right(value: str, thresholds: list[float], direction: Direction) -> None:
    """With the levels or the value that were probably meant, the levels give no warning."""
    doubt = _levels(value, *thresholds, direction=direction)

    if doubt is not None and doubt.thresholds:
        assert _levels(value, *doubt.thresholds, direction=direction) is None
    if doubt is not None and doubt.correction:
        assert _levels(doubt.correction, *thresholds, direction=direction) is None


@thorough
@given(_texts, st.sampled_from([("total_", "period_"), ("period_", "total_")]))
def test_fields_of_one_span_give_no_doubt_of_spans(text: str, names: tuple[str, str]) -> None:
    """An expression in which every cost and budget is of the period, or every one of the lifetime, mixes nothing."""
    old, new = names
    text = re.sub(r"\b(projected_(period_cost|low|high)|pace)\b", "period_cost", text)
    text = re.sub(r"\bcost\b", "total_cost", text)
    text = re.sub(rf"\b{old}(cost|budget|used|remaining)\b", rf"{new}\1", text)

    assert Kind.SPANS not in {doubt.kind for doubt in _doubts(text)}


@thorough
@given(_operators, _wrappings, _wrappings, _contexts, st.booleans())
def test_the_mistake_is_found_in_any_dress(
    operation: str,
    spend: str,
    budget: str,
    context: str,
    swapped: bool,  # noqa: FBT001  # drawn
) -> None:
    """Scaled, rounded, defaulted, nested or turned round: it is found, and only the name is put right."""
    sides = [spend.format("cost"), budget.format("period_budget")]
    text = context.format("(" + operation.format(*(reversed(sides) if swapped else sides)) + ")")

    spans = [doubt for doubt in _doubts(text) if doubt.kind is Kind.SPANS]

    assert spans
    assert {doubt.correction for doubt in spans} == {re.sub(r"\bcost\b", "period_cost", text)}
