"""Never more than the limit in any window of the server, and no longer a wait than that takes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import looptime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.respan.pacing import Pace, Window

TICK = 1e-5  # virtual clocks round to a microsecond, timers to a millisecond

seconds = st.floats(0, 100)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on a virtual clock of its own, so that every example of a property starts at zero."""
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        runner.run(main)


async def send(pace: Pace, sent: list[float]) -> None:
    """Send a request that takes no time."""
    async with pace.slot():
        sent.append(asyncio.get_running_loop().time())


async def burst(pace: Pace, count: int) -> list[float]:
    """Send this many requests at once; tell when each was let go."""
    sent: list[float] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(send(pace, sent))
    return sent


@st.composite
def requests(draw: st.DrawFn) -> list[tuple[float, float, float, float | None]]:
    """Requests as (asked at, way there, way back, given up after or never), often in bursts."""
    starts = draw(st.lists(st.one_of(st.just(0.0), st.sampled_from([59.9, 60.0, 60.1]), seconds), max_size=25))
    ways = st.one_of(st.just(0.0), st.floats(0, 1), seconds)
    return [(start, draw(ways), draw(ways), draw(st.one_of(st.none(), st.none(), seconds))) for start in starts]


@given(st.integers(1, 6), requests(), st.lists(st.tuples(seconds, seconds), max_size=3))
def test_no_window_of_the_server_holds_more_than_the_limit(
    limit: int, asked: list[tuple[float, float, float, float | None]], holds: list[tuple[float, float]]
) -> None:
    """With any latency, burst, hold and request given up, no 60 s see more than the limit arrive."""
    arrived: list[float] = []

    async def request(pace: Pace, start: float, there: float, back: float, patience: float | None) -> None:
        await asyncio.sleep(start)
        try:
            async with asyncio.timeout(patience), pace.slot():
                await asyncio.sleep(there)
                arrived.append(asyncio.get_running_loop().time())
                await asyncio.sleep(back)
        except TimeoutError:
            pass

    async def hold(pace: Pace, start: float, length: float) -> None:
        await asyncio.sleep(start)
        pace.hold(length)

    async def main() -> None:
        pace = Pace(limit)
        async with asyncio.TaskGroup() as group:
            for each in asked:
                group.create_task(request(pace, *each))
            for start, length in holds:
                group.create_task(hold(pace, start, length))

    run(main())

    arrived.sort()
    assert all(later - earlier > 60 - TICK for earlier, later in zip(arrived, arrived[limit:], strict=False))


@given(st.integers(1, 5), st.lists(st.tuples(seconds, seconds), min_size=1, max_size=20))
def test_everybody_is_served_in_the_order_of_asking(limit: int, asked: list[tuple[float, float]]) -> None:
    """Nobody waits forever, and nobody is overtaken."""
    order: list[int] = []

    async def request(pace: Pace, number: int, start: float, length: float) -> None:
        await asyncio.sleep(start)
        async with pace.slot():
            order.append(number)
            await asyncio.sleep(length)

    async def main() -> None:
        pace = Pace(limit)
        async with asyncio.TaskGroup() as group:
            for number, each in enumerate(asked):
                group.create_task(request(pace, number, *each))

    run(main())

    assert [asked[number][0] for number in order] == sorted(start for start, _ in asked)


@pytest.mark.looptime
async def test_full_speed_is_the_limit_in_each_window() -> None:
    """Requests that take no time go out as the limit allows: at once, and as many again after a window."""
    sent = await burst(Pace(3), 7)

    assert sent == pytest.approx([0, 0, 0, 60, 60, 60, 120], abs=0.01)


@pytest.mark.looptime
async def test_place_is_kept_for_a_window_after_the_answer() -> None:
    """A request that took ten seconds makes way 60 s after its end, not after its beginning."""
    pace = Pace(1)
    async with pace.slot():
        await asyncio.sleep(10)

    assert await burst(pace, 1) == pytest.approx([70], abs=0.01)


@pytest.mark.looptime
async def test_unfinished_request_keeps_its_place() -> None:
    """As long as a request is not over, it may still arrive, and nobody else is let in."""
    pace = Pace(1)
    async with pace.slot():
        waiting = asyncio.create_task(burst(pace, 1))
        await asyncio.sleep(500)
        overtaken = waiting.done()

    assert not overtaken
    assert await waiting == pytest.approx([560], abs=0.01)


@pytest.mark.looptime
async def test_tells_how_long_it_waited() -> None:
    """Each caller learns its own wait; the pace adds them up."""
    pace = Pace(1)
    async with pace.slot() as first:
        pass
    async with pace.slot() as second:
        pass

    assert (first, second, pace.waited) == pytest.approx((0, 60, 60), abs=0.01)


@pytest.mark.looptime
async def test_counts_places_taken() -> None:
    """The count of places falls when a window has passed."""
    pace = Pace(5)
    await burst(pace, 3)
    before = pace.in_window
    await asyncio.sleep(60)

    assert (before, pace.in_window) == (3, 0)


