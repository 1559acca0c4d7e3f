"""What customers had spent at full hours and midnights, kept only where it changed, and the corrections of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    CTE,
    ClauseElement,
    Connection,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from monitor.alerts.model import CustomerKey
from monitor.spending.course import Correction, Fallen
from monitor.spending.windows import DAY, Mark
from monitor.store.schema import corrections, history
from monitor.store.statement import Lookup, Statement, limited
from monitor.store.times import instant, micros

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
        marks = {at: micros(at) for at in {at for _, at in wanted}}
        keys = [(number, marks[at]) for number, at in wanted]
        rows = _LOOKUP.rows(self._connection, keys, (environment,))
        return [None if row is None else row[1] for row in rows]

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


def _first_marks(wanted: CTE) -> tuple[ClauseElement, Sequence[str]]:
    """For customers and times what the first mark from that time on says, if there is one."""
    later = select(history.c.spent).where(
        history.c.environment == bindparam("environment"),
        history.c.number == wanted.c.number,
        history.c.mark >= wanted.c.mark,
    )
    first = limited(later.order_by(history.c.mark), 1).correlate(wanted).scalar_subquery()
    return select(wanted.c.position, first), ["environment"]


_COLUMNS = tuple(column_.name for column_ in history.columns)
_INSERT = Statement(
    upsert(history).values({name: bindparam(name) for name in _COLUMNS}).on_conflict_do_nothing(), _COLUMNS
)
_DROP = Statement.deletion(history, ("environment", "number"))
_LOOKUP = Lookup(history, ("number", "mark"), _first_marks)
