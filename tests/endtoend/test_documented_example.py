"""The example of the API's documentation: 523.45 USD spent ever, a budget of 100 USD for the period."""

from pathlib import Path

import pytest

from tests.endtoend.builders import Recorder, customer, passing, running, world

pytestmark = pytest.mark.looptime


async def test_less_than_half_of_the_budget_is_nothing(tmp_path: Path) -> None:
    """With 45.67 USD spent in the period nobody is told, whatever was spent in a lifetime."""
    finops = Recorder()

    async with running(world(customer(period_usage=45.67)), tmp_path, finops) as daemon:
        await passing(600)
        alerts = await daemon.alerts()

    assert (finops.messages, alerts) == ([], [])


async def test_four_fifths_of_the_budget_are_a_warning_once(tmp_path: Path) -> None:
    """With 81.20 USD spent in the period a warning is said, and not said again by later polls."""
    finops = Recorder()

    async with running(world(customer(period_usage=81.20)), tmp_path, finops) as daemon:
        await passing(600)
        alerts = await daemon.alerts()

    assert finops.told == [("fired", "user_123", "warning")]
    assert alerts == [("user_123", "firing", "warning")]
