"""The list endpoint: rows, environments, orders, and what a change does to them."""

from datetime import timedelta
from typing import Any

import pytest

from monitor.demo.customer import ORGANIZATION, Correction, Customer
from monitor.demo.periods import Schedule
from monitor.demo.query import Query
from tests.demo.builders import NOW, Clock, customer, identifiers, listed, spender, world

DOCUMENTED = [
    "id",
    "customer_identifier",
    "unique_organization_id",
    "environment",
    "name",
    "email",
    "first_seen",
    "last_active_timeframe",
    "active_days",
    "number_of_requests",
    "total_requests",
    "total_tokens",
    "tokens",
    "total_cost",
    "cost",
    "average_latency",
    "average_ttft",
    "average_monthly_cost",
    "period_budget",
    "budget_duration",
    "total_budget",
]


THREE = [
    spender("b", 2, days_ago=3, name="Ada", email="z@x.example", first_seen=NOW - timedelta(days=9)),
    spender("c", 3, days_ago=1, name="Eve", email="y@x.example", first_seen=NOW - timedelta(days=8)),
    spender("a", 1, days_ago=2, name="Bob", email="x@x.example", first_seen=NOW - timedelta(days=4)),
]


async def test_a_row_has_the_documented_fields() -> None:
    """A row has every documented field under its name, in the documented order."""
    page = await listed(world([customer()]))

    assert list(page["results"][0]) == DOCUMENTED


async def test_the_documented_example_shows_lifetime_spend() -> None:
    """The total cost of a row is lifetime spend beside the budget of one period."""
    page = await listed(world([customer(total_budget=1000)]))

    row = page["results"][0]
    assert (row["total_cost"], row["cost"], row["period_budget"], row["total_budget"]) == (523.45, 523.45, 100, 1000)


async def test_an_id_joins_identifier_environment_and_organization() -> None:
    """The id of a row is identifier, environment and organization in one."""
    page = await listed(world([customer()]))

    assert page["results"][0]["id"] == "user_123prod8264a3f4-40c7-476a-97d1-96908127ea21"


async def test_what_a_customer_never_told_is_null() -> None:
    """Name, email, budgets, and what follows from requests are null where there is nothing to show."""
    page = await listed(world([Customer(customer_identifier="new")]))

    row = page["results"][0]
    nullable = ("name", "email", "period_budget", "total_budget", "last_active_timeframe", "average_latency")
    assert [row[field] for field in nullable] == [None] * len(nullable)


@pytest.mark.parametrize(
    ("spaced", "expected"), [(False, "2025-12-29T10:30:00Z"), (True, "2025-12-29 10:30:00.000000+00:00")]
)
async def test_timestamps_come_in_both_forms(*, spaced: bool, expected: str) -> None:
    """A customer's timestamps are in the one documented form or the other."""
    page = await listed(world([Customer(customer_identifier="a", first_seen=NOW, spaced_timestamps=spaced)]))

    assert page["results"][0]["first_seen"] == expected


async def test_activity_can_be_coarse() -> None:
    """With a grain of an hour the time of last activity is the full hour."""
    of = world([spender("a", 1, days_ago=0)], activity_grain=timedelta(hours=1))

    page = await listed(of)

    assert page["results"][0]["last_active_timeframe"] == "2025-12-29T10:00:00Z"


@pytest.mark.parametrize(("params", "expected"), [({}, ["p"]), ({"environment": "test"}, ["t"])])
async def test_an_environment_shows_its_own_customers(params: dict[str, str], expected: list[str]) -> None:
    """A list holds the customers of the environment asked for, of prod by default."""
    of = world([spender("p", 1), spender("t", 1, environment="test")])

    assert identifiers(await listed(of, **params)) == expected


