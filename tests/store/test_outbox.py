"""The outbox: what was decided and not yet accepted, in order, each message for one sender at a time."""

import math
from typing import Any

import pytest

from monitor.store.database import Store
from tests.notify.builders import event
from tests.store.builders import MINUTE, NOW, claim, envelope, events_of, first, next_of, put


def test_an_event_comes_back(store: Store) -> None:
    """What a message tells is the event that was decided, to the last field, infinite values among them."""
    decided = event(value=math.inf, heard=frozenset(), labels={"team": "growth"})

    put(store, (decided, envelope()))

    with store.read() as tx:
        assert tx.outbox.events_of(first(store).id) == [decided]


def test_a_held_message_is_not_due(store: Store) -> None:
    """A message gathers events until its batch is let go; then it waits since that time."""
    put(store, (event(), envelope()), release=None)
    assert next_of(store) is None

    with store.write() as tx:
        released = tx.outbox.release("prod:1", NOW + MINUTE)

    assert released == 1
    assert first(store).due_at == NOW + MINUTE
    assert first(store).created_at == NOW


def test_only_its_own_batch_is_let_go(store: Store) -> None:
    """Letting one batch go leaves the others; letting all go leaves none."""
    put(store, (event(), envelope()), (event(), envelope("pager", batch="start")), release="prod:1")
    assert next_of(store, "pager") is None

    with store.write() as tx:
        assert tx.outbox.release(None, NOW) == 1

    assert next_of(store, "pager") is not None


def test_events_that_share_an_envelope_are_one_message(store: Store) -> None:
    """Same channel, batch, route and rule: one message, its events in the order of their decision."""
    put(store, *((event(identifier=name), envelope()) for name in ("c", "a", "b")))

    message = first(store)
    assert events_of(store, message.id) == ["c", "a", "b"]
    assert claim(store, message.id)
    assert next_of(store) is None


@pytest.mark.parametrize(
    "other", [{"batch": "prod:2"}, {"route": 1}, {"rule": "other"}, {"route": None}, {"rule": None}]
)
def test_another_envelope_is_another_message(store: Store, other: dict[str, Any]) -> None:
    """Whatever differs on the envelope keeps events apart."""
    put(store, (event(identifier="a"), envelope()), (event(identifier="b"), envelope(**other)), release=None)
    with store.write() as tx:
        assert tx.outbox.release(None, NOW) == 2


def test_what_comes_after_the_release_is_another_message(store: Store) -> None:
    """A message that was let go takes no more events: it may be on its way."""
    put(store, (event(identifier="a"), envelope()))
    put(store, (event(identifier="b"), envelope()))

    assert claim(store, first(store).id)
    assert events_of(store, first(store).id) == ["b"]


def test_an_event_goes_to_several_channels(store: Store) -> None:
    """Each channel has its own message about the same event."""
    with store.write() as tx:
        tx.outbox.record(event(), [envelope("finops"), envelope("pager")], NOW)
        tx.outbox.release("prod:1", NOW)

    messages = {first(store, "finops").id, first(store, "pager").id}

    assert len(messages) == 2
    assert all(events_of(store, message) == ["user_123"] for message in messages)


def test_an_event_that_is_not_said_is_recorded(store: Store) -> None:
    """An event without an envelope makes no message, and is there to be looked up."""
    with store.write() as tx:
        tx.outbox.record(event(), [], NOW)

    with store.read() as tx:
        assert tx.outbox.depth() == []
        assert tx.outbox.recent(NOW) == [event()]


def test_messages_come_in_order(store: Store) -> None:
    """A channel is given its oldest message first, and nothing of another channel's."""
    put(store, (event(identifier="other"), envelope("pager")))
    for poll in range(3):
        put(store, (event(identifier=f"{poll}"), envelope(batch=f"prod:{poll}")), release=f"prod:{poll}")

    order = []
    while (waiting := next_of(store)) is not None:
        assert claim(store, waiting.id)
        order += events_of(store, waiting.id)

    assert order == ["0", "1", "2"]


def test_a_message_is_claimed_once(store: Store) -> None:
    """Of two senders that saw the same message, one gets it; only its attempts are counted."""
    put(store, (event(), envelope()))
    seen = first(store)

    assert claim(store, seen.id)
    assert not claim(store, seen.id)
    with store.write() as tx:
        tx.outbox.recover()
    assert first(store).attempts == 1


def test_a_delivered_message_cannot_be_claimed(store: Store) -> None:
    """A message that was accepted is never sent again."""
    put(store, (event(), envelope()))
    message = first(store).id
    claim(store, message)

    with store.write() as tx:
        tx.outbox.delivered(message, NOW)
        tx.outbox.recover()
        tx.outbox.hurry()

    assert next_of(store) is None
    assert not claim(store, message)


def test_a_postponed_message_stays_first(store: Store) -> None:
    """A message that was refused is tried again before those behind it, with what came of the last try."""
    put(store, (event(identifier="a"), envelope()))
    put(store, (event(identifier="b"), envelope(batch="prod:2")), release="prod:2")
    message = first(store).id
    claim(store, message)

    with store.write() as tx:
        tx.outbox.postpone(message, NOW + MINUTE, "HTTP 500")

    waiting = first(store)
    assert (waiting.id, waiting.retry_at, waiting.attempts, waiting.last_error) == (
        message,
        NOW + MINUTE,
        1,
        "HTTP 500",
    )


