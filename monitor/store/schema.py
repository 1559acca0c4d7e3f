"""The tables. Times are whole microseconds since 1970 UTC, money is USD, structured values are JSON text."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# A row id that SQLite assigns by itself must be its INTEGER; elsewhere 64 bits are wanted.
_Id = BigInteger().with_variant(Integer(), "sqlite")

environments = Table(
    "environments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("polls", BigInteger, nullable=False),
    Column("first_complete_at", BigInteger),
    Column("last_complete_at", BigInteger),
    Column("numbers", BigInteger, nullable=False, server_default="0"),
)

# Clustered by first_seen because the API is walked in that order: a page of 1,000 customers is then one stretch of the
# table. Keyed by identifier alone, each customer is a page of its own, and a commit takes six times as long (27 against
# 4.3 µs per customer at a million customers). A customer whose first_seen the API changes is read as a new row, which
# costs one more reading; alerts are keyed by identity and do not notice.
customers = Table(
    "customers",
    metadata,
    Column("environment", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("customer_identifier", Text, nullable=False),
    Column("organization", Text, nullable=False),
    Column("total_cost", Double),
    Column("period_budget", Double),
    Column("budget_duration", Text),
    Column("total_budget", Double),
    Column("since_start", Boolean, nullable=False),
    Column("has_alerts", Boolean, nullable=False),
    Column("fallen", Double, nullable=False, server_default="0"),
    Column("known_since", BigInteger, nullable=False, server_default="0"),
    Column("changed_at", BigInteger),
    Column("missing_since", BigInteger),
    Column("waiting_since", BigInteger),
    Column("number", BigInteger),
    Column("course", Text),
    PrimaryKeyConstraint("environment", "first_seen", "customer_identifier", "organization"),
    sqlite_with_rowid=False,
)

# By number, as a customer's own key is five times as long as such a row.
history = Table(
    "history",
    metadata,
    Column("environment", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("mark", BigInteger, nullable=False),
    Column("spent", Double),
    PrimaryKeyConstraint("environment", "number", "mark"),
    sqlite_with_rowid=False,
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("environment", Text, nullable=False),
    Column("customer_identifier", Text, nullable=False),
    Column("organization", Text, nullable=False),
    Column("figure", Text, nullable=False),
    Column("before", Double, nullable=False),
    Column("after", Double, nullable=False),
    Index("ix_corrections_customer", "environment", "customer_identifier"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("environment", Text, nullable=False),
    Column("customer_identifier", Text, nullable=False),
    Column("organization", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("value", Double),
    Column("unit", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("life", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("filters", Text, nullable=False),
    PrimaryKeyConstraint("environment", "customer_identifier", "organization", "rule"),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("customer_identifier", Text, nullable=False),
    Column("said", Boolean, nullable=False),
    Column("value", Double),  # apart from the body, as JSON has no infinity
    Column("body", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("route", Integer),
    Column("rule", Text),
    Column("notice", Text),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("claimed_at", BigInteger),
    Column("retry_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("finished_at", BigInteger),
    Column("last_error", Text),
    Index("ix_outbox_queue", "state", "channel", "id"),
)

outbox_events = Table(
    "outbox_events",
    metadata,
    Column("message", BigInteger, ForeignKey("outbox.id"), nullable=False),
    Column("event", BigInteger, ForeignKey("events.id"), nullable=False),
    PrimaryKeyConstraint("message", "event"),
    sqlite_with_rowid=False,
)

# What is kept of every customer for one formula of the rules over all customers: two columns of a block.
series = Table(
    "series",
    metadata,
    Column("environment", Text, nullable=False),
    Column("formula", Text, nullable=False),
    Column("filters", Text, nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("current", Boolean, nullable=False),
    PrimaryKeyConstraint("environment", "formula"),
)

# Several formulas share a row, as most of what a row costs is its key: read one by one, two of them take 1.9 µs per
# customer, together 1.3. Clustered like customers, so that a page is one stretch of the table; and by organization
# before that, so that the sums of organizations need no sorting.
SLOTS = 4
contributions = Table(
    "contributions",
    metadata,
    Column("block", BigInteger, nullable=False),
    Column("organization", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("customer_identifier", Text, nullable=False),
    *(Column(f"{end}_{slot}", Double) for slot in range(SLOTS) for end in ("low", "high")),
    PrimaryKeyConstraint("block", "organization", "first_seen", "customer_identifier"),
    sqlite_with_rowid=False,
)
