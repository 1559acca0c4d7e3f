"""What is known of each customer between two readings of its row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, Integer, and_, bindparam, column, literal_column, select, values

from monitor.spending.anchor import Anchor
from monitor.store.schema import customers
from monitor.store.statement import Statement
from monitor.store.times import instant, micros

# Pages of other sizes are looked up in the next larger shape, so that few statements are ever compiled.
_SHAPES = (1, 20, 200, 1000)


class Place(NamedTuple):
    """Where a customer's record stands within its environment.

    Attributes:
        first_seen: Microseconds since 1970 UTC; 0 where the API gives none.
        customer_identifier: As the API gives it.
        organization: As the API gives it; may be empty.
    """

    first_seen: int
    customer_identifier: str
    organization: str


class Record(NamedTuple):
    """What was known of a customer when its record was last written; times in microseconds since 1970 UTC.

    Attributes:
        total_cost: Lifetime spend, USD.
        period_budget: USD; None: no budget.
        budget_duration: As the API gives it.
        total_budget: USD; None: no budget.
        since_start: It was listed in the environment's first walk and has spent nothing since.
        has_alerts: It has alerts that are kept, so that they need be looked up for few customers only.
        read_at, usage, anchored_cost, period_start, period_end, valid_until: Its anchor; `read_at` is None without one.
    """

    total_cost: float | None
    period_budget: float | None
    budget_duration: str | None
    total_budget: float | None
    since_start: bool
    has_alerts: bool
    read_at: int | None = None
    usage: float | None = None
    anchored_cost: float | None = None
    period_start: int | None = None
    period_end: int | None = None
    valid_until: int | None = None

    @property
    def anchor(self) -> Anchor | None:
        """Its last reading."""
        if self.read_at is None or self.usage is None or self.valid_until is None:
            return None
        return Anchor(
            instant(self.read_at),
            self.usage,
            self.anchored_cost,
            instant(self.period_start),
            instant(self.period_end),
            instant(self.valid_until),
        )

    def unanchored(self) -> "Record":
        """The record without a reading."""
        return Record(*self[:6])

    def anchored(self, anchor: Anchor) -> "Record":
        """The record with another anchor."""
        return self._replace(
            read_at=micros(anchor.read_at),
            usage=anchor.usage,
            anchored_cost=anchor.total_cost,
            period_start=micros(anchor.period_start),
            period_end=micros(anchor.period_end),
            valid_until=micros(anchor.valid_until),
        )


def first_seen_micros(time: datetime | None) -> int:
    """The first part of a `Place`."""
    return 0 if time is None else round(time.timestamp() * 1e6)


class Customers:
    """The customers' records, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self, environment: str, places: Sequence[Place]) -> list[Record | None]:
        """The record at each of `places`, in their order; None for a customer that is not known."""
        found: list[Record | None] = []
        for start in range(0, len(places), _SHAPES[-1]):
            found += self._load(environment, places[start : start + _SHAPES[-1]])
        return found

    def save(self, environment: str, records: Iterable[tuple[Place, Record]]) -> None:
        """Write records, in the order in which the table keeps them."""
        _UPSERT.run(self._connection, [(environment, *place, *record) for place, record in sorted(records, key=_place)])

    def _load(self, environment: str, places: Sequence[Place]) -> list[Record | None]:
        shape = next(size for size in _SHAPES if size >= len(places))
        found: list[Record | None] = [None] * shape
        padding = [places[-1]] * (shape - len(places))
        parameters = list(chain.from_iterable(chain(places, padding)))
        for row in _LOOKUPS[shape].rows(self._connection, (*parameters, environment)):
            found[row[0]] = Record._make(row[1:])
        return found[: len(places)]


def _place(item: tuple[Place, Record]) -> Place:
    return item[0]


_KEY = ("environment", "first_seen", "customer_identifier", "organization")
_COLUMNS = _KEY + tuple(column_.name for column_ in customers.columns if column_.name not in _KEY)


def _lookup(size: int) -> Statement:
    """The records at `size` places. A join with a list of values looks each up by its key; `IN` would scan."""
    names = [tuple(f"{name}_{position}" for name in Place._fields) for position in range(size)]
    columns = [column(name, customers.c[name].type) for name in Place._fields]
    wanted = (
        values(column("position", Integer), *columns)
        .data(
            [
                (
                    literal_column(str(position)),
                    *(bindparam(name, type_=of.type) for name, of in zip(triple, columns, strict=True)),
                )
                for position, triple in enumerate(names)
            ]
        )
        .cte("wanted")
    )
    statement = (
        select(wanted.c.position, *(customers.c[name] for name in _COLUMNS[len(_KEY) :]))
        .select_from(wanted.join(customers, and_(*(customers.c[name] == wanted.c[name] for name in Place._fields))))
        .where(customers.c.environment == bindparam("environment"))
    )
    return Statement(statement, [name for triple in names for name in triple] + ["environment"])


_UPSERT = Statement.upsert(customers, _COLUMNS, _KEY)
_LOOKUPS = {size: _lookup(size) for size in _SHAPES}
