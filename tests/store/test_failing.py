"""A database that fails says so in its own error, keeps what was committed, and works again when it can."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.store import database
from monitor.store.database import Store
from monitor.store.errors import StoreError
from tests.notify.builders import event
from tests.store.builders import envelope, put

# The process's files may not grow any more: what a full disk does, but without filling one.
FULL_DISK = """
import resource, sys
from monitor.store.database import Store
from monitor.store.errors import StoreError
from tests.notify.builders import event
from tests.store.builders import NOW, envelope, put

def count():
    with store.read() as tx:
        return len(tx.outbox.recent(NOW))

store = Store(sys.argv[1])
put(store, (event(identifier="before"), envelope()))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
try:
    for number in range(100):
        put(store, *((event(identifier="x" * 1000), envelope(batch=str(number))) for _ in range(50)))
except StoreError as error:
    print(error)
full = count()
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
put(store, (event(identifier="after"), envelope()))
print((full - 1) % 50, count() - full)
store.close()
"""


def test_a_full_disk(tmp_path: Path) -> None:
    """A write that finds no room is an error that leaves nothing half-written; with room again, writing goes on."""
    done = subprocess.run(  # noqa: S603 - this interpreter and a text of ours
        [sys.executable, "-c", FULL_DISK, f"sqlite:///{tmp_path / 'monitor.db'}"],
        capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip

    assert done.stderr == ""
    sentence, outcome = done.stdout.splitlines()
    assert sentence.startswith("the database sqlite:///")
    assert outcome == "0 1"


def test_a_file_held_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a backup or a shell holds the file for too long, a write fails, and works once it is free."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    path = tmp_path / "monitor.db"
    store = Store(f"sqlite:///{path}")
    shell = sqlite3.connect(path, isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="database is locked"):
        put(store, (event(), envelope()))
    shell.execute("ROLLBACK")
    shell.close()

    put(store, (event(), envelope()))
    store.close()


def test_an_error_quotes_no_customer(tmp_path: Path) -> None:
    """A failure is told in the driver's words alone: the statement's values are customers' data."""
    path = tmp_path / "monitor.db"
    store = Store(f"sqlite:///{path}")
    shell = sqlite3.connect(path)
    shell.execute("ALTER TABLE events RENAME TO elsewhere")
    shell.close()

    with pytest.raises(StoreError) as caught:
        put(store, (event(identifier="confidential"), envelope()))

    store.close()
    assert "no such table" in str(caught.value)
    assert "confidential" not in str(caught.value)
