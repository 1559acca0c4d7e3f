"""A process that is killed at any step loses no alert, and repeats at most the message that it was sending.

One life of the daemon is watched step by step: each request, each piece of work of the writer, each statement and
commit within it, each message. At each step the database's files are kept as a kill at that very instant would leave
them: what was written stays, what was in memory is gone. From each of these the daemon is started again.
"""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from monitor.alerts.model import Event
from monitor.demo.api import make_app
from monitor.demo.world import World
from monitor.notify.channels import ChannelError
from monitor.notify.message import Message
from tests.endtoend.builders import (
    InlineWriter,
    Recorder,
    Wire,
    after,
    clock,
    customer,
    in_virtual_time,
    rules,
    running,
    until,
    world,
)

END = 130.0
"""Seconds: polls at 0, 30, 60, 90 and 120."""

BETWEEN_POLLS = 7.0
"""Seconds from one look at the idle daemon to the next."""


def scenario() -> World:
    """Alerts that are there at the start, fire, escalate, end, and are reset, as the time alone decides."""
    of = world(
        customer("climber", budget_changes=((after(85), 200.0),)),
        customer("roller", period_usage=92.0, budget_duration="daily", period_start=after(80) - timedelta(days=1)),
        customer("unbudgeted", total_cost=480.0, period_budget=None, budget_changes=((after(50), 1000.0),)),
        customer("early", period_usage=50.5, environment="test"),
        limit=None,
    )
    of.spend("climber", 20.0, at=after(25))  # from 46 to 66 % of its budget,
    of.spend("climber", 20.0, at=after(55))  # to 86 %, and to 43 % when that is raised
    of.spend("unbudgeted", 30.0, at=after(20))
    return of


def refusal() -> ChannelError | None:
    """What the channel says for a while: the messages of the third poll are taken at their third try."""
    if not after(60) <= clock() < after(61.5):
        return None
    return ChannelError("channel finops: it could not be reached.", kind="network")


@dataclass(frozen=True, slots=True)
class Instant:
    """What is left of a process that is killed.

    Attributes:
        step: Before or after what.
        at: Seconds since `START`.
        files: Content of the database's files, by name.
        heard: What the channel has taken, this life's and those before it.
        sending: Identity of the message that the channel has taken and the database does not know of.
    """

    step: str
    at: float
    files: Mapping[str, bytes]
    heard: tuple[Message, ...]
    sending: str | None

    @property
    def state(self) -> object:
        """Equal states have equal futures."""
        return self.at, tuple(sorted(self.files.items())), tuple(message.id for message in self.heard)


@dataclass(slots=True)
class Life:
    """One life of the daemon, from an instant to the end of the scenario.

    Attributes:
        before: Where the one before it ended; None: there was none.
        watched: Whether `instants` are kept.
        instants: Every instant at which it could have been killed, in order.
        heard: What the channel has taken in the end.
    """

    before: Instant | None = None
    watched: bool = True
    instants: list[Instant] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)

    @property
    def events(self) -> Counter[object]:
        """What was said, each message counted once."""
        return Counter(_said(each) for message in self._messages.values() for each in message.events)

    @property
    def repeated(self) -> Counter[str]:
        """Identities of the messages that were taken more than once, and how often."""
        return Counter(message.id for message in self.heard) - Counter(self._messages.keys())

    @property
    def _messages(self) -> Mapping[str, Message]:
        return {message.id: message for message in self.heard}

    def live(self) -> "Life":
        """Run."""
        in_virtual_time(self._live(), start=self._start)
        return self

    @property
    def _start(self) -> float:
        return self.before.at if self.before else 0.0

    async def _live(self) -> None:
        with tempfile.TemporaryDirectory(prefix="budget-monitor-") as name:
            folder, channel, sending = Path(name), Recorder(refusal=refusal), None
            for file, content in self.before.files.items() if self.before else ():
                (folder / file).write_bytes(content)
            earlier = self.before.heard if self.before else ()

            def step(done: str) -> None:
                nonlocal sending
                if not self.watched:
                    return
                if done.startswith("after sending"):
                    sending = channel.messages[-1].id
                elif done.startswith("after writing"):
                    sending = None  # the first thing written after a message is that it was taken
                files = _files(folder)
                if self.instants and files == self.instants[-1].files:
                    files = self.instants[-1].files  # kept once
                heard = (*earlier, *channel.messages)
                at = asyncio.get_running_loop().time()
                self.instants.append(Instant(done, at, files, heard, sending))

            channel.step = step
            of = scenario()
            with _statements(step):
                async with running(
                    of,
                    folder,
                    channel,
                    text=rules(environments=("prod", "test")),
                    wire=Wire(make_app(of), step=step),
                    writer=InlineWriter(step),
                ):
                    for moment in range(1, int((END - self._start) / BETWEEN_POLLS) + 1):
                        await until(self._start + moment * BETWEEN_POLLS)
                        step("between polls")
                    await until(END)
            self.heard = [*earlier, *channel.messages]


