"""One transaction: all of it or nothing, and nothing of it before its end."""

import pytest

from monitor.store.database import Store
from monitor.store.environments import Progress
from tests.notify.builders import event
from tests.store.builders import NOW, envelope, kept, place, record


def write_everything(store: Store, *, then: Exception | None) -> None:
    """Write to every table, and let an error end it."""
    with store.write() as tx:
        tx.customers.save("prod", [(place(1), record())])
        tx.alerts.save([kept()])
        tx.environments.save("prod", Progress(polls=1))
        tx.outbox.record(event(), [envelope()], NOW)
        tx.outbox.release(None, NOW)
        if then is not None:
            raise then


def contents(store: Store) -> tuple[int, int, int, int, int]:
    """How much there is of customers, alerts, polls, events and messages."""
    with store.read() as tx:
        return (
            sum(known is not None for known in tx.customers.load("prod", [place(1)])),
            len(list(tx.alerts.of_environment("prod"))),
            tx.environments.load("prod").polls,
            len(tx.outbox.recent(NOW)),
            sum(count for _, count, _ in tx.outbox.depth()),
        )


def test_everything_is_written(store: Store) -> None:
    """What was written is there once the transaction has ended."""
    write_everything(store, then=None)

    assert contents(store) == (1, 1, 1, 1, 1)


def test_an_error_leaves_nothing(store: Store) -> None:
    """An error in a transaction comes out as it is, and undoes customers, alerts, events and messages alike."""
    with pytest.raises(KeyError):
        write_everything(store, then=KeyError("a bug"))

    assert contents(store) == (0, 0, 0, 0, 0)


def test_writing_goes_on_after_an_error(store: Store) -> None:
    """A transaction that failed holds up none after it."""
    with pytest.raises(KeyError):
        write_everything(store, then=KeyError("a bug"))

    write_everything(store, then=None)

    assert contents(store) == (1, 1, 1, 1, 1)


def test_a_reader_sees_no_half_of_a_write(store: Store) -> None:
    """While a write is open, a reader neither waits for it nor sees any of it."""
    with store.write() as tx:
        tx.alerts.save([kept()])
        assert contents(store) == (0, 0, 0, 0, 0)

    assert contents(store) == (0, 1, 0, 0, 0)


def test_a_view_stays_as_it_was(store: Store) -> None:
    """What a reader sees does not change under it while others write."""
    with store.read() as view:
        before = len(list(view.alerts.of_environment("prod")))
        with store.write() as tx:
            tx.alerts.save([kept()])
        after = len(list(view.alerts.of_environment("prod")))

    assert (before, after) == (0, 0)
