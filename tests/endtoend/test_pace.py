"""The API's limit of 60 requests a minute holds over the whole of a busy time, for all environments of a key."""

import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

from monitor.demo.api import make_app
from monitor.demo.world import World
from tests.endtoend.builders import Recorder, Wire, after, customer, in_virtual_time, rules, running, until, world

ENVIRONMENTS = ("prod", "test")

CUSTOMERS = 150
"""Of each environment: each needs a reading of its own, and another one to confirm what it spends after that."""

MINUTES = 13


def busy() -> World:
    """Two environments in which everybody has spent too much to be decided without a reading, and goes on spending."""
    names = [f"customer-{number:03}" for number in range(CUSTOMERS)]
    of = world(*(customer(name, environment=each) for each in ENVIRONMENTS for name in names), limit=60)
    for each in ENVIRONMENTS:
        for number, name in enumerate(names):
            of.spend(name, 60.0, at=after(10 + number * 3), environment=each)
    return of


@cache
def served(requests_per_minute: int) -> tuple[Wire, Recorder]:
    """The requests of some busy minutes, and what was told."""

    async def serve() -> tuple[Wire, Recorder]:
        of = busy()
        wire, finops = Wire(make_app(of), latency=0.2), Recorder()
        text = rules(environments=ENVIRONMENTS, requests_per_minute=requests_per_minute)
        with tempfile.TemporaryDirectory(prefix="budget-monitor-") as folder:
            async with running(of, Path(folder), finops, text=text, wire=wire):
                await until(MINUTES * 60)
        return wire, finops

    return in_virtual_time(serve())


def test_the_api_never_answers_429() -> None:
    """Two environments that share a key never have a request refused for its rate."""
    wire, _ = served(60)

    assert Counter(status for _, status in wire.answered).keys() == {200}


def test_the_api_would_answer_429_to_more() -> None:
    """With a pace above the API's limit requests are refused: the load is one that puts the limit to the test."""
    wire, _ = served(90)

    assert Counter(status for _, status in wire.answered)[429] > 0


def test_the_limit_is_used() -> None:
    """While there is more to read than the limit allows, hardly a request of it is left unused."""
    wire, _ = served(60)

    first_minutes = [sent for sent, _ in wire.answered if sent < after(240)]
    assert len(first_minutes) >= 4 * 55


def test_every_customer_is_told_of_within_the_limit() -> None:
    """All that must be read is read, one minute's share after the other, and every crossing is told once."""
    _, finops = served(60)

    assert sum(message.total for message in finops.messages) == len(ENVIRONMENTS) * CUSTOMERS
    assert max(Counter(event.key for event in finops.events).values()) == 1
