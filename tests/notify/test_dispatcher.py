"""From the outbox to one channel: in order, once, and with patience."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.model import Severity
from monitor.notify.dispatcher import REPORTED_AFTER, Dispatcher, announce
from monitor.notify.failures import ChannelError
from monitor.notify.message import Notice
from monitor.store.errors import StoreError
from tests.notify.lines import DAY, HOUR, REVOKED, START, UNAVAILABLE, UNREACHABLE, WRONG, Scene

pytestmark = pytest.mark.looptime


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """An empty outbox."""
    made = Scene.at(tmp_path)
    yield made
    made.store.close()


@asynccontextmanager
async def running(scene: Scene, *dispatchers: Dispatcher) -> AsyncIterator[None]:
    """Dispatchers at work; they are stopped at the end."""
    scene.begin()
    async with asyncio.TaskGroup() as group:
        for dispatcher in dispatchers:
            group.create_task(dispatcher.run())
        yield
        for dispatcher in dispatchers:
            dispatcher.stop()


async def pass_(time: timedelta) -> None:
    """Let virtual time pass, which takes none."""
    await asyncio.sleep(time.total_seconds())


async def test_messages_arrive_in_order(scene: Scene) -> None:
    """What was decided first is told first."""
    scene.begin()
    scene.decide("a", "b", "c")

    async with running(scene, scene.dispatcher()):
        await pass_(timedelta(seconds=1))

    assert scene.channel().taken == ["a", "b", "c"]
    assert scene.waiting() == {}
    assert scene.outcomes() == [("delivered", "")] * 3


async def test_it_wakes_for_what_is_new(scene: Scene) -> None:
    """An idle dispatcher sends as soon as it is told that there is something."""
    dispatcher = scene.dispatcher()
    async with running(scene, dispatcher):
        await pass_(HOUR)
        scene.decide("a")
        dispatcher.wake()
        await pass_(timedelta(seconds=1))

        assert scene.channel().taken == ["a"]


async def test_order_is_kept_over_failures(scene: Scene) -> None:
    """A message that is refused is tried again before the next one, however often that takes."""
    scene.begin()
    scene.decide("a", "b", "c")
    scene.channel().answers = [UNAVAILABLE, UNREACHABLE, None, UNAVAILABLE, UNAVAILABLE]

    async with running(scene, scene.dispatcher()):
        await pass_(HOUR)

    assert scene.channel().taken == ["a", "b", "c"]
    assert [name for name, _ in scene.channel().tried] == ["a", "a", "a", "b", "b", "b", "c"]


async def test_a_channel_down_for_an_hour(scene: Scene) -> None:
    """Its messages arrive afterwards, in order and once; another channel's arrive at once all the while."""
    finops, pager = scene.dispatcher("finops"), scene.dispatcher("pager")
    async with running(scene, finops, pager):
        scene.channel("finops").down = (START, START + HOUR, UNREACHABLE)
        for minute in range(70):
            scene.decide(f"{minute:02}", channels=["finops", "pager"])
            for dispatcher in (finops, pager):
                dispatcher.wake()
            await pass_(timedelta(minutes=1))
            if minute == 30:
                told = [name for name in scene.channel("pager").taken if name.isdigit()]
                assert told == [f"{number:02}" for number in range(31)]
                assert scene.channel("finops").taken == []
        await pass_(timedelta(minutes=2))

    expected = [f"{minute:02}" for minute in range(70)]
    assert scene.channel("finops").taken == expected
    assert [name for name in scene.channel("pager").taken if name.isdigit()] == expected


async def test_a_dead_channel_is_tried_every_minute(scene: Scene) -> None:
    """While it is down it is asked about once a minute, and hears of the message within a minute of being back."""
    scene.begin()
    scene.decide("a")
    scene.channel().down = (START, START + HOUR, UNREACHABLE)

    async with running(scene, scene.dispatcher()):
        await pass_(HOUR + timedelta(minutes=1))

    tried = [at for _, at in scene.channel().tried]
    assert 60 <= len(tried) <= 70
    assert tried[-1] - START <= HOUR + timedelta(minutes=1)
    assert scene.channel().taken == ["a"]


