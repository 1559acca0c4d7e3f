"""How far each environment has been read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from monitor.store.schema import environments
from monitor.store.times import instant, micros


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an environment has been read.

    Attributes:
        polls: How many polls were begun, ever.
        first_complete_at: When the first complete walk ended; None: there was none, what is found was there before.
        last_complete_at: When the last one ended.
    """

    polls: int = 0
    first_complete_at: datetime | None = None
    last_complete_at: datetime | None = None


class Environments:
    """The environments' progress, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self, name: str) -> Progress:
        """How far `name` has been read; not at all for one that is not known."""
        row = self._connection.execute(select(environments).where(environments.c.name == name)).one_or_none()
        if row is None:
            return Progress()
        return Progress(row.polls, instant(row.first_complete_at), instant(row.last_complete_at))

    def save(self, name: str, progress: Progress) -> None:
        """Write how far `name` has been read."""
        values = {
            "polls": progress.polls,
            "first_complete_at": micros(progress.first_complete_at),
            "last_complete_at": micros(progress.last_complete_at),
        }
        statement = upsert(environments).values(name=name, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
