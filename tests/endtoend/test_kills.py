"""kill -9 at random moments of the real program, again and again over one database."""

import queue
import random
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.requests import Request

from monitor.demo.api import make_app
from monitor.demo.customer import Customer
from monitor.demo.server import serve_in_thread
from monitor.demo.world import World
from tests.endtoend.builders import PERIOD_BUDGET, rules
from tests.endtoend.processes import PATIENCE, Process, Receiver, receiving, started

KILLS = 10
EACH = 2
"""Customers who pass a level in each life but the last; all together no more than one message shows."""


def name(life: int, number: int) -> str:
    """A customer."""
    return f"customer-{life:02}-{number}"


def names() -> list[str]:
    """All customers."""
    return [name(life, number) for life in range(KILLS) for number in range(EACH)]


def everybody() -> World:
    """Customers who have spent little so far."""
    began = datetime.now(UTC) - timedelta(days=2)
    return World(
        (
            Customer.standing(each, total_cost=20.0, period_usage=20.0, period_budget=100.0, period_start=began)
            for each in names()
        ),
        lambda: datetime.now(UTC),
        limit=None,
    )


class Killer:
    """Kills the program at moments of every kind, in an order that chance chooses.

    Args:
        chance: Chooses.
        receiver: Where messages arrive.
        asked: Each request to the API, as it comes.
    """

    def __init__(self, chance: random.Random, receiver: Receiver, asked: "queue.Queue[str]") -> None:
        self._chance = chance
        self._receiver = receiver
        self._asked = asked
        kinds: list[Callable[[Process], None]] = [
            self._request,
            self._poll,
            self._departure,
            self._arrival,
            self._answer,
        ]
        self._moments = kinds * (KILLS // len(kinds))
        chance.shuffle(self._moments)

    def kill(self, process: Process) -> None:
        """Wait for the next moment, and kill."""
        self._moments.pop()(process)
        process.kill()

    def _request(self, _process: Process) -> None:
        """When one of the first requests to the API has just come."""
        for _ in range(self._chance.randint(1, EACH + 2)):
            self._asked.get(timeout=PATIENCE)

    def _poll(self, process: Process) -> None:
        """Some time after the first request."""
        self._asked.get(timeout=PATIENCE)
        with suppress(subprocess.TimeoutExpired):
            process.ended(within=self._chance.uniform(0.0, 0.15))

    def _departure(self, process: Process) -> None:
        """When a message is on its way, and never comes."""

        def drop() -> bool:
            process.popen.kill()
            return True

        self._receiver.before_reading = drop
        process.ended()
        self._receiver.before_reading = lambda: False

    def _arrival(self, process: Process) -> None:
        """When a message has come and was not answered."""
        self._receiver.before_answer = process.popen.kill
        process.ended()
        self._receiver.before_answer = lambda: None

    def _answer(self, _process: Process) -> None:
        """When a message is being answered."""
        self._receiver.next()


def test_every_alert_arrives_and_only_a_message_in_flight_twice(tmp_path: Path) -> None:
    """Killed ten times it tells each crossing, and repeats at most the last message of a life that was killed."""
    chance = random.Random(2025)  # noqa: S311 - to be repeatable
    asked: queue.Queue[str] = queue.Queue()

    def note(_number: int, request: Request) -> None:
        asked.put(request.url.path)

    of, in_flight = everybody(), Counter[str]()
    with receiving() as receiver, serve_in_thread(make_app(of, note)) as base_url:
        text = rules(PERIOD_BUDGET, interval="1s", requests_per_minute=600, channels={"finops": receiver.url})
        (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
        killer = Killer(chance, receiver, asked)
        for life in range(KILLS):
            for number in range(EACH):
                of.spend(name(life, number), 65.0)
            _empty(asked)
            _empty(receiver.arrived)
            before = len(receiver.bodies)
            with started(tmp_path, base_url) as process:
                killer.kill(process)
            in_flight.update(receiver.bodies[before:][-1:])
        with started(tmp_path, base_url) as process:
            while told(receiver).keys() != set(names()):
                receiver.next()
            _empty(asked)
            for _ in range(2):  # polls that have nothing to tell
                asked.get(timeout=PATIENCE)
            process.signal(signal.SIGTERM)
            status = process.ended()

    repeated = Counter(receiver.bodies) - Counter(set(receiver.bodies))
    assert status == 0
    assert set(told(receiver).values()) == {1}
    assert repeated <= in_flight


def told(receiver: Receiver) -> Counter[str]:
    """In how many different messages each customer was named."""
    return Counter(who for body in set(receiver.bodies) for who in set(re.findall(r"customer-\d\d-\d", body)))


def _empty(waiting: "queue.Queue[str]") -> None:
    with suppress(queue.Empty):
        while True:
            waiting.get_nowait()
