"""What is measured and not judged: readings a period takes, and how good forecasts are."""

from datetime import timedelta
from typing import Any

import pytest

from monitor.demo.customer import Correction
from simulation.foresight import foresight
from simulation.journal import Forecast, Projected
from simulation.readings import readings
from simulation.year import after
from tests.simulation.builders import case, customer

MONTH = 31.0
"""Days of the first period."""


def asked(share: float, forecast: Forecast | None, *, late: float = 0.0) -> Projected:
    """What was projected for the first period after a share of it."""
    mark = after(0) + timedelta(days=MONTH) * share
    return Projected("user_1", mark, mark + timedelta(days=late), forecast)


def test_readings_are_counted_by_how_near_a_level_the_period_came() -> None:
    """Details of a period that used a quarter of its budget are counted apart from those of one that did not."""
    of = customer((5, 25.0), (40, 24.0))

    counted = readings(case(of, details=[(1, True), (2, False), (45, True)], days=62))

    assert (counted.near, counted.near_readings, counted.far, counted.far_readings) == (1, 2, 1, 1)


@pytest.mark.parametrize(
    ("fields", "plain"),
    [({}, 1), ({"markup_percentage": 20}, 0), ({"corrections": (Correction(at=after(50), total_cost=1.0),)}, 0)],
)
def test_plain_customers_are_counted_among_the_others(fields: dict[str, Any], plain: int) -> None:
    """Periods of customers with a markup, or with a correction at any time, are told apart from the rest."""
    counted = readings(case(customer((5, 60.0), **fields), details=[(6, True)], days=31))

    assert (counted.near, counted.plain, counted.plain_readings) == (1, plain, plain)


def test_a_period_that_had_begun_is_counted_apart() -> None:
    """A period that the daemon came into may take a reading, so it is not among the others."""
    of = customer((1, 90.0), period_anchor=after(-3))

    counted = readings(case(of, details=[(0.5, True)], days=20))

    assert (counted.found, counted.found_readings, counted.near, counted.far) == (1, 1, 0, 0)


def test_another_budget_is_another_period() -> None:
    """A period under two budgets is two, each with the readings of its own."""
    of = customer((5, 60.0), budget_changes=((after(8), 1_000.0),))

    counted = readings(case(of, details=[(6, True), (9, True)], days=20))

    assert (counted.near, counted.near_readings, counted.far, counted.far_readings) == (1, 1, 1, 1)


def test_details_without_a_budget_are_told() -> None:
    """Details of somebody without a budget belong to no period."""
    assert readings(case(customer(period_budget=None), details=[(6, True)], days=20)).unbudgeted == 1


def test_errors_are_relative_to_what_the_period_came_to() -> None:
    """A projection of 90 USD for a period that came to 60 is off by half."""
    found = foresight(case(customer((5, 60.0)), projected=[asked(0.5, (90.0, 50.0, 100.0))]))

    assert found.error(0.5) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize(("high", "held"), [(61.0, 1), (59.0, 0)])
def test_an_interval_holds_what_lies_in_it(high: float, held: int) -> None:
    """An outcome within the interval counts as held."""
    found = foresight(case(customer((5, 60.0)), projected=[asked(0.25, (58.0, 50.0, high))]))

    assert (found.intervals, found.held) == (1, held)


@pytest.mark.parametrize(
    ("comes", "share", "outcome"),
    [
        (True, 0.25, (1, 1, 1, 0)),
        (True, 0.6, (1, 0, 1, 0)),
        (True, 0.75, (1, 0, 0, 0)),
        (False, 0.25, (0, 0, 1, 1)),
    ],
    ids=["in time", "late", "after it came", "none came"],
)
def test_an_overrun_is_foretold_a_tenth_ahead(*, comes: bool, share: float, outcome: tuple[int, ...]) -> None:
    """A projection foretells an overrun a tenth of the period before it comes; if none comes, it was mistaken."""
    of = customer((20.5, 80.0), (20.6, 200.0)) if comes else customer((5, 60.0))

    found = foresight(case(of, projected=[asked(share, (150.0, 100.0, 200.0))]))

    assert (found.overruns, found.foretold, found.warned, found.mistaken) == outcome


def test_nothing_projected_is_no_error() -> None:
    """Where the daemon does not project, it was asked and has not erred."""
    found = foresight(case(customer((5, 60.0)), projected=[asked(0.5, None)]))

    assert (found.asked[0.5], found.error(0.5)) == (1, None)


def test_a_projection_that_came_late_does_not_count() -> None:
    """A projection made a tenth of the period after its mark says nothing of that mark."""
    found = foresight(case(customer((5, 60.0)), projected=[asked(0.5, (60.0, 60.0, 60.0), late=4)]))

    assert not found.asked
