"""How far each environment has been read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
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
        numbers: How many customers were given a number.
    """

    polls: int = 0
    first_complete_at: datetime | None = None
    last_complete_at: datetime | None = None
    numbers: int = 0


class Environments:
    """The environments' progress, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def names(self) -> list[str]:
        """All environments that were ever read, by name."""
        return list(self._connection.execute(select(environments.c.name).order_by(environments.c.name)).scalars())

    def load(self, name: str) -> Progress:
        """How far `name` has been read; not at all for one that is not known."""
        row = self._connection.execute(select(environments).where(environments.c.name == name)).one_or_none()
        if row is None:
            return Progress()
        return Progress(row.polls, instant(row.first_complete_at), instant(row.last_complete_at), row.numbers)

    def allot(self, name: str, count: int) -> int:
        """Give out `count` numbers of an environment that was saved; the first of them, from 1."""
        statement = update(environments).where(environments.c.name == name)
        changed = statement.values(numbers=environments.c.numbers + count).returning(environments.c.numbers)
        return int(self._connection.execute(changed).scalar_one()) - count + 1

    def save(self, name: str, progress: Progress) -> None:
        """Write how far `name` has been read."""
        values = {
            "polls": progress.polls,
            "first_complete_at": micros(progress.first_complete_at),
            "last_complete_at": micros(progress.last_complete_at),
            "numbers": progress.numbers,
        }
        statement = upsert(environments).values(name=name, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
