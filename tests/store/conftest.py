"""The databases that every contract of the store is tested on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from monitor.store.database import Store
from monitor.store.schema import metadata

# Empty databases to test on, beside SQLite: an address of PostgreSQL, whose tables are dropped.
POSTGRESQL = os.environ.get("MONITOR_TEST_POSTGRESQL")


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRESQL else [])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite" or not POSTGRESQL:
        return f"sqlite:///{tmp_path / 'monitor.db'}"
    engine = create_engine(POSTGRESQL)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    engine.dispose()
    return POSTGRESQL


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A new database, open."""
    opened = Store(url)
    yield opened
    opened.close()
