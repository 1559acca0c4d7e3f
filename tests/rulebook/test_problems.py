"""How problems look on a terminal and in a log."""

from dataclasses import replace

import pytest

from monitor.rulebook import Problem, RulebookError, render
from tests.rulebook.builders import problems_of, rules_file

PROBLEM = Problem(
    file="rules.toml",
    line=14,
    column=3,
    path="rules[0].severty",
    text='  severty = "info"',
    length=7,
    message="unknown key 'severty'",
    hint="did you mean 'severity'?",
)


def test_shows_the_place_the_line_a_caret_and_the_way_out() -> None:
    """A problem reads like one of a good compiler."""
    assert render([PROBLEM]) == (
        "rules.toml:14:3: unknown key 'severty'\n"
        '   14 |   severty = "info"\n'
        "      |   ^^^^^^^\n"
        "      = did you mean 'severity'?"
    )


def test_fits_a_log_line() -> None:
    """As a string, a problem is one line without the source."""
    assert str(PROBLEM) == "rules.toml:14:3: unknown key 'severty'; did you mean 'severity'?"


def test_a_problem_of_the_whole_file_has_no_line() -> None:
    """What has no place names only the file."""
    assert render([Problem(file="rules.toml", message="the file is empty")]) == "rules.toml: the file is empty"


def test_says_what_kind_of_thing_it_is() -> None:
    """Warnings are told apart by a word before the message."""
    assert render([Problem(file="r.toml", line=1, message="no channel")], "warning") == "r.toml:1: warning: no channel"


def test_an_error_shows_all_its_problems() -> None:
    """Printing the error prints everything."""
    error = RulebookError([PROBLEM, Problem(file="rules.toml", message="and this")])
    assert str(error) == render(error.problems)


def test_a_tab_before_the_mistake_keeps_the_caret_under_it() -> None:
    """The caret is indented by the same characters as the text."""
    problem = Problem(file="r", line=1, column=2, text="\tx = 1", message="m")
    assert render([problem]).splitlines()[2] == "      | \t^"


def test_a_long_line_is_cut_around_the_mistake() -> None:
    """A minified file does not fill the screen, and the caret still points at the mistake."""
    problem = Problem(file="r", line=1, column=501, text="a" * 500 + "BAD" + "c" * 500, length=3, message="m")
    source, caret = render([problem]).splitlines()[1:]
    assert len(source) < 130
    assert source[caret.index("^") : caret.rindex("^") + 1] == "BAD"


@pytest.mark.parametrize("part", ["file", "text", "message", "hint"])
def test_what_a_terminal_would_obey_is_shown_as_dots(part: str) -> None:
    """An escape sequence in the file reaches no terminal, wherever a problem shows it."""
    problem = replace(PROBLEM, **{part: "\x1b[2J\udcff"})  # type: ignore[arg-type]  # each of these is a text
    assert "·[2J·" in render([problem])


def test_a_log_line_cannot_be_broken() -> None:
    """A line break in a name does not start a line of its own in a log."""
    assert "\n" not in str(replace(PROBLEM, message="a\nb", hint="c\nd"))


def test_problems_come_in_the_order_of_the_file() -> None:
    """Whatever found them, they are told from top to bottom."""
    text = rules_file("[poll]\nx = 1\n", rules='[[rules]]\nname = "a"\nwhen = "nope > 1"\nseverity = "bad"\ny = 1\n')
    assert [problem.line for problem in problems_of(text)] == [5, 6, 7, 12]
