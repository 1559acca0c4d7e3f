"""Nothing may be said twice, and the check for it finds what was."""

import pytest

from monitor.alerts.model import Event
from simulation.checks.repeated import nothing_repeated
from simulation.year import after
from tests.simulation.builders import ESCALATED, FIRED, FULL, HALF, RESOLVED, case, customer, event


@pytest.mark.parametrize("second", [event(FIRED, 6), event(ESCALATED, 20, 0.5)])
def test_a_level_may_not_be_said_twice(second: Event) -> None:
    """In one period under one budget the same level said again is a violation."""
    verdict = nothing_repeated(case(HALF, event(FIRED, 5), second))

    assert [each.at for each in verdict.violations] == [second.at]


def test_a_lower_level_may_not_follow_a_higher_one() -> None:
    """After a further level was said, the one before it is no news."""
    assert nothing_repeated(case(FULL, event(FIRED, 10, 1.0), event(FIRED, 11))).violations


def test_a_level_may_be_said_in_each_period_and_of_each_budget() -> None:
    """A new period, or another budget, is another thing to speak of."""
    of = customer((5, 60.0), (40, 60.0), budget_changes=((after(45), 110.0),))

    assert nothing_repeated(case(of, event(FIRED, 5), event(FIRED, 40), event(FIRED, 45))).violations == []


def test_what_speaks_of_no_period_may_be_said_again_after_it_ended() -> None:
    """A lifetime level may be said again after it was left, and not before that."""
    first, left, again = (
        event(FIRED, 1, 1e4, rule="lifetime"),
        event(RESOLVED, 2, 1e4, rule="lifetime"),
        event(FIRED, 3, 1e4, rule="lifetime"),
    )

    assert nothing_repeated(case(HALF, first, left, again)).violations == []
    assert nothing_repeated(case(HALF, first, again)).violations
