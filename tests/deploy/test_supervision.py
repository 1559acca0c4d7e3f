"""What the daemon tells a service manager, in virtual time: hours of trouble that is not its own, and being stuck."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest

import monitor.daemon
from monitor.demo.faults import Fault, Faults, refused, server_error
from monitor.store.errors import StoreError
from tests.deploy.manager import Kept
from tests.endtoend.builders import InlineWriter, Recorder, Running, customer, passing, rules, running, world

HOUR = 3600.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


@asynccontextmanager
async def supervised(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: Kept,
    *,
    writer: InlineWriter | None = None,
    faults: Faults | None = None,
) -> AsyncIterator[Running]:
    """The daemon over one customer, with a line to a service manager; HTTP answers from the start."""

    async def answers(_listening: object) -> None:
        pass

    monkeypatch.setattr(monitor.daemon, "Notifier", lambda: line)
    monkeypatch.setattr(monitor.daemon, "until_it_answers", answers)
    async with running(world(customer()), folder, Recorder(), writer=writer, faults=faults) as run:
        yield run


def always(fault: Callable[[], Any]) -> Faults:
    """Every request fails so."""
    return lambda _number, _request: fault()


class HeldWriter(InlineWriter):
    """Never comes to the work of one name."""

    def __init__(self, held: str) -> None:
        super().__init__()
        self.held = held
        self.released = asyncio.Event()

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """See `monitor.threads.Writer`."""
        if getattr(work, "__name__", "") == self.held:
            await self.released.wait()
        return await super().run(work, *args, **kwargs)


@pytest.mark.looptime
async def test_it_says_that_it_is_ready_and_then_how_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready comes first and once; what it watches follows, without a customer's name, and is said when it changes."""
    line = Kept()
    async with supervised(tmp_path, monkeypatch, line):
        await passing(HOUR)

    assert line.names[0] == "READY"
    assert line.names.count("READY") == 1
    assert [fields["STATUS"] for fields in line.said if set(fields) == {"STATUS"}] == ["watching 1 customers in prod"]
    assert line.names[-1] == "STOPPING"


@pytest.mark.looptime
async def test_it_feeds_the_watchdog_several_times_in_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short watchdog is fed often enough to miss one feeding."""
    line = Kept(watchdog=6.0)
    async with supervised(tmp_path, monkeypatch, line):
        await passing(HOUR)

    assert line.feedings >= HOUR / 2 - 1


@pytest.mark.looptime
@pytest.mark.parametrize("fault", [server_error, refused, lambda: Fault.HANG], ids=["500", "401", "silence"])
async def test_an_api_that_fails_for_hours_is_no_reason_to_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[], Any]
) -> None:
    """It says that it is not up to date, and the watchdog is fed all the time."""
    line = Kept()
    async with supervised(tmp_path, monkeypatch, line, faults=always(fault)):
        await passing(2 * HOUR)
        sentence = line.sentence

    assert sentence.startswith("not up to date: prod: ")
    assert line.feedings == 2 * HOUR / 5


@pytest.mark.looptime
async def test_a_database_that_fails_for_hours_is_no_reason_to_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is said, and the watchdog is fed: the daemon goes on by itself once there is room."""
    full = asyncio.Event()

    def refuse(step: str) -> None:
        if full.is_set() and "before" in step and "_nothing" not in step:
            raise StoreError("the disk is full")

    line = Kept()
    async with supervised(tmp_path, monkeypatch, line, writer=InlineWriter(refuse)):
        await passing(60)
        full.set()
        await passing(2 * HOUR)
        sentence = line.sentence
        full.clear()
        await passing(60)

    assert sentence.startswith("not up to date: database: ")
    assert line.feedings >= 2 * HOUR / 5


@pytest.mark.looptime
async def test_a_writer_that_is_blocked_starves_the_watchdog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fed while the thread that writes does not come to the next piece; once it does, all is as before."""
    line, writer = Kept(), HeldWriter("_nothing")
    async with supervised(tmp_path, monkeypatch, line, writer=writer):
        await passing(HOUR)
        starved, sentence = line.feedings, line.sentence
        writer.released.set()
        await passing(60)

    assert (starved, sentence) == (0, "stuck: the thread that writes to the database does not answer")
    assert line.feedings > 0
    assert "watching 1 customers in prod" in [fields.get("STATUS") for fields in line.said]


@pytest.mark.looptime
async def test_a_poll_that_waits_for_ever_starves_the_watchdog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where polling hangs and all else goes on, feeding ends once an hour that the API could have asked for is over."""
    line, writer = Kept(), HeldWriter("page")
    async with supervised(tmp_path, monkeypatch, line, writer=writer):
        await passing(HOUR)
        patient = line.feedings
        await passing(2 * HOUR)
        sentence = line.sentence

    assert patient == HOUR / 5
    assert line.feedings < 1.3 * HOUR / 5
    assert sentence.startswith("stuck: prod: polling has shown no sign of life for")


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ("keep_polling", "stuck: polling has ended"),
        ("_after", "stuck: telling has ended, of finops"),
    ],
)
async def test_a_task_that_ended_unseen_starves_the_watchdog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: str, said: str
) -> None:
    """What was cancelled by nobody's will ends no process by itself: the watchdog finds it at the next look."""
    line = Kept()
    async with supervised(tmp_path, monkeypatch, line):
        await passing(60)
        fed = line.feedings
        for task in asyncio.all_tasks():
            if getattr(task.get_coro(), "__name__", "") == ended:
                task.cancel()
        await passing(HOUR)
        sentence = line.sentence

    assert line.feedings - fed <= 1
    assert sentence == said


@pytest.mark.looptime
async def test_a_reload_is_said_and_watched_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload begins and ends in the manager's eyes; the environments that it brings are fed for like those before."""
    line = Kept()
    async with supervised(tmp_path, monkeypatch, line) as run:
        await passing(60)
        run.rules = rules(environments=["prod", "test"])
        run.hangup.set()
        await passing(2 * HOUR)
        sentence = line.sentence

    at = line.names.index("RELOADING")
    assert "READY" in line.names[at:]
    assert sentence == "watching 1 customers in prod, test"
    assert line.feedings == pytest.approx((60 + 2 * HOUR) / 5, abs=2)


@pytest.mark.looptime
async def test_a_file_that_is_refused_stands_in_the_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a reload that failed the status says so, and the reload is over all the same."""
    line = Kept()
    async with supervised(tmp_path, monkeypatch, line) as run:
        await passing(60)
        run.rules = "nonsense = 1"
        run.hangup.set()
        await passing(60)
        sentence = line.sentence

    assert line.names.count("READY") == 2
    assert sentence == "watching 1 customers in prod; rules: the file was refused when it was last read"


@pytest.mark.looptime
async def test_without_a_manager_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that nobody supervises does not look after itself either."""
    line = Kept(address=None)
    async with supervised(tmp_path, monkeypatch, line):
        await passing(60)

    assert [name for name in line.names if name != "STOPPING"] == []
