"""A new budget period: what fires is reset, not resolved, and everything may be said again."""

from datetime import timedelta

from monitor.alerts.model import AlertState, Reason
from tests.alerts.builders import (
    DECEMBER,
    ESCALATED,
    FIRED,
    JANUARY,
    MINUTE,
    RESET,
    RESOLVED,
    Story,
    heard,
    recorded,
    terms,
)


def test_a_new_period_resets() -> None:
    """When the period ends the alert is reset, at the level it had: nobody paid anything back."""
    story = Story(terms())
    story.at(1.1)

    (change,) = story.at(0.0, period=JANUARY)

    assert (change.kind, change.reason, change.threshold, change.said) == (RESET, Reason.NEW_PERIOD, 1.0, True)
    assert story.alert is None


def test_fires_again_in_the_new_period() -> None:
    """A level that was said in the old period is said in the new one."""
    story = Story(terms())
    story.at(0.9)
    story.at(0.0, period=JANUARY)

    assert heard(story.at(0.9, period=JANUARY)) == [(FIRED, 0.8)]


def test_reset_and_fired_on_one_row() -> None:
    """A new period that begins above a level is first a reset, then an alert of its own."""
    story = Story(terms())
    story.at(1.1)

    assert heard(story.at(0.6, period=JANUARY)) == [(RESET, 1.0), (FIRED, 0.5)]


def test_a_reset_takes_no_time() -> None:
    """`keep_firing_for` does not hold an alert over the end of its period, and `for` starts again."""
    story = Story(terms(hold=10 * MINUTE, keep=10 * MINUTE))
    story.at(0.6)
    story.at(0.6, later=10 * MINUTE)

    assert heard(story.at(0.6, period=JANUARY)) == [(RESET, 0.5)]
    assert story.state is AlertState.PENDING


def test_what_was_resolved_is_forgotten() -> None:
    """What was said in a period that is over no longer counts, and its end is no event."""
    story = Story(terms())
    story.at(0.9)
    story.at(0.1)

    assert story.at(0.1, period=JANUARY) == ()
    assert story.alert is None


def test_a_pending_alert_is_not_reset() -> None:
    """What nobody was told of needs no word about a new period."""
    story = Story(terms(hold=10 * MINUTE))
    story.at(0.9)

    assert story.at(0.0, period=JANUARY) == ()
    assert story.alert is None


def test_a_quiet_alert_is_reset_quietly() -> None:
    """People who believe that it does not fire do not hear of its reset."""
    story = Story(terms())
    story.at(0.9)
    story.at(0.1)
    story.at(0.9)

    assert recorded(story.at(0.0, period=JANUARY)) == [(RESET, 0.8)]


def test_the_end_of_a_period_is_not_guessed() -> None:
    """Until a reading shows the new period, a row without one says nothing about it."""
    story = Story(terms())
    story.at(0.9)

    assert story.between(0.0, 5.0, later=timedelta(days=5)) == ()
    assert story.level == 0.8


def test_a_start_that_moves_back_is_no_new_period() -> None:
    """A period start earlier than the one known is a correction: nothing is reset and nothing said again."""
    story = Story(terms())
    story.at(0.9, period=JANUARY)

    assert story.at(0.9, period=DECEMBER) == ()
    assert heard(story.at(1.0, period=JANUARY)) == [(ESCALATED, 1.0)]


def test_a_period_learnt_late() -> None:
    """An alert that fired before its period was known belongs to the first one that is read."""
    story = Story(terms())
    story.between(0.9, 0.9)

    assert story.at(0.9, period=DECEMBER) == ()
    assert heard(story.at(0.0, period=JANUARY)) == [(RESET, 0.8)]


def test_without_a_period_nothing_is_remembered() -> None:
    """Where the API gives no start, nobody can tell one period from the next: a level that is reached anew is said."""
    story = Story(terms())
    story.at(0.9, period=None)
    assert heard(story.at(0.1, period=None)) == [(RESOLVED, 0.8)]

    assert heard(story.at(0.9, period=None)) == [(FIRED, 0.8)]


def test_a_rule_about_no_period_is_not_reset() -> None:
    """A rule on lifetime fields goes on over the end of a period."""
    story = Story(terms(per_period=False))
    story.at(0.9, period=DECEMBER)

    assert story.at(0.9, period=JANUARY) == ()
