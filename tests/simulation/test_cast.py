"""The customers of a seed: the same for the same seed, and of every kind that the simulation promises."""

from calendar import monthrange
from functools import cache

from monitor.demo.customer import Customer
from simulation.cast import draw
from simulation.truth import Truth
from simulation.year import START, after


@cache
def three_seeds() -> list[Customer]:
    """All customers of the seeds that are run by default."""
    return [each for seed in (1, 2, 3) for each in draw(seed, 60, 365)]


def figures(of: Customer) -> tuple[object, ...]:
    """What makes a customer, spend included."""
    at = after(300)
    return of.key, of.first_seen, of.budget_changes, of.corrections, of.total_cost(at, of.spend)


def test_a_seed_is_the_same_every_time() -> None:
    """Drawing a seed again gives the same customers."""
    assert [figures(each) for each in draw(4, 20, 365)] == [figures(each) for each in draw(4, 20, 365)]


def test_another_seed_is_another_year() -> None:
    """Two seeds do not give the same customers."""
    assert [figures(each) for each in draw(4, 20, 365)] != [figures(each) for each in draw(5, 20, 365)]


def test_identifiers_are_apart() -> None:
    """No two customers of a seed have the same identifier."""
    assert len({each.customer_identifier for each in draw(1, 60, 365)}) == 60


def test_months_begin_on_every_day_of_the_month() -> None:
    """Over the default seeds, monthly periods are anchored to all days from the 1st to the 31st."""
    days = {
        each.period_anchor.day for each in three_seeds() if each.period_anchor and each.budget_duration == "monthly"
    }

    assert days == set(range(1, 32))


def test_one_year_is_anchored_to_the_leap_day() -> None:
    """In each seed somebody's yearly budget began on a 29 February, and the year holds one."""
    anchors = [each.period_anchor for each in draw(3, 60, 365) if each.budget_duration == "yearly"]

    assert any(anchor is not None and (anchor.month, anchor.day) == (2, 29) for anchor in anchors)
    assert monthrange(2028, 2)[1] == 29
    assert START.year == 2027


def test_every_kind_of_customer_is_there() -> None:
    """Over the default seeds every promised kind of budget, mishap and detail is drawn, several times each."""
    cast = three_seeds()
    kinds = {
        "newcomer": sum(each.first_seen > START for each in cast),
        "no budget": sum(each.period_budget is None for each in cast),
        "own first period": sum(each.first_period_end is not None for each in cast),
        "ends not told": sum(not each.reports_period_end for each in cast),
        "own first period, end not told": sum(
            each.first_period_end is not None and not each.reports_period_end for each in cast
        ),
        "markup": sum(each.markup_percentage > 0 for each in cast),
        "amount changed": sum(bool(each.budget_changes) for each in cast),
        "budget removed": sum(any(usd is None for _, usd in each.budget_changes) for each in cast),
        "duration changed": sum(bool(each.schedule_changes) for each in cast),
        "listed total falls alone": sum(any(not one.period_usage for one in each.corrections) for each in cast),
        "usage falls alone": sum(any(not one.total_cost for one in each.corrections) for each in cast),
        "both fall": sum(any(one.total_cost and one.period_usage for one in each.corrections) for each in cast),
        "daily": sum(each.budget_duration == "daily" for each in cast),
        "weekly": sum(each.budget_duration == "weekly" for each in cast),
        "yearly": sum(each.budget_duration == "yearly" for each in cast),
    }

    assert {kind: count for kind, count in kinds.items() if count < 3} == {}


def test_some_never_come_near_a_level() -> None:
    """One in ten of the customers with a budget never use a quarter of it, and one in four use all of it some time."""
    used = [_most(each) for each in three_seeds() if each.period_budget and not each.budget_changes]

    assert sum(share < 0.25 for share in used) > len(used) / 10
    assert sum(share > 1.0 for share in used) > len(used) / 4


def _most(of: Customer) -> float:
    """The largest share of its budget that a customer ever uses."""
    truth = Truth(of, after(0), after(365))
    states = [state for state in truth.within(after(0), after(365)) if state.budget]
    return max(((state.usage or 0.0) / (state.budget or 1.0) for state in states), default=0.0)


def test_nothing_that_was_taken_back_was_never_charged() -> None:
    """Corrections leave totals and usage at nothing or more, without being cut off there."""
    for each in three_seeds():
        for correction in each.corrections:
            spent = each.spend.total(correction.at)

            assert sum(one.total_cost for one in each.corrections if one.at <= correction.at) <= spent
