"""The sentence of an alert: refused when loaded, or rendered whatever the row holds."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.rules.fields import FIELDS
from monitor.rules.summary import ALERT_NAMES, Summary, SummaryError
from monitor.rules.summary_filters import FILTERS

NAMES = sorted({*FIELDS, *ALERT_NAMES})


def render(text: str, **values: object) -> str:
    """The sentence for these values."""
    return Summary.compile(text, FIELDS).render(values)


def refusal(text: str) -> SummaryError:
    """Why a template is refused."""
    with pytest.raises(SummaryError) as caught:
        Summary.compile(text, FIELDS)
    return caught.value


def test_reads_like_a_sentence() -> None:
    """The documented summary says what it should."""
    text = "{{ customer }} used {{ value | percent }} of a {{ period_budget | usd }} {{ budget_duration }} budget"
    values = {"customer": "Acme", "value": 0.812, "period_budget": 100.0, "budget_duration": "monthly"}
    assert render(text, **values) == "Acme used 81.2 % of a $100.00 monthly budget"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (1234.56, "$1,234.56"),
        (0, "$0.00"),
        (-5, "-$5.00"),
        (0.0042, "$0.0042"),
        (0.00001234, "$0.000012"),
        (1e-30, "$0.000000001"),
        (0.01, "$0.01"),
        (1e20, "$1.00e+20"),
        (10**400, "$∞"),
        (float("inf"), "$∞"),
        (float("-inf"), "-$∞"),
        (float("nan"), "unknown"),
        (None, "unknown"),
    ],
)
def test_writes_money(amount: float | None, text: str) -> None:
    """USD with cents; below a cent with enough digits to mean something."""
    assert render("{{ value | usd }}", value=amount) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.812, "81.2 %"),
        (0.8, "80 %"),
        (1.0, "100 %"),
        (0.99996, "99.9 %"),
        (1.00001, "100 %"),
        (12.5, "1,250 %"),
        (0.00001, "0.001 %"),
        (0.0, "0 %"),
        (-0.5, "-50 %"),
        (float("inf"), "∞ %"),
        (None, "unknown"),
    ],
)
def test_writes_shares(ratio: float | None, text: str) -> None:
    """A share has one decimal at most, and is never rounded up to the whole."""
    assert render("{{ value | percent }}", value=ratio) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1,234.5"), (3.0, "3"), (0.00123, "0.0012"), (True, "yes"), (1000000, "1,000,000"), (None, "unknown")],
)
def test_writes_numbers(value: float | None, text: str) -> None:
    """A number needs no filter to be readable."""
    assert render("{{ value }}", value=value) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2025, 12, 1, tzinfo=UTC), "1 Dec 2025"),
        (datetime(2025, 12, 1, 1, tzinfo=timezone(timedelta(hours=2))), "30 Nov 2025"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-2))), "31 Dec 9999"),
        (None, "unknown"),
    ],
)
def test_writes_days(moment: datetime | None, text: str) -> None:
    """A time is shown as its day in UTC."""
    assert render("{{ period_end | date }}", period_end=moment) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (12.5, "12.5 s"),
        (60, "1 min"),
        (93784, "1 d 2 h"),
        (86460, "1 d"),
        (timedelta(minutes=90), "1 h 30 min"),
        (-90, "-1 min 30 s"),
        (float("inf"), "forever"),
        (None, "unknown"),
    ],
)
def test_writes_durations(seconds: object, text: str) -> None:
    """Seconds are shown by their two largest units."""
    assert render("{{ value | duration }}", value=seconds) == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{ customer | upper }}", "ACME"),
        ("{{ customer | truncate(3) }}", "Ac…"),
        ("{{ name | default('nobody') }}", "nobody"),
        ("{{ total_cost | round(1) }}", "12.3"),
        ("{{ -total_cost | abs }}", "12.34"),
        ("{{ total_cost + 1 }} {{ total_cost * 2 - 1 }} {{ total_cost / 0 }}", "13.34 23.68 unknown"),
        ("{{ 'much' if total_cost > 10 else 'little' }}", "much"),
        ("{{ 'none' if name is none else name }}", "none"),
        ("{{ 'shown' if 1 < total_cost < 13 and not name }}", "shown"),
        ("{% if customer in ('Acme', 'Beta') %}known{% elif value %}x{% else %}new{% endif %}", "known"),
        ("a{{ 'shown' if total_cost > 13 }}b", "ab"),
        ("{{ customer ~ ': ' ~ total_cost }}", "Acme: 12.34"),
        ("a\n  b\t c", "a b c"),
    ],
)
def test_knows_a_little_of_the_template_language(text: str, result: str) -> None:
    """Filters, conditions and arithmetic on numbers work."""
    assert render(text, customer="Acme", total_cost=12.34) == result


@pytest.mark.parametrize("condition", ["value > 1", "value < 1", "value >= name", "customer > 1", "1 in value"])
def test_a_comparison_with_the_unknown_is_no(condition: str) -> None:
    """A condition on what is not known, or not comparable, does not hold."""
    assert render(f"{{{{ 'yes' if {condition} else 'no' }}}}", customer="Acme") == "no"


@pytest.mark.parametrize(
    ("text", "message", "hint", "column"),
    [
        ("{{ custmer }}", "unknown name 'custmer' in the summary", "did you mean 'customer'?", 3),
        ("value {{ valu | usd }}", "unknown name 'valu' in the summary", "did you mean 'value'?", 9),
        ("usdd {{ value | usdd }}", "unknown filter 'usdd' in the summary", "did you mean 'usd'?", 16),
        ("{{ 'a' if value is defined }}", "unknown test 'defined' in the summary", "known: none", 19),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(text: str, message: str, hint: str, column: int) -> None:
    """The place is that of the name inside the braces."""
    error = refusal(text)
    assert (error.message, error.hint, error.column) == (message, hint, column)


def test_tells_the_line() -> None:
    """A mistake further down is told with its line."""
    assert refusal("fine\n{{ customer }}\n{{ nope }}").line == 3


@pytest.mark.parametrize(
    "text",
    [
        "{% for x in customer %}{% endfor %}",
        "{% macro a() %}{% endmacro %}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% call customer() %}{% endcall %}",
        "{% filter upper %}{% endfilter %}",
        "{% with x = 1 %}{% endwith %}",
        "{{ customer.__class__ }}",
        "{{ customer['a'] }}",
        "{{ customer[1:2] }}",
        "{{ customer() }}",
        "{{ range(999999999) }}",
        "{{ self }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 9 // 2 }}",
        "{{ {'a': 1} }}",
        "{{ customer | attr('x') }}",
        "{{ customer | operator_mul(3) }}",
        "{{ customer | truncate(-1) }}",
        "{{ customer | truncate(99999999999) }}",
        "{{ customer | truncate('a') }}",
        "{{ customer | truncate(length=3) }}",
        "{{ customer | truncate(*customer) }}",
        "{{ customer | upper(1) }}",
        "{{ customer | default }}",
        "{{ value is none(1) }}",
        "{{",
        "{% if %}",
        "",
        "   ",
        "x" * 2001,
        "{{ " + "(" * 900 + "value" + ")" * 900 + " }}",
        "{{ " + "not " * 400 + "value }}",
        "{{ " + "-" * 1900 + "1 }}",
        "{{ value" + "|abs" * 400 + " }}",
        "{{ value" + "+1" * 900 + " }}",
        "{% if value %}" * 60 + "{% endif %}" * 60,
    ],
)
def test_refuses_whatever_is_more_than_a_sentence(text: str) -> None:
    """Loops, attributes, calls, bombs and nonsense are refused when loaded."""
    assert refusal(text).message


def test_a_constant_is_known_without_being_passed() -> None:
    """A rule's labels can be read; a field of the same name wins."""
    summary = Summary.compile("{{ team }} {{ customer }}", FIELDS, {"team": "growth", "customer": "label"})
    assert summary.render({"customer": "Acme"}) == "growth Acme"


