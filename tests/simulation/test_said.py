"""What is said must be so, and the check for it finds what is not."""

import pytest

from monitor.alerts.model import Event, Reason
from monitor.demo.customer import Correction
from simulation.checks.said import nothing_false, nothing_false_unsaid, reasons_true
from simulation.year import after
from tests.simulation.builders import DEESCALATED, ESCALATED, FIRED, HALF, RESET, RESOLVED, case, customer, event


def test_a_level_that_is_reached_may_be_said() -> None:
    """An alert for a level that is reached is in order."""
    verdict = nothing_false(case(HALF, event(FIRED, 5)))

    assert (verdict.judged, verdict.violations) == (1, [])


@pytest.mark.parametrize(
    "lie",
    [
        event(FIRED, 4.9),
        event(FIRED, 5, 0.8),
        event(ESCALATED, 5, 1.0),
        event(DEESCALATED, 4, 0.5),
        event(RESOLVED, 6, 0.5, reason=Reason.LEVEL_LEFT),
        event(RESET, 30, 0.5, reason=Reason.NEW_PERIOD),
        event(FIRED, 5, 1.0, rule="nearly-empty"),
        event(FIRED, 5, None, rule="unbudgeted"),
        event(FIRED, 5, 10_000.0, rule="lifetime"),
    ],
    ids=lambda lie: f"{lie.rule} {lie.kind.value} {lie.level}",
)
def test_a_lie_is_found(lie: Event) -> None:
    """An event that says what is not so is a violation, told with what is true."""
    verdict = nothing_false(case(HALF, lie))

    assert [(each.customer, each.at, each.seed) for each in verdict.violations] == [("user_1", lie.at, 7)]


def test_a_level_that_was_reached_during_the_walk_may_be_said() -> None:
    """What was so when the walk began and is over at the decision is no lie."""
    turn = case(customer((30.9, 60.0)), event(FIRED, 31 - 0.5 / 86_400))

    assert nothing_false(turn).violations == []


def test_a_level_that_was_reached_before_the_walk_may_not_be_said() -> None:
    """What was so before the walk began, as in the period before, is a lie."""
    assert nothing_false(case(HALF, event(FIRED, 31.1))).violations


def test_a_condition_ends_where_it_ends() -> None:
    """Half of a budget is left, and the alert resolved, once charges were taken back."""
    of = customer((5, 60.0), corrections=(Correction(at=after(8), total_cost=20.0, period_usage=20.0),))
    left = event(RESOLVED, 8, 0.5, reason=Reason.LEVEL_LEFT)

    assert nothing_false(case(of, event(FIRED, 5), left)).violations == []


def test_a_removed_budget_ends_its_alerts() -> None:
    """Where there is no budget any more, its levels are not reached."""
    of = customer((5, 60.0), budget_changes=((after(8), None),))
    ended = event(RESOLVED, 8, 0.5, reason=Reason.BUDGET_CHANGED)

    assert nothing_false(case(of, event(FIRED, 5), ended)).violations == []


def test_nobody_is_gone() -> None:
    """No customer of the simulation vanishes, so none may be said to be gone."""
    gone = event(RESOLVED, 4, 0.5, reason=Reason.GONE)

    assert nothing_false(case(HALF, gone)).violations


def test_a_reset_needs_a_new_period() -> None:
    """An alert is reset once the period in which it fired is over, and not twice."""
    fired, reset = event(FIRED, 5), event(RESET, 31, reason=Reason.NEW_PERIOD)

    assert nothing_false(case(HALF, fired, reset)).violations == []
    assert nothing_false(case(HALF, event(FIRED, 31.5), event(RESET, 40, reason=Reason.NEW_PERIOD))).violations


def test_a_deescalation_names_the_level_that_is_left() -> None:
    """Falling from one level to another, neither a lower nor a higher one may be named."""
    of = customer((5, 90.0), budget_changes=((after(8), 150.0),))
    right, wrong = event(DEESCALATED, 8, 0.5), event(DEESCALATED, 8, 0.8)

    assert nothing_false(case(of, right)).violations == []
    assert nothing_false(case(of, wrong)).violations


def test_silent_events_are_judged_apart() -> None:
    """A level that is recorded without being said and is not reached is found by a check of its own."""
    lived = case(HALF, unsaid=[event(FIRED, 4)])

    assert (nothing_false(lived).judged, len(nothing_false_unsaid(lived).violations)) == (0, 1)


def test_a_budget_that_was_not_changed_may_not_be_blamed() -> None:
    """An event that gives a change of the budget as its reason needs one since the event before it."""
    of = customer((5, 60.0), budget_changes=((after(8), 70.0),))
    first, again = (event(ESCALATED, day, 0.8, reason=Reason.BUDGET_CHANGED) for day in (8, 9))

    assert reasons_true(case(of, first)).violations == []
    assert [each.at for each in reasons_true(case(of, first, again)).violations] == [again.at]
