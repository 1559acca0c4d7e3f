"""What a file may say of the customers whom the metrics show."""

import pytest

from tests.rulebook.builders import marked, problem_of, read, rules_file


def metrics(*lines: str) -> str:
    """A valid file with a table `[metrics]`."""
    return rules_file("\n".join(["[metrics]", *lines, ""]))


def test_nobody_is_shown_unless_it_is_asked_for() -> None:
    """A file without the table names no customer in the metrics."""
    assert read(rules_file()).customer_series is None


def test_a_thousand_are_shown_unless_another_number_is_given() -> None:
    """The number of series is bounded even for who does not think of it."""
    shown = read(metrics("customers = 'period_used >= 0.5'")).customer_series

    assert shown is not None
    assert (shown.condition.when, shown.most) == ("period_used >= 0.5", 1000)


def test_a_mistake_in_the_condition_is_told_where_it_stands() -> None:
    """The condition is checked like that of a rule."""
    problem = problem_of(metrics("customers = 'period_usd >= 0.5'"))

    assert marked(problem) == "period_usd"
    assert problem.path == "metrics.customers"


def test_a_condition_is_true_or_false() -> None:
    """A number selects nobody."""
    assert "a number" in problem_of(metrics("customers = 'period_used'")).message


def test_a_doubtful_condition_is_told() -> None:
    """What is hardly meant in a rule is hardly meant here."""
    (warning,) = read(metrics("customers = 'total_cost > period_budget'")).warnings

    assert warning.path == "metrics.customers"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("most = 10",), "'customers' is missing"),
        (("customers = 'total_cost > 1'", "most = 0"), "must be at least 1"),
        (("customers = 'total_cost > 1'", "most = 10001"), "must be at most 10000"),
        (("customers = 'total_cost > 1'", "mots = 5"), "unknown key 'mots'"),
        (("customers = true",), "must be text in quotes, not a boolean"),
    ],
)
def test_what_is_wrong_is_told(lines: tuple[str, ...], message: str) -> None:
    """Keys and ranges are those of the table."""
    assert problem_of(metrics(*lines)).message == message
