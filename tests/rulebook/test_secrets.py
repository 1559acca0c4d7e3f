"""Nothing secret leaves the rulebook: not in a problem, an error, a repr, or a fingerprint."""

import traceback

import pytest

from monitor.rulebook import RulebookError
from tests.rulebook.builders import ENVIRONMENT, KEY, SLACK, problems_of, read, rules_file

SECRET = "hunter2-hunter2"


def everything_said(text: str, **variables: str) -> str:
    """All that a failed load can show: its message, its problems, its traceback with what led to it."""
    try:
        read(text, {**ENVIRONMENT, **variables})
    except RulebookError as error:
        shown = "".join(traceback.format_exception(error))
        return f"{error!r} {error} {error.problems!r} {error.args!r} {shown} {error.__context__!r} {error.__cause__!r}"
    pytest.fail("the file was expected to be refused")


def test_a_rulebook_does_not_show_its_secrets() -> None:
    """Printing the book shows neither key nor address."""
    shown = repr(read(rules_file()))
    assert KEY not in shown
    assert SLACK not in shown


@pytest.mark.parametrize(
    "text",
    [
        rules_file('[poll]\ninterval = "${S}"\n'),
        rules_file(environments='[[environments]]\nname = "${S}"\n'),
        rules_file(environments='[[environments]]\nname = "prod"\napi_key = "${S} "\n'),
        rules_file(environments='[[environments]]\nname = "prod"\nenvironment = "${S}"\n'),
        rules_file('[[channels]]\nname = "finops"\nurl = "${S}"\n'),
        rules_file('[[routes]]\nchannels = ["${S}"]\n'),
        rules_file('[[routes]]\nchannels = ["x"]\nrules = ["${S}"]\n'),
        rules_file('[[routes]]\nchannels = []\ngroup_by = ["${S}"]\n'),
        rules_file(rules='[[rules]]\nname = "a"\nseverity = "info"\nwhen = "${S} > 1"\n'),
        rules_file(rules='[[rules]]\nname = "a"\nseverity = "info"\nwhen = "total_cost > 1"\nsummary = "{{ ${S} }}"\n'),
        rules_file(rules='[[rules]]\nname = "a"\nseverity = "info"\nwhen = "total_cost > 1"\nsummary = "{% ${S} %}"\n'),
        rules_file(
            environments='[[environments]]\nname = "prod"\nfilters.total_cost = { operator = "gt", value = ["${S}"] }\n'
        ),
        rules_file(
            environments='[[environments]]\nname = "prod"\nfilters.email = { operator = "${S}", value = ["a"] }\n'
        ),
        rules_file(rules='[[rules]]\nname = "${S}"\n') + '[[rules]]\nname = "${S}"\n',
    ],
)
@pytest.mark.parametrize("secret", [SECRET, "hunter2\n'\"\\hunter2"])
def test_a_value_from_outside_is_never_printed(text: str, secret: str) -> None:
    """Wherever a variable stands, a problem shows its name and not what it holds."""
    shown = everything_said(text, S=secret)
    assert "hunter2" not in shown


def test_an_expression_shows_no_part_of_a_value_from_outside() -> None:
    """A name that came from a variable is not repeated as an unknown field."""
    rules = '[[rules]]\nname = "a"\nseverity = "info"\nwhen = "${S}"\n'
    assert "hunter2" not in everything_said(rules_file(rules=rules), S="total_cost > 1 and hunter2 > 2")


@pytest.mark.parametrize("written", ["${S}", "${S}ter", "${S} > 1", "x${S}", "'${S}' > 1", "total_cost + '${S}'"])
def test_a_word_of_a_value_is_not_repeated_either(written: str) -> None:
    """A part of a value is as secret as the whole, also when it is joined to what is written."""
    rules = f'[[rules]]\nname = "a"\nseverity = "info"\nwhen = "{written}"\n'
    shown = everything_said(rules_file(rules=rules), S="total_cost > 1 and hunter2")
    assert "hunter2" not in shown


def test_a_mistake_around_a_value_is_still_explained() -> None:
    """A message that repeats nothing of a variable is kept."""
    rules = '[[rules]]\nname = "a"\nseverity = "info"\nwhen = "total_cost + ${S}"\n'
    (problem,) = problems_of(rules_file(rules=rules), {**ENVIRONMENT, "S": "100"})
    assert "a condition is needed" in problem.message


@pytest.mark.parametrize(
    "line",
    [
        f'apikey = "{SECRET}"',
        f'"api_key" = "{SECRET}"; x',
        f'url2 = "{SECRET}"',
        f"webhook = '{SECRET}'",
        f'foo = "slack://{SECRET}/b"',
        f"api_key = {SECRET}",
        f'api_key = """\n{SECRET}',
        f'api_key = "{SECRET}',
        f'api_key = "a{SECRET}\n',
        f'token = """\n{SECRET}""" x',
        f'filters = {{ key = "{SECRET}", b = 1 }}',
    ],
)
def test_a_secret_in_the_file_itself_is_blanked_out(line: str) -> None:
    """A line is shown without the text of a key that may be secret, misspelt or in broken TOML."""
    assert SECRET not in everything_said(rules_file(environments=f'[[environments]]\nname = "prod"\n{line}\n'))


def test_a_reference_stays_readable() -> None:
    """The name of a variable is no secret, and helps."""
    (problem,) = problems_of(rules_file('[[channels]]\nname = "b"\nurl = "slack://${TOKEN}/b"\n'))
    assert problem.text == 'url = "********${TOKEN}**"'


def test_a_fingerprint_does_not_depend_on_secrets() -> None:
    """A new key does not look like a new file."""
    assert read(rules_file()).fingerprint == read(rules_file(), {**ENVIRONMENT, "RESPAN_API_KEY": "other"}).fingerprint
