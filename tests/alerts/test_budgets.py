"""A budget that was raised, lowered or removed is re-evaluated at once, and the event says so."""

import pytest

from monitor.alerts.model import Reason
from tests.alerts.builders import (
    DEESCALATED,
    ESCALATED,
    FIRED,
    JANUARY,
    MINUTE,
    RESET,
    RESOLVED,
    Story,
    heard,
    terms,
)


def test_a_raised_budget_resolves() -> None:
    """The alert ends because the budget changed, and the event carries the budget before."""
    story = Story(terms())
    story.at(0.9, budget=100.0)

    (change,) = story.at(0.36, budget=250.0)

    assert (change.kind, change.reason) == (RESOLVED, Reason.BUDGET_CHANGED)
    assert (change.budget_changed, change.previous_budget, change.said) == (True, 100.0, True)


def test_a_raised_budget_moves_to_a_milder_level() -> None:
    """A fall between levels says the same."""
    story = Story(terms())
    story.at(1.2, budget=100.0)

    (change,) = story.at(0.6, budget=200.0)

    assert (change.kind, change.threshold, change.reason) == (DEESCALATED, 0.5, Reason.BUDGET_CHANGED)


def test_a_lowered_budget_escalates() -> None:
    """So does a rise that comes of a smaller budget."""
    story = Story(terms())
    story.at(0.6, budget=200.0)

    (change,) = story.at(1.2, budget=100.0)

    assert (change.kind, change.reason, change.previous_budget) == (ESCALATED, Reason.BUDGET_CHANGED, 200.0)


def test_a_removed_budget_resolves() -> None:
    """Without a budget the rule does not apply any more: its alert ends, because the budget changed."""
    story = Story(terms())
    story.at(0.9, budget=100.0)

    (change,) = story.at(None, budget=None)

    assert (change.kind, change.reason, change.previous_budget) == (RESOLVED, Reason.BUDGET_CHANGED, 100.0)


def test_another_budget_at_the_same_level_is_no_event() -> None:
    """A budget that leaves the alert at its level changes nothing that people believe."""
    story = Story(terms())
    story.at(0.9, budget=100.0)

    assert story.at(0.82, budget=110.0) == ()


def test_the_next_event_is_not_about_the_budget() -> None:
    """Once re-evaluated, a later change is a matter of spend again."""
    story = Story(terms())
    story.at(0.9, budget=100.0)
    story.at(0.82, budget=110.0)

    (change,) = story.at(1.0, budget=110.0)

    assert (change.reason, change.budget_changed) == (Reason.LEVEL_REACHED, False)


def test_levels_of_another_budget_are_said_again() -> None:
    """80 % of another budget is another amount of money: what was said of the old one does not count."""
    story = Story(terms())
    story.at(0.9, budget=100.0)
    story.at(0.45, budget=200.0)

    assert heard(story.at(0.85, budget=200.0)) == [(FIRED, 0.8)]


def test_nothing_is_kept_of_what_was_said_of_another_budget() -> None:
    """An alert that ends under a budget of which nothing was said leaves nothing to remember."""
    story = Story(terms())
    story.at(0.9, budget=100.0)
    story.at(0.82, budget=110.0)

    assert heard(story.at(0.1, budget=110.0)) == [(RESOLVED, 0.8)]
    assert story.alert is None


def test_levels_said_before_fire_at_once_under_a_smaller_budget() -> None:
    """A budget lowered under an alert that had ended fires it anew, saying why."""
    story = Story(terms())
    story.at(0.9, budget=100.0)
    story.at(0.45, budget=100.0)

    (change,) = story.at(0.9, budget=50.0)

    assert (change.kind, change.reason, change.said) == (FIRED, Reason.BUDGET_CHANGED, True)


def test_a_new_period_with_a_new_budget_is_a_reset() -> None:
    """Where both change at once the old alert is reset, and nothing is put down to the budget."""
    story = Story(terms())
    story.at(0.9, budget=100.0)

    reset, fired = story.at(0.6, period=JANUARY, budget=200.0)

    assert (reset.kind, reset.budget_changed) == (RESET, False)
    assert (fired.kind, fired.reason) == (FIRED, Reason.LEVEL_REACHED)


@pytest.mark.parametrize("furthest", [0.2, 5.0])
def test_an_undecided_row_does_not_use_up_the_change(furthest: float) -> None:
    """A new budget on a row that cannot decide is still what the event of the deciding row is put down to."""
    story = Story(terms())
    story.at(0.9, budget=100.0)
    assert story.between(0.0, furthest, budget=1000.0) == ()

    (change,) = story.at(0.09, budget=1000.0)

    assert (change.kind, change.reason, change.previous_budget) == (RESOLVED, Reason.BUDGET_CHANGED, 100.0)


def test_a_sure_rise_under_a_new_budget_is_said_once() -> None:
    """A level said on a row that leaves the next one open is not said again once that is settled."""
    story = Story(terms())
    story.at(0.6, budget=100.0)
    assert heard(story.between(0.9, 5.0, budget=50.0)) == [(ESCALATED, 0.8)]
    story.at(0.6, budget=50.0)

    assert heard(story.at(0.9, budget=50.0)) == []


def test_a_held_level_keeps_its_time_over_a_budget_change() -> None:
    """`keep_firing_for` also holds a level that was left because the budget was raised."""
    story = Story(terms(keep=10 * MINUTE))
    story.at(0.9, budget=100.0)

    assert story.at(0.09, budget=1000.0) == ()
    assert heard(story.at(0.09, budget=1000.0, later=10 * MINUTE)) == [(RESOLVED, 0.8)]
