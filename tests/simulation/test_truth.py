"""The truth: what the stand-in would answer at any instant, extremes in between included."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import httpx
import pytest

from monitor.demo.api import make_app
from monitor.demo.customer import Correction, Customer
from monitor.demo.periods import Schedule
from monitor.demo.world import KEY, World
from simulation.cast import draw
from simulation.periods import lived, whole
from simulation.rules import RULES, TrueRule
from simulation.truth import State, Truth
from simulation.year import START, after
from tests.simulation.builders import customer

BASE_URL = "https://api.respan.example"


@cache
def cast() -> list[Customer]:
    """The customers of a seed."""
    return draw(2, 60, 366)


async def answered(of: Customer, day: float) -> tuple[dict[str, object], dict[str, object]]:
    """The row and the detail that the stand-in gives of a customer after so many days."""
    app = make_app(World([of], lambda: after(day)))
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL, headers=headers) as http:
        row = (await http.post("/api/users/list/", json={})).json()["results"][0]
        detail = (await http.get(f"/api/users/{of.customer_identifier}/")).json()
    return row, detail


@pytest.mark.parametrize("number", range(0, 60, 4))
async def test_the_truth_is_what_the_stand_in_answers(number: int) -> None:
    """At any instant truth, row and detail give the same figures."""
    plain = replace(cast()[number], customer_identifier="plain")
    truth, dice = Truth(plain, after(0), after(366)), Random(number)  # noqa: S311 - to be repeatable

    for day in (dice.uniform(0, 366) for _ in range(5)):
        row, detail = await answered(plain, day)
        state = truth.at(after(day))

        shown = (row["total_cost"], row["period_budget"], detail["total_period_usage"], detail["period_start"])
        start = None if state.start is None else plain.written(state.start)
        assert shown == (state.total_cost, state.budget, state.usage, start)


@pytest.mark.parametrize("number", range(0, 60, 3))
def test_no_extreme_is_overlooked(number: int) -> None:
    """Within any span, the states that are looked at reach as far as those at hundreds of instants of it."""
    truth = Truth(cast()[number], after(0), after(366))
    dice = Random(number)  # noqa: S311 - to be repeatable
    since = after(dice.uniform(0, 330))
    length = timedelta(days=dice.choice((0.01, 1, 30)))

    states = truth.within(since, since + length)

    instants = [truth.at(since + length * share / 300) for share in range(301)]
    for rule in RULES.values():
        low, high = reach(rule, states)
        assert low <= min(reach(rule, instants))
        assert high >= max(reach(rule, instants))


def reach(rule: TrueRule, states: Sequence[State]) -> tuple[int, int]:
    """The least and the furthest level that any of the states has; -1: none."""
    levels = [rule.reached(state) for state in states]
    ranks = [-1 if level is None else level for level in levels]
    return min(ranks), max(ranks)


def test_breaks_are_where_a_figure_can_fall() -> None:
    """Periods, changes and corrections are breaks, and nothing else is."""
    of = customer(
        budget_changes=((after(3), 50.0),),
        schedule_changes=((after(40), Schedule(after(40), "weekly")),),
        corrections=(Correction(at=after(10), total_cost=1.0),),
    )

    truth = Truth(of, after(0), after(50))

    assert truth.breaks == [after(day) for day in (0, 3, 10, 31, 40, 47)]


def test_terms_count_the_changes_of_a_budget() -> None:
    """Before and after a change of the amount a period is not the same to say a level once in."""
    truth = Truth(customer(budget_changes=((after(3), 50.0),)), after(0), after(50))

    assert [truth.at(after(day)).period for day in (2, 4)] == [(START, 0), (START, 1)]


def test_a_whole_period_is_under_one_budget() -> None:
    """A period that was cut by a change of its budget, or by the end of the run, is no whole one."""
    truth = Truth(customer(budget_changes=((after(40), 50.0),)), after(0), after(100))

    assert [last.start for last in whole(truth, after(0), after(100))] == [START, after(62)]


def test_each_period_is_lived_at_its_fullest() -> None:
    """Of a period, the state in which most was used counts, whatever was taken back later."""
    of = customer((5, 40.0), corrections=(Correction(at=after(10), period_usage=30.0),))

    states = list(lived(Truth(of, after(0), after(31)), after(0), after(31)))

    assert [state.usage for state in states] == [40.0]


def test_what_was_spent_includes_what_was_taken_back() -> None:
    """Between two instants as much is in doubt as was charged and taken back, with the markup."""
    taken_back = Correction(at=after(2), total_cost=3.0, period_usage=3.0)
    of = customer((1, 10.0), (2, 5.0), corrections=(taken_back,), markup_percentage=20)

    assert Truth(of, after(0), after(31)).spent(after(1), after(3)) == pytest.approx(1.2 * 8.0)
