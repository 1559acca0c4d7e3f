"""What is known of a period is one value, spend has a history, corrections are recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AT_ONCE = 10_000
_KEY = ("environment", "first_seen", "customer_identifier", "organization")
_ANCHOR = ("anchor_read_at", "anchor_usage", "anchor_total_cost", "period_start", "period_end", "valid_until")


def upgrade() -> None:
    """Turn the columns of the anchor into one, and make the new tables."""
    op.add_column("environments", sa.Column("numbers", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("customers", sa.Column("fallen", sa.Double(), nullable=False, server_default="0"))
    op.add_column("customers", sa.Column("known_since", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("customers", sa.Column("changed_at", sa.BigInteger(), nullable=True))
    op.add_column("customers", sa.Column("missing_since", sa.BigInteger(), nullable=True))
    op.add_column("customers", sa.Column("waiting_since", sa.BigInteger(), nullable=True))
    op.add_column("customers", sa.Column("number", sa.BigInteger(), nullable=True))
    op.add_column("customers", sa.Column("course", sa.Text(), nullable=True))
    _carry_over(op.get_bind())
    for name in _ANCHOR:
        op.drop_column("customers", name)
    op.create_table(
        "history",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("environment", "number", "mark", name=op.f("pk_history")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("customer_identifier", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("before", sa.Double(), nullable=False),
        sa.Column("after", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_at"), "corrections", ["at"])
    op.create_index("ix_corrections_customer", "corrections", ["environment", "customer_identifier"])


def _carry_over(connection: sa.Connection) -> None:
    """Give each customer its anchor in the new form; when it was first listed is not known, so it counts from now."""
    customers = sa.table(
        "customers", *(sa.column(name) for name in (*_KEY, *_ANCHOR, "total_cost", "known_since", "course"))
    )
    now = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    connection.execute(sa.update(customers).values(known_since=now))
    write = (
        sa.update(customers)
        .where(*(customers.c[name] == sa.bindparam(f"of_{name}") for name in _KEY))
        .values(course=sa.bindparam("written"))
    )
    rows = connection.execute(
        sa.select(*(customers.c[name] for name in (*_KEY, *_ANCHOR, "total_cost"))).where(
            customers.c.anchor_read_at.is_not(None)
        )
    )
    while stretch := rows.fetchmany(_AT_ONCE):
        connection.execute(
            write, [{**{f"of_{name}": getattr(row, name) for name in _KEY}, "written": _course(row)} for row in stretch]
        )


def _course(row: Any) -> str | None:  # noqa: ANN401 - a row of the old table
    if row.anchor_total_cost is not None and (row.total_cost or 0.0) < row.anchor_total_cost:
        return None  # It has fallen since: only a reading tells.
    total = row.anchor_total_cost if row.anchor_total_cost is not None else row.total_cost or 0.0
    anchor = (
        _written(row.anchor_read_at),
        True,
        row.anchor_usage,
        row.anchor_usage,
        total,
        row.anchor_total_cost,
        _written(row.period_start),
        # Where it may have been reckoned from a day that hides a later one, nobody knows.
        None if _hides_its_day(row.period_start) else _written(row.period_end),
        _written(row.period_start),
        _written(row.valid_until),
    )
    no_markup_known: tuple[float, ...] = ()
    return msgspec.json.encode((anchor, no_markup_known, None, 1)).decode()


def _hides_its_day(micros: int | None) -> bool:
    if micros is None:
        return False
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return start.day < 31 and (start + timedelta(days=1)).month != start.month  # noqa: PLR2004 - the longest month


def _written(micros: int | None) -> str | None:
    if micros is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).isoformat()
