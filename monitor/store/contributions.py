"""What every customer adds to the sums of the rules over all customers, kept until the customer is read again.

A series is what is kept for one formula in one environment. It is complete once a whole walk has gone by: until then it
lacks customers. It is current while the last poll has read everybody who may have changed.

Up to `SLOTS` series share a block, which has one row for each customer.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from monitor.store.customers import Place
from monitor.store.schema import SLOTS, contributions, series
from monitor.store.statement import Statement, limited

LONGEST = 2_100
"""Rows that are read at a time: those of the largest page, and of as many other customers who lie between."""

Key = tuple[int, str]
"""A customer within an organization: when first seen (microseconds since 1970 UTC), and identifier."""

Contributed = tuple[Any, ...]
"""What such a customer adds: first seen and identifier, then for each slot the least and the greatest (floats).

The greatest is None where nothing is added. The least alone is None where the customer, who may be the greatest of all,
may also not count at all."""

# Beyond it a number is as good as infinite. Sums of millions of smaller ones cannot overflow, which PostgreSQL refuses.
_LARGEST = 1e300


class Series(NamedTuple):
    """A series.

    Attributes:
        block: Its block.
        slot: Which of the block's slots is its own.
        complete: Whether a whole walk has gone by since it was begun.
        current: Whether the last poll of the environment has read everybody who may have changed.
    """

    block: int
    slot: int
    complete: bool
    current: bool


class Sums(NamedTuple):
    """What is added to a series by the customers of one organization.

    Attributes:
        members: How many they are.
        low: Sum of the least that they add; NaN for infinity less infinity.
        high: Sum of the greatest, likewise.
        most_low: The greatest of the least; None of none, and where nobody asked.
        most_high: The greatest of the greatest, likewise.
    """

    members: int
    low: float
    high: float
    most_low: float | None = None
    most_high: float | None = None


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
        kept: list[tuple[str, int, int]] = []
        ended: list[tuple[int, int]] = []
        for row in self._connection.execute(select(series)).fetchall():
            if missing.get((row.environment, row.formula)) == row.filters:
                del missing[row.environment, row.formula]
                kept.append((row.environment, row.block, row.slot))
            else:
                ended.append((row.block, row.slot))
        self._end(ended, {block for _, block, _ in kept})
        rows = []
        for (name, formula), filters in missing.items():
            block, slot = _free(kept, name)
            kept.append((name, block, slot))
            rows.append((name, formula, filters, block, slot, False, False))
        _BEGIN.run(self._connection, rows)

    def series(self, environment: str) -> dict[str, Series]:
        """The series of an environment, by formula."""
        found = _SERIES.rows(self._connection, (environment,))
        return {
            formula: Series(block, slot, bool(complete), bool(current))
            for formula, block, slot, complete, current in found
        }

    def mark(self, environment: str, *, current: bool) -> None:
        """Note whether the poll that has ended has read everybody who may have changed."""
        self._connection.execute(
            update(series)
            .where(series.c.environment == environment, series.c.current != current)
            .values(current=current, **({"complete": True} if current else {}))
        )

    def stretch(self, block: int, width: int, organization: str, first: int, last: int) -> Sequence[Contributed] | None:
        """What customers add who were first seen from one instant to another, in that order.

        Args:
            block: Of the series.
            width: How many of its slots are read.
            organization: Of the customers.
            first: Microseconds since 1970 UTC.
            last: The same, inclusive.

        Returns:
            None where there are too many: more than `LONGEST`.
        """
        found = _stretch(width).rows(self._connection, (block, organization, first, last))
        # Rows are tuples, or equal to them.
        return None if len(found) > LONGEST else cast(Sequence[Contributed], found)

    def write(self, block: int, organization: str, changed: Sequence[Contributed], ended: Iterable[Key]) -> None:
        """Write what customers add, and forget those who add nothing any more; all rows are of one width."""
        if changed:
            width = (len(changed[0]) - 2) // 2
            rows = [(block, organization, *row[:2], *map(_storable, row[2:])) for row in sorted(changed, key=_key)]
            _upsert(width).run(self._connection, rows)
        _DELETE.run(self._connection, [(block, organization, *key) for key in sorted(ended)])

    def drop(self, environment: str, places: Iterable[Place]) -> None:
        """Forget what customers add: they are gone, or are left out."""
        gone = sorted(places)
        for block in sorted({known.block for known in self.series(environment).values()}):
            _DELETE.run(
                self._connection,
                [(block, place.organization, place.first_seen, place.customer_identifier) for place in gone],
            )

    def sums(self, environment: str, *, most: bool) -> dict[str, dict[str, Sums]]:
        """What the series of an environment come to, by formula and organization.

        Args:
            environment: Our label.
            most: Whether the greatest are wanted too, which takes half as long again.
        """
        blocks: dict[int, dict[str, int]] = {}
        for formula, known in self.series(environment).items():
            blocks.setdefault(known.block, {})[formula] = known.slot
        sums: dict[str, dict[str, Sums]] = {}
        for block, slots in blocks.items():
            columns = [column for slot in slots.values() for column in _summed(slot, most=most)]
            rows = self._connection.execute(
                select(contributions.c.organization, *columns)
                .where(contributions.c.block == block)
                .group_by(contributions.c.organization)
            )
            for organization, *figures in rows.fetchall():
                length = len(columns) // len(slots)
                for position, formula in enumerate(slots):
                    members, low, high, *greatest = figures[position * length : (position + 1) * length]
                    if members:
                        found = Sums(members, _number(low), _number(high), *greatest)
                        sums.setdefault(formula, {})[organization] = found
        return sums

    def _end(self, ended: Iterable[tuple[int, int]], kept: set[int]) -> None:
        """Forget series: with their block, or within one that others need."""
        for block, slot in ended:
            self._connection.execute(delete(series).where(series.c.block == block, series.c.slot == slot))
            of_block = contributions.c.block == block
            if block in kept:
                nothing = {f"low_{slot}": None, f"high_{slot}": None}
                self._connection.execute(update(contributions).where(of_block).values(nothing))
            else:
                self._connection.execute(delete(contributions).where(of_block))


def _free(kept: Sequence[tuple[str, int, int]], environment: str) -> tuple[int, int]:
    """A slot that no series has, of a block of the environment if there is one."""
    used = Counter(block for name, block, _ in kept if name == environment)
    for block in sorted(used):
        if used[block] < SLOTS:
            return block, min(set(range(SLOTS)) - {slot for _, other, slot in kept if other == block})
    return max((block for _, block, _ in kept), default=0) + 1, 0


def _key(row: Contributed) -> Key:
    return row[:2]


def _storable(value: float | None) -> float | None:
    return value if value is None or -_LARGEST < value < _LARGEST else math.copysign(math.inf, value)


def _number(value: float | None) -> float:
    """The databases' null for infinity less infinity, and of nothing but nulls."""
    return math.nan if value is None else value


