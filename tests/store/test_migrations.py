"""A database of an older version is brought to this one's schema, and what was known stays known."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from monitor.spending.anchor import Reading
from monitor.spending.course import BLANK, after_reading, after_row, standing
from monitor.spending.standing import Standing
from monitor.store.customers import Place, Record, read_course
from monitor.store.database import Store
from monitor.store.environments import Progress
from monitor.store.times import instant, micros
from tests.store.builders import ORGANIZATION, place

READ = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
DECEMBER, JANUARY, FEBRUARY = (datetime(*month, tzinfo=UTC) for month in ((2025, 12, 1), (2026, 1, 1), (2026, 2, 1)))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

READ_AND_SETTLED: dict[str, Any] = {
    "anchor_read_at": micros(READ),
    "anchor_usage": 45.67,
    "anchor_total_cost": 523.45,
    "period_start": micros(DECEMBER),
    "period_end": micros(JANUARY),
    "valid_until": micros(JANUARY),
}


def customer(number: int = 1, **columns: object) -> dict[str, Any]:
    """A row of the first schema's customers: the documented one, never read."""
    where = place(number)
    return {
        "environment": "prod",
        **where._asdict(),
        "total_cost": 523.45,
        "period_budget": 100.0,
        "budget_duration": "monthly",
        "total_budget": 1000.0,
        "since_start": False,
        "has_alerts": True,
        **dict.fromkeys(READ_AND_SETTLED),
        **columns,
    }


