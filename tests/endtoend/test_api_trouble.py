"""The API in trouble for ten minutes: nothing is resolved, nothing is lost, and it is plain to see what is wrong."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.demo.api import make_app
from monitor.demo.faults import Fault, html_page, refused, server_error
from monitor.demo.world import World
from tests.endtoend.builders import (
    START,
    Recorder,
    Running,
    Wire,
    after,
    customer,
    in_virtual_time,
    running,
    until,
    world,
)

BEGINS, ENDS = 60.0, 660.0
"""Seconds: the trouble."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way of failing.

    Attributes:
        answer: In place of the true answer.
        status: Of its requests in the metrics.
        said: A part of the sentence that says why the daemon is not ready.
    """

    answer: Callable[[], Response | Fault]
    status: str
    said: str


def too_many() -> Response:
    """An organization that uses up its limit elsewhere."""
    return JSONResponse({"detail": "Rate limit exceeded", "retry_after": 45}, 429)


def half_a_document() -> Response:
    """A document that breaks off, in an answer that does not."""
    return Response('{"count": 3, "results": [{"customer_identifier": "ste', media_type="application/json")


TROUBLES = {
    "error": Trouble(server_error, "500", 'HTTP 500, saying "Internal server error"'),
    "timeout": Trouble(lambda: Fault.HANG, "timeout", "no answer in time"),
    "cut": Trouble(lambda: Fault.CUT, "disconnected", "a lost connection"),
    "half": Trouble(lambda: Fault.HALF, "disconnected", "a lost connection"),
    "broken off": Trouble(half_a_document, "bad_answer", "no JSON object or only a part of one"),
    "html": Trouble(html_page, "bad_answer", "We will be right back"),
    "refused": Trouble(refused, "401", "Check the API key of this environment"),
    "too many": Trouble(too_many, "429", "lower requests_per_minute"),
}


def during(trouble: Trouble) -> Callable[[int, Request], Response | Fault | None]:
    """Fail as long as the trouble lasts."""
    return lambda _number, _request: trouble.answer() if BEGINS <= asyncio.get_running_loop().time() < ENDS else None


def troubled() -> World:
    """Two alerts that fire when the trouble begins; while it lasts one of them ends, and another begins."""
    of = world(
        customer("steady", period_usage=81.2),
        customer("mended", period_usage=92.0, budget_changes=((after(300), 1000.0),)),
        customer("late"),
    )
    of.spend("late", 60.0, at=after(400))
    return of


AT_START = [("fired", "mended", "warning"), ("fired", "steady", "warning")]
FIRING = [("mended", "firing", "warning"), ("steady", "firing", "warning")]


@dataclass(slots=True)
class Seen:
    """What was to be seen at the end of the trouble, and two minutes after it."""

    alerts: list[list[tuple[str, str, str]]] = field(default_factory=list)
    told: list[list[tuple[str, str, str]]] = field(default_factory=list)
    ready: list[tuple[int, str]] = field(default_factory=list)
    metrics: list[Mapping[str, float]] = field(default_factory=list)

    async def look(self, daemon: Running, finops: Recorder, status: str) -> None:
        """Look once more."""
        self.alerts.append(await daemon.alerts())
        self.told.append(finops.told)
        self.ready.append(await daemon.ready())
        requests = await daemon.metric("budget_monitor_api_requests_total", status=status)
        success = await daemon.metric("budget_monitor_last_success_timestamp_seconds", environment="prod")
        failed = await daemon.metric("budget_monitor_polls_total", result="failed")
        self.metrics.append({"requests": requests, "success": success - START.timestamp(), "failed": failed})


@cache
def seen(name: str) -> Seen:
    """What was to be seen of one of the troubles."""
    trouble, found, finops = TROUBLES[name], Seen(), Recorder()

    async def pass_by() -> None:
        with tempfile.TemporaryDirectory(prefix="budget-monitor-") as folder:
            async with running(troubled(), Path(folder), finops, faults=during(trouble)) as daemon:
                for moment in (ENDS - 15, ENDS + 120):
                    await until(moment)
                    await found.look(daemon, finops, trouble.status)

    in_virtual_time(pass_by())
    return found


@pytest.mark.parametrize("trouble", TROUBLES)
def test_nothing_resolves_and_nothing_is_said_while_it_lasts(trouble: str) -> None:
    """What fires goes on firing, even where it has ended by now: nobody could see that."""
    during_it = seen(trouble)

    assert during_it.alerts[0] == FIRING
    assert during_it.told[0] == AT_START


@pytest.mark.parametrize("trouble", TROUBLES)
def test_everything_is_told_once_it_is_over(trouble: str) -> None:
    """Within two minutes of the end, what happened meanwhile is told, and the alerts are as they are."""
    afterwards = seen(trouble)

    news = sorted(afterwards.told[1][len(AT_START) :])
    assert news == [("fired", "late", "critical"), ("resolved", "mended", "warning")]
    assert afterwards.alerts[1] == [("late", "firing", "critical"), ("steady", "firing", "warning")]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_readiness_says_why(trouble: str) -> None:
    """While it lasts `/-/ready` is 503, with a sentence that names the environment and what is wrong."""
    status, reasons = seen(trouble).ready[0]

    assert status == 503
    assert reasons.startswith("prod: ")
    assert TROUBLES[trouble].said in reasons


@pytest.mark.parametrize("trouble", TROUBLES)
def test_it_is_ready_again_by_itself(trouble: str) -> None:
    """Within two minutes of the end `/-/ready` is 200."""
    assert seen(trouble).ready[1] == (200, "")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_metrics_show_it(trouble: str) -> None:
    """Requests are counted by what came of them, and the last success stands where it was."""
    metrics = seen(trouble).metrics[0]

    assert metrics["requests"] > 0
    assert metrics["success"] < BEGINS
    assert metrics["failed"] > 0


@pytest.mark.looptime
async def test_a_refused_key_is_told_once_and_so_is_its_acceptance(tmp_path: Path) -> None:
    """Ten minutes of 401 make one notice when they begin and one when they end."""
    finops = Recorder()

    async with running(troubled(), tmp_path, finops, faults=during(TROUBLES["refused"])) as daemon:
        await until(ENDS - 15)
        refused_in_metrics = await daemon.metric("budget_monitor_credentials_refused", environment="prod")
        await until(ENDS + 120)

    assert finops.notices == ["prod: the API refuses the key", "prod: the API accepts the key again"]
    assert refused_in_metrics == 1


@pytest.mark.looptime
async def test_a_refused_key_is_tried_once_a_minute(tmp_path: Path) -> None:
    """While the key is refused one request a minute is made, not more."""
    of = troubled()
    wire = Wire(make_app(of, during(TROUBLES["refused"])))

    async with running(of, tmp_path, Recorder(), wire=wire):
        await until(ENDS - 1)

    tries = [sent for sent, status in wire.answered if status == 401]
    assert [(later - earlier).total_seconds() for earlier, later in pairwise(tries)] == [60.0] * 9


@pytest.mark.looptime
async def test_an_error_while_the_key_is_refused_is_no_acceptance(tmp_path: Path) -> None:
    """Between a refusal and the first good answer the API may fail otherwise: the notices are the same two."""
    finops = Recorder()

    def failing(_number: int, _request: Request) -> Response | None:
        now = asyncio.get_running_loop().time()
        if not BEGINS <= now < ENDS:
            return None
        return server_error() if 200 <= now < 300 or now >= 500 else refused()

    async with running(troubled(), tmp_path, finops, faults=failing):
        await until(ENDS + 120)

    assert finops.notices == ["prod: the API refuses the key", "prod: the API accepts the key again"]


@pytest.mark.looptime
async def test_readiness_says_why_while_a_poll_still_waits(tmp_path: Path) -> None:
    """A poll that the API tells to wait for longer than readiness has patience says so before it ends."""

    def far_too_many(_number: int, _request: Request) -> Response | None:
        waits = JSONResponse({"detail": "Rate limit exceeded", "retry_after": 3600}, 429)
        return waits if asyncio.get_running_loop().time() >= BEGINS else None

    async with running(troubled(), tmp_path, Recorder(), faults=far_too_many) as daemon:
        await until(BEGINS + 400)
        status, reasons = await daemon.ready()

    assert status == 503
    assert "to be asked again in 3600 s" in reasons
