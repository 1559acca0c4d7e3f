"""The words of alerting: who it is about, how severe it is, what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a level matters, mildest first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the mildest."""
        return list(Severity).index(self)


class CustomerKey(NamedTuple):
    """Who a customer is: the same identifier in another environment or organization is another customer.

    An alert about all customers of an environment or an organization has a key without a customer: `(environment, "",
    "")`, or `("", organization, "")`.

    Attributes:
        environment: Our label of the environment, unique in the rules file.
        organization: The API's `unique_organization_id`, empty where the API leaves it out.
        customer_identifier: Any string that the customer's owner chose; never empty for a customer.
    """

    environment: str
    organization: str
    customer_identifier: str

    @property
    def is_customer(self) -> bool:
        """Whether it is a customer's, and not that of all customers of an environment or an organization."""
        return bool(self.customer_identifier)


class AlertState(StrEnum):
    """Where an alert is in its life; an alert that is nowhere in it (inactive) is not kept."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class EventKind(StrEnum):
    """One change of an alert."""

    FIRED = "fired"
    ESCALATED = "escalated"
    DEESCALATED = "deescalated"
    RESOLVED = "resolved"
    RESET = "reset"


class Reason(StrEnum):
    """Why an event happened; the same words stand in messages, logs and metrics."""

    LEVEL_REACHED = "level reached"
    CONDITION_HOLDS = "condition holds"
    LEVEL_LEFT = "level left"
    CONDITION_ENDED = "condition ended"
    BUDGET_CHANGED = "budget changed"
    NEW_PERIOD = "new period"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was known of the customer when an event was decided, so that every number in a message can be traced.

    Attributes:
        customer: Name, or identifier where there is no name; of an alert about all customers, whose they are. Chosen by
            the customer: never trust its text.
        email: As listed; chosen by the customer.
        read_at: When the row that decided was read (UTC).
        total_cost: Lifetime spend, USD.
        total_budget: Lifetime budget, USD.
        period_cost: Spend in the period, USD; None where it is not known exactly.
        period_budget: Budget of one period, USD; None: no budget.
        budget_duration: daily, weekly, monthly, yearly, or what else the API said.
        period_start: UTC; None where it is not known.
        period_end: UTC; None where it is not known.
        previous_budget: The period budget before this row, where `budget_changed`.
        budget_changed: Whether this row carried another period budget than the row before it.
        period_cost_high: What the period cost may be at most, where `period_cost` is only what it is at least: what was
            spent around the reading that it rests on may be in it, or not.
        anchored_at: When the reading of the period was made that the period cost rests on; None: there was none.
        confirmed: Whether a reading of the period itself decided, not a row that it was carried forward to.
        period_elapsed: Share of the period that had passed, 0 to 1; None where it is not known.
        projected_period_cost: What the period will have cost by its end at that rate, USD; None where nobody can tell.
        exhausts_at: When its budget runs out at that rate (UTC); None where it lasts, and where nobody can tell.
        bound: How the event's value is to be read, where it is only known within bounds: "" as it stands, else "or
            more", "or less", or "or so" for both.
    """

    customer: str
    email: str | None
    read_at: datetime
    total_cost: float | None
    total_budget: float | None
    period_cost: float | None
    period_budget: float | None
    budget_duration: str | None
    period_start: datetime | None
    period_end: datetime | None
    previous_budget: float | None = None
    budget_changed: bool = False
    period_cost_high: float | None = None
    anchored_at: datetime | None = None
    confirmed: bool = False
    period_elapsed: float | None = None
    projected_period_cost: float | None = None
    exhausts_at: datetime | None = None
    bound: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of an alert: what people are told.

    Attributes:
        kind: What happened.
        reason: Why.
        at: When it was decided (UTC).
        rule: Name of the rule.
        key: The customer.
        severity: Of the level that the event is about: the one reached, or the one left when it ended.
        level: The threshold of that level in the rule's unit; None for a rule with `when`.
        previous_severity: Severity before an escalation or de-escalation.
        heard: Severities that people were told of before, since the alert fired.
        value: The rule's value when it was decided; None for a rule with `when`, or where it is not known.
        unit: Unit of `value` and `level`: "ratio", "USD", or another unit of the field table, "" where it has none.
        since: When the alert began to hold (UTC).
        summary: The rule's sentence, rendered. Holds text that the customer chose.
        facts: What was known of the customer.
        labels: The rule's own labels.
        found_at_start: The condition was there already when the daemon first read this environment.
    """

    kind: EventKind
    reason: Reason
    at: datetime
    rule: str
    key: CustomerKey
    severity: Severity
    level: float | None
    value: float | None
    unit: str
    since: datetime
    summary: str
    facts: Facts
    previous_severity: Severity | None = None
    heard: frozenset[Severity] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    found_at_start: bool = False