def _summed(slot: int, *, most: bool) -> list[Any]:
    low, high = contributions.c[f"low_{slot}"], contributions.c[f"high_{slot}"]
    columns = [func.count(high), func.sum(low), func.sum(high)]
    return [*columns, func.max(low), func.max(high)] if most else columns


_KEY = ("block", "organization", "first_seen", "customer_identifier")


def _columns(width: int) -> tuple[str, ...]:
    """Of the first slots of a block."""
    return tuple(f"{end}_{slot}" for slot in range(width) for end in ("low", "high"))


@cache
def _upsert(width: int) -> Statement:
    return Statement.upsert(contributions, (*_KEY, *_columns(width)), _KEY)


@cache
def _stretch(width: int) -> Statement:
    statement = (
        select(*(contributions.c[name] for name in (*_KEY[2:], *_columns(width))))
        .where(
            contributions.c.block == bindparam("of_block"),
            contributions.c.organization == bindparam("of_organization"),
            contributions.c.first_seen >= bindparam("first"),
            contributions.c.first_seen <= bindparam("last"),
        )
        .order_by(contributions.c.first_seen, contributions.c.customer_identifier)
    )
    return Statement(limited(statement, LONGEST + 1), ("of_block", "of_organization", "first", "last"))


_DELETE = Statement.deletion(contributions, _KEY)
_SERIES = Statement(
    select(series.c.formula, series.c.block, series.c.slot, series.c.complete, series.c.current).where(
        series.c.environment == bindparam("of_environment")
    ),
    ("of_environment",),
)
_ALL = tuple(column.name for column in series.columns)
_BEGIN = Statement(insert(series).values({name: bindparam(name) for name in _ALL}), _ALL)
