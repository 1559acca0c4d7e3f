"""How a rule that hardly means what it says is told, where it stands, with the entry that it probably should have."""

import re
from pathlib import Path

import pytest

from monitor.rulebook import Problem, render
from tests.rulebook.builders import BUDGET_RULE, ENVIRONMENT, marked, read, rules_file

ROOT = Path(__file__).parents[2]


def warnings_of(*rules: str, **variables: str) -> tuple[Problem, ...]:
    """The warnings of a file with these rules."""
    return read(rules_file(rules="".join(rules)), {**ENVIRONMENT, **variables}).warnings


def warning_of(*rules: str, **variables: str) -> Problem:
    """The only warning of a file with these rules."""
    (warning,) = warnings_of(*rules, **variables)
    return warning


def value_rule(value: str, *thresholds: float, way: str = "at_least") -> str:
    """A rule with a value, written as the TOML string that is given."""
    levels = ", ".join(f'{{ {way} = {threshold}, severity = "info" }}' for threshold in thresholds or (0.5,))
    return f'[[rules]]\nname = "a"\nvalue = {value}\nlevels = [{levels}]\n'


def when_rule(when: str) -> str:
    """A rule with a condition, written as the TOML string that is given."""
    return f'[[rules]]\nname = "a"\nwhen = {when}\nseverity = "info"\n'


def test_shows_where_why_and_what_was_probably_meant() -> None:
    """A doubtful rule reads like one of a good compiler: place, reason, caret, and the line to copy."""
    text = rules_file(rules=value_rule('"total_cost / period_budget"', 0.5, 0.8, 1.0))

    assert render(read(text).warnings, kind="warning") == (
        "rules.toml:5:10: warning: this compares total_cost, which is lifetime spend, with period_budget, which is for "
        "one period; lifetime spend does not start again with a period, so in time every customer gets there\n"
        '    5 | value = "total_cost / period_budget"\n'
        "      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        '      = you probably want: value = "period_cost / period_budget"'
    )


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        (value_rule('"total_cost / period_budget"'), "rules[0].value"),
        (when_rule('"total_cost > period_budget"'), "rules[0].when"),
        (BUDGET_RULE + 'where = "total_cost > period_budget"\n', "rules[0].where"),
    ],
)
def test_every_formula_of_a_rule_is_looked_at(rule: str, path: str) -> None:
    """A value, a condition and a choice of customers are all told by their own name."""
    warning = warning_of(rule)

    assert warning.path == path
    assert warning.hint.startswith(f"you probably want: {path.removeprefix('rules[0].')} = ")


def test_a_right_rule_gives_no_warning() -> None:
    """What is meant as it is written is left alone."""
    assert warnings_of(BUDGET_RULE, when_rule('"period_budget is None and total_cost >= 500"')) == ()


def test_levels_in_percent_are_told_at_the_first_of_them() -> None:
    """The levels, not the value, are what is to be changed: in the order in which they stand."""
    warning = warning_of(value_rule('"period_used"', 100, 80, 50))

    assert (warning.path, marked(warning)) == ("rules[0].levels[0].at_least", "100")
    assert warning.hint == "you probably want: at_least = 1, 0.8, 0.5"


def test_levels_that_run_low_are_told_by_their_own_word() -> None:
    """`at_most` stays `at_most`."""
    assert warning_of(value_rule('"1 - period_used"', 20, way="at_most")).hint == "you probably want: at_most = 0.2"


def test_a_value_in_percent_with_levels_as_shares_is_told_at_the_value() -> None:
    """The factor is what is to be left out."""
    warning = warning_of(value_rule('"100 * period_used"', 0.5))

    assert (marked(warning), warning.hint) == ("100 * period_used", 'you probably want: value = "period_used"')


@pytest.mark.parametrize(
    ("when", "hint"),
    [
        ("""'total_cost > period_budget and name == "x"'""", """'period_cost > period_budget and name == "x"'"""),
        (
            r'''"name == \"it's\" and total_cost > period_budget"''',
            r'''"name == \"it's\" and period_cost > period_budget"''',
        ),
        ('"""\n  total_cost\n    > period_budget\n"""', '"period_cost > period_budget"'),
    ],
)
def test_the_line_to_copy_is_toml(when: str, hint: str) -> None:
    """Whatever quotes and line breaks a formula has, the hint can be pasted in its place, and gives no warning."""
    warning = warning_of(when_rule(when))
    shown = warning.hint.removeprefix("you probably want: when = ")

    assert shown == hint
    assert warnings_of(when_rule(shown)) == ()


def test_the_mark_is_where_the_mistake_is_in_a_text_of_several_lines() -> None:
    """The line and the column are those of the operation, not of the text's beginning."""
    warning = warning_of(when_rule('"""\nname == "x" or\n  total_cost > period_budget"""'))

    assert (warning.line, warning.column, marked(warning)) == (7, 3, "total_cost > period_budget")


def test_what_a_variable_holds_is_not_shown() -> None:
    """A formula that is made of something from outside is told without it."""
    rule = when_rule("\"total_cost > period_budget and name == '${NAME}'\"")

    warning = warning_of(rule, NAME="s3cret-name")

    assert "s3cret-name" not in render([warning])
    assert (warning.path, warning.hint) == ("rules[0].when", "")


def test_rules_are_told_in_the_order_of_the_file() -> None:
    """All doubtful rules are told, from top to bottom."""
    rules = when_rule('"total_cost > period_budget and average_monthly_cost > 5"') + value_rule('"period_used"', 50)

    warnings = warnings_of(rules.replace('"a"', '"b"', 1))

    assert [warning.path for warning in warnings] == ["rules[0].when", "rules[0].when", "rules[1].levels[0].at_least"]


@pytest.mark.parametrize("name", ["rules.example.toml", "monitor/demo/rules.toml", "bench/rules.toml"])
def test_rules_that_people_copy_are_not_doubtful(name: str) -> None:
    """No rule of a file that comes with the program is warned of."""
    warnings = read((ROOT / name).read_bytes()).warnings

    assert [warning for warning in warnings if warning.path.startswith("rules")] == []


def test_rules_of_the_readme_are_not_doubtful() -> None:
    """What the README shows as a rule gives no warning."""
    blocks = re.findall(r"```toml\n(\[\[rules\]\].*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)

    assert blocks
    assert [warnings_of(block) for block in blocks] == [()] * len(blocks)
