"""Pages of the list endpoint: sizes, neighbours, and what they add up to."""

import asyncio
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.world import World
from tests.demo.builders import BASE_URL, client, identifiers, listed, spender, world

SORTABLE = [
    "customer_identifier",
    "email",
    "name",
    "first_seen",
    "number_of_requests",
    "total_cost",
    "last_active_timeframe",
    "total_tokens",
    "active_days",
]


async def test_a_page_holds_fifty_by_default() -> None:
    """Fifty rows make a page where no size is asked for, and count tells of all."""
    page = await listed(world(spender(f"u{n}", n) for n in range(51)))

    assert (len(page["results"]), page["count"]) == (50, 51)


async def test_pages_point_to_their_neighbours() -> None:
    """Next and previous are absolute addresses that keep the other parameters."""
    of = world(spender(f"u{n}", n) for n in range(5))

    page = await listed(of, page=2, page_size=2, environment="prod")

    query = "page_size=2&environment=prod"
    assert page["next"] == f"{BASE_URL}/api/users/list/?{query}&page=3"
    assert page["previous"] == f"{BASE_URL}/api/users/list/?{query}"


async def test_the_only_page_has_no_neighbours() -> None:
    """A list of one page has neither next nor previous, even where it is full or empty."""
    full = await listed(world([spender("a", 1)]), page_size=1)
    empty = await listed(world())

    assert [full["next"], full["previous"], empty["next"], empty["count"]] == [None, None, None, 0]


async def test_a_page_past_the_end_is_not_found() -> None:
    """The page after the last one is a 404."""
    async with client(world([spender("a", 1)])) as http:
        answer = await http.post("/api/users/list/?page=2", json={})

    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."})


async def test_pages_shift_when_data_changes() -> None:
    """A customer that vanishes between two pages hides another one from the walk."""
    of = world(spender(name, 1) for name in "abcd")
    first = await listed(of, sort_by="customer_identifier", page_size=2)

    of.remove("a")
    second = await listed(of, sort_by="customer_identifier", page_size=2, page=2)

    assert (identifiers(first), identifiers(second)) == (["a", "b"], ["d"])


async def walk(of: World, size: int, sort_by: str, filters: dict[str, Any]) -> list[str]:
    """Follow `next` from the first page to the last."""
    found: list[str] = []
    address: str | None = str(httpx.URL("/api/users/list/", params={"page_size": size, "sort_by": sort_by}))
    async with client(of) as http:
        while address:
            page = (await http.post(address, json={"filters": filters})).json()
            found += identifiers(page)
            address = page["next"]
    return found


@given(
    costs=st.lists(st.integers(0, 20), max_size=30),
    size=st.integers(1, 12),
    field=st.sampled_from(SORTABLE),
    down=st.booleans(),
    least=st.integers(0, 20),
)
def test_pages_joined_are_the_sorted_filtered_list(
    costs: list[int], size: int, field: str, least: int, *, down: bool
) -> None:
    """Whatever the size of a page, the pages in a row are the sorted list of the customers that match."""
    of = world((spender(f"u{n:02}", cost, name=f"n{cost}") for n, cost in enumerate(costs)), limit=None)
    filters = {"total_cost": {"operator": "gte", "value": [least]}}
    sort_by = f"-{field}" if down else field
    kept = [(cost, f"u{n:02}") for n, cost in enumerate(costs) if cost >= least]
    order: dict[str, Any] = {"name": lambda each: f"n{each[0]}", "customer_identifier": lambda each: each[1]}
    constant = ("first_seen", "email", "last_active_timeframe", "active_days")
    key = order.get(field, lambda each: 0 if field in constant else each[0])

    walked = asyncio.run(walk(of, size, sort_by, filters))

    assert walked == [identifier for _, identifier in sorted(kept, key=key, reverse=down)]
