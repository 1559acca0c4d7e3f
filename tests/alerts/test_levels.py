"""An alert climbs and falls through its levels; a level is said once in a period."""

import pytest

from monitor.alerts.model import AlertState, Reason, Severity
from tests.alerts.builders import (
    DEESCALATED,
    ESCALATED,
    FIRED,
    MINUTE,
    NOW,
    RESOLVED,
    Story,
    heard,
    recorded,
    standing_condition,
    terms,
)


def test_nothing_below_the_lowest_level() -> None:
    """A value below every level is no event, and nothing is kept of it."""
    story = Story(terms())

    assert story.at(0.4567) == ()
    assert story.alert is None


def test_fires_at_the_level_reached() -> None:
    """The first level that is reached fires, with its severity and since when it is reached."""
    story = Story(terms())

    (change,) = story.at(0.5)

    assert (change.kind, change.reason, change.threshold) == (FIRED, Reason.LEVEL_REACHED, 0.5)
    assert (change.severity, change.since, change.said) == (Severity.INFO, NOW + MINUTE, True)


def test_only_the_furthest_of_several_levels_is_said() -> None:
    """Of levels crossed between two readings, only the furthest is told."""
    story = Story(terms())

    assert heard(story.at(1.3)) == [(FIRED, 1.0)]


def test_the_furthest_of_several_levels_while_it_fires() -> None:
    """An alert that fires already also skips the levels between."""
    story = Story(terms())
    story.at(0.5)

    (change,) = story.at(1.2)

    assert (change.kind, change.threshold, change.previous_severity) == (ESCALATED, 1.0, Severity.INFO)


def test_the_same_level_again_is_no_event() -> None:
    """A second row at the same level, or further within it, changes nothing."""
    story = Story(terms())
    story.at(0.81)

    assert story.at(0.81) == ()
    assert story.at(0.99) == ()


def test_falling_to_a_lower_level_is_told() -> None:
    """Whoever was told of a level hears that it was left, and what is left of the alert."""
    story = Story(terms())
    story.at(1.1)

    (change,) = story.at(0.85)

    assert (change.kind, change.reason, change.threshold) == (DEESCALATED, Reason.LEVEL_LEFT, 0.8)
    assert (change.previous_severity, change.heard) == (Severity.CRITICAL, frozenset({Severity.CRITICAL}))
    assert change.said


def test_resolves_below_every_level() -> None:
    """An exact row on which no level is reached resolves the alert, naming the level it left."""
    story = Story(terms())
    story.at(0.9)

    (change,) = story.at(0.3)

    assert (change.kind, change.reason, change.threshold, change.said) == (RESOLVED, Reason.LEVEL_LEFT, 0.8, True)


def test_the_end_reaches_everybody_who_was_told() -> None:
    """The end names every severity that was told since the alert fired, so that each of them hears of it."""
    story = Story(terms())
    for value in (0.5, 0.8, 1.0, 0.6):
        story.at(value)

    (change,) = story.at(0.1)

    assert change.heard == set(Severity)


def test_fires_quietly_at_a_level_that_was_said() -> None:
    """In the same period, a level that was said is recorded when it is reached again, and not said."""
    story = Story(terms())
    story.at(0.9)
    story.at(0.3)

    again = story.at(0.9)

    assert recorded(again) == [(FIRED, 0.8)]
    assert heard(again) == []


def test_a_milder_level_than_one_said_is_not_news() -> None:
    """After critical was said, reaching info again in the same period is not said."""
    story = Story(terms())
    story.at(1.1)
    story.at(0.3)

    assert recorded(story.at(0.6)) == [(FIRED, 0.5)]


def test_the_end_of_what_was_not_said_is_not_said() -> None:
    """People who believe that an alert is over are not told again that it is."""
    story = Story(terms())
    story.at(0.9)
    story.at(0.3)
    story.at(0.9)

    assert recorded(story.at(0.3)) == [(RESOLVED, 0.8)]


def test_a_further_level_is_said_after_a_quiet_start() -> None:
    """A level that nobody was told of is news, however the alert came to fire."""
    story = Story(terms())
    story.at(0.9)
    story.at(0.3)
    story.at(0.9)

    assert heard(story.at(1.0)) == [(ESCALATED, 1.0)]
    assert heard(story.at(0.3)) == [(RESOLVED, 1.0)]


def test_flapping_between_two_levels_is_said_once_each_way() -> None:
    """Up, down, up, down: the second time is recorded only."""
    story = Story(terms())
    story.at(0.8)

    said = [heard(story.at(value)) for value in (1.0, 0.9, 1.0, 0.9)]

    assert said == [[(ESCALATED, 1.0)], [(DEESCALATED, 0.8)], [], []]


def test_a_quiet_fall_lands_where_people_believe_it_to_be() -> None:
    """A fall to a level below what people believe is said, though the rise before it was not."""
    story = Story(terms())
    story.at(1.0)
    story.at(0.9)
    story.at(1.0)

    assert heard(story.at(0.6)) == [(DEESCALATED, 0.5)]


def test_a_rule_without_a_period_says_a_level_each_time() -> None:
    """Where there is no period, what ended and begins again is news."""
    story = Story(terms(per_period=False))
    story.at(0.9, period=None)
    story.at(0.3, period=None)

    assert heard(story.at(0.9, period=None)) == [(FIRED, 0.8)]


def test_a_condition_fires_and_ends() -> None:
    """A rule with `when` has no threshold to name."""
    story = Story(standing_condition())

    (fired,) = story.holds(holds=True)
    (ended,) = story.holds(holds=False)

    assert (fired.kind, fired.reason, fired.threshold) == (FIRED, Reason.CONDITION_HOLDS, None)
    assert (ended.kind, ended.reason, ended.said) == (RESOLVED, Reason.CONDITION_ENDED, True)
    assert story.alert is None


def test_lower_is_further_for_at_most() -> None:
    """A rule whose levels are reached from above climbs as its value falls."""
    story = Story(terms(descending=True))

    said = [heard(story.at(value)) for value in (0.3, 0.2, 0.05, 0.0, 0.15, 0.5)]

    assert said == [[], [(FIRED, 0.2)], [(ESCALATED, 0.1)], [(ESCALATED, 0.0)], [(DEESCALATED, 0.2)], [(RESOLVED, 0.2)]]


def test_at_most_says_a_level_once() -> None:
    """Also downwards, a level that was said in the period is not said again."""
    story = Story(terms(descending=True))
    story.at(0.05)
    story.at(0.5)

    assert recorded(story.at(0.2)) == [(FIRED, 0.2)]
    assert heard(story.at(0.0)) == [(ESCALATED, 0.0)]


@pytest.mark.parametrize("value", [0.5, 1.1])
def test_what_was_said_is_kept_after_the_end(value: float) -> None:
    """A resolved alert is kept as resolved, believed by nobody and without clocks, for as long as its period."""
    story = Story(terms())
    story.at(value)
    story.at(0.1)

    assert story.alert is not None
    assert story.state is AlertState.RESOLVED
    assert (story.alert.told, story.alert.marks, story.alert.heard) == (None, (), frozenset())
    assert story.alert.since == story.now
