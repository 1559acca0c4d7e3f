"""The table of metrics: every family with its labels and what it means. The README's reference is made of it.

No label holds anything that a customer chose, but for the series of single customers, which a rules file has to ask
for.
"""

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "budget_monitor_"


class Kind(StrEnum):
    """Types of metrics, as Prometheus calls them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Family:
    """One family.

    Attributes:
        kind: Its type.
        short: Its name without the prefix and without what its type adds.
        documentation: What it means, with its unit.
        labels: Names of its labels.
        buckets: Upper bounds of a histogram.
    """

    kind: Kind
    short: str
    documentation: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """What the family's class in the client library is named."""
        return PREFIX + self.short

    @property
    def exposed(self) -> str:
        """The name to look for in Prometheus."""
        suffix = {Kind.COUNTER: "_total", Kind.INFO: "_info"}.get(self.kind, "")
        return self.name + suffix


BUILD = Family(Kind.INFO, "build", "Version of the running program.", ("version",))
POLLS = Family(
    Kind.COUNTER, "polls", "Polls that ended, by result: complete, incomplete, or failed.", ("environment", "result")
)
POLL_SECONDS = Family(
    Kind.HISTOGRAM,
    "poll_duration_seconds",
    "Time from the start of a poll to its end, readings and waiting for the pace included.",
    ("environment",),
    (0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600),
)
REQUESTS = Family(
    Kind.COUNTER,
    "api_requests",
    "Requests to the API, by endpoint (list, detail) and by HTTP status or failure.",
    ("environment", "endpoint", "status"),
)
REQUEST_SECONDS = Family(
    Kind.HISTOGRAM,
    "api_request_duration_seconds",
    "Time from sending a request to the end of its answer.",
    ("endpoint",),
    (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
WAIT_SECONDS = Family(
    Kind.COUNTER, "api_wait_seconds", "Time that requests waited for the pace that the API allows.", ("environment",)
)
ROWS = Family(
    Kind.COUNTER,
    "rows",
    "Rows of the customer list, by what became of them: taken, repeated, filtered, malformed.",
    ("environment", "result"),
)
READINGS = Family(
    Kind.COUNTER,
    "period_readings",
    "Readings of one customer's budget period, by result: read or failed.",
    ("environment", "result"),
)
CONFIRMATIONS = Family(
    Kind.COUNTER,
    "confirmations",
    "Alerts that waited for a reading of the period before they were said, by result: confirmed (or found to be none), "
    "or unconfirmed, as no reading could be made in time.",
    ("environment", "result"),
)
CORRECTIONS = Family(
    Kind.COUNTER,
    "corrections",
    "Figures of customers that fell, which no spending explains: total_cost or period_usage.",
    ("environment", "figure"),
)
EVENTS = Family(
    Kind.COUNTER,
    "events",
    "Changes of alerts, by kind and severity, those that nobody is told of included.",
    ("environment", "rule", "kind", "severity"),
)
NOTIFICATIONS = Family(
    Kind.COUNTER,
    "notifications",
    "Attempts to deliver a message, by outcome: delivered, refused (tried again), given_up.",
    ("channel", "outcome", "reason"),
)
LATENCY = Family(
    Kind.HISTOGRAM,
    "notification_latency_seconds",
    "Time from the decision to the channel's yes.",
    ("channel",),
    (0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 3600, 14400, 86400),
)
RELOADS = Family(Kind.COUNTER, "rules_reloads", "Reloads of the rules file, by result: taken or refused.", ("result",))
REQUESTS_LAST_MINUTE = Family(
    Kind.GAUGE,
    "api_requests_last_minute",
    "Requests of the environment's key that count against its limit now. Environments that share a key show the same "
    "number: do not add them up.",
    ("environment",),
)
REQUESTS_LIMIT = Family(
    Kind.GAUGE,
    "api_requests_per_minute_limit",
    "Requests a minute that the rules file allows the environment's key; environments that share a key share them.",
    ("environment",),
)
CUSTOMERS = Family(
    Kind.GAUGE, "customers", "Customers within the filters, as of the last complete reading.", ("environment",)
)
SPEND = Family(
    Kind.GAUGE, "spend_usd", "Sum of the customers' lifetime spend, as of the last complete reading.", ("environment",)
)
UNDECIDED = Family(
    Kind.GAUGE,
    "undecided_customers",
    "Customers of whom the period must be read to decide a rule, as of the last complete reading: the queue of those "
    "that wait for it.",
    ("environment",),
)
WAITING = Family(
    Kind.GAUGE,
    "undecided_oldest_timestamp_seconds",
    "Since when the first of them has waited, as of the last complete reading; absent while none waits.",
    ("environment",),
)
LAST_SUCCESS = Family(
    Kind.GAUGE,
    "last_success_timestamp_seconds",
    "When every customer was last read; 0 before the first time.",
    ("environment",),
)
STALE_AFTER = Family(
    Kind.GAUGE,
    "stale_after_seconds",
    "Age of the last complete reading from which the environment's alerts no longer count as up to date; longer where "
    "a reading takes long.",
    ("environment",),
)
REFUSED = Family(Kind.GAUGE, "credentials_refused", "1 where the API refuses the key, else 0.", ("environment",))
ALERTS = Family(
    Kind.GAUGE, "alerts", "Alerts that are pending or firing.", ("environment", "rule", "state", "severity")
)
OUTBOX = Family(Kind.GAUGE, "outbox_messages", "Messages that their channel has not accepted yet.", ("channel",))
OUTBOX_OLDEST = Family(
    Kind.GAUGE,
    "outbox_oldest_timestamp_seconds",
    "When the oldest message was decided that its channel has not accepted.",
    ("channel",),
)
DATABASE_UP = Family(Kind.GAUGE, "database_up", "1 where the database answers and takes what is written, else 0.")
RULES_SUCCESS = Family(
    Kind.GAUGE, "rules_last_reload_success", "1 where the rules file as it was last read is in force, else 0."
)
RULES_LOADED = Family(Kind.GAUGE, "rules_loaded_timestamp_seconds", "When the rules in force were loaded.")

_OF_A_CUSTOMER = ("environment", "organization", "customer_identifier")
PERIOD_COST = Family(
    Kind.GAUGE,
    "customer_period_cost_usd",
    "Of customers that [metrics] selects: spend in the budget period, as of the last poll; at least, where it is only "
    "known within bounds.",
    _OF_A_CUSTOMER,
)
PERIOD_BUDGET = Family(
    Kind.GAUGE,
    "customer_period_budget_usd",
    "Of customers that [metrics] selects: budget of the period; absent where there is none.",
    _OF_A_CUSTOMER,
)
PERIOD_USED = Family(
    Kind.GAUGE,
    "customer_period_used_ratio",
    "Of customers that [metrics] selects: period cost over period budget, 1 where all is spent; at least, as the cost; "
    "absent where there is no budget.",
    _OF_A_CUSTOMER,
)
PROJECTED_COST = Family(
    Kind.GAUGE,
    "customer_projected_cost_usd",
    "Of customers that [metrics] selects: what the period will have cost by its end at the rate of now; at least, as "
    "the cost; absent while there is no forecast.",
    _OF_A_CUSTOMER,
)
SERIES_LEFT_OUT = Family(
    Kind.GAUGE,
    "customer_series_left_out",
    "Customers that [metrics] selects and for whom its cap leaves no room, as of the last complete poll.",
    ("environment",),
)

FAMILIES = tuple(value for value in list(globals().values()) if isinstance(value, Family))
