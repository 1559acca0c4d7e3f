"""Statements compiled once and run with plain rows: SQLAlchemy's own path costs three times as much per row."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection, Table, bindparam
from sqlalchemy.dialects.postgresql import insert


class Statement:
    """One statement with its bind parameters.

    Args:
        statement: Its bind parameters are named after `parameters`.
        parameters: The order in which values are given.
    """

    def __init__(self, statement: ClauseElement, parameters: Sequence[str]) -> None:
        self._statement: Any = statement
        self._parameters = tuple(parameters)
        self._texts: dict[str, str | None] = {}

    @classmethod
    def upsert(cls, table: Table, columns: Sequence[str], key: Sequence[str]) -> "Statement":
        """Writes rows of a table, new ones and known ones alike.

        Args:
            table: The table.
            columns: All of its columns, in the order in which rows give their values.
            key: Those by which a row is known.
        """
        # SQLite spells it alike: its compiler takes PostgreSQL's construct, not the other way round.
        statement = insert(table).values({name: bindparam(name) for name in columns})
        changed = {name: statement.excluded[name] for name in columns if name not in key}
        return cls(statement.on_conflict_do_update(index_elements=list(key), set_=changed), columns)

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it once for each row of values."""
        if not rows:
            return
        text = self._text(connection)
        if text is not None:
            connection.exec_driver_sql(text, list(rows))
        else:
            connection.execute(self._statement, [self._named(row) for row in rows])

    def rows(self, connection: Connection, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
        """What it selects, as plain sequences."""
        text = self._text(connection)
        if text is None:
            return connection.execute(self._statement, self._named(values)).fetchall()
        with connection.exec_driver_sql(text, values) as result:
            # The driver's own tuples: the rows that SQLAlchemy makes of them are as dear as the lookup itself.
            return result.cursor.fetchall()

    def _named(self, values: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(self._parameters, values, strict=True))

    def _text(self, connection: Connection) -> str | None:
        """The driver's text, where the driver takes values by position and in our order."""
        dialect = connection.dialect
        if dialect.name not in self._texts:
            compiled = self._statement.compile(dialect=dialect)
            positional = compiled.positiontup is not None and tuple(compiled.positiontup) == self._parameters
            self._texts[dialect.name] = str(compiled) if positional else None
        return self._texts[dialect.name]
