"""What the gauges say of how an environment is read: how much of its key's limit is used, when it counts as unseen."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.endtoend.builders import Recorder, customer, passing, rules, running, world
from tests.web.builders import NOW, poll, read_status, site
from tests.web.test_metrics import value


@pytest.mark.looptime
async def test_requests_are_shown_beside_their_limit(tmp_path: Path) -> None:
    """A list and a reading count against the limit of the rules file, for a minute."""
    text = rules(requests_per_minute=40, interval="5m")
    async with running(world(customer(period_usage=81.2)), tmp_path, Recorder("finops"), text=text) as run:
        await passing(1)
        at_once = (await run.http.get("/metrics")).text
        await passing(70)
        later = (await run.http.get("/metrics")).text

    used = [value(each, "budget_monitor_api_requests_last_minute", environment="prod") for each in (at_once, later)]
    assert used == [2, 0]
    assert value(later, "budget_monitor_api_requests_per_minute_limit", environment="prod") == 40


@pytest.mark.looptime
async def test_environments_with_one_key_show_its_requests_both(tmp_path: Path) -> None:
    """Prod and test share a key, and so its limit: each shows what both have sent."""
    text = rules(environments=("prod", "test"), interval="5m")
    async with running(world(customer(period_usage=81.2)), tmp_path, Recorder("finops"), text=text) as run:
        await passing(1)
        scrape = (await run.http.get("/metrics")).text

    used = {
        name: value(scrape, "budget_monitor_api_requests_last_minute", environment=name) for name in ("prod", "test")
    }
    assert used == {"prod": 3, "test": 3}


@pytest.mark.looptime
async def test_a_limit_that_is_changed_shows_after_the_reload(tmp_path: Path) -> None:
    """The gauge follows the rules in force."""
    async with running(world(customer()), tmp_path, Recorder("finops"), text=rules(requests_per_minute=40)) as run:
        await passing(1)
        run.rules = rules(requests_per_minute=20)
        run.hangup.set()
        await passing(1)
        scrape = (await run.http.get("/metrics")).text

    assert value(scrape, "budget_monitor_api_requests_per_minute_limit", environment="prod") == 20


@pytest.mark.parametrize(
    ("interval", "took", "seconds"),
    [
        pytest.param(30, 2, 300, id="five minutes at least"),
        pytest.param(600, 2, 2400, id="four polls"),
        pytest.param(30, 1000, 4000, id="four readings, where one takes longer than the interval"),
    ],
)
async def test_an_environment_counts_as_unseen_after_several_polls(
    tmp_path: Path, interval: int, took: int, seconds: int
) -> None:
    """The age that is too old is the one that readiness goes by."""
    status = read_status(interval=timedelta(seconds=interval))
    status.environments["prod"].take(poll(), NOW + timedelta(seconds=took))
    async with site(tmp_path, status=status) as web:
        scrape = (await web.get("/metrics")).text

    assert value(scrape, "budget_monitor_stale_after_seconds", environment="prod") == seconds
    at_the_edge = NOW + timedelta(seconds=took + seconds)
    assert status.reasons(at_the_edge) == []
    assert status.reasons(at_the_edge + timedelta(seconds=1)) != []
