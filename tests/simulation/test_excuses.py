"""What nobody could have known is counted apart, and nothing else is."""

import pytest

from monitor.demo.customer import Correction, Customer
from monitor.demo.periods import Schedule
from simulation.checks.said import nothing_false
from simulation.year import after
from tests.simulation.builders import FIRED, case, customer, event


def unseen(**taken_back: float) -> Customer:
    """Half of whose budget is used, as far as rows can tell; then charges are taken back between two polls."""
    return customer((5, 60.0), (8.05, 20.0), corrections=(Correction(at=after(8.05), **taken_back),))


@pytest.mark.parametrize(
    ("of", "details", "apart"),
    [
        (unseen(period_usage=70.0), [], True),
        (unseen(period_usage=70.0), [(8.2, True)], False),
        (unseen(period_usage=70.0), [(8.2, False)], True),
        (unseen(total_cost=70.0, period_usage=70.0), [], False),
        (unseen(total_cost=15.0, period_usage=70.0), [], True),
        (unseen(total_cost=25.0, period_usage=70.0), [], False),
    ],
    ids=["usage alone", "then read", "reading failed", "both alike", "rows went on rising", "rows fell"],
)
def test_a_correction_that_no_row_shows_is_an_excuse(
    of: Customer, details: list[tuple[float, bool]], *, apart: bool
) -> None:
    """Usage that falls while the listed total does not is not knowable until the period is read again."""
    verdict = nothing_false(case(of, event(FIRED, 9), details=details))

    assert (len(verdict.apart), len(verdict.violations)) == ((1, 0) if apart else (0, 1))


@pytest.mark.parametrize(
    ("told", "details", "apart"), [(False, [], True), (False, [(10.5, True)], False), (True, [], False)]
)
def test_an_end_that_is_not_told_is_an_excuse(*, told: bool, details: list[tuple[float, bool]], apart: bool) -> None:
    """A first period that ends when nobody says it does is not knowable until the next one is read."""
    of = customer((5, 60.0), first_period_end=after(10), reports_period_end=told)
    verdict = nothing_false(case(of, event(FIRED, 11), details=details))

    assert (len(verdict.apart), len(verdict.violations)) == ((1, 0) if apart else (0, 1))


@pytest.mark.parametrize("day", [35, 41], ids=["while it runs on", "after it"])
def test_a_period_that_runs_on_is_no_excuse(day: int) -> None:
    """An end that comes later than arithmetic has it can be known untold: the period is read at its usual end."""
    of = customer((5, 40.0), first_period_end=after(40), reports_period_end=False)

    verdict = nothing_false(case(of, event(FIRED, day)))

    assert (len(verdict.apart), len(verdict.violations)) == (0, 1)


@pytest.mark.parametrize(
    ("day", "details", "apart"),
    [(31.01, [], True), (31.01, [(31.5, True)], False), (30.99, [], False)],
    ids=["after the last row", "then read", "before it"],
)
def test_a_correction_at_the_turn_of_periods_is_an_excuse(
    day: float, details: list[tuple[float, bool]], *, apart: bool
) -> None:
    """What is taken off the total between the last row of a period and its end hides spend of the next one."""
    correction = Correction(at=after(day), total_cost=20.0, period_usage=20.0)
    of = customer((5, 60.0), (31.03, 60.0), period_anchor=after(0.02), corrections=(correction,))

    verdict = nothing_false(case(of, event(FIRED, 33, 0.8), details=details))

    assert (len(verdict.apart), len(verdict.violations)) == ((1, 0) if apart else (0, 1))


def test_a_correction_of_another_period_is_no_excuse() -> None:
    """What was taken back in the period before has nothing to do with this one."""
    lie = event(FIRED, 40)

    assert nothing_false(case(unseen(period_usage=70.0), lie)).violations


def test_schedules_are_judged_as_of_then() -> None:
    """A level is judged in the period of the schedule in force."""
    of = customer((5, 60.0), schedule_changes=((after(8), Schedule(after(8), "weekly")),))

    assert nothing_false(case(of, event(FIRED, 7))).violations == []
    assert nothing_false(case(of, event(FIRED, 9))).violations
