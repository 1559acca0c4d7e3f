"""An alert outlives edits of its rule; an edit is no news about a customer."""

from monitor.alerts.model import Severity
from tests.alerts.builders import DEESCALATED, ESCALATED, FIRED, RESOLVED, Story, heard, recorded, terms


def test_a_level_that_moved_down_is_no_event() -> None:
    """A threshold lowered from 80 to 70 % leaves an alert at 90 % as it is."""
    story = Story(terms(0.5, 0.8, 1.0))
    story.at(0.9)

    story.terms = terms(0.5, 0.7, 1.0)

    assert story.at(0.9) == ()
    assert story.level == 0.7


def test_a_level_that_moved_up_is_no_event() -> None:
    """Nor does a threshold raised from 80 to 85 %, which an alert at 90 % has reached as well."""
    story = Story(terms(0.5, 0.8, 1.0))
    story.at(0.9)

    story.terms = terms(0.5, 0.85, 1.0)

    assert story.at(0.9) == ()
    assert story.level == 0.85


def test_a_level_taken_out_is_no_event() -> None:
    """Without its level, an alert stands at the next milder one that is still there."""
    story = Story(terms(0.5, 0.8, 1.0))
    story.at(0.9)

    story.terms = terms(0.5)

    assert story.at(0.9) == ()
    assert story.alert is not None
    assert (story.level, story.alert.severity) == (0.5, Severity.INFO)


def test_no_level_left_ends_without_a_message() -> None:
    """Where every level is further than the one that fires, the alert is dropped without a word."""
    story = Story(terms(0.5))
    story.at(0.6)

    story.terms = terms(0.9)

    assert story.at(0.6) == ()
    assert story.alert is None


def test_a_new_level_further_on_is_news() -> None:
    """A level added to the rule that is reached already is told."""
    story = Story(terms(0.5))
    story.at(1.1)

    story.terms = terms(0.5, 1.0)

    assert heard(story.at(1.1)) == [(ESCALATED, 1.0)]


def test_clocks_outlive_an_edit() -> None:
    """A level that stays in the rule keeps the time since when it is reached."""
    story = Story(terms(0.5, 0.8))
    story.at(0.6)

    story.terms = terms(0.3, 0.5, 0.8)
    story.at(0.6)

    assert story.alert is not None
    clocks = {mark.threshold: mark.reached_at for mark in story.alert.marks}
    assert clocks[0.5] is not None
    assert clocks[0.3] is not None
    assert clocks[0.5] < clocks[0.3]


def test_the_end_after_an_edit_is_told() -> None:
    """People were told of the old level: they hear of the end, whatever the levels are called by then."""
    story = Story(terms(0.5, 0.8))
    story.at(0.9)
    story.terms = terms(0.5, 0.7)

    assert heard(story.at(0.1)) == [(RESOLVED, 0.7)]


def test_a_fall_after_an_edit_is_told() -> None:
    """So they do of a fall below the level that they believe in."""
    story = Story(terms(0.5, 0.8))
    story.at(0.9)
    story.terms = terms(0.5, 0.7)

    assert heard(story.at(0.6)) == [(DEESCALATED, 0.5)]


def test_what_was_said_counts_under_other_levels() -> None:
    """After 80 % was said, a new level at 70 % that is reached again in the period is no news; one at 90 % is."""
    story = Story(terms(0.8))
    story.at(0.85)
    story.at(0.1)

    story.terms = terms(0.7, 0.8, 0.9)

    assert recorded(story.at(0.75)) == [(FIRED, 0.7)]
    assert heard(story.at(0.95)) == [(ESCALATED, 0.9)]


def test_a_longer_wait_does_not_undo_what_fires() -> None:
    """A `for` that was added holds back what is to come, not what fires already."""
    story = Story(terms())
    story.at(0.9)

    story.terms = terms(hold=story.now - story.now.replace(year=2024))

    assert story.at(0.9) == ()
    assert story.level == 0.8


def test_levels_turned_around() -> None:
    """A rule that now looks the other way keeps an alert only where its level still is one."""
    story = Story(terms(0.5, 0.8))
    story.at(0.9)

    story.terms = terms(0.2, 0.1, descending=True)

    assert story.at(0.9) == ()
    assert story.level is None