async def test_the_others_hear_of_a_channel_that_stays_down(scene: Scene) -> None:
    """After ten minutes of refusals the other channels are told so, once."""
    scene.begin()
    scene.channel("pager")
    scene.decide("a", "b")
    scene.channel("finops").down = (START, START + 2 * HOUR, UNREACHABLE)

    async with running(scene, scene.dispatcher("finops")):
        await pass_(REPORTED_AFTER - timedelta(minutes=1))
        assert scene.waiting() == {"finops": 2}
        await pass_(HOUR)

    assert scene.waiting() == {"finops": 2, "pager": 1}
    await scene.dispatcher("pager").drain()
    assert scene.channel("pager").taken == ["channel finops does not take messages"]


async def test_a_refusal_that_does_not_pass_is_reported_at_once(scene: Scene) -> None:
    """A revoked webhook is somebody's to mend: the others hear of it with the first refusal, and once."""
    scene.begin()
    scene.channel("pager")
    scene.decide("a")
    scene.channel("finops").answers = [REVOKED] * 5

    async with running(scene, scene.dispatcher("finops")):
        await pass_(timedelta(milliseconds=100))
        assert scene.waiting() == {"finops": 1, "pager": 1}
        await pass_(HOUR)

    assert scene.channel("finops").taken == ["a"]
    assert scene.waiting() == {"pager": 1}
    await scene.dispatcher("pager").drain()
    (message,) = scene.channel("pager").messages
    assert message.notice is not None
    assert "the webhook was revoked" in message.notice.body


async def test_a_channel_that_was_mended_may_be_reported_again(scene: Scene) -> None:
    """Once it has accepted a message, the next failure is news."""
    scene.begin()
    scene.channel("pager")
    scene.decide("a", "b")
    scene.channel("finops").answers = [REVOKED, None, REVOKED]

    async with running(scene, scene.dispatcher("finops")):
        await pass_(HOUR)

    assert scene.waiting() == {"pager": 2}


async def test_nobody_else_to_tell(scene: Scene) -> None:
    """The only channel is not told of its own failure."""
    scene.begin()
    scene.decide("a")
    scene.channel().answers = [REVOKED]

    async with running(scene, scene.dispatcher()):
        await pass_(HOUR)

    assert scene.channel().taken == ["a"]


async def test_given_up_and_said_so(scene: Scene) -> None:
    """After `give_up_after` the message is over, the others are told, and the next one has its turn."""
    scene.begin()
    scene.channel("pager")
    scene.decide("a")
    scene.channel("finops").down = (START, START + HOUR, UNAVAILABLE)

    dispatcher = scene.dispatcher("finops", give_up_after=HOUR / 2)
    async with running(scene, dispatcher):
        await pass_(HOUR / 2 - timedelta(minutes=1))
        assert scene.waiting()["finops"] == 1
        await pass_(timedelta(minutes=2))
        assert "finops" not in scene.waiting()
        assert scene.outcomes("finops")[-1] == ("given_up", "server")
        scene.decide("b")
        dispatcher.wake()
        await pass_(HOUR)

    assert scene.channel("finops").taken == ["b"]
    await scene.dispatcher("pager").drain()
    assert scene.channel("pager").taken == [
        "channel finops does not take messages",
        "channel finops: a message was given up",
    ]


async def test_a_wrong_message_lets_the_next_one_through(scene: Scene) -> None:
    """What a receiver calls wrong is given up long before the day is over."""
    scene.begin()
    scene.decide("wrong", "right")
    scene.channel().answers = [WRONG] * 22

    async with running(scene, scene.dispatcher()):
        await pass_(HOUR)

    assert scene.channel().taken == ["right"]
    assert ("given_up", "client") in scene.outcomes()


