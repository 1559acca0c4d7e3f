"""What every customer adds to the sums of the rules over all customers, kept until the customer is read again.

A series is what is kept for one formula in one environment. It is complete once a whole walk has gone by: until then it
lacks customers. It is current while the last poll has read everybody who may have changed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from monitor.store.customers import Place
from monitor.store.schema import contributions, series
from monitor.store.statement import Statement

# Beyond it a number is as good as infinite. Sums of millions of smaller ones cannot overflow, which PostgreSQL refuses.
_LARGEST = 1e300

Key = tuple[int, str]
"""A customer within an organization: when first seen (microseconds since 1970 UTC), and identifier."""

Contribution = tuple[int, str, float | None, float]
"""Such a customer, and the least and the greatest that it adds."""


class Series(NamedTuple):
    """A series.

    Attributes:
        id: Its number.
        complete: Whether a whole walk has gone by since it was begun.
        current: Whether the last poll of the environment has read everybody who may have changed.
    """

    id: int
    complete: bool
    current: bool


class Sums(NamedTuple):
    """What the contributions of a series in one organization come to.

    Attributes:
        members: How many there are.
        low: Sum of the least.
        high: Sum of the greatest.
        most_low: The greatest of the least; None of none, and where nobody asked.
        most_high: The greatest of the greatest, likewise.
    """

    members: int
    low: float
    high: float
    most_low: float | None
    most_high: float | None


class Contributions:
    """The contributions, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def adopt(self, wanted: Mapping[str, tuple[str, Iterable[str]]]) -> None:
        """Keep series of some formulas; forget all others.

        Args:
            wanted: By environment, the fingerprint of its filters and the formulas. Under other filters a series is
                begun anew.
        """
        missing = {(name, formula): filters for name, (filters, formulas) in wanted.items() for formula in formulas}
        for row in self._connection.execute(select(series)).fetchall():
            if missing.get((row.environment, row.formula)) == row.filters:
                del missing[row.environment, row.formula]
                continue
            self._connection.execute(delete(contributions).where(contributions.c.series == row.id))
            self._connection.execute(delete(series).where(series.c.id == row.id))
        rows = [
            {"environment": name, "formula": formula, "filters": filters, "complete": False, "current": False}
            for (name, formula), filters in missing.items()
        ]
        if rows:
            self._connection.execute(insert(series), rows)

    def series(self, environment: str) -> dict[str, Series]:
        """The series of an environment, by formula."""
        found = _SERIES.rows(self._connection, (environment,))
        return {formula: Series(number, bool(complete), bool(current)) for formula, number, complete, current in found}

    def mark(self, environment: str, *, current: bool) -> None:
        """Note whether the poll that has ended has read everybody who may have changed."""
        changed = series.c.current != current
        self._connection.execute(
            update(series)
            .where(series.c.environment == environment, changed)
            .values(current=current, **({"complete": True} if current else {}))
        )

    def stretch(
        self, number: int, organization: str, first: int, last: int, at_most: int
    ) -> Sequence[Contribution] | None:
        """The contributions of customers who were first seen from one instant to another, in that order.

        Args:
            number: Of the series.
            organization: Of the customers.
            first: Microseconds since 1970 UTC.
            last: The same, inclusive.
            at_most: Where there are more than so many, None is given.
        """
        found = _STRETCH.rows(self._connection, (number, organization, first, last, at_most + 1))
        return None if len(found) > at_most else [(seen, name, low, high) for seen, name, low, high in found]

    def write(self, number: int, organization: str, changed: Iterable[Contribution], ended: Iterable[Key]) -> None:
        """Write contributions, and forget those that have ended."""
        _UPSERT.run(
            self._connection,
            [
                (number, organization, first_seen, identifier, None if low is None else _storable(low), _storable(high))
                for first_seen, identifier, low, high in sorted(changed, key=_key)
            ],
        )
        _DELETE.run(self._connection, [(number, organization, *key) for key in sorted(ended)])

    def drop(self, environment: str, places: Iterable[Place]) -> None:
        """Forget what customers have contributed: they are gone, or are left out."""
        gone = sorted(places)
        for found in self.series(environment).values():
            _DELETE.run(
                self._connection,
                [(found.id, place.organization, place.first_seen, place.customer_identifier) for place in gone],
            )

    def sums(self, numbers: Iterable[int], *, most: bool) -> dict[tuple[int, str], Sums]:
        """What series come to, by their numbers and the organizations of their customers.

        Args:
            numbers: Of the series.
            most: Whether the greatest contributions are wanted too, which takes half as long again.
        """
        columns = [func.count(), func.sum(contributions.c.low), func.sum(contributions.c.high)]
        if most:
            columns += [func.max(contributions.c.low), func.max(contributions.c.high)]
        by = (contributions.c.series, contributions.c.organization)
        rows = self._connection.execute(
            select(*by, *columns).where(contributions.c.series.in_(list(numbers))).group_by(*by)
        )
        return {
            (number, organization): Sums(members, _sum(low), _sum(high), *(greatest or (None, None)))
            for number, organization, members, low, high, *greatest in rows.fetchall()
        }


def _key(contribution: Contribution) -> Key:
    return contribution[:2]


def _storable(value: float) -> float:
    return value if -_LARGEST < value < _LARGEST else math.copysign(math.inf, value)


def _sum(value: float | None) -> float:
    """The databases' null for infinity less infinity, and of nothing but nulls."""
    return math.nan if value is None else value


_KEY = ("series", "organization", "first_seen", "customer_identifier")
_COLUMNS = (*_KEY, "low", "high")
_OF = tuple(f"of_{name}" for name in _KEY)
_UPSERT = Statement.upsert(contributions, _COLUMNS, _KEY)
_DELETE = Statement(
    delete(contributions).where(
        and_(*(contributions.c[name] == bindparam(of) for name, of in zip(_KEY, _OF, strict=True)))
    ),
    _OF,
)
_SERIES = Statement(
    select(series.c.formula, series.c.id, series.c.complete, series.c.current).where(
        series.c.environment == bindparam("of_environment")
    ),
    ("of_environment",),
)
_STRETCH = Statement(
    select(*(contributions.c[name] for name in _COLUMNS[2:]))
    .where(
        contributions.c.series == bindparam("of_series"),
        contributions.c.organization == bindparam("of_organization"),
        contributions.c.first_seen >= bindparam("first"),
        contributions.c.first_seen <= bindparam("last"),
    )
    .order_by(contributions.c.first_seen, contributions.c.customer_identifier)
    .limit(bindparam("at_most")),
    ("of_series", "of_organization", "first", "last", "at_most"),
)
