"""What every customer adds to the sums of the rules over all customers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the new tables; they are filled by the polls that come."""
    op.create_table(
        "series",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("formula", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "formula", name=op.f("pk_series")),
    )
    op.create_table(
        "contributions",
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("customer_identifier", sa.Text(), nullable=False),
        *(sa.Column(f"{end}_{slot}", sa.Double(), nullable=True) for slot in range(4) for end in ("low", "high")),
        sa.PrimaryKeyConstraint(
            "block", "organization", "first_seen", "customer_identifier", name=op.f("pk_contributions")
        ),
        sqlite_with_rowid=False,
    )
