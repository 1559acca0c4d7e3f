"""What customers had spent at full hours and midnights, kept only where it changed, and the corrections of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import (
    Connection,
    Integer,
    and_,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    values,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from monitor.alerts.model import CustomerKey
from monitor.spending.course import Correction, Fallen
from monitor.spending.windows import DAY, Mark
from monitor.store.schema import corrections, history
from monitor.store.statement import Statement
from monitor.store.times import instant, micros

# Look-ups of other sizes use the next larger shape, so that few statements are ever compiled.
_SHAPES = (1, 20, 200, 1000)

# Customers that are pruned at a time.
PRUNED = 1000


class History:
    """The history, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, environment: str, marks: Iterable[tuple[int, Mark]]) -> None:
        """Write marks of customers, by their numbers; those that are there already stay as they are."""
        _INSERT.run(
            self._connection, sorted((environment, number, micros(mark.at), mark.spent) for number, mark in marks)
        )

    def at(self, environment: str, wanted: Sequence[tuple[int, datetime]]) -> list[float | None]:
        """What customers had spent at some time.

        Args:
            environment: Our label.
            wanted: Number of the customer, and a full hour.

        Returns:
            For each, in order, what it was then (USD); None: not known, or it has not changed since.
        """
        found: list[float | None] = []
        for start in range(0, len(wanted), _SHAPES[-1]):
            found += self._at(environment, wanted[start : start + _SHAPES[-1]])
        return found

    def of(self, environment: str, number: int) -> list[Mark]:
        """All that is kept of a customer, oldest first."""
        statement = select(history.c.mark, history.c.spent).where(
            history.c.environment == environment, history.c.number == number
        )
        rows = self._connection.execute(statement.order_by(history.c.mark))
        return [Mark(instant(row.mark), row.spent) for row in rows]

    def drop(self, environment: str, numbers: Sequence[int]) -> None:
        """Forget all that is kept of customers."""
        _DROP.run(self._connection, [(environment, number) for number in sorted(numbers)])

    def prune(self, environment: str, after: int, now: datetime, *, hourly: timedelta, daily: timedelta) -> int:
        """Forget marks of some customers that are older than they need be.

        Args:
            environment: Our label.
            after: Customers with a higher number than this, `PRUNED` of them.
            now: The time, UTC.
            hourly: How long full hours are kept.
            daily: How long midnights are kept.
        """
        old = or_(
            history.c.mark < micros(now - daily),
            and_(history.c.mark < micros(now - hourly), history.c.mark % (DAY // timedelta(microseconds=1)) != 0),
        )
        these = and_(history.c.environment == environment, history.c.number > after, history.c.number <= after + PRUNED)
        return self._connection.execute(delete(history).where(these, old)).rowcount

    def _at(self, environment: str, wanted: Sequence[tuple[int, datetime]]) -> list[float | None]:
        shape = next(size for size in _SHAPES if size >= len(wanted))
        found: list[float | None] = [None] * shape
        keys = [(number, micros(at)) for number, at in wanted]
        parameters = chain.from_iterable(chain(keys, [keys[-1]] * (shape - len(keys))))
        for position, spent in _LOOKUPS[shape].rows(self._connection, (*parameters, environment, environment)):
            found[position] = spent
        return found[: len(wanted)]


class Corrections:
    """The corrections, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, found: Iterable[tuple[CustomerKey, Correction]], at: datetime) -> None:
        """Write what has become less."""
        rows = [
            {
                "at": micros(at),
                "environment": key.environment,
                "customer_identifier": key.customer_identifier,
                "organization": key.organization,
                "figure": correction.of.value,
                "before": correction.before,
                "after": correction.after,
            }
            for key, correction in found
        ]
        if rows:
            self._connection.execute(insert(corrections), rows)

    def of(self, key: CustomerKey, limit: int = 20) -> list[tuple[datetime, Correction]]:
        """The last ones of a customer, newest first."""
        condition = and_(
            corrections.c.environment == key.environment,
            corrections.c.customer_identifier == key.customer_identifier,
            corrections.c.organization == key.organization,
        )
        rows = self._connection.execute(
            select(corrections).where(condition).order_by(corrections.c.id.desc()).limit(limit)
        )
        return [(instant(row.at), Correction(Fallen(row.figure), row.before, row.after)) for row in rows]

    def prune(self, before: datetime) -> int:
        """Forget what was corrected before an instant; how many were forgotten."""
        return self._connection.execute(delete(corrections).where(corrections.c.at < micros(before))).rowcount


def _lookup(size: int) -> Statement:
    """For `size` customers and times the first mark from that time on, where there is one."""
    names = [(f"number_{position}", f"mark_{position}") for position in range(size)]
    wanted = (
        values(
            column("position", Integer), column("number", history.c.number.type), column("mark", history.c.mark.type)
        )
        .data(
            [
                (
                    literal_column(str(position)),
                    bindparam(number, type_=history.c.number.type),
                    bindparam(mark, type_=history.c.mark.type),
                )
                for position, (number, mark) in enumerate(names)
            ]
        )
        .cte("wanted")
    )
    later = history.alias("later")
    first = (
        select(func.min(later.c.mark))
        .where(
            later.c.environment == bindparam("environment_of_first"),
            later.c.number == wanted.c.number,
            later.c.mark >= wanted.c.mark,
        )
        .correlate(wanted)
        .scalar_subquery()
    )
    joined = wanted.join(history, and_(history.c.number == wanted.c.number, history.c.mark == first))
    statement = (
        select(wanted.c.position, history.c.spent)
        .select_from(joined)
        .where(history.c.environment == bindparam("environment"))
    )
    return Statement(statement, [*chain.from_iterable(names), "environment_of_first", "environment"])


_COLUMNS = tuple(column_.name for column_ in history.columns)
_INSERT = Statement(
    upsert(history).values({name: bindparam(name) for name in _COLUMNS}).on_conflict_do_nothing(), _COLUMNS
)
_DROP = Statement(
    delete(history).where(
        history.c.environment == bindparam("of_environment"), history.c.number == bindparam("of_number")
    ),
    ("of_environment", "of_number"),
)
_LOOKUPS = {size: _lookup(size) for size in _SHAPES}
