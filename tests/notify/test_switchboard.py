"""All channels in force, and what a reload of the rules does to them."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.notify.switchboard import Switchboard
from tests.notify.lines import START, UNREACHABLE, Entry, FakeChannel, Scene

FINOPS, PAGER = Entry("finops"), Entry("pager")
MOVED = replace(FINOPS, url=SecretStr("json://elsewhere"))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """An empty outbox."""
    made = Scene.at(tmp_path)
    yield made
    made.store.close()


def put(scene: Scene, board: Switchboard, group: asyncio.TaskGroup, *entries: Entry, changed: tuple[str, ...]) -> None:
    """Put entries in force, of which some are new or have changed."""
    channels: dict[str, FakeChannel] = {name: scene.make(name, SecretStr("")) for name in changed}
    board.put_in_force(entries, channels, group)


async def seconds(count: float) -> None:
    """Let virtual time pass, which takes none."""
    await asyncio.sleep(count)


@pytest.mark.looptime
async def test_each_channel_gets_its_messages(scene: Scene) -> None:
    """Every channel is given what is meant for it, as soon as the switchboard is woken."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, PAGER, changed=("finops", "pager"))
        await seconds(1)
        scene.decide("a", channels=["finops"])
        scene.decide("b", channels=["finops", "pager"])
        board.wake()
        await seconds(1)
        await board.stop(5.0)

    assert board.names == ["finops", "pager"]
    assert (scene.channel("finops").taken, scene.channel("pager").taken) == (["a", "b"], ["b"])


@pytest.mark.looptime
async def test_a_reload_keeps_what_has_not_changed(scene: Scene) -> None:
    """A channel whose entry is the same stays as it is, with the message that it is sending."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, changed=("finops",))
        scene.decide("a", "b")
        scene.seconds = 30.0
        await seconds(10)
        put(scene, board, group, replace(FINOPS), PAGER, changed=("pager",))
        await seconds(60)
        await board.stop(5.0)

    assert [channel.name for channel in scene.made] == ["finops", "pager"]
    assert scene.made[0].taken == ["a", "b"]


@pytest.mark.looptime
async def test_a_reload_replaces_what_has_changed(scene: Scene) -> None:
    """The old channel finishes its message in flight; then the new one goes on with the next, in order."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, changed=("finops",))
        scene.decide("a", "b", "c")
        scene.seconds = 30.0
        await seconds(10)
        put(scene, board, group, MOVED, changed=("finops",))
        await seconds(1)
        scene.seconds = 0.0
        await seconds(60)
        await board.stop(5.0)

    old, new = scene.made
    assert [spoken.events[0].key.customer_identifier for spoken in old.messages] == ["a"]
    assert [spoken.events[0].key.customer_identifier for spoken in new.messages] == ["b", "c"]
    assert new.taken == ["a", "b", "c"]


@pytest.mark.looptime
async def test_a_refusal_during_the_change_is_tried_by_the_new_channel_first(scene: Scene) -> None:
    """If the old channel's last message fails, the new one begins with that."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, changed=("finops",))
        scene.channel("finops").answers = [UNREACHABLE]
        scene.decide("a", "b")
        scene.seconds = 30.0
        await seconds(10)
        put(scene, board, group, MOVED, changed=("finops",))
        await seconds(120)
        await board.stop(5.0)

    assert [name for name, _ in scene.channel("finops").tried] == ["a", "a", "b"]


@pytest.mark.looptime
async def test_a_removed_channel_ends_after_its_message(scene: Scene) -> None:
    """A channel that is no longer in the file finishes what it sends, and is given nothing more."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, PAGER, changed=("finops", "pager"))
        scene.decide("a", "b")
        scene.seconds = 30.0
        await seconds(10)
        put(scene, board, group, PAGER, changed=())
        await seconds(100)
        assert board.names == ["pager"]
        await board.stop(5.0)

    assert scene.channel("finops").taken == ["a"]


