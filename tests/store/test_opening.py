"""Opening a database: what it takes, what is refused and in which words, and what is left untouched."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.store.database import Store
from monitor.store.errors import SchemaTooNew, StoreError, StoreLocked
from tests.notify.builders import event
from tests.store.builders import NOW, envelope, first, put

HOLDER = """
import sys
from monitor.store.database import Store
store = Store(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def address(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def test_the_contract_on_postgresql() -> None:
    """Every test that takes a store is run on PostgreSQL too, where there is one."""
    if not os.environ.get("MONITOR_TEST_POSTGRESQL"):
        pytest.skip("MONITOR_TEST_POSTGRESQL names no database: the store is tested on SQLite alone")


def test_what_was_written_survives(url: str) -> None:
    """A database that is closed and opened again holds what was committed."""
    store = Store(url)
    put(store, (event(), envelope()))
    store.close()

    reopened = Store(url)
    try:
        assert first(reopened).created_at == NOW
    finally:
        reopened.close()


def test_a_folder_is_made(tmp_path: Path) -> None:
    """A database in a folder that is not there yet is made with its folder, which is nobody else's to read."""
    path = tmp_path / "state" / "budget-monitor" / "monitor.db"

    Store(address(path)).close()

    assert path.exists()
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "MONITOR_DATABASE_URL is no database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://user:secret-word@localhost/db", "use sqlite or postgresql"),
        ("postgresql://user:secret-word@localhost:port/db", "MONITOR_DATABASE_URL is no database URL"),
        ("postgresql+nodriver://user:secret-word@localhost/db", "driver that is not installed"),
    ],
)
def test_a_url_that_cannot_be_used(url: str, words: str) -> None:
    """A wrong URL is refused in a sentence about MONITOR_DATABASE_URL that gives no password away."""
    with pytest.raises(StoreError, match=words) as caught:
        Store(url)

    assert "MONITOR_DATABASE_URL" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """Another file in the database's place is refused, and left as it is."""
    path = tmp_path / "monitor.db"
    path.write_text("these are my notes\n" * 100)

    with pytest.raises(StoreError, match="is not a database"):
        Store(address(path))

    assert path.read_text() == "these are my notes\n" * 100


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    """A folder of the database's name is refused."""
    with pytest.raises(StoreError, match="unable to open"):
        Store(address(tmp_path))


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    """A path through a file is refused with what to do about it."""
    (tmp_path / "state").touch()

    with pytest.raises(StoreError, match="set MONITOR_DATABASE_URL"):
        Store(address(tmp_path / "state" / "monitor.db"))


def test_a_second_store_is_refused(tmp_path: Path) -> None:
    """The sentence names the process that has the database, and what to do."""
    path = tmp_path / "monitor.db"
    holder = Store(address(path))

    with pytest.raises(StoreLocked) as caught:
        Store(address(path))

    holder.close()
    assert str(caught.value) == (
        f"{path} is in use by another budget-monitor (process {os.getpid()}); "
        "stop that one, or give this one its own MONITOR_DATABASE_URL"
    )


def test_a_closed_store_lets_another_in(tmp_path: Path) -> None:
    """Closing gives the database free, and can be done twice."""
    path = tmp_path / "monitor.db"
    store = Store(address(path))
    store.close()
    store.close()

    Store(address(path)).close()


def test_a_failed_opening_lets_another_in(tmp_path: Path) -> None:
    """A database that could not be opened is not left locked."""
    path = tmp_path / "monitor.db"
    path.write_text("no database")
    with pytest.raises(StoreError):
        Store(address(path))
    path.unlink()

    Store(address(path)).close()


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    """The lock ends with its process, even one that had no time for anything."""
    path = tmp_path / "monitor.db"
    with subprocess.Popen(  # noqa: S603 - this interpreter and a text of ours
        [sys.executable, "-c", HOLDER, address(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreLocked, match=rf"\(process {holder.pid}\)"):
            Store(address(path))
        holder.kill()
        holder.wait()

        Store(address(path)).close()


def test_reading_needs_a_database(tmp_path: Path) -> None:
    """To read what nobody has written is refused, and makes no file."""
    path = tmp_path / "monitor.db"

    with pytest.raises(StoreError, match=r"there is no database at .*budget-monitor run"):
        Store(address(path), readonly=True)

    assert list(tmp_path.iterdir()) == []


def test_reading_beside_the_writer(tmp_path: Path) -> None:
    """A reader opens and reads while another process holds the database and is in the middle of a write."""
    path = tmp_path / "monitor.db"
    writer = Store(address(path))
    put(writer, (event(identifier="committed"), envelope()))

    with writer.write() as tx:
        tx.outbox.record(event(identifier="not yet"), [envelope()], NOW)
        reader = Store(address(path), readonly=True)
        with reader.read() as view:
            seen = [found.key.customer_identifier for found in view.outbox.recent(NOW)]
        reader.close()

    writer.close()
    assert seen == ["committed"]


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A database of a newer version is refused by name, and not one byte of it changes."""
    path = tmp_path / "monitor.db"
    Store(address(path)).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = path.read_bytes()

    for readonly in (False, True):
        with pytest.raises(SchemaTooNew, match=r"newer version of budget-monitor \(schema 9999\).*left as it is"):
            Store(address(path), readonly=readonly)

    assert path.read_bytes() == before


def test_reading_does_not_migrate(tmp_path: Path) -> None:
    """A reader refuses a database that has no schema yet, and brings none."""
    path = tmp_path / "monitor.db"
    path.touch()

    with pytest.raises(StoreError, match="older version; start the daemon once"):
        Store(address(path), readonly=True)

    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == []
