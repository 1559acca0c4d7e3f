"""Filters of the list endpoint, against the documented table of fields and operators."""

from datetime import timedelta
from typing import Any

import pytest

from monitor.demo.customer import Customer, Ledger
from monitor.demo.world import World
from tests.demo.builders import NOW, client, identifiers, listed, world


def people() -> World:
    """Three customers: Ada (10 USD, 10 requests), bob (20 USD, 20 requests), and one nobody knows (0)."""
    ada = Ledger([(NOW - timedelta(days=5), 10)])
    bob = Ledger([(NOW - timedelta(days=2), 20)])
    seen = NOW - timedelta(days=10)
    return world(
        [
            Customer(customer_identifier="x-1", name="Ada", email="ada@a.example", spend=ada, first_seen=seen,
                     usd_per_request=1),
            Customer(customer_identifier="x-2", name="bob", email="bob@b.example", spend=bob, first_seen=seen,
                     usd_per_request=1),
            Customer(customer_identifier="y-3"),
        ]
    )  # fmt: skip


async def matching(field: str, operator: str, value: list[Any]) -> str:
    """Who matches one filter: the last digits of the identifiers."""
    page = await listed(people(), {field: {"operator": operator, "value": value}}, sort_by="customer_identifier")
    return "".join(each[-1] for each in identifiers(page))


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("", ["Ada"], "1"),
        ("", ["ada"], ""),
        ("iexact", ["aDA"], "1"),
        ("lt", ["b"], "1"),
        ("lte", ["bob"], "12"),
        ("gt", ["Ada"], "2"),
        ("gte", ["Ada"], "12"),
        ("contains", ["b"], "2"),
        ("contains", ["B"], ""),
        ("icontains", ["B"], "2"),
        ("startswith", ["A"], "1"),
        ("startswith", ["a"], ""),
        ("endswith", ["a"], "1"),
        ("in", ["Ada", "bob", "Eve"], "12"),
        ("isnull", [True], "3"),
        ("isnull", [False], "12"),
        ("not", ["Ada"], "23"),
    ],
)
async def test_operators_on_text(operator: str, value: list[Any], expected: str) -> None:
    """Each operator selects by a text field as documented; a null matches only isnull and not."""
    assert await matching("name", operator, value) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("", [10], "1"),
        ("", ["10"], "1"),
        ("lt", [20], "13"),
        ("lte", [20], "123"),
        ("gt", [10], "2"),
        ("gte", [10], "12"),
        ("in", [0, 20], "23"),
        ("isnull", [True], ""),
        ("not", [10], "23"),
        ("startswith", ["1"], "1"),
    ],
)
async def test_operators_on_numbers(operator: str, value: list[Any], expected: str) -> None:
    """Each operator selects by a number field as documented."""
    assert await matching("total_cost", operator, value) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_identifier", "x-1"),
        ("name", "Ada"),
        ("email", "ada@a.example"),
        ("number_of_requests", 10),
        ("total_tokens", 8500),
        ("total_cost", 10),
        ("active_days", 5),
    ],
)
async def test_every_documented_field_can_be_filtered(field: str, value: object) -> None:
    """Each documented field selects the customer that has the value."""
    assert await matching(field, "", [value]) == "1"


@pytest.mark.parametrize(("operator", "expected"), [("AND", ["x-2"]), ("OR", ["x-1", "x-2", "y-3"])])
async def test_filters_combine(operator: str, expected: list[str]) -> None:
    """AND asks for all filters, OR for one of them."""
    filters = {
        "total_cost": {"operator": "gt", "value": [10]},
        "name": {"operator": "not", "value": ["Ada"]},
        "email": {"operator": "contains", "value": ["bob"]},
    }
    if operator == "OR":
        filters["customer_identifier"] = {"operator": "", "value": ["x-1"]}

    page = await listed(people(), filters, operator, sort_by="customer_identifier")

    assert identifiers(page) == expected


@pytest.mark.parametrize("operator", ["AND", "OR"])
async def test_no_filters_match_everybody(operator: str) -> None:
    """An empty set of filters leaves nobody out, however it combines."""
    assert (await listed(people(), {}, operator))["count"] == 3


async def test_a_missing_body_asks_for_everybody() -> None:
    """A request without a body has no filters."""
    async with client(people()) as http:
        answer = await http.post("/api/users/list/")

    assert answer.json()["count"] == 3


@pytest.mark.parametrize("field", ["period_budget", "total_cots"])
async def test_an_unknown_field_is_dropped_silently(field: str) -> None:
    """The trap: a filter on a field that cannot be filtered is a 200 with the condition missing."""
    page = await listed(people(), {field: {"operator": "gte", "value": [1]}})

    assert page["count"] == 3


async def test_an_unknown_field_can_be_rejected() -> None:
    """A stricter server answers 422 and names the field."""
    of = people()
    of.unknown_filters = "reject"

    async with client(of) as http:
        answer = await http.post(
            "/api/users/list/", json={"filters": {"period_budget": {"operator": "", "value": [1]}}}
        )

    assert answer.status_code == 422
    assert answer.json() == {"detail": "Invalid filters", "errors": {"period_budget": ["Unknown filter field."]}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filters": {"name": {"operator": "like", "value": ["a"]}}}, "name"),
        ({"filters": {"name": {"operator": "", "value": "Ada"}}}, "name"),
        ({"filters": {"name": {"operator": "", "value": []}}}, "name"),
        ({"filters": {"name": {"operator": "", "value": [1]}}}, "name"),
        ({"filters": {"name": {"operator": "", "value": [None]}}}, "name"),
        ({"filters": {"name": {"operator": "isnull", "value": ["yes"]}}}, "name"),
        ({"filters": {"name": "Ada"}}, "name"),
        ({"filters": {"total_cost": {"operator": "gte", "value": ["much"]}}}, "total_cost"),
        ({"filters": ["name"]}, "filters"),
        ({"operator": "XOR"}, "operator"),
        ([], "non_field_errors"),
    ],
)
async def test_a_malformed_filter_is_refused(body: object, field: str) -> None:
    """A body that is not as documented is a 422 whose errors name the field."""
    async with client(people()) as http:
        answer = await http.post("/api/users/list/", json=body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
