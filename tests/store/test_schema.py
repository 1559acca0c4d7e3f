"""The migrations make exactly the tables that the program works with."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from monitor.store.database import Store
from monitor.store.schema import metadata


def test_migrations_and_metadata_agree(url: str) -> None:
    """Nothing is missing, left over or of another type in a database that the migrations have made."""
    Store(url).close()
    engine = create_engine(url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata)

    engine.dispose()
    assert differences == []


@pytest.mark.parametrize("table", ["customers", "alerts", "contributions", "outbox_events"])
def test_tables_of_pages_are_clustered(tmp_path: Path, table: str) -> None:
    """Tables that are read by page are kept in the order of their key: a comparison of metadata does not see that."""
    path = tmp_path / "monitor.db"
    Store(f"sqlite:///{path}").close()

    connection = sqlite3.connect(path)
    ((statement,),) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchall()
    connection.close()

    assert "WITHOUT ROWID" in statement


def test_durability(tmp_path: Path) -> None:
    """The file is in WAL mode, and what is committed is on the disk before anybody is told."""
    path = tmp_path / "monitor.db"
    store = Store(f"sqlite:///{path}")
    with store.write() as tx:
        settings = {
            name: tx.customers._connection.exec_driver_sql(f"PRAGMA {name}").scalar()  # noqa: SLF001 - what no method tells
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    store.close()

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
