"""What a user is told of a mistake in an expression."""

import pytest

from monitor.rules.errors import ExpressionError
from monitor.rules.expression import Expression
from monitor.rules.types import Type


def _mistake(text: str, expected: Type | None = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(text, expected)
    return caught.value


@pytest.mark.parametrize(
    ("text", "marked", "hint"),
    [
        ("period_cost / period_budgt", "period_budgt", "did you mean 'period_budget'?"),
        ("Total_Cost > 5", "Total_Cost", "did you mean 'total_cost'?"),
        ("null", "null", "did you mean 'None'?"),
        ("name == 'é' and foo", "foo", None),
        ("startwith(name, 'a')", "startwith", "did you mean 'startswith'?"),
        ("lower > 3", "lower", None),
        ("period_budget == None", "None", "write 'is None'"),
        ("period_budget != None", "None", "write 'is not None'"),
        ("None == period_budget", "None", None),
        ("period_budget is 5", "5", None),
        ("name > 5", "5", None),
        ("5 < name", "name", None),
        ("name + 'a' == 'b'", "name", None),
        ("(total_cost > 1) + 1 > 1", "total_cost > 1", None),
        ("total_cost and name == 'a'", "total_cost", None),
        ("not total_cost", "total_cost", None),
        ("(total_cost > 1) < (total_cost > 2)", "(total_cost > 1) < (total_cost > 2)", None),
        ("name in ()", "()", None),
        ("name in ('a', 5)", "5", None),
        ("name in ('a', email)", "email", None),
        ("5 in total_cost", "total_cost", None),
        ("first_seen > 'yesterday'", "'yesterday'", None),
        ("total_cost = 5", "=", "did you mean '=='?"),
        ("total_cost > 5 && name == 'a'", "&", "did you mean 'and'?"),
        ("total_cost > 5 || name == 'a'", "|", "did you mean 'or'?"),
        ("total_cost ** 2 > 1", "total_cost ** 2", None),
        ("name.upper", "name.upper", None),
        ("name.upper()", "name.upper", None),
        ("().__class__", "().__class__", None),
        ("name[0] == 'a'", "name[0]", None),
        ("(lambda: 1)()", "lambda: 1", None),
        ("f'{name}' == 'a'", "f'{name}'", None),
        ("name == b'a'", "b'a'", None),
        ("(x := 5) > 1", "x := 5", None),
        ("[x for x in name]", "[x for x in name]", None),
        ("max(*name, 1)", "*name", None),
        ("total_cost > 5j", "5j", None),
        ("total_cost > 1e999", "1e999", None),
        ("total_cost > 1" + "0" * 400, "1" + "0" * 400, None),
        ("round(total_cost, digits=2) > 1", "digits=2", None),
        ("round() > 1", "round()", None),
        ("min(1) > 1", "min(1)", None),
        ("round(total_cost, 0.5) > 1", "0.5", None),
        ("abs(name) > 1", "name", None),
        ("coalesce(total_cost, 'a') > 1", "'a'", None),
        ("__import__('os')", "__import__", None),
        ("total_cost > 5 # much", "# much", None),
        ("total_cost > 5\0", "\0", None),
        ("(total_cost > 1", "(", None),
        ("name == 'abc", "'", None),
        ("1 if total_cost > 5", "1 if total_cost > 5", None),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, marked: str, hint: str | None) -> None:
    """The column and the length mark the wrong characters, and the hint names the nearest correct text."""
    mistake = _mistake(text)

    assert (text[mistake.column : mistake.column + mistake.length], mistake.hint) == (marked, hint)


def test_columns_are_counted_in_characters() -> None:
    """A character that takes several bytes, before or after leading blanks, moves the column by one."""
    assert _mistake("  name == 'é€😀' and foo == 1").column == 20


@pytest.mark.parametrize("text", ["total_cost >", "  total_cost > 5 and ", "not"])
def test_an_expression_that_ends_too_early_says_so(text: str) -> None:
    """What is cut off is told by that word, at its end."""
    mistake = _mistake(text)

    assert "too early" in mistake.message
    assert mistake.column == len(text.rstrip())


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_expression_is_refused(text: str) -> None:
    """Nothing is not an expression."""
    assert "empty" in _mistake(text).message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1_000 + "1" + ")" * 999,
        "[" * 1_999,
        "-" * 1_999 + "1",
        "- " * 900 + "1",
        "not " * 499 + "True",
        "+".join(["1"] * 999),
        "1 if True else " * 130 + "1",
        "abs(" * 300 + "1" + ")" * 300,
        "~" * 1_999,
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    """What would bring the interpreter to its limits is refused in words, whatever it is made of."""
    assert "levels deep" in _mistake(text).message


def test_an_expression_of_fifty_levels_can_be_used() -> None:
    """The limit is on nesting deeper than anybody writes, not on long conditions."""
    assert Expression.parse("(" * 49 + "1" + ")" * 49).type is Type.NUMBER


def test_a_long_expression_is_refused() -> None:
    """More than 2,000 characters are not read at all."""
    assert "2,000" in _mistake("1" * 2_001).message


def test_an_expression_that_grows_when_written_out_is_refused() -> None:
    """Chained comparisons repeat what is between them; nesting them cannot blow up the compiled rule."""
    text = "total_cost"
    for _ in range(20):
        text = f"(1 if 0 < {text} < 9 else 2)"

    assert "too large" in _mistake(text).message


def test_a_condition_is_needed_where_a_condition_belongs() -> None:
    """A `where` or `when` that is a number is refused as a whole."""
    mistake = _mistake("period_used", Type.BOOL)

    assert (mistake.column, mistake.length) == (0, 11)


def test_an_error_reads_as_one_sentence_with_its_column() -> None:
    """The text of an error counts columns from 1 and ends in the hint."""
    assert str(_mistake("foo_bar or total_cots > 1")).startswith("column 1: there is no field 'foo_bar'")
    assert str(_mistake("total_cots > 1")).endswith("did you mean 'total_cost'?")