def test_counts_nothing_before_first_use() -> None:
    """Metrics may be read before any request was made, and where no loop runs."""
    assert Pace(5).in_window == 0


@pytest.mark.looptime
async def test_hold_makes_everybody_wait() -> None:
    """After a refusal nobody sends for as long as was asked, new callers and waiting ones alike."""
    pace = Pace(10)
    pace.hold(30)

    assert await burst(pace, 2) == pytest.approx([30, 30], abs=0.01)


@pytest.mark.looptime
@pytest.mark.parametrize("holds", [(30, 10), (10, 30)])
async def test_later_end_of_two_holds_counts(holds: tuple[float, float]) -> None:
    """A shorter hold never cuts a longer one."""
    pace = Pace(10)
    for length in holds:
        pace.hold(length)

    assert await burst(pace, 1) == pytest.approx([30], abs=0.01)


@pytest.mark.looptime
async def test_hold_reaches_those_who_wait_already() -> None:
    """A caller that would have gone at 60 s goes when the hold that was set meanwhile is over."""
    pace = Pace(1)
    await burst(pace, 1)
    waiting = asyncio.create_task(burst(pace, 1))
    await asyncio.sleep(50)
    pace.hold(40)

    assert await waiting == pytest.approx([90], abs=0.01)


@pytest.mark.looptime
async def test_hold_of_nothing_is_a_second() -> None:
    """A server that refuses and asks for no wait is not asked again in the same instant."""
    pace = Pace(10)
    pace.hold(0)

    assert await burst(pace, 1) == pytest.approx([1], abs=0.01)


@pytest.mark.looptime
async def test_refusal_slows_down() -> None:
    """After a refusal three quarters of the limit go into a window."""
    pace = Pace(8)
    pace.hold(30)

    assert await burst(pace, 7) == pytest.approx([30] * 6 + [90], abs=0.01)


@pytest.mark.looptime
async def test_refusals_at_once_slow_down_once() -> None:
    """Several requests refused together are one sign of one limit."""
    pace = Pace(8)
    for _ in range(5):
        pace.hold(30)

    assert pace.allowed == 6


@pytest.mark.looptime
async def test_pace_never_falls_to_nothing() -> None:
    """However often it is refused, one request in a window remains."""
    pace = Pace(3)
    for _ in range(10):
        pace.hold(30)
        await asyncio.sleep(31)

    assert pace.allowed == 1


@pytest.mark.looptime
async def test_pace_recovers_one_by_one() -> None:
    """Each window without a refusal gives one request back, up to the limit and no further."""
    pace = Pace(8)
    pace.hold(30)
    speeds = []
    for _ in range(4):
        await burst(pace, 1)
        speeds.append(pace.allowed)
        await asyncio.sleep(60)

    assert speeds == [6, 7, 8, 8]


@pytest.mark.looptime
async def test_cancelled_waiter_gives_its_place_to_the_next() -> None:
    """Who gives up while waiting delays nobody."""
    pace = Pace(1)
    await burst(pace, 1)
    impatient = asyncio.create_task(burst(pace, 1))
    await asyncio.sleep(1)
    patient = asyncio.create_task(burst(pace, 1))
    await asyncio.sleep(1)
    impatient.cancel()

    assert await patient == pytest.approx([60], abs=0.01)


@pytest.mark.looptime
async def test_waiter_cancelled_as_it_is_let_in_gives_its_place_back() -> None:
    """A place given in the very turn in which its taker is cancelled is free at once."""
    pace = Pace(1)
    async with pace.slot():
        taker = asyncio.create_task(send(pace, []))
        await asyncio.sleep(1)
        pace.limit = 2  # lets the taker in, which has not run yet when it is cancelled
        taker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taker

        assert pace.in_window == 1


@pytest.mark.looptime
async def test_limit_may_be_raised_while_others_wait() -> None:
    """A higher limit lets the waiting go at once."""
    pace = Pace(1)
    waiting = asyncio.create_task(burst(pace, 2))
    await asyncio.sleep(5)
    pace.limit = 2

    assert await waiting == pytest.approx([0, 5], abs=0.01)


@pytest.mark.looptime
async def test_limit_may_be_lowered() -> None:
    """A lower limit counts what was sent before."""
    pace = Pace(3)
    await burst(pace, 3)
    await asyncio.sleep(30)
    pace.limit = 1

    assert await burst(pace, 2) == pytest.approx([60, 120], abs=0.01)


@pytest.mark.looptime
async def test_new_limit_does_not_undo_a_refusal() -> None:
    """A pace that was slowed down stays so when the limit is set anew."""
    pace = Pace(8)
    pace.hold(30)
    pace.limit = 10

    assert pace.allowed == 6


def test_limit_of_nothing_is_refused() -> None:
    """A pace that never sends anything is a mistake."""
    with pytest.raises(ValueError, match="at least 1"):
        Pace(0)


def test_window_is_full_until_something_ends() -> None:
    """While every place is taken by an unfinished request, there is no time to wait for."""
    window = Window(limit=1, window=60.0)
    window.begin()

    assert (window.admits(1000.0), window.opens_at(1000.0)) == (False, None)
