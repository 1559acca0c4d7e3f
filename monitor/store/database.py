"""The database: opened once, brought to this version's schema, written in one transaction at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from monitor.store.alerts import Alerts
from monitor.store.contributions import Contributions
from monitor.store.customers import Customers
from monitor.store.environments import Environments
from monitor.store.errors import SchemaTooNew, StoreError, WrongDatabaseUrl
from monitor.store.history import Corrections, History
from monitor.store.lock import FileLock
from monitor.store.outbox import Outbox
from monitor.store.told import Telling

# How long a statement waits for another process that holds the file (a backup, a shell) before it fails.
BUSY_SECONDS = 5


class Transaction:
    """What one transaction can read and write; all of it is committed together, or none."""

    def __init__(self, connection: Connection) -> None:
        self.customers = Customers(connection)
        self.alerts = Alerts(connection)
        self.contributions = Contributions(connection)
        self.environments = Environments(connection)
        self.outbox = Outbox(connection)
        self.told = Telling(connection)
        self.history = History(connection)
        self.corrections = Corrections(connection)


class Store:
    """The database of one daemon.

    Args:
        url: A SQLAlchemy URL.
        readonly: Read what another process writes: takes no lock and migrates nothing.

    Raises:
        StoreError: The database cannot be opened, is in use, or was written by a newer version.
    """

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        self._engine = _engine(url)
        self._reading = _for_reading(self._engine)
        self._lock: FileLock | None = None
        path = _sqlite_path(self._engine)
        if readonly and path is not None and not path.exists():
            raise StoreError(f"there is no database at {path} yet; `budget-monitor run` or `once` makes it")
        if not readonly and path is not None:
            _make_folder(path.parent)
            self._lock = FileLock(path)
        try:
            with _translated(self._engine):
                self._migrate(readonly=readonly)
        except StoreError:
            self.close()
            raise

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction that commits at the end, or leaves no trace where an error ends it."""
        with _translated(self._engine), self._engine.begin() as connection:
            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view that does not hold up the writer."""
        with _translated(self._engine), self._reading.begin() as connection:
            yield Transaction(connection)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _migrate(self, *, readonly: bool) -> None:
        config = Config()
        config.set_main_option("script_location", str(files("monitor.store") / "migrations"))
        scripts = ScriptDirectory.from_config(config)
        with (self._reading if readonly else self._engine).connect() as connection:
            with connection.begin():
                revision = MigrationContext.configure(connection).get_current_revision()
            if revision is not None:
                try:
                    scripts.get_revision(revision)
                except CommandError as error:
                    raise SchemaTooNew(
                        f"the database {self._engine.url.render_as_string()} was written by a newer version of "
                        f"budget-monitor (schema {revision}); it was left as it is: start that version again"
                    ) from error
            if revision == scripts.get_current_head():
                return
            if readonly:
                raise StoreError("the database is of an older version; start the daemon once to bring it up to date")
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise WrongDatabaseUrl(f"MONITOR_DATABASE_URL names {parsed.get_backend_name()}; use sqlite or postgresql")
        if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
            raise WrongDatabaseUrl("MONITOR_DATABASE_URL names no file; what is only in memory would be told twice")
        engine = create_engine(parsed, poolclass=QueuePool, pool_size=4)
    except (NoSuchModuleError, ImportError) as error:  # before its parent, ArgumentError
        raise WrongDatabaseUrl(f"MONITOR_DATABASE_URL needs a driver that is not installed: {error}") from error
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise WrongDatabaseUrl(
            "MONITOR_DATABASE_URL is no database URL, such as sqlite:////var/lib/monitor.db"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _for_reading(engine: Engine) -> Engine:
    """The engine, giving views that stay as they were; every view of SQLite does."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(reads_only=True)
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver opens no transactions of its own: `_begin_sqlite` does
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the write lock at once: taken later, it could fail half-way through."""
    reads = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _sqlite_path(engine: Engine) -> Path | None:
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"cannot make the folder {folder}: {error.strerror}; set MONITOR_DATABASE_URL") from error


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # Only the driver's own words: the statement's parameters hold customers' data.
        raise StoreError(f"the database {engine.url.render_as_string()} failed: {error.orig}") from error
