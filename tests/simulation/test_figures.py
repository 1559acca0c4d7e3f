"""Every figure must be right, and the checks for it find those that are not."""

import pytest

from monitor.alerts.model import Event
from simulation.checks.figures import costs_right, errors_of_costs, facts_right
from simulation.checks.stored import nothing_lost
from simulation.year import after
from tests.simulation.builders import FIRED, HALF, case, customer, event


def stated(day: float, **facts: object) -> Event:
    """An alert that states something."""
    return event(FIRED, day, facts=facts)


def test_a_cost_is_stated_to_the_cent() -> None:
    """A period cost that is off by more than a cent is a violation."""
    right, wrong = stated(6, period_cost=60.009), stated(7, period_cost=60.011)

    assert [each.at for each in costs_right(case(HALF, right, wrong)).violations] == [wrong.at]


@pytest.mark.parametrize(("spent_at", "violations"), [(3.07, 0), (3.2, 1)])
def test_a_cost_may_be_off_by_what_was_spent_around_its_reading(spent_at: float, violations: int) -> None:
    """What was spent between the rows next to the reading may be missing; what was spent at another time may not."""
    of = customer((1, 50.0), (spent_at, 5.0))
    lived = case(of, stated(6, period_cost=50.0), details=[(3.05, True)])

    assert len(costs_right(lived).violations) == violations


def test_a_cost_rests_on_the_reading_that_it_names() -> None:
    """Where an alert says when its reading was made, only what was spent around that one is open."""
    of = customer((1, 50.0), (3.07, 5.0))
    named = stated(6, period_cost=50.0, anchored_at=after(2.05))

    assert costs_right(case(of, named, details=[(2.05, True), (3.05, True)])).violations


def test_markup_is_part_of_the_cost() -> None:
    """A cost without the markup that usage has is wrong."""
    of = customer((1, 50.0), markup_percentage=20)

    assert costs_right(case(of, stated(6, period_cost=60.0))).violations == []
    assert costs_right(case(of, stated(6, period_cost=50.0))).violations


def test_a_cost_without_a_budget_is_wrong() -> None:
    """Nobody without a budget has a period of which a cost could be stated."""
    assert costs_right(case(customer((1, 50.0), period_budget=None), stated(6, period_cost=50.0))).violations


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("period_start", after(0), after(1)),
        ("period_end", after(31), after(30)),
        ("period_budget", 100.0, 99.0),
        ("total_cost", 60.0, 59.0),
    ],
)
def test_facts_are_stated_as_they_are(field: str, right: object, wrong: object) -> None:
    """Start, end, budget and total cost are right, or it is a violation."""
    plain = {"total_cost": 60.0}

    assert facts_right(case(HALF, stated(6, **(plain | {field: right})))).violations == []
    assert len(facts_right(case(HALF, stated(6, **(plain | {field: wrong})))).violations) == 1


def test_events_that_the_database_does_not_hold_are_missed() -> None:
    """More or fewer events in the database than were decided is a violation."""
    assert nothing_lost(case(HALF, event(FIRED, 5), stored=1)).violations == []
    assert nothing_lost(case(HALF, event(FIRED, 5), stored=0)).violations


def test_errors_of_costs_are_shares_of_the_budget() -> None:
    """A cost of 50 USD that is in truth 60 is off by a tenth of a budget of 100, whatever the excuse."""
    lived = case(HALF, stated(6, period_cost=50.0), stated(7))

    assert errors_of_costs(lived) == pytest.approx([0.1])