async def test_retry_after_is_respected(scene: Scene) -> None:
    """A receiver that asks for time gets it."""
    scene.begin()
    scene.decide("a")
    scene.channel().answers = [ChannelError("slow down", kind="rate_limited", retry_after=300.0)]

    async with running(scene, scene.dispatcher()):
        await pass_(HOUR)

    (_, first), (_, second) = scene.channel().tried
    assert timedelta(seconds=300) <= second - first < timedelta(seconds=301)


async def test_news_do_not_shorten_a_pause(scene: Scene) -> None:
    """A dispatcher that is woken while it waits to try again goes on waiting."""
    scene.begin()
    scene.decide("a")
    scene.channel().answers = [ChannelError("slow down", kind="rate_limited", retry_after=300.0)]
    dispatcher = scene.dispatcher()

    async with running(scene, dispatcher):
        for _ in range(20):
            await pass_(timedelta(seconds=10))
            dispatcher.wake()

    assert len(scene.channel().tried) == 1


async def test_a_bug_in_a_channel_is_a_refusal(scene: Scene) -> None:
    """An error of any kind is tried again, ends nobody, and is not quoted: it may hold a secret."""
    scene.begin()
    scene.decide("a")
    scene.channel().answers = [ZeroDivisionError("https://hooks.example/secret-path")]

    async with running(scene, scene.dispatcher()):
        await pass_(timedelta(milliseconds=10))
        with scene.store.read() as tx:
            waiting = tx.outbox.first("finops")
        await pass_(HOUR)

    assert waiting is not None
    assert waiting.last_error == "ZeroDivisionError in the channel"
    assert scene.channel().taken == ["a"]


async def test_a_late_message_says_so(scene: Scene) -> None:
    """A message delivered long after it was decided says by how much; one delivered at once does not."""
    scene.begin()
    scene.decide("late")
    scene.channel().down = (START, START + HOUR, UNREACHABLE)

    dispatcher = scene.dispatcher()
    async with running(scene, dispatcher):
        await pass_(2 * HOUR)
        scene.decide("prompt")
        dispatcher.wake()
        await pass_(timedelta(seconds=1))

    late, prompt = scene.channel().messages
    assert late.late_by is not None
    assert HOUR <= late.late_by <= HOUR + timedelta(minutes=1)
    assert prompt.late_by is None


async def test_every_attempt_has_one_identity(scene: Scene) -> None:
    """Receivers that drop repetitions know a message by its id: the same at every attempt, and no other message's."""
    scene.begin()
    scene.decide("a", "b")
    scene.channel().answers = [UNAVAILABLE, UNAVAILABLE]

    async with running(scene, scene.dispatcher()):
        await pass_(HOUR)

    first, second, third, other = scene.channel().ids
    assert first == second == third != other


async def test_a_store_that_fails_after_the_yes(scene: Scene) -> None:
    """What the channel has taken is marked as soon as the database is back, and not sent again."""
    scene.begin()
    scene.decide("a", "b")
    until = START + HOUR
    scene.writer.broken = lambda work: work == "_mark_delivered" and scene.clock() < until

    async with running(scene, scene.dispatcher()):
        await pass_(HOUR / 2)
        assert scene.channel().taken == ["a"]
        assert scene.waiting() == {"finops": 2}
        await pass_(HOUR)

    assert scene.channel().taken == ["a", "b"]
    assert scene.waiting() == {}


async def test_a_store_that_fails_before_the_send(scene: Scene) -> None:
    """A message that cannot be claimed is not sent; it is once the database is back."""
    scene.begin()
    scene.decide("a")
    scene.writer.broken = lambda _: scene.clock() < START + HOUR

    async with running(scene, scene.dispatcher()):
        await pass_(HOUR / 2)
        assert scene.channel().tried == []
        await pass_(HOUR)

    assert scene.channel().taken == ["a"]