def _files(folder: Path) -> Mapping[str, bytes]:
    """What is on the disk; a database's shared memory is made anew by whoever opens it first."""
    kept = (path for path in folder.glob("monitor.db*") if not path.name.endswith(("-shm", ".lock")))
    return {path.name: path.read_bytes() for path in kept}


def _said(of: Event) -> object:
    return of.kind, of.reason, of.rule, of.key, of.level, of.severity, of.previous_severity, of.value


@contextmanager
def _statements(step: Callable[[str], None]) -> Iterator[None]:
    """Take a step before and after each statement, and before each commit."""

    def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        step(f"before statement {statement[:40]!r}")

    def done(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        step(f"after statement {statement[:40]!r}")

    def commit(_connection: object) -> None:
        step("before commit")

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": before,
        "after_cursor_execute": done,
        "commit": commit,
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)


@cache
def first_life() -> Life:
    """The life that nobody ends before its time."""
    return Life().live()


def kinds(instants: list[Instant]) -> list[Instant]:
    """The instants, one of each kind: those with equal states have equal futures."""
    return list({instant.state: instant for instant in instants}.values())


@cache
def second_lives() -> list[Life]:
    """What follows if the first life is ended at each of its instants."""
    return [Life(before=killed, watched=False).live() for killed in kinds(first_life().instants)]


def test_the_first_life_says_all_that_the_scenario_holds() -> None:
    """Without a kill each event is told, and told once."""
    life = first_life()

    assert [(each.kind.value, each.key.customer_identifier) for message in life.heard for each in message.events] == [
        ("fired", "roller"),
        ("fired", "early"),
        ("fired", "unbudgeted"),
        ("fired", "climber"),
        ("resolved", "unbudgeted"),
        ("escalated", "climber"),
        ("resolved", "climber"),
        ("reset", "roller"),
    ]
    assert not life.repeated


def test_a_kill_at_any_step_loses_no_event_and_adds_none() -> None:
    """After a kill at any step exactly the events are told that are told without one."""
    expected = first_life().events

    wrong = {life.before.step: life.events for life in second_lives() if life.before and life.events != expected}

    assert len(first_life().instants) > 500
    assert wrong == {}


def test_a_kill_repeats_at_most_the_message_in_flight() -> None:
    """A message is told twice only where the kill fell between the channel's yes and the commit that says so."""
    killed = [(life.before, life.repeated) for life in second_lives() if life.before]

    wrong = [at.step for at, repeated in killed if repeated != Counter([at.sending] if at.sending else [])]

    assert {at.sending for at, _ in killed if at.sending} == {message.id for message in first_life().heard}
    assert wrong == []


@pytest.mark.parametrize("seed", range(5))
def test_several_kills_in_one_life_lose_nothing_either(seed: int) -> None:
    """Killed three times at random steps, often while it recovers from the kill before, all is told."""
    chance = random.Random(seed)  # noqa: S311 - to be repeatable
    life, in_flight = first_life(), Counter[str]()
    for following in range(3):
        instants = kinds(life.instants)
        killed = chance.choice(instants[: len(instants) * 2 // 3])
        in_flight.update([killed.sending] if killed.sending else [])
        life = Life(before=killed, watched=following < 2).live()

    assert life.events == first_life().events
    assert life.repeated <= in_flight
