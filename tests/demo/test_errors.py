"""What the API refuses: keys, nonsense, addresses, and more than its limit."""

import asyncio
from datetime import datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.limit import WINDOW, SlidingWindow
from monitor.demo.world import World
from tests.demo.builders import NOW, Clock, client, customer, world

LIST = "/api/users/list/"


async def statuses(of: World, count: int) -> list[int]:
    """The statuses of that many list requests."""
    async with client(of) as http:
        return [(await http.post(LIST, json={})).status_code for _ in range(count)]


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Bearer ", "Basic demo-key", "demo-key"])
async def test_a_wrong_key_is_refused(header: str) -> None:
    """Without a known key in a bearer header every request is a 401 with a detail."""
    async with client(world()) as http:
        answer = await http.post(LIST, json={}, headers={"authorization": header})

    assert (answer.status_code, list(answer.json())) == (401, ["detail"])


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=1.5", "page=", "page=²", f"page={'9' * 5000}", "page_size=0",
     "page_size=1001", "page_size=many", "sort_by=period_budget", "sort_by=--name", "sort_by=", "environment=staging"],
)  # fmt: skip
async def test_nonsense_in_the_query_is_refused(query: str) -> None:
    """A parameter outside of what is documented is a 400 with a detail."""
    async with client(world()) as http:
        answer = await http.post(f"{LIST}?{query}", json={})

    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"filters": }', b"<html>"])
async def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    """A broken document is a 400 with a detail."""
    async with client(world()) as http:
        answer = await http.post(LIST, content=body)

    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/users/list"), ("GET", "/api/users/a%2Fb")])
async def test_a_missing_slash_is_redirected_without_the_query(method: str, path: str) -> None:
    """A path without its trailing slash is a 301 to the one with it, and the query is lost."""
    async with client(world()) as http:
        answer = await http.request(method, path, params={"environment": "test"})

    assert (answer.status_code, answer.headers["location"]) == (301, f"{path}/")


@pytest.mark.parametrize("path", ["/", "/api/users/", "/api/customers/list/"])
async def test_other_addresses_are_not_found(path: str) -> None:
    """What is no endpoint is a 404 with a detail."""
    async with client(world()) as http:
        answer = await http.get(path)

    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


@pytest.mark.parametrize(("method", "path"), [("DELETE", LIST), ("POST", "/api/users/user_123/"), ("OPTIONS", LIST)])
async def test_other_methods_are_not_allowed(method: str, path: str) -> None:
    """A method that an endpoint does not have is a 405 with a detail."""
    async with client(world([customer()])) as http:
        answer = await http.request(method, path)

    assert (answer.status_code, list(answer.json())) == (405, ["detail"])


async def test_the_limit_is_sixty_a_minute() -> None:
    """The 61st request within a minute is refused."""
    assert await statuses(world(), 61) == [200] * 60 + [429]


async def test_a_refusal_says_when_a_place_is_free() -> None:
    """A 429 carries the seconds until the oldest request leaves the window, in the body and not in a header."""
    clock = Clock()
    of = world(clock=clock, limit=2)
    await statuses(of, 1)
    clock.advance(17.5)
    await statuses(of, 1)

    clock.advance(10)
    async with client(of) as http:
        answer = await http.post(LIST, json={})

    assert answer.json() == {"detail": "Rate limit exceeded", "retry_after": 33}
    assert "retry-after" not in answer.headers


async def test_the_header_can_be_there() -> None:
    """A server that sends Retry-After says the same in it."""
    of = world(limit=0, retry_after_header=True)

    async with client(of) as http:
        answer = await http.get("/api/users/a/")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


@pytest.mark.parametrize(("wait", "expected"), [(32, 429), (33, 200)])
async def test_the_place_is_free_when_it_was_said_to_be(wait: int, expected: int) -> None:
    """A request after the seconds that were told is admitted, and one a second earlier is not."""
    clock = Clock()
    of = world(clock=clock, limit=1)
    await statuses(of, 1)
    clock.advance(27)

    clock.advance(wait)

    assert await statuses(of, 1) == [expected]


async def test_list_and_detail_share_the_limit() -> None:
    """A detail request takes a place from the list."""
    of = world([customer()], limit=1)

    async with client(of) as http:
        await http.get("/api/users/user_123/")
        answer = await http.post(LIST, json={})

    assert answer.status_code == 429


async def test_organizations_have_limits_of_their_own() -> None:
    """Keys of one organization share its limit; another organization is not held up."""
    of = world(limit=1, keys={"one": "a", "two": "a", "three": "b"})

    async with client(of) as http:
        answers = [
            await http.post(LIST, json={}, headers={"authorization": f"Bearer {key}"})
            for key in ("one", "two", "three")
        ]

    assert [answer.status_code for answer in answers] == [200, 429, 200]


async def test_an_unknown_key_takes_no_place() -> None:
    """Requests that were refused as 401 do not use up the limit."""
    of = world(limit=1)
    async with client(of) as http:
        await http.post(LIST, headers={"authorization": "Bearer wrong"})

    assert await statuses(of, 1) == [200]


@given(gaps=st.lists(st.integers(0, 20), max_size=60), limit=st.integers(1, 5))
def test_no_window_holds_more_than_the_limit(gaps: list[int], limit: int) -> None:
    """In any 60 s, as many requests are admitted as the limit allows, and none is refused while there is room."""
    window, clock = SlidingWindow(limit), Clock()
    admitted: list[datetime] = []
    for gap in gaps:
        clock.advance(gap)
        recent = sum(at > clock() - WINDOW for at in admitted)
        wait = window.admit("a", clock())
        assert (wait is None) == (recent < limit)
        if wait is None:
            admitted.append(clock())


async def test_requests_at_once_are_counted_each() -> None:
    """Requests that come together do not slip through the limit."""
    of = world(limit=5, clock=Clock(NOW))
    async with client(of) as http:
        answers: list[httpx.Response] = await asyncio.gather(*(http.post(LIST, json={}) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 3