def test_knows_which_names_it_uses() -> None:
    """Only these have to be worked out before rendering."""
    assert Summary.compile("{{ customer }} {{ value | usd }}", FIELDS).names == {"customer", "value"}


def test_a_customer_cannot_write_more_than_a_line() -> None:
    """Breaks, escapes and reversals in a name do not reach the sentence."""
    assert render("{{ customer }} spends", customer="A\r\n\x1b[31m\u202eB\u2028C\x00") == "A [31mB C spends"


def test_a_customer_cannot_write_more_than_500_characters() -> None:
    """What a customer chose does not flood a message."""
    assert len(render("{{ customer }}{{ name }}", customer="a" * 10**6, name="b" * 10**6)) == 500


def test_a_name_is_not_a_template() -> None:
    """Braces in a name are text."""
    assert render("{{ customer }}", customer="{{ 7 * 7 }}") == "{{ 7 * 7 }}"


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.datetimes(), st.timedeltas(),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])),
    st.just(10**400), st.binary(),
)  # fmt: skip
operands = st.one_of(st.sampled_from(NAMES), st.sampled_from(["1", "0", "1e308", "'a'", "none", "('a', 1)"]))


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger expressions from smaller ones."""
    operators = ["+", "-", "*", "/", "~", "<", "<=", ">", ">=", "==", "!=", "in", "not in", "and", "or"]
    filters = [name + {"default": "(value)", "round": "(3)", "truncate": "(7)"}.get(name, "") for name in FILTERS]
    return st.one_of(
        st.tuples(inner, st.sampled_from(operators), inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, st.sampled_from(filters)).map(lambda parts: f"({parts[0]} | {parts[1]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"(-{part})"),
        inner.map(lambda part: f"({part} is none)"),
    )


@settings(max_examples=300)
@given(st.recursive(operands, grow, max_leaves=6), st.dictionaries(st.sampled_from(NAMES), values, max_size=8))
def test_rendering_never_fails(expression: str, row: dict[str, object]) -> None:
    """Whatever a template that was accepted meets in a row, a line comes out."""
    try:
        summary = Summary.compile(f"{{{{ {expression} }}}}", FIELDS)
    except SummaryError:
        return
    line = summary.render(row)
    assert len(line) <= 500
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in line)


@given(st.text("{}%|()[]. '\"abcvalueustomer0123~*+-/<>=#\n", max_size=60))
def test_any_text_is_a_summary_or_a_summary_error(text: str) -> None:
    """No template fails in another way."""
    try:
        line = Summary.compile(text, FIELDS).render({})
    except SummaryError as error:
        line = error.message
    assert line.strip() == line