@pytest.mark.looptime
async def test_a_channel_that_comes_back_keeps_its_order(scene: Scene) -> None:
    """Taken out and put back while it still sends, a channel has one sender at a time all the same."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, changed=("finops",))
        scene.decide("a", "b")
        scene.seconds = 30.0
        await seconds(10)
        put(scene, board, group, changed=())
        put(scene, board, group, FINOPS, changed=("finops",))
        await seconds(1)
        scene.seconds = 0.0
        await seconds(60)
        await board.stop(5.0)

    assert scene.channel("finops").taken == ["a", "b"]


@pytest.mark.looptime
async def test_stopping_lets_messages_in_flight_arrive(scene: Scene) -> None:
    """What arrives within the grace is marked; nothing new is begun."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, PAGER, changed=("finops", "pager"))
        scene.decide("a", "b", channels=["finops", "pager"])
        scene.seconds = 3.0
        await seconds(1)
        await board.stop(5.0)

    assert scene.clock() - START == timedelta(seconds=3)
    assert (scene.channel("finops").taken, scene.channel("pager").taken) == (["a"], ["a"])
    assert scene.waiting() == {"finops": 1, "pager": 1}


@pytest.mark.looptime
async def test_stopping_does_not_wait_for_the_dead(scene: Scene) -> None:
    """A channel that does not answer within the grace is left behind; its message is sent again at the next start."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, changed=("finops",))
        scene.decide("a")
        scene.seconds = 3600.0
        await seconds(1)
        await board.stop(5.0)

    assert scene.clock() - START == timedelta(seconds=6)
    with scene.store.write() as tx:
        tx.outbox.recover()
        waiting = tx.outbox.first("finops")
    assert waiting is not None


@pytest.mark.looptime
async def test_stopping_does_not_wait_for_the_dead_that_were_replaced(scene: Scene) -> None:
    """Nor does a channel hold up the end that a reload has replaced, or removed, while it did not answer."""
    scene.begin()
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        put(scene, board, group, FINOPS, PAGER, changed=("finops", "pager"))
        scene.decide("a", channels=["finops", "pager"])
        scene.seconds = 3600.0
        await seconds(1)
        put(scene, board, group, MOVED, changed=("finops",))
        await seconds(1)
        await board.stop(5.0)

    assert scene.clock() - START == timedelta(seconds=7)


async def test_only_what_has_changed_is_made(scene: Scene) -> None:
    """A channel in force with an equal entry is not made again; a new or changed one is, before anything is swapped."""
    board = scene.switchboard()
    async with asyncio.TaskGroup() as group:
        channels = await board.prepare([FINOPS])
        board.put_in_force([FINOPS], channels, group)

        assert list(await board.prepare([replace(FINOPS), PAGER])) == ["pager"]
        assert list(await board.prepare([MOVED])) == ["finops"]
        assert list(await board.prepare([replace(FINOPS, give_up_after=timedelta(hours=1))])) == ["finops"]
        assert board.names == ["finops"]
        await board.stop(5.0)


async def test_a_url_that_cannot_be_read_changes_nothing(scene: Scene) -> None:
    """What cannot be made is refused before anything is put in force."""

    def refuse(name: str, _url: SecretStr) -> FakeChannel:
        raise ValueError(f"channel {name}: no such service")

    board = Switchboard(
        store=scene.store,
        writer=scene.writer,
        send=scene.send,
        clock=scene.clock,
        make_channel=refuse,
        observe=scene.deliveries.append,
    )

    with pytest.raises(ValueError, match="channel finops: no such service"):
        await board.prepare([FINOPS])

    assert board.names == []


@pytest.mark.looptime
async def test_draining_gives_each_channel_what_waits(scene: Scene) -> None:
    """To drain is to deliver once: a channel that refuses holds up no other."""
    scene.begin()
    board = scene.switchboard()
    scene.decide("a", "b", channels=["finops", "pager"])
    channels = {name: scene.make(name, SecretStr("")) for name in ("finops", "pager")}
    channels["finops"].answers = [UNREACHABLE]

    await board.drain([FINOPS, PAGER], channels)

    assert channels["pager"].taken == ["a", "b"]
    assert scene.waiting() == {"finops": 2}


async def test_stopping_nothing(scene: Scene) -> None:
    """A switchboard without channels stops at once."""
    await scene.switchboard().stop(5.0)
