"""Events and messages with sensible defaults, so that a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from monitor.alerts.model import CustomerKey, Event, EventKind, Facts, Reason, Severity

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)


def facts(**changes: Any) -> Facts:  # noqa: ANN401 - any field
    """The documented customer, at 81.20 USD of a budget of 100 USD."""
    known = Facts(
        customer="John Doe",
        email="john@example.com",
        read_at=NOW,
        total_cost=523.45,
        total_budget=1000.0,
        period_cost=81.2,
        period_budget=100.0,
        budget_duration="monthly",
        period_start=datetime(2025, 12, 1, tzinfo=UTC),
        period_end=None,
    )
    return replace(known, **changes)


def event(*, identifier: str = "user_123", about: Facts | None = None, **changes: Any) -> Event:  # noqa: ANN401 - any field
    """The documented customer has reached the warning level of 80 %."""
    about = about or facts()
    decided = Event(
        kind=EventKind.FIRED,
        reason=Reason.LEVEL_REACHED,
        at=NOW,
        rule="period-budget",
        key=CustomerKey("prod", "8264a3f4", identifier),
        severity=Severity.WARNING,
        level=0.8,
        value=0.812,
        unit="ratio",
        since=NOW,
        summary=f"{about.customer} used 81.2 % of a $100.00 monthly budget",
        facts=about,
    )
    return replace(decided, **changes)


def critical(**changes: Any) -> Event:  # noqa: ANN401 - any field
    """The same customer has gone from warning to critical, at 102.34 %."""
    about = facts(customer=changes.pop("customer", "Acme Robotics GmbH"), period_cost=102.34)
    return event(
        **{
            "about": about,
            "kind": EventKind.ESCALATED,
            "severity": Severity.CRITICAL,
            "previous_severity": Severity.WARNING,
            "level": 1.0,
            "value": 1.0234,
            "summary": f"{about.customer} used 102.3 % of a $100.00 monthly budget",
            **changes,
        }
    )


def budget_raised(**changes: Any) -> Event:  # noqa: ANN401 - any field
    """An alert that ended because the budget was raised."""
    about = facts(customer="Blue Whale Ltd", period_budget=250.0, previous_budget=100.0, budget_changed=True)
    return event(
        **{
            "about": about,
            "kind": EventKind.RESOLVED,
            "reason": Reason.BUDGET_CHANGED,
            "value": 81.2 / 250,
            "summary": "Blue Whale Ltd used 32.5 % of a $250.00 monthly budget",
            **changes,
        }
    )


def new_period(**changes: Any) -> Event:  # noqa: ANN401 - any field
    """An alert that ended because a new budget period began."""
    about = facts(customer="Nordlicht", period_cost=0.0, period_start=datetime(2025, 12, 29, tzinfo=UTC))
    return event(
        **{
            "about": about,
            "kind": EventKind.RESET,
            "reason": Reason.NEW_PERIOD,
            "value": 0.0,
            "summary": "Nordlicht used 0 % of a $100.00 monthly budget",
            **changes,
        }
    )


def unbudgeted(**changes: Any) -> Event:  # noqa: ANN401 - any field
    """A customer who spends without a budget."""
    about = facts(
        customer="shadow@corp.example", email=None, period_cost=None, period_budget=None, period_start=None,
        budget_duration=None,
    )  # fmt: skip
    return event(
        **{
            "about": about,
            "identifier": "shadow@corp.example",
            "rule": "unbudgeted-spender",
            "reason": Reason.CONDITION_HOLDS,
            "severity": Severity.INFO,
            "level": None,
            "value": None,
            "unit": "",
            "summary": "shadow@corp.example has spent $523.45 and has no budget",
            **changes,
        }
    )
