"""What a row does not show is no event: undecided rows raise nothing that is not sure, and resolve nothing."""

from dataclasses import replace

import pytest

from monitor.alerts.model import AlertState, Reason
from monitor.alerts.state import Observation
from tests.alerts.builders import (
    DECEMBER,
    DEESCALATED,
    ESCALATED,
    FIRED,
    JANUARY,
    RESOLVED,
    Story,
    heard,
    recorded,
    standing_condition,
    terms,
)


def test_undecided_does_not_fire() -> None:
    """A customer who may have reached a level, or not, is no event."""
    story = Story(terms())

    assert story.between(0.0, 5.2) == ()
    assert story.alert is None


@pytest.mark.parametrize("furthest", [0.1, 0.6, 0.9, 5.2])
def test_undecided_leaves_a_firing_alert_alone(furthest: float) -> None:
    """A row without a reading of the period neither resolves an alert nor moves it, whatever its bounds are."""
    story = Story(terms())
    story.at(0.9)

    assert story.between(0.0, furthest) == ()
    assert story.level == 0.8


def test_a_sure_rise_is_told() -> None:
    """What is sure in spite of the bounds is told: only how much further it goes is left open."""
    story = Story(terms())

    assert heard(story.between(0.85, 5.0)) == [(FIRED, 0.8)]
    assert heard(story.between(1.0, 5.0)) == [(ESCALATED, 1.0)]


def test_a_fall_waits_for_an_exact_row() -> None:
    """Bounds below a level do not show that it was left; the exact row after them does."""
    story = Story(terms())
    story.at(1.1)
    assert story.between(0.0, 0.6) == ()

    assert heard(story.at(0.6)) == [(DEESCALATED, 0.5)]


def test_exact_evidence_may_leave_some_levels_open() -> None:
    """A row can show that the furthest level was left while the one below it is open: the alert stays at that one."""
    story = Story(terms())
    story.at(1.1)

    changes = story.see(Observation(reached=None, possible=1, exact=True, period_start=DECEMBER, budget=100.0))

    assert heard(changes) == [(DEESCALATED, 0.8)]


def test_unknown_resolves_no_condition() -> None:
    """A condition that cannot be told from a row (a null in it) neither ends nor begins."""
    story = Story(standing_condition())
    story.holds(holds=True)

    assert story.see(Observation(reached=None, possible=None, exact=False)) == ()
    assert story.state is AlertState.FIRING


def test_a_customer_who_is_gone() -> None:
    """An alert of a customer who is gone ends with that word, told to whoever was told of the alert."""
    story = Story(terms())
    story.at(0.9)

    (change,) = story.disappear()

    assert (change.kind, change.reason, change.threshold, change.said) == (RESOLVED, Reason.GONE, 0.8, True)


def test_gone_without_a_message_where_nobody_was_told() -> None:
    """The end of an alert that fired quietly is recorded only."""
    story = Story(terms())
    story.at(0.9)
    story.at(0.1)
    story.at(0.9)

    assert recorded(story.disappear()) == [(RESOLVED, 0.8)]


def test_a_pending_alert_ends_without_an_event() -> None:
    """Nobody knows of a pending alert: it goes with its customer."""
    story = Story(replace(standing_condition(), hold=terms().hold + (JANUARY - DECEMBER)))
    story.holds(holds=True)

    assert story.disappear() == ()
    assert story.alert is None


def test_gone_twice_is_gone_once() -> None:
    """What has ended does not end again."""
    story = Story(terms())
    story.at(0.9)
    story.disappear()

    assert story.disappear() == ()


def test_coming_back_repeats_nothing() -> None:
    """A customer who was gone and is listed again, in the same period and at the same level, is no news."""
    story = Story(terms())
    story.at(0.9)
    story.disappear()

    assert recorded(story.at(0.9)) == [(FIRED, 0.8)]
