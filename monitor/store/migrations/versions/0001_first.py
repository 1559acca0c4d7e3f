"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "alerts",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("customer_identifier", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("life", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "customer_identifier", "organization", "rule", name=op.f("pk_alerts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "customers",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("customer_identifier", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("total_cost", sa.Double(), nullable=True),
        sa.Column("period_budget", sa.Double(), nullable=True),
        sa.Column("budget_duration", sa.Text(), nullable=True),
        sa.Column("total_budget", sa.Double(), nullable=True),
        sa.Column("since_start", sa.Boolean(), nullable=False),
        sa.Column("has_alerts", sa.Boolean(), nullable=False),
        sa.Column("anchor_read_at", sa.BigInteger(), nullable=True),
        sa.Column("anchor_usage", sa.Double(), nullable=True),
        sa.Column("anchor_total_cost", sa.Double(), nullable=True),
        sa.Column("period_start", sa.BigInteger(), nullable=True),
        sa.Column("period_end", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint(
            "environment", "first_seen", "customer_identifier", "organization", name=op.f("pk_customers")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "environments",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("polls", sa.BigInteger(), nullable=False),
        sa.Column("first_complete_at", sa.BigInteger(), nullable=True),
        sa.Column("last_complete_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_environments")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("customer_identifier", sa.Text(), nullable=False),
        sa.Column("said", sa.Boolean(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_at"), "events", ["at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("route", sa.Integer(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_queue", "outbox", ["state", "channel", "id"], unique=False)
    op.create_table(
        "outbox_events",
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name=op.f("fk_outbox_events_event")),
        sa.ForeignKeyConstraint(["message"], ["outbox.id"], name=op.f("fk_outbox_events_message")),
        sa.PrimaryKeyConstraint("message", "event", name=op.f("pk_outbox_events")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop every table."""
    for table in ("outbox_events", "outbox", "events", "environments", "customers", "alerts"):
        op.drop_table(table)