def test_a_message_given_up_lets_the_next_one_through(store: Store) -> None:
    """What is given up is over, and does not hold up the channel."""
    put(store, (event(identifier="a"), envelope()))
    put(store, (event(identifier="b"), envelope(batch="prod:2")), release="prod:2")
    message = first(store).id
    claim(store, message)

    with store.write() as tx:
        tx.outbox.give_up(message, NOW, "HTTP 400")

    assert events_of(store, first(store).id) == ["b"]
    assert not claim(store, message)


def test_a_restart_takes_back_claims(store: Store) -> None:
    """A message in flight when the process died is sent again: nobody knows whether it arrived."""
    put(store, (event(), envelope()))
    message = first(store).id
    claim(store, message)
    assert next_of(store) is None

    with store.write() as tx:
        tx.outbox.recover()

    assert first(store).id == message


def test_hurrying_forgets_pauses(store: Store) -> None:
    """A reload may have mended a channel: what waits for its next try is tried at once."""
    put(store, (event(), envelope()))
    with store.write() as tx:
        tx.outbox.postpone(first(store).id, NOW + MINUTE, "HTTP 401")

    with store.write() as tx:
        tx.outbox.hurry()

    assert first(store).retry_at is None


def test_abandoning_spares_known_channels_and_what_is_in_flight(store: Store) -> None:
    """Messages for channels that are no longer there end, except one that is being sent."""
    put(store, (event(), envelope("kept")), (event(), envelope("old")))
    put(store, (event(), envelope("old", batch="prod:2")), release=None)
    claim(store, first(store, "old").id)

    with store.write() as tx:
        assert tx.outbox.abandon(["kept"], NOW) == 1
        tx.outbox.release(None, NOW)
        tx.outbox.recover()

    assert next_of(store, "kept") is not None
    assert first(store, "old").attempts == 1


def test_a_notice_is_due_at_once(store: Store) -> None:
    """What the daemon says of itself waits for no batch, and keeps its place among the messages."""
    put(store, (event(), envelope()))
    with store.write() as tx:
        tx.outbox.notify(envelope(batch="notice:1", route=None, rule=None), '{"title":"x"}', NOW)

    assert first(store).notice is None
    claim(store, first(store).id)
    assert first(store).notice == '{"title":"x"}'
    assert events_of(store, first(store).id) == []


def test_two_notices_are_two_messages(store: Store) -> None:
    """Notices are never joined, not even within one instant."""
    with store.write() as tx:
        for text in ("{}", "{}"):
            tx.outbox.notify(envelope(batch="notice:1", route=None, rule=None), text, NOW)

    with store.read() as tx:
        assert tx.outbox.depth() == [("finops", 2, NOW)]


def test_depth_counts_what_was_not_accepted(store: Store) -> None:
    """Held, due and claimed messages all wait; the oldest tells since when."""
    put(store, (event(), envelope()))
    put(store, (event(), envelope(batch="prod:2")), release=None, now=NOW + MINUTE)
    put(store, (event(), envelope("pager")), now=NOW + MINUTE)
    claim(store, first(store, "pager").id)

    with store.read() as tx:
        assert sorted(tx.outbox.depth()) == [("finops", 2, NOW), ("pager", 1, NOW + MINUTE)]


def test_recent_events_in_order(store: Store) -> None:
    """Events decided at a time or later, in the order of their decision."""
    put(store, *((event(identifier=f"{minute}", at=NOW + minute * MINUTE), envelope()) for minute in range(3)))

    with store.read() as tx:
        assert [found.key.customer_identifier for found in tx.outbox.recent(NOW + MINUTE)] == ["1", "2"]


def test_pruning_forgets_what_ended_long_ago(store: Store) -> None:
    """Old messages that ended go with their events; what waits stays, and so do the events that it tells."""
    put(store, (event(identifier="ended"), envelope()), (event(identifier="waits"), envelope("pager")))
    with store.write() as tx:
        tx.outbox.record(event(identifier="unsaid"), [], NOW)
        tx.outbox.delivered(first(store).id, NOW)

    with store.write() as tx:
        forgotten = tx.outbox.prune(NOW + MINUTE)

    assert forgotten == 3
    assert events_of(store, first(store, "pager").id) == ["waits"]
    with store.read() as tx:
        assert [found.key.customer_identifier for found in tx.outbox.recent(NOW)] == ["waits"]


def test_pruning_spares_what_is_recent(store: Store) -> None:
    """What ended at the time or later is kept."""
    put(store, (event(), envelope()))
    with store.write() as tx:
        tx.outbox.delivered(first(store).id, NOW)

    with store.write() as tx:
        assert tx.outbox.prune(NOW) == 0


def test_pruning_ends(store: Store) -> None:
    """More than a helping of old messages is forgotten helping by helping, until nothing is left to forget."""
    with store.write() as tx:
        for number in range(1201):
            tx.outbox.record(event(identifier=f"{number}"), [envelope(batch=f"{number}")], NOW)
        tx.outbox.abandon([], NOW)

    rounds = 0
    with store.write() as tx:
        while tx.outbox.prune(NOW + MINUTE):
            rounds += 1

    assert rounds == 3
    with store.read() as tx:
        assert tx.outbox.recent(NOW) == []
