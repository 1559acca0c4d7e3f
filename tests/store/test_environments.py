"""How far each environment has been read."""

from monitor.store.database import Store
from monitor.store.environments import Progress
from tests.store.builders import MINUTE, NOW


def test_an_unknown_environment_was_not_read(store: Store) -> None:
    """An environment that was never polled has no walk behind it."""
    with store.read() as tx:
        assert tx.environments.load("prod") == Progress(polls=0, first_complete_at=None, last_complete_at=None)


def test_progress_comes_back(store: Store) -> None:
    """The last progress that was written counts, for its environment only."""
    with store.write() as tx:
        tx.environments.save("prod", Progress(polls=1))
        tx.environments.save("prod", Progress(polls=2, first_complete_at=NOW, last_complete_at=NOW + MINUTE))
        tx.environments.save("test", Progress(polls=7))

    with store.read() as tx:
        assert tx.environments.load("prod") == Progress(2, NOW, NOW + MINUTE)
        assert tx.environments.load("test") == Progress(7)


def test_the_environments_by_name(store: Store) -> None:
    """All that were ever polled are known."""
    with store.write() as tx:
        for name in ("test", "prod"):
            tx.environments.save(name, Progress(polls=1))

    with store.read() as tx:
        assert tx.environments.names() == ["prod", "test"]
