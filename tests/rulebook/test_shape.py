"""What the schema refuses, and how it is told."""

import pytest

from tests.rulebook.builders import BUDGET_RULE, PROD, SLACK_CHANNEL, marked, problem_of, problems_of, rules_file

WHEN_RULE = '[[rules]]\nname = "spender"\nwhen = "total_cost >= 500"\nseverity = "warning"\n'


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (rules_file("[pol]\n"), "pol", "did you mean 'poll'?"),
        (rules_file('[poll]\nintervall = "1s"\n'), "intervall", "did you mean 'interval'?"),
        (rules_file(environments=PROD + 'enviroment = "prod"\n'), "enviroment", "did you mean 'environment'?"),
        (rules_file(rules=WHEN_RULE + 'four = "5m"\n'), "four", "did you mean 'for'?"),
        (rules_file(rules=BUDGET_RULE.replace("severity", "severty", 1)), "severty", "did you mean 'severity'?"),
        (rules_file(channels=SLACK_CHANNEL + 'giveup_after = "1h"\n'), "giveup_after", "did you mean 'give_up_after'?"),
        (rules_file('[[routes]]\nchannels = []\ngroupby = ["rule"]\n'), "groupby", "did you mean 'group_by'?"),
        (
            rules_file(environments=PROD + 'filters.total_cost = { operater = "gt", operator = "gt", value = [1] }\n'),
            "operater",
            "did you mean 'operator'?",
        ),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest_known_one(text: str, key: str, hint: str) -> None:
    """A key of any table that is not known is marked, and the key that was meant is named."""
    problem = problem_of(text)
    assert (problem.message, marked(problem), problem.hint) == (f"unknown key '{key}'", key, hint)


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        (rules_file("[poll]\ninterval = 30\n"), "30", "must be a duration in quotes, such as '30s'"),
        (rules_file('[poll]\ninterval = "0s"\n'), '"0s"', "must be from 1s to 1d"),
        (rules_file('[poll]\ninterval = "half an hour"\n'), '"half an hour"', "not a duration"),
        (rules_file("[poll]\nrequests_per_minute = 0\n"), "0", "must be at least 1"),
        (rules_file("[poll]\nrequests_per_minute = 601\n"), "601", "must be at most 600"),
        (rules_file("[poll]\nrequests_per_minute = 1.5\n"), "1.5", "must be a whole number, not a decimal number"),
        (rules_file("[poll]\nrequests_per_minute = true\n"), "true", "must be a whole number, not a boolean"),
        (rules_file(environments=PROD + 'environment = "live"\n'), '"live"', "must be 'prod' or 'test'"),
        (rules_file(environments=PROD + 'api_key = ""\n'), '""', "must not be empty"),
        (rules_file(environments=PROD + 'filter_operator = "and"\n'), '"and"', "must be 'AND' or 'OR'"),
        (rules_file(rules=WHEN_RULE + 'environments = "prod"\n'), '"prod"', "must be a list, not text"),
        (rules_file(rules=WHEN_RULE + "environments = []\n"), "[]", "must not be an empty list"),
        (rules_file(rules=WHEN_RULE + "where = 1979-05-27\n"), "1979-05-27", "must be text in quotes, not a date"),
        (rules_file(rules=WHEN_RULE + 'labels = ["a"]\n'), '["a"]', "must be a table, not a list"),
        (rules_file(rules=WHEN_RULE + "labels = { team = 1 }\n"), "1", "must be text in quotes, not a number"),
        (rules_file(rules=WHEN_RULE.replace('"warning"', '"fatal"')), '"fatal"', "must be 'info' or 'warning' or"),
        (rules_file(rules=WHEN_RULE.replace('"spender"', '" spender"')), '" spender"', "must be one line of printable"),
        (rules_file(rules=BUDGET_RULE.replace("0.8", "inf")), "inf", "must be a finite number"),
        (rules_file(rules=BUDGET_RULE.replace("0.8", "nan")), "nan", "must be a finite number"),
        (rules_file(rules=BUDGET_RULE.replace("0.8", '"0.8"')), '"0.8"', "must be a number, not text"),
        (rules_file(channels=SLACK_CHANNEL + 'give_up_after = "0s"\n'), '"0s"', "must be longer than 0s"),
        (rules_file("[[routes]]\nchannels = []\ncontinue = 1\n"), "1", "must be true or false, not a number"),
        (rules_file("[[routes]]\nchannels = []\ncustomers = ['']\n"), "''", "must not be empty"),
        (rules_file('[[routes]]\nchannels = []\ngroup_interval = "0s"\n'), '"0s"', "must be longer than 0s"),
        (
            rules_file('[[routes]]\nchannels = []\ngroup_by = ["rule", "rule"]\n'),
            '["rule", "rule"]',
            "names the same thing twice",
        ),
        (
            rules_file('[[routes]]\nchannels = []\ngroup_by = ["...", "rule"]\n'),
            '["...", "rule"]',
            "holds '...' beside other names",
        ),
    ],
)
def test_a_wrong_value_is_marked_and_told_in_plain_words(text: str, value: str, message: str) -> None:
    """Types and ranges are told as a writer of the file thinks of them."""
    problem = problem_of(text)
    assert marked(problem) == value
    assert problem.message.startswith(message)


def test_a_label_must_be_a_name() -> None:
    """Labels become names of metrics and templates, so their names are restricted."""
    problem = problem_of(rules_file(rules=WHEN_RULE + 'labels = { "my team" = "a" }\n'))
    assert (problem.message, marked(problem)) == ("'my team' is not a label's name", '"my team"')


@pytest.mark.parametrize("section", ["environments", "rules"])
def test_a_table_that_must_be_there_is_missed(section: str) -> None:
    """Without an environment or without a rule there is nothing to do."""
    text = rules_file(**{section: ""})
    assert [problem.message for problem in problems_of(text)] == [f"no [[{section}]] table"]


def test_single_brackets_are_told_apart_from_double_ones() -> None:
    """The commonest slip of TOML is told by name."""
    problem = problem_of(rules_file(channels=SLACK_CHANNEL.replace("[[channels]]", "[channels]")))
    assert problem.hint == "write [[channels]], with two brackets"


def test_a_missing_key_is_told_at_its_table() -> None:
    """What is not there is told where it should be."""
    problem = problem_of(rules_file('[[channels]]\nname = "second"\n'))
    assert (problem.message, problem.line, marked(problem)) == ("'url' is missing", 13, "channels")


def test_a_misspelt_key_is_not_also_missed() -> None:
    """One slip is one problem."""
    problem = problem_of(rules_file('[[channels]]\nnam = "second"\nurl = "json://localhost"\n'))
    assert problem.message == "unknown key 'nam'"


def test_says_of_a_value_that_is_no_table_only_that() -> None:
    """A number in a list of tables is one problem, not a missing list as well."""
    problem = problem_of('environments = [{ name = "prod" }]\nrules = [3]\n')
    assert (problem.message, marked(problem)) == ("must be a table, not a number", "3")
