"""An alert as it is kept: its life, and what was last known of its customer."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.alerts.model import CustomerKey, Facts
from monitor.alerts.state import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAlert:
    """One alert with all that a person is shown of it.

    Attributes:
        rule: Name of the rule.
        key: The customer.
        first_seen: Where the customer's record stands, microseconds since 1970 UTC.
        life: Its state.
        value: The rule's value when it was last read; None where it has none.
        unit: The value's unit.
        summary: The rule's sentence about it, rendered.
        facts: What was last known of the customer.
        labels: The rule's labels.
        missed: Complete walks in a row that did not list the customer.
        filters: Fingerprint of the filters under which the customer was last listed.
    """

    rule: str
    key: CustomerKey
    first_seen: int
    life: Alert
    value: float | None
    unit: str
    summary: str
    facts: Facts
    labels: Mapping[str, str]
    missed: int
    filters: str