def write(url: str, *customers: dict[str, Any]) -> None:
    """A database as the first version has left it."""
    with _connected(url) as connection:
        config = Config()
        config.set_main_option("script_location", str(files("monitor.store") / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        tables = sa.MetaData()
        tables.reflect(connection, only=["customers", "environments"])
        environment = {"name": "prod", "polls": 7, "first_complete_at": micros(DECEMBER), "last_complete_at": None}
        connection.execute(tables.tables["environments"].insert(), environment)
        if customers:
            connection.execute(tables.tables["customers"].insert(), list(customers))


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def brought_up(url: str, *numbers: int) -> list[Record]:
    """The records of customers after this version has opened the database."""
    store = Store(url)
    with store.read() as tx:
        records = tx.customers.load("prod", [place(number) for number in numbers])
    store.close()
    assert all(records)
    return [record for record in records if record is not None]


def only(url: str) -> Record:
    """The same of the only one."""
    (record,) = brought_up(url, 1)
    return record


def by_rows(record: Record, *rows: tuple[datetime, float]) -> Standing:
    """Where a customer stands after some more rows."""
    course, before = read_course(record.course), record.total_cost
    now, total = READ, record.total_cost
    for now, total in rows:
        course = after_row(course, before=before, total=total, now=now, duration=record.budget_duration)
        before = total
    return standing(course, total, now)


def test_an_empty_database_is_brought_to_head(url: str) -> None:
    """One in which nobody was ever listed."""
    write(url)

    store = Store(url)
    with store.read() as tx:
        progress = tx.environments.load("prod")
        assert tx.customers.all("prod") == []
    store.close()

    assert progress == Progress(polls=7, first_complete_at=DECEMBER, last_complete_at=None, numbers=0)


def test_what_was_listed_stays(url: str) -> None:
    """Every column that both schemas have keeps its value; nothing else is made up."""
    write(url, customer(period_budget=None, since_start=True))

    record = only(url)

    assert record._replace(known_since=0) == Record(
        total_cost=523.45,
        period_budget=None,
        budget_duration="monthly",
        total_budget=1000.0,
        since_start=True,
        has_alerts=True,
    )


def test_nobody_is_known_for_longer_than_this_version_runs(url: str) -> None:
    """When a customer was first listed the first version did not write down: its spend counts from now."""
    before = datetime.now(UTC)
    write(url, customer())

    record = only(url)

    assert before <= instant(record.known_since) <= datetime.now(UTC)


def test_who_was_never_read_is_not_known(url: str) -> None:
    """Without a reading there is no anchor."""
    write(url, customer())

    record = only(url)

    assert read_course(record.course) == BLANK


def test_an_anchor_holds(url: str) -> None:
    """What was read is exact, in a period that was read, until more is spent."""
    write(url, customer(**READ_AND_SETTLED))

    where = by_rows(only(url), (READ + HOUR, 523.45))

    assert (where.exact, where.read, where.cost_low, where.cost_high) == (True, True, 45.67, 45.67)
    assert (where.start, where.end, where.anchored_at) == (DECEMBER, JANUARY, READ)


def test_an_anchor_is_carried_forward(url: str) -> None:
    """Of what was spent since, only the markup is not known."""
    write(url, customer(**READ_AND_SETTLED))

    where = by_rows(only(url), (READ + HOUR, 533.45))

    assert (where.cost_low, where.cost_high) == pytest.approx((55.67, 65.67))


def test_an_anchor_that_no_row_has_settled_is_settled_by_the_next(url: str) -> None:
    """What was spent between the rows around it may be in it or not."""
    write(url, customer(**{**READ_AND_SETTLED, "anchor_total_cost": None}))

    where = by_rows(only(url), (READ + MINUTE, 524.45), (READ + HOUR, 534.45))

    assert (where.cost_low, where.cost_high) == pytest.approx((55.67, 67.67))


def test_a_period_that_ended_meanwhile_is_read_again(url: str) -> None:
    """The first version did not keep whether its end was told: the first row after it leaves the next period open."""
    write(url, customer(**READ_AND_SETTLED))

    where = by_rows(only(url), (JANUARY + HOUR, 525.45))

    assert (where.start, where.end, where.read) == (None, None, False)
    assert (where.cost_low, where.cost_high) == pytest.approx((0.0, 49.67))


def test_a_period_that_began_meanwhile_is_settled_by_one_reading(url: str) -> None:
    """It begins where the one that the first version has read lets it: from then on periods roll over."""
    write(url, customer(**READ_AND_SETTLED))
    record = only(url)
    now = JANUARY + HOUR
    course = after_row(
        read_course(record.course), before=record.total_cost, total=525.45, now=now, duration=record.budget_duration
    )

    course, _ = after_reading(course, Reading(now, 2.0, JANUARY, None, record.budget_duration), 525.45)
    rolled_over = after_row(course, before=525.45, total=530.0, now=FEBRUARY, duration=record.budget_duration)

    assert standing(course, 525.45, now).settled
    assert standing(rolled_over, 530.0, FEBRUARY).start == FEBRUARY


@pytest.mark.parametrize("start", [micros(DECEMBER), None])
def test_an_anchor_without_an_end_expires(url: str, start: int | None) -> None:
    """After its hour nobody knows which period it is."""
    until = READ + HOUR
    columns = {**READ_AND_SETTLED, "period_start": start, "period_end": None, "valid_until": micros(until)}
    write(url, customer(**columns))

    record = only(url)

    assert by_rows(record, (until - MINUTE, 523.45)).exact
    expired = by_rows(record, (until, 523.45))
    assert (expired.exact, expired.start, expired.cost_low, expired.cost_high) == (False, None, 0.0, 45.67)


def test_a_time_is_kept_to_the_microsecond(url: str) -> None:
    """As the API gave it."""
    odd = DECEMBER + timedelta(microseconds=123_456)
    write(url, customer(**{**READ_AND_SETTLED, "period_start": micros(odd)}))

    assert by_rows(only(url), (READ + HOUR, 523.45)).start == odd


def test_each_customer_keeps_its_own_anchor(url: str) -> None:
    """Whatever tells them apart: first sight, identifier, organization or environment."""
    here = place(1)
    others = [here, here._replace(first_seen=here.first_seen + 1), here._replace(customer_identifier="a'b\n"), here]
    others[3] = here._replace(organization="other")
    write(
        url,
        *(
            customer(**where._asdict(), **{**READ_AND_SETTLED, "anchor_usage": usage})
            for usage, where in enumerate(others)
        ),
        customer(**{**READ_AND_SETTLED, "anchor_usage": 9.0}, environment="test"),
    )

    store = Store(url)
    with store.read() as tx:
        usages = [_usage(tx.customers.load("prod", [where])) for where in others]
        elsewhere = _usage(tx.customers.load("test", [Place(here.first_seen, here.customer_identifier, ORGANIZATION)]))
    store.close()

    assert usages == [0.0, 1.0, 2.0, 3.0]
    assert elsewhere == 9.0


def test_many_customers_are_brought_over_in_stretches(url: str) -> None:
    """More than are rewritten at a time."""
    count = 10_001
    write(url, *(customer(number, **{**READ_AND_SETTLED, "anchor_usage": float(number)}) for number in range(count)))

    records = brought_up(url, 0, 9_999, 10_000)

    assert [_usage([record]) for record in records] == [0.0, 9_999.0, 10_000.0]


def test_a_database_is_brought_up_once(url: str) -> None:
    """Opened again, it is as it was left."""
    write(url, customer(**READ_AND_SETTLED))
    first = brought_up(url, 1)

    assert brought_up(url, 1) == first


def _usage(records: list[Record | None] | list[Record]) -> float:
    (record,) = records
    assert record is not None
    anchor = read_course(record.course).anchor
    assert anchor is not None
    return anchor.low
