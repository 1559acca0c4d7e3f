"""Statements compiled once and run with plain rows: SQLAlchemy's own path costs three times as much per row."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, TypeAlias

from sqlalchemy import (
    CTE,
    ClauseElement,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    column,
    delete,
    literal_column,
    values,
)
from sqlalchemy.dialects.postgresql import insert

# Look-ups of other sizes use the next larger shape, so that few statements are ever compiled.
SHAPES = (1, 20, 200, 1000)

Selecting: TypeAlias = Callable[[CTE], tuple[ClauseElement, Sequence[str]]]
"""Given the list of the keys that are wanted, what is selected for them and the names of its further parameters."""


def of_key(names: Sequence[str]) -> tuple[str, ...]:
    """Names of the parameters that hold a key: an update's own may not be named after columns."""
    return tuple(f"of_{name}" for name in names)


def by_key(table: Table, key: Sequence[str]) -> ColumnElement[bool]:
    """The rows whose key the parameters of `of_key` hold."""
    return and_(*(table.c[name] == bindparam(of) for name, of in zip(key, of_key(key), strict=True)))


def limited(statement: Select[Any], rows: int) -> Select[Any]:
    """At most so many rows; the number is written out, as SQLAlchemy would add a parameter of its own."""
    return statement.limit(literal_column(str(rows))).offset(literal_column("0"))


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

    @classmethod
    def deletion(cls, table: Table, key: Sequence[str]) -> "Statement":
        """Deletes rows of a table by these columns."""
        return cls(delete(table).where(by_key(table, key)), of_key(key))

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


class Lookup:
    """What is kept of many keys at once.

    A join with a list of values looks each up by its key; `IN` would scan.

    Args:
        table: Where they are looked up.
        key: Names of those of its columns that the keys give.
        selecting: Selects from the list, which has a position beside these columns, the position first.
    """

    def __init__(self, table: Table, key: Sequence[str], selecting: Selecting) -> None:
        self._statements = {size: _listed(table, key, size, selecting) for size in SHAPES}

    def rows(
        self, connection: Connection, keys: Sequence[tuple[Any, ...]], more: tuple[Any, ...]
    ) -> list[Sequence[Any] | None]:
        """The row that is found for each key, in their order; None where there is none.

        Args:
            connection: To the database.
            keys: Any number of them.
            more: The further parameters.
        """
        found: list[Sequence[Any] | None] = []
        for start in range(0, len(keys), SHAPES[-1]):
            found += self._rows(connection, keys[start : start + SHAPES[-1]], more)
        return found

    def _rows(
        self, connection: Connection, keys: Sequence[tuple[Any, ...]], more: tuple[Any, ...]
    ) -> list[Sequence[Any] | None]:
        shape = next(size for size in SHAPES if size >= len(keys))
        found: list[Sequence[Any] | None] = [None] * shape
        parameters = chain.from_iterable(chain(keys, [keys[-1]] * (shape - len(keys))))
        for row in self._statements[shape].rows(connection, (*parameters, *more)):
            found[row[0]] = row
        return found[: len(keys)]


def _listed(table: Table, key: Sequence[str], size: int, selecting: Selecting) -> Statement:
    names = [tuple(f"{name}_{position}" for name in key) for position in range(size)]
    columns = [column(name, table.c[name].type) for name in key]
    wanted = (
        values(column("position", Integer), *columns)
        .data(
            [
                (
                    literal_column(str(position)),
                    *(bindparam(name, type_=of.type) for name, of in zip(group, columns, strict=True)),
                )
                for position, group in enumerate(names)
            ]
        )
        .cte("wanted")
    )
    statement, more = selecting(wanted)
    return Statement(statement, [*chain.from_iterable(names), *more])