async def test_stopping_waits_for_the_message_in_flight(scene: Scene) -> None:
    """A stop lets what is being sent arrive and be marked, and begins nothing else."""
    scene.begin()
    scene.decide("a", "b")
    scene.seconds = 5.0

    async with running(scene, scene.dispatcher()):
        await pass_(timedelta(seconds=1))

    assert scene.clock() - START == timedelta(seconds=5)
    assert scene.channel().taken == ["a"]
    assert scene.waiting() == {"finops": 1}


async def test_stopping_does_not_wait_for_a_pause(scene: Scene) -> None:
    """A dispatcher that waits to try again ends at once."""
    scene.begin()
    scene.decide("a")
    scene.channel().answers = [ChannelError("slow down", kind="rate_limited", retry_after=300.0)]

    async with running(scene, scene.dispatcher()):
        await pass_(timedelta(seconds=1))

    assert scene.clock() - START == timedelta(seconds=1)


async def test_a_crash_in_flight_sends_again(scene: Scene) -> None:
    """A message that was claimed when the process ended is sent by the next one: at most that one comes twice."""
    scene.begin()
    scene.decide("a", "b")
    scene.seconds = 5.0
    task = asyncio.ensure_future(scene.dispatcher().run())
    await pass_(timedelta(seconds=7))
    task.cancel()
    await asyncio.wait([task])
    assert scene.channel().taken == ["a"]

    with scene.store.write() as tx:
        tx.outbox.recover()
    await scene.dispatcher().drain()

    assert scene.channel().taken == ["a", "b"]


async def test_a_crash_between_yes_and_commit_sends_twice(scene: Scene) -> None:
    """A message taken by the channel, and not yet marked when the process ended, is the one that comes twice."""
    scene.begin()
    scene.decide("a", "b")
    scene.writer.broken = lambda work: work == "_mark_delivered"
    task = asyncio.ensure_future(scene.dispatcher().run())
    await pass_(timedelta(seconds=1))
    task.cancel()
    await asyncio.wait([task])

    scene.writer.broken = lambda _: False
    with scene.store.write() as tx:
        tx.outbox.recover()
    await scene.dispatcher().drain()

    assert scene.channel().taken == ["a", "a", "b"]
    assert len(set(scene.channel().ids)) == 2


async def test_draining_delivers_what_waits(scene: Scene) -> None:
    """To drain is to deliver everything that waits, once, up to the first refusal."""
    scene.begin()
    scene.decide("a", "b", "c")
    scene.channel().answers = [None, UNAVAILABLE]

    await scene.dispatcher().drain()

    assert scene.channel().taken == ["a"]
    assert scene.waiting() == {"finops": 2}


async def test_draining_does_not_wait_for_the_database(scene: Scene) -> None:
    """Whoever polls once wants to hear that the database failed."""
    scene.begin()
    scene.decide("a")
    scene.writer.broken = lambda _: True

    with pytest.raises(StoreError):
        await scene.dispatcher().drain()

    assert scene.channel().tried == []


async def test_a_notice_arrives_as_one(scene: Scene) -> None:
    """What the daemon says of itself comes through the same outbox, whole."""
    scene.begin()
    notice = Notice(title="prod: the API refuses the key", body="Check it.", severity=Severity.WARNING, at=START)
    with scene.store.write() as tx:
        announce(tx, notice, ["finops", "pager"], START)

    await scene.dispatcher("finops").drain()

    (message,) = scene.channel("finops").messages
    assert message.notice == notice
    assert scene.waiting() == {"pager": 1}


async def test_latency_is_from_decision_to_yes(scene: Scene) -> None:
    """What metrics show is how long it took until the channel's yes."""
    scene.begin()
    scene.decide("a")
    scene.seconds = 3.0

    async with running(scene, scene.dispatcher()):
        await pass_(timedelta(seconds=4))

    (delivery,) = scene.deliveries
    assert delivery.latency == pytest.approx(3.0)
    assert timedelta(seconds=delivery.latency) < DAY