async def test_a_key_shows_its_own_organization() -> None:
    """Customers of another organization are not listed."""
    of = world([spender("a", 1), spender("b", 1, organization="other")])

    assert identifiers(await listed(of)) == ["a"]


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        ("customer_identifier", "abc"),
        ("email", "acb"),
        ("name", "bac"),
        ("first_seen", "bca"),
        ("number_of_requests", "abc"),
        ("total_cost", "abc"),
        ("total_tokens", "abc"),
        ("last_active_timeframe", "bac"),
        ("active_days", "abc"),
    ],
)
async def test_rows_are_sorted_as_asked(sort_by: str, expected: str) -> None:
    """Every documented field sorts upwards, and downwards with a minus sign."""
    of = world(THREE)

    up = identifiers(await listed(of, sort_by=sort_by))
    down = identifiers(await listed(of, sort_by=f"-{sort_by}"))

    assert ("".join(up), "".join(down)) == (expected, expected[::-1])


async def test_the_newest_come_first_by_default() -> None:
    """Without an order the customers seen last come first."""
    assert identifiers(await listed(world(THREE))) == ["a", "c", "b"]


@pytest.mark.parametrize(("sort_by", "expected"), [("name", ["b", "a", "c"]), ("-name", ["a", "c", "b"])])
async def test_ties_and_nulls_have_a_stable_place(sort_by: str, expected: list[str]) -> None:
    """Equal rows stand in the order of their id; nulls are last upwards and first downwards."""
    of = world([spender("c", 1), spender("b", 1, name="Zoe"), spender("a", 1)])

    assert identifiers(await listed(of, sort_by=sort_by)) == expected


async def test_an_answer_carries_filters_data() -> None:
    """The extra object beside the results is there."""
    assert (await listed(world()))["filters_data"] == {}


async def test_spend_moves_a_row() -> None:
    """Money spent after a list was sorted shows in the next one, in the figure and in the order."""
    of = world(THREE)
    await listed(of, sort_by="total_cost")

    of.spend("a", 10)
    page = await listed(of, sort_by="total_cost")

    assert (identifiers(page), page["results"][-1]["total_cost"]) == (["b", "c", "a"], 11)


async def test_spend_in_the_future_comes_when_its_time_comes() -> None:
    """A list that was remembered is not shown beyond the moment when it stops being true."""
    clock = Clock()
    of = world([spender("a", 1)], clock=clock)
    of.spend("a", 5, at=NOW + timedelta(seconds=30))
    before = await listed(of)

    clock.advance(30)
    after = await listed(of)

    assert [page["results"][0]["total_cost"] for page in (before, after)] == [1, 6]


async def test_a_new_budget_shows_at_once() -> None:
    """A budget that was set is in the next list."""
    of = world([customer()])
    await listed(of)

    of.set_budget("user_123", 250, budget_duration="weekly")
    row = (await listed(of))["results"][0]

    assert (row["period_budget"], row["budget_duration"]) == (250, "weekly")


async def test_newcomers_append_in_the_order_of_first_seen() -> None:
    """A customer that appears is the last one by first_seen."""
    of = world(THREE)
    await listed(of, sort_by="first_seen")

    of.add(spender("0", 1, first_seen=NOW))

    assert identifiers(await listed(of, sort_by="first_seen"))[-1] == "0"


def test_a_large_world_is_sorted_once() -> None:
    """Between two changes a list is sorted once, whatever time passes."""
    clock = Clock()
    of = world((spender(f"u{n}", n) for n in range(100)), clock=clock)
    rows = of.rows(ORGANIZATION, "prod", Query(), "first_seen")

    clock.advance(3)

    assert of.rows(ORGANIZATION, "prod", Query(), "first_seen") is rows


@pytest.mark.parametrize(
    ("later", "field", "shown"),
    [
        ({"corrections": (Correction(at=NOW + timedelta(days=1), total_cost=23.45),)}, "total_cost", 500.0),
        (
            {"schedule_changes": ((NOW + timedelta(days=1), Schedule(NOW, "weekly")),)},
            "budget_duration",
            "weekly",
        ),
    ],
)
async def test_what_is_to_come_shows_in_time(later: dict[str, Any], field: str, shown: object) -> None:
    """A correction or another duration shows from its day on, though nobody spends and the list was asked before."""
    clock = Clock()
    of = world([customer(**later)], clock=clock)
    await listed(of)

    clock.advance(86_400)

    assert (await listed(of))["results"][0][field] == shown
