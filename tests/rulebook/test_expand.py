"""`${NAME}` in strings: filled in, escaped, and told when it cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rulebook.expand import Expansion
from tests.rulebook.builders import ENVIRONMENT, marked, problem_of, read, rules_file


def expand(text: str, **variables: str) -> str:
    """The text after expansion."""
    value = Expansion({"key": text}, variables.get).data["key"]
    assert isinstance(value, str)
    return value


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${A}", "alpha"),
        ("x-${A}-${B}-${A}", "x-alpha-beta-alpha"),
        ("$${A}", "${A}"),
        ("$A $ 5$", "$A $ 5$"),
        ("${A", "${A"),
        ("${NOT SET}", "${NOT SET}"),
    ],
)
def test_fills_in_names(text: str, result: str) -> None:
    """Only a whole reference is replaced; a doubled dollar keeps it."""
    assert expand(text, A="alpha", B="beta") == result


def test_does_not_expand_what_a_variable_holds() -> None:
    """A variable's own text is taken as it is: nobody can smuggle in another variable."""
    assert expand("${A}", A="${B}", B="secret") == "${B}"


def test_tells_a_variable_that_is_not_set_at_its_place() -> None:
    """The problem points at the reference inside the string."""
    problem = problem_of(rules_file('[[channels]]\nname = "mail"\nurl = "mailto://${MAIL_USER}:x@example.com"\n'))
    assert (problem.message, marked(problem)) == ("MAIL_USER is not set", "${MAIL_USER}")


def test_tells_that_the_key_is_not_set_although_the_file_does_not_name_it() -> None:
    """The default of api_key is a reference too, told at the environment."""
    problem = problem_of(rules_file(), {"SLACK_URL": ENVIRONMENT["SLACK_URL"]})
    assert (problem.message, problem.path, problem.line) == ("RESPAN_API_KEY is not set", "environments[0].api_key", 1)


def test_tells_a_reference_that_does_not_end() -> None:
    """A brace that opens nothing is an error, not text: a dollar sign before a value is easily meant otherwise."""
    rules = '[[rules]]\nname = "a"\nwhen = "total_cost > 1"\nseverity = "info"\nsummary = "${{ value }}"\n'
    problem = problem_of(rules_file(rules=rules))
    assert (problem.message, marked(problem)) == ("'${' is not followed by a name and '}'", "${")


@pytest.mark.parametrize("value", ["a\0b", "\udcff"])
def test_refuses_a_variable_that_is_no_text(value: str) -> None:
    """Bytes that are not text are told here, not where they would break something."""
    problem = problem_of(rules_file(), {**ENVIRONMENT, "SLACK_URL": value})
    assert problem.message == "SLACK_URL holds bytes that are not text"


def test_says_nothing_more_of_a_string_that_could_not_be_filled_in() -> None:
    """One missing variable is one problem, not also a wrong duration."""
    assert problem_of(rules_file('[poll]\ninterval = "${NOPE}"\n')).message == "NOPE is not set"


def test_reads_lists_as_tuples() -> None:
    """What is expanded cannot be changed in place."""
    assert Expansion({"a": ["${X}", [1]]}, {"X": "x"}.get).data == {"a": ("x", (1,))}


@given(st.lists(st.one_of(st.text("ab$", max_size=4), st.sampled_from(["${A}", "$${", "${B}"])), max_size=8))
def test_an_offset_outside_references_leads_to_the_same_character(parts: list[str]) -> None:
    """Whatever stands before it, a character that was not filled in is found as written."""
    text = "".join(parts)
    expansion = Expansion({"key": text}, {"A": "", "B": "long text"}.get)
    result = expansion.data["key"]
    outside = [
        (result[offset], text[expansion.written(("key",), offset)])
        for offset in range(len(result))
        if result[offset] in "ab" and not expansion.is_filled(("key",), offset)
    ]
    assert all(new == old for new, old in outside)


def test_fills_in_any_string_of_the_file() -> None:
    """Not only secrets: a name may come from outside too."""
    book = read(rules_file(environments='[[environments]]\nname = "${WHERE}"\n'), {**ENVIRONMENT, "WHERE": "test"})
    assert book.environments[0].environment == "test"
