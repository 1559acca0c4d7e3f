"""What is known of each customer between two readings of its row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    CTE,
    ClauseElement,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    select,
    tuple_,
)

from monitor.spending.course import BLANK, Course
from monitor.store.schema import customers
from monitor.store.statement import Lookup, Statement, limited

# So many customers are looked for where they stand together; fewer are looked up one by one, and so are those of a
# stretch that is longer than `LONGEST`.
PAGE = 200
LONGEST = 3000


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
        fallen: USD by which its total cost has fallen, all corrections together.
        known_since: When it was first listed to us.
        changed_at: When its total cost was last seen to change; None: never.
        missing_since: When a page that should have listed it did not; None: it is listed.
        waiting_since: Since when only a reading of its period can tell what is to be known; None: all is known.
        number: Under which its history is kept; None: there is none.
        course: What is known of its period, as JSON; None: nothing.
    """

    total_cost: float | None
    period_budget: float | None
    budget_duration: str | None
    total_budget: float | None
    since_start: bool
    has_alerts: bool
    fallen: float = 0.0
    known_since: int = 0
    changed_at: int | None = None
    missing_since: int | None = None
    waiting_since: int | None = None
    number: int | None = None
    course: str | None = None

    @property
    def spent(self) -> float:
        """Lifetime spend that corrections do not lessen, USD."""
        return (self.total_cost or 0.0) + self.fallen


def read_course(text: str | None) -> Course:
    """What a record says of the customer's period."""
    return BLANK if text is None else _decode_course(text)


def written_course(course: Course) -> str | None:
    """The text that `read_course` reads."""
    return None if course == BLANK else _encode_course(course).decode()


_decode_course = msgspec.json.Decoder(Course).decode
_encode_course = msgspec.json.Encoder().encode


def first_seen_micros(time: datetime | None) -> int:
    """The first part of a `Place`."""
    return 0 if time is None else round(time.timestamp() * 1e6)


class Customers:
    """The customers' records, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self, environment: str, places: Sequence[Place]) -> list[Record | None]:
        """The record at each of `places`, in their order; None for a customer that is not known."""
        if len(places) >= PAGE:
            # A page in the order in which customers were first seen is one stretch of the table, with few others in it.
            seen = [place.first_seen for place in places]
            # Whoever has no such time stands far from the others.
            rows = _STRETCH.rows(self._connection, (environment, min(seen), max(seen))) if all(seen) else None
            if rows is not None and len(rows) <= LONGEST:
                known = {row[:_PLACE]: row for row in rows}
                found = [known.get(place) for place in places]
                return [None if row is None else Record._make(row[_PLACE:]) for row in found]
        looked_up = _LOOKUP.rows(self._connection, places, (environment,))
        return [None if row is None else Record._make(row[1:]) for row in looked_up]

    def save(self, environment: str, records: Iterable[tuple[Place, Record]]) -> None:
        """Write records, in the order in which the table keeps them."""
        _UPSERT.run(self._connection, [(environment, *place, *record) for place, record in sorted(records, key=_place)])

    def count_between(self, environment: str, after: int, before: int) -> int:
        """How many customers are known that were first seen between two instants, both exclusive."""
        return self._connection.execute(select(func.count()).where(*_between(environment, after, before))).scalar_one()

    def between(self, environment: str, after: int, before: int) -> list[tuple[Place, Record]]:
        """The customers that are known and were first seen between two instants, both exclusive."""
        columns = (customers.c[name] for name in _COLUMNS[1:])
        rows = self._connection.execute(select(*columns).where(*_between(environment, after, before)))
        return [_split(row) for row in rows]

    def all(self, environment: str, after: Place | None = None, limit: int = 1000) -> list[tuple[Place, Record]]:
        """Customers of an environment in the order in which they were first seen, a stretch at a time.

        Args:
            environment: Our label.
            after: The last one of the stretch before.
            limit: At most so many.
        """
        statement = select(*(customers.c[name] for name in _COLUMNS[1:])).where(customers.c.environment == environment)
        key = tuple_(*(customers.c[name] for name in Place._fields))
        if after is not None:
            statement = statement.where(key > tuple_(*after))
        return [_split(row) for row in self._connection.execute(statement.order_by(*key.clauses).limit(limit))]

    def named(self, environment: str, identifier: str) -> list[tuple[Place, Record]]:
        """The customers of an environment with an identifier: one for each organization."""
        condition = and_(customers.c.environment == environment, customers.c.customer_identifier == identifier)
        rows = self._connection.execute(select(*(customers.c[name] for name in _COLUMNS[1:])).where(condition))
        return [_split(row) for row in rows]

    def drop(self, environment: str, places: Sequence[Place]) -> None:
        """Forget customers."""
        _DELETE.run(self._connection, [(environment, *place) for place in sorted(places)])


def _place(item: tuple[Place, Record]) -> Place:
    return item[0]


def _split(row: Sequence[Any]) -> tuple[Place, Record]:
    return Place._make(row[:_PLACE]), Record._make(row[_PLACE:])


def _between(environment: str, after: int, before: int) -> tuple[ColumnElement[bool], ...]:
    seen = customers.c.first_seen
    return customers.c.environment == environment, seen > after, seen < before


_KEY = ("environment", "first_seen", "customer_identifier", "organization")
_COLUMNS = _KEY + tuple(column_.name for column_ in customers.columns if column_.name not in _KEY)
_PLACE = len(Place._fields)


def _records(wanted: CTE) -> tuple[ClauseElement, Sequence[str]]:
    """The records at places."""
    at_places = and_(*(customers.c[name] == wanted.c[name] for name in Place._fields))
    statement = (
        select(wanted.c.position, *(customers.c[name] for name in _COLUMNS[len(_KEY) :]))
        .select_from(wanted.join(customers, at_places))
        .where(customers.c.environment == bindparam("environment"))
    )
    return statement, ["environment"]


_STRETCH = Statement(
    limited(
        select(*(customers.c[name] for name in _COLUMNS[1:])).where(
            customers.c.environment == bindparam("of_environment"),
            customers.c.first_seen >= bindparam("first"),
            customers.c.first_seen <= bindparam("last"),
        ),
        LONGEST + 1,
    ),
    ("of_environment", "first", "last"),
)
_UPSERT = Statement.upsert(customers, _COLUMNS, _KEY)
_DELETE = Statement.deletion(customers, _KEY)
_LOOKUP = Lookup(customers, Place._fields, _records)
