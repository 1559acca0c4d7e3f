"""For which instant it holds what is known of a customer."""

from datetime import timedelta

from monitor.inspection.figures import figures
from monitor.store.times import micros
from tests.inspection.builders import DAY, HOUR, NOW, course, sight

MINUTE = timedelta(minutes=1)


def test_as_of_when_everybody_had_been_read() -> None:
    """Who has not changed since is as it was when the last complete reading ended."""
    assert sight().as_of == NOW


def test_what_came_later_counts() -> None:
    """Where the next reading of everybody is under way, a customer that it has changed is as of then."""
    assert sight(changed_at=micros(NOW + MINUTE)).as_of == NOW + MINUTE
    assert sight(known=course(at=NOW + 2 * MINUTE)).as_of == NOW + 2 * MINUTE


def test_before_any_complete_reading() -> None:
    """It is as of when it was listed."""
    assert sight(complete_at=None, known_since=micros(NOW - HOUR)).as_of == NOW - HOUR


def test_whoever_is_no_longer_listed_stays_as_it_was() -> None:
    """Nothing is known from when it was missed."""
    gone = sight(missing_since=micros(NOW - DAY))

    assert gone.as_of == NOW - DAY
    assert gone.standing.elapsed_low == 0.0


def test_a_period_that_had_ended_by_then_bounds_the_next() -> None:
    """What is known of a period that was over when everybody was read is no more than a limit."""
    found = figures(sight(known=course(valid_until=NOW - HOUR, end=NOW - HOUR)))

    assert found.period_cost is not None
    assert (found.exact, found.period_cost.low) == (False, 0.0)
    assert found.period_elapsed is None


def test_without_a_budget_there_is_no_period() -> None:
    """Whoever has no budget and was never read has no period cost, not one between nothing and everything."""
    found = figures(sight(period_budget=None))

    assert (found.period_cost, found.period_used, found.pace) == (None, None, None)
