"""A customer who is no longer listed: an alert ends with that word only once it is sure that nobody is there."""

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from monitor.alerts.model import Reason
from monitor.demo.faults import server_error
from tests.endtoend.builders import Recorder, customer, running, until, world

pytestmark = pytest.mark.looptime


async def test_two_complete_walks_without_a_customer_end_its_alert(tmp_path: Path) -> None:
    """One walk may miss a customer because pages shifted; the second without it says that it is gone."""
    of, finops = world(customer("gone", period_usage=81.2), customer("here", period_usage=81.2)), Recorder()

    async with running(of, tmp_path, finops) as daemon:
        await until(40)
        of.remove("gone")
        await until(70)
        after_one_walk = await daemon.alerts()
        await until(100)
        after_two = await daemon.alerts()
        await until(200)

    assert after_one_walk == [("gone", "firing", "warning"), ("here", "firing", "warning")]
    assert after_two == [("here", "firing", "warning")]
    assert [(event.key.customer_identifier, event.reason) for event in finops.events[2:]] == [("gone", Reason.GONE)]


async def test_a_customer_who_comes_back_in_time_is_not_gone(tmp_path: Path) -> None:
    """A customer missed by one walk and listed by the next counts from the beginning."""
    missed = customer("missed", period_usage=81.2)
    of, finops = world(missed), Recorder()

    async with running(of, tmp_path, finops) as daemon:
        for absent_from in (40, 100, 160):
            await until(absent_from)
            of.remove("missed")
            await until(absent_from + 30)
            of.add(missed)
        await until(220)
        alerts = await daemon.alerts()

    assert alerts == [("missed", "firing", "warning")]
    assert finops.told == [("fired", "missed", "warning")]


async def test_nobody_is_gone_while_the_api_fails(tmp_path: Path) -> None:
    """Ten minutes without an answer say nothing of a customer; the two walks after them do."""
    of, finops = world(customer("gone", period_usage=81.2)), Recorder()

    def failing(_number: int, _request: Request) -> Response | None:
        return server_error() if 40 <= asyncio.get_running_loop().time() < 640 else None

    async with running(of, tmp_path, finops, faults=failing) as daemon:
        await until(45)
        of.remove("gone")
        await until(639)
        while_it_fails = await daemon.alerts()
        await until(760)
        afterwards = await daemon.alerts()

    assert while_it_fails == [("gone", "firing", "warning")]
    assert afterwards == []
    assert [event.reason for event in finops.events] == [Reason.LEVEL_REACHED, Reason.GONE]


async def test_nobody_is_gone_while_the_last_page_fails(tmp_path: Path) -> None:
    """Walks that read the first page only, ten minutes long, prove nothing about whom the second would list."""
    crowd = [customer(f"customer-{number:04}", total_cost=1.0, period_usage=1.0) for number in range(1_001)]
    of, finops = world(customer("gone", period_usage=81.2), *crowd), Recorder()

    def failing(_number: int, request: Request) -> Response | None:
        late = 40 <= asyncio.get_running_loop().time() < 640
        return server_error() if late and request.query_params.get("page") == "2" else None

    async with running(of, tmp_path, finops, faults=failing) as daemon:
        await until(45)
        of.remove("gone")
        await until(639)
        while_it_fails = await daemon.alerts()
        await until(760)
        afterwards = await daemon.alerts()

    assert while_it_fails == [("gone", "firing", "warning")]
    assert afterwards == []
