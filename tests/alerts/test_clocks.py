"""`for` and `keep_firing_for`: every level has a clock of its own."""

from dataclasses import replace
from datetime import timedelta

from monitor.alerts.model import AlertState
from tests.alerts.builders import (
    DEESCALATED,
    ESCALATED,
    FIRED,
    MINUTE,
    NOW,
    RESOLVED,
    Story,
    heard,
    standing_condition,
    terms,
)

HOLD = terms(hold=10 * MINUTE)
KEEP = terms(keep=10 * MINUTE)


def test_pending_until_it_held_long_enough() -> None:
    """A level that is reached waits for `for`, is pending meanwhile, and fires once it held that long."""
    story = Story(HOLD)

    assert story.at(0.6) == ()
    assert story.state is AlertState.PENDING
    assert story.at(0.6, later=9 * MINUTE) == ()
    assert heard(story.at(0.6, later=MINUTE)) == [(FIRED, 0.5)]


def test_since_is_when_it_began_to_hold() -> None:
    """What fires after waiting holds since it was first reached, not since it fired."""
    story = Story(HOLD)
    story.at(0.6)

    (change,) = story.at(0.6, later=15 * MINUTE)

    assert change.since == NOW + MINUTE


def test_a_break_starts_the_wait_again() -> None:
    """A row on which the level is not reached ends the pending alert and its clock."""
    story = Story(HOLD)
    story.at(0.6)
    assert story.at(0.4, later=5 * MINUTE) == ()
    assert story.alert is None
    story.at(0.6)

    assert story.at(0.6, later=6 * MINUTE) == ()
    assert heard(story.at(0.6, later=4 * MINUTE)) == [(FIRED, 0.5)]


def test_each_level_waits_for_itself() -> None:
    """A level reached later fires later: the wait of a milder one does not count for it."""
    story = Story(HOLD)
    story.at(0.6)
    story.at(0.9, later=6 * MINUTE)

    assert heard(story.at(0.9, later=4 * MINUTE)) == [(FIRED, 0.5)]
    assert story.at(0.9, later=5 * MINUTE) == ()
    assert heard(story.at(0.9, later=MINUTE)) == [(ESCALATED, 0.8)]


def test_a_short_peak_does_not_reach_the_peaks_level() -> None:
    """A level left before its time never fires, while the one below it goes on waiting."""
    story = Story(HOLD)
    story.at(0.9)
    story.at(0.6, later=5 * MINUTE)

    assert heard(story.at(0.6, later=5 * MINUTE)) == [(FIRED, 0.5)]


def test_pending_is_for_the_furthest_level() -> None:
    """A pending alert shows the level that it is heading for, and since when the first one is reached."""
    story = Story(HOLD)
    story.at(0.6)
    story.at(1.1, later=MINUTE)

    assert story.alert is not None
    assert (story.alert.threshold, story.alert.since) == (1.0, NOW + MINUTE)


def test_an_unsure_row_does_not_stop_a_waiting_clock() -> None:
    """A row that does not tell leaves the clock running, and does not fire either."""
    story = Story(HOLD)
    story.at(0.6)

    assert story.between(0.0, 2.0, later=12 * MINUTE) == ()
    assert story.state is AlertState.PENDING
    assert heard(story.at(0.6)) == [(FIRED, 0.5)]


def test_keeps_firing_for_a_while() -> None:
    """A level that was left is held for `keep_firing_for`, and resolves on a row after that."""
    story = Story(KEEP)
    story.at(0.6)

    assert story.at(0.1) == ()
    assert story.at(0.1, later=9 * MINUTE) == ()
    assert story.level == 0.5
    assert heard(story.at(0.1, later=MINUTE)) == [(RESOLVED, 0.5)]


def test_coming_back_in_time_is_no_event() -> None:
    """A dip shorter than `keep_firing_for` is not seen at all, and the next one has its full time again."""
    story = Story(KEEP)
    story.at(0.6)
    story.at(0.1)

    assert story.at(0.6, later=9 * MINUTE) == ()
    assert story.at(0.1) == ()
    assert story.at(0.1, later=9 * MINUTE) == ()


def test_each_level_is_kept_for_itself() -> None:
    """Levels left at different times are let go at different times."""
    story = Story(KEEP)
    story.at(1.1)
    story.at(0.6)
    story.at(0.1, later=5 * MINUTE)

    assert heard(story.at(0.1, later=5 * MINUTE)) == [(DEESCALATED, 0.5)]
    assert heard(story.at(0.1, later=5 * MINUTE)) == [(RESOLVED, 0.5)]


def test_two_levels_left_at_once_end_at_once() -> None:
    """A fall through all levels is one end, not one for each of them."""
    story = Story(KEEP)
    story.at(1.1)
    story.at(0.1)

    assert heard(story.at(0.1, later=10 * MINUTE)) == [(RESOLVED, 1.0)]


def test_a_pending_alert_is_not_kept() -> None:
    """`keep_firing_for` holds what fires; what only waited is over at once."""
    story = Story(terms(hold=10 * MINUTE, keep=10 * MINUTE))
    story.at(0.6)

    assert story.at(0.1) == ()
    assert story.alert is None


def test_a_held_level_does_not_rise_by_itself() -> None:
    """While a level is held after it was left, its time to fire does not run."""
    story = Story(terms(hold=10 * MINUTE, keep=timedelta(hours=1)))
    story.at(0.6)
    story.at(0.6, later=10 * MINUTE)
    story.at(0.9)
    story.at(0.6, later=5 * MINUTE)

    assert story.at(0.6, later=10 * MINUTE) == ()
    assert story.level == 0.5


def test_an_unsure_row_neither_holds_nor_lets_go() -> None:
    """The time since a level was left goes on over rows that do not tell, and ends only with one that does."""
    story = Story(KEEP)
    story.at(0.6)
    story.at(0.1)

    assert story.between(0.0, 2.0, later=20 * MINUTE) == ()
    assert heard(story.at(0.1)) == [(RESOLVED, 0.5)]


def test_a_condition_has_a_clock_too() -> None:
    """A rule without thresholds waits and is kept like one with them."""
    story = Story(replace(standing_condition(), hold=MINUTE, keep=MINUTE))

    said = [heard(story.holds(holds=holds)) for holds in (True, True, False, False)]

    assert said == [[], [(FIRED, None)], [], [(RESOLVED, None)]]
