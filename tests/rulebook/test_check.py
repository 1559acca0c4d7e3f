"""What no single key can tell: references, levels, formulas, filters."""

import pytest

from tests.rulebook.builders import BUDGET_RULE, PROD, marked, problem_of, problems_of, rules_file

WHEN_RULE = '[[rules]]\nname = "spender"\nwhen = "total_cost >= 500"\nseverity = "warning"\n'


def levels(*entries: str) -> str:
    """A file whose rule has these levels."""
    return rules_file(rules=f'[[rules]]\nname = "a"\nvalue = "total_cost"\nlevels = [{", ".join(entries)}]\n')


@pytest.mark.parametrize(
    ("text", "name", "message", "hint"),
    [
        (rules_file(rules=WHEN_RULE + 'environments = ["pord"]\n'), "pord", "environment", "did you mean 'prod'?"),
        (rules_file('[[routes]]\nchannels = ["finop"]\n'), "finop", "channel", "did you mean 'finops'?"),
        (
            rules_file('[[routes]]\nchannels = []\nrules = ["period_budget"]\n'),
            "period_budget",
            "rule",
            "did you mean 'period-budget'?",
        ),
        (rules_file('[[routes]]\nchannels = []\nenvironments = ["eu"]\n'), "eu", "environment", "known: 'prod'"),
        (
            rules_file('[[routes]]\nchannels = ["x"]\n', channels=""),
            "x",
            "channel",
            "the file has no [[channels]] of that name",
        ),
    ],
)
def test_a_reference_to_nothing_is_told_with_the_nearest_name(text: str, name: str, message: str, hint: str) -> None:
    """Names of environments, rules and channels must exist."""
    problem = problem_of(text)
    assert (problem.message, marked(problem), problem.hint) == (f"unknown {message} '{name}'", f'"{name}"', hint)


@pytest.mark.parametrize("part", [PROD, BUDGET_RULE])
def test_a_name_is_used_once(part: str) -> None:
    """The second of two equal names is told, whatever it names."""
    problem = problem_of(rules_file(part))
    assert problem.message.startswith(f"'{'prod' if part is PROD else 'period-budget'}' is the name of another")


def test_a_label_of_an_environment_needs_the_api_environment() -> None:
    """A name that the API does not know cannot stand for its environment."""
    problem = problem_of(rules_file(environments='[[environments]]\nname = "eu"\n'))
    assert 'add environment = "prod" or "test"' in problem.hint


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('value = "total_cost"\nwhen = "total_cost > 1"\nseverity = "info"\n', "'when' beside 'value'"),
        ('value = "total_cost"\n', "'value' without 'levels'"),
        ('when = "total_cost > 1"\n', "'when' without 'severity'"),
        ('levels = [{ at_least = 1, severity = "info" }]\n', "'value' is missing beside 'levels'"),
        ('severity = "info"\n', "the rule has no formula"),
        ("", "the rule has no formula"),
        (
            'when = "total_cost > 1"\nseverity = "info"\nlevels = [{ at_least = 1, severity = "info" }]\n',
            "'levels' beside 'when'",
        ),
        (
            'value = "total_cost"\nseverity = "info"\nlevels = [{ at_least = 1, severity = "info" }]\n',
            "'severity' beside 'value'",
        ),
    ],
)
def test_a_rule_is_of_one_kind(rule: str, message: str) -> None:
    """A rule has a value with levels, or a condition with a severity."""
    assert problem_of(rules_file(rules=f'[[rules]]\nname = "a"\n{rule}')).message == message


@pytest.mark.parametrize(
    ("entries", "message", "text"),
    [
        (['{ severity = "info" }'], "the level has no threshold", '{ severity = "info" }'),
        (
            ['{ at_least = 1, at_most = 2, severity = "info" }'],
            "'at_least' and 'at_most' in one level",
            '{ at_least = 1, at_most = 2, severity = "info" }',
        ),
        (
            ['{ at_least = 1, severity = "info" }', '{ at_most = 2, severity = "info" }'],
            "'at_most' after 'at_least'",
            "at_most",
        ),
        (
            ['{ at_least = 1, severity = "info" }', '{ at_least = 1.0, severity = "warning" }'],
            "another level has the same threshold",
            "1.0",
        ),
        (
            ['{ at_least = 2, severity = "info" }', '{ at_least = 1, severity = "warning" }'],
            "'info' is milder than 'warning' of a level that is reached before this one",
            '"info"',
        ),
        (
            ['{ at_most = 9, severity = "critical" }', '{ at_most = 5, severity = "warning" }'],
            "'warning' is milder than 'critical' of a level that is reached before this one",
            '"warning"',
        ),
    ],
)
def test_levels_agree(entries: list[str], message: str, text: str) -> None:
    """Levels have one threshold each, point one way, differ, and get graver the further they are."""
    problem = problem_of(levels(*entries))
    assert (problem.message, marked(problem)) == (message, text)


def test_levels_may_stand_in_any_order_and_share_a_severity() -> None:
    """Only the thresholds say which level is further."""
    text = levels(
        '{ at_most = 0, severity = "critical" }',
        '{ at_most = 50, severity = "info" }',
        '{ at_most = 20, severity = "info" }',
    )
    assert problems_of(text) == ()


