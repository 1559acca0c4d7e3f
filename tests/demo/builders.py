"""What the tests of the stand-in share: a clock that stands still, builders with defaults, a client with no socket."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from monitor.demo.api import make_app
from monitor.demo.customer import Customer, Ledger
from monitor.demo.faults import Faults
from monitor.demo.world import KEY, World

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
PERIOD_START = datetime(2025, 12, 1, tzinfo=UTC)
AUTHORIZED = {"authorization": f"Bearer {KEY}"}
BASE_URL = "https://api.respan.example"


class Clock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def __call__(self) -> datetime:
        """The time."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let seconds pass."""
        self.time += timedelta(seconds=seconds)


def customer(identifier: str = "user_123", **fields: Any) -> Customer:  # noqa: ANN401 - attributes of Customer
    """The documented example, or another customer like it."""
    defaults: dict[str, Any] = {
        "total_cost": 523.45,
        "period_usage": 45.67,
        "period_start": PERIOD_START,
        "period_budget": 100.0,
    }
    return Customer.standing(identifier, **(defaults | fields))


def spender(
    identifier: str,
    usd: float,
    *,
    days_ago: float = 1,
    **fields: Any,  # noqa: ANN401 - attributes of Customer
) -> Customer:
    """A customer that spent once."""
    spend = Ledger([(NOW - timedelta(days=days_ago), usd)])
    return Customer(customer_identifier=identifier, spend=spend, **fields)


def world(
    customers: Iterable[Customer] = (),
    *,
    clock: Clock | None = None,
    **options: Any,  # noqa: ANN401 - options of World
) -> World:
    """A world at `NOW`."""
    return World(customers, clock or Clock(), **options)


def client(of: World, *, faults: Faults | None = None) -> httpx.AsyncClient:
    """A client that carries the key and needs no socket."""
    transport = httpx.ASGITransport(make_app(of, faults))
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=AUTHORIZED)


async def listed(of: World, filters: object = None, operator: str = "AND", **params: str | int) -> dict[str, Any]:
    """The answer of the list endpoint, which must be a good one."""
    async with client(of) as http:
        answer = await http.post(
            "/api/users/list/", params=params, json={"filters": filters or {}, "operator": operator}
        )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def identifiers(page: dict[str, Any]) -> list[str]:
    """Who is on a page, in its order."""
    return [row["customer_identifier"] for row in page["results"]]


def detail_of(of: Customer, at: datetime) -> dict[str, Any]:
    """What the detail endpoint shows of a customer at an instant."""
    return dict(of.detail(at, of.spend))