@pytest.mark.parametrize(
    "written",
    [
        '"total_cost > 1 and nmae == 1"',
        "'total_cost > 1 and nmae == 1'",
        r'"total_cost > 1 and email != \"\u00fc\\n\" and nmae == 1"',
        '"""total_cost > 1\n  and nmae == 1"""',
        "'''\ntotal_cost > 1\nand nmae == 1'''",
        '"""total_cost > 1 \\\n    and nmae == 1"""',
        '"total_cost > ${LIMIT} and nmae == 1"',
        "\"email != '$${x}' and nmae == 1\"",
    ],
)
def test_a_mistake_in_an_expression_is_marked_inside_its_string(written: str) -> None:
    """Escapes, lines and variables before it do not move the mark."""
    if "\n" in written:
        # A line break is no blank to the language inside a string of several lines unless in parentheses.
        written = written.replace("total_cost", "(total_cost", 1).replace("== 1", "== 1)", 1)
    text = rules_file(rules=f'[[rules]]\nname = "a"\nseverity = "info"\nwhen = {written}\n')
    problem = problem_of(text, {"RESPAN_API_KEY": "k", "SLACK_URL": "slack://x", "LIMIT": "1000000"})
    assert (marked(problem), problem.hint) == ("nmae", "did you mean 'name'?")


@pytest.mark.parametrize(
    ("key", "expression", "text"),
    [("where", "total_cost", "total_cost"), ("value", "total_cost > 1", "total_cost > 1")],
)
def test_an_expression_must_be_of_the_type_that_its_key_needs(key: str, expression: str, text: str) -> None:
    """A filter is a condition and a value is a number."""
    rule = BUDGET_RULE if key == "where" else BUDGET_RULE.replace('value = "period_cost / period_budget"\n', "")
    assert marked(problem_of(rules_file(rules=rule + f'{key} = "{expression}"\n'))) == text


def test_a_mistake_in_a_summary_is_marked_inside_its_string() -> None:
    """A summary is checked like a formula, and on the right line."""
    summary = 'summary = """\n{{ customer }} used\n  {{ valu | percent }}"""\n'
    problem = problem_of(rules_file(rules=BUDGET_RULE + summary))
    assert (marked(problem), problem.hint) == ("valu", "did you mean 'value'?")


def test_a_mistake_in_a_summary_without_a_column_marks_its_line() -> None:
    """Where the template's reader tells the line only, that line is marked."""
    problem = problem_of(rules_file(rules=BUDGET_RULE + "summary = '''\nfine\n{{ customer.name }} '''\n"))
    assert marked(problem) == "{{ customer.name }} "


def test_a_summary_knows_the_labels_of_its_rule() -> None:
    """Labels are free, for routes and templates."""
    assert problems_of(rules_file(rules=BUDGET_RULE + 'labels = { team = "a" }\nsummary = "{{ team }}"\n')) == ()


@pytest.mark.parametrize(
    ("condition", "text", "part"),
    [
        ('total_cos = { operator = "gte", value = [1] }', "total_cos", "did you mean 'total_cost'?"),
        ('period_budget = { operator = "gte", value = [1] }', "period_budget", "Use `where` in a rule instead"),
        ('email = { operator = "endwith", value = ["x"] }', '"endwith"', "did you mean 'endswith'?"),
        ('total_cost = { operator = "gte", value = 1 }', "1", "put it in brackets"),
        (
            'total_cost = { operator = "contains", value = [1] }',
            '{ operator = "contains", value = [1] }',
            "total_cost has no operator 'contains'",
        ),
        (
            'total_cost = { operator = "gte", value = ["1"] }',
            '{ operator = "gte", value = ["1"] }',
            "is compared with finite numbers",
        ),
    ],
)
def test_a_filter_that_the_api_does_not_offer_is_told(condition: str, text: str, part: str) -> None:
    """Fields, operators and values of filters are checked before the API can drop them."""
    problem = problem_of(rules_file(environments=f"{PROD}[environments.filters]\n{condition}\n"))
    assert marked(problem) == text
    assert part in f"{problem.message} {problem.hint}"


def test_groups_are_made_by_known_names_only() -> None:
    """A group can be made by what an alert has, and by the labels of the file's rules."""
    route = '[[routes]]\nchannels = []\ngroup_by = ["rule", "team", "regoin"]\n'
    problem = problem_of(rules_file(route, rules=BUDGET_RULE + 'labels = { team = "a", region = "eu" }\n'))
    assert (marked(problem), problem.hint) == ('"regoin"', "did you mean 'region'?")


def test_everything_is_told_at_once() -> None:
    """Types, keys, references, formulas, summaries, filters and duplicates do not hide each other."""
    text = (
        '[poll]\ninterval = "soon"\n'
        '[[environments]]\nname = "prod"\nfoo = 1\nfilters.nope = { operator = "", value = [1] }\n'
        '[[rules]]\nname = "a"\nwhere = "nope"\nvalue = "1 +"\nsummary = "{{ nope }}"\nlevels = 3\n'
        '[[rules]]\nname = "a"\nwhen = "nope"\nenvironments = ["dev"]\n'
        '[[routes]]\nchannels = ["nope"]\n'
    )
    told = {problem.line for problem in problems_of(text)}
    assert told == {2, 5, 6, 9, 10, 11, 12, 14, 15, 16, 18}
