"""What the tests of the simulation share: customers whose truth is plain, and journals of runs that never were."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.alerts.model import CustomerKey, Event, EventKind, Facts, Reason, Severity
from monitor.demo.customer import Customer
from simulation.case import Case, Verdict
from simulation.course import Steps
from simulation.journal import Journal, Polled, Projected, Request, Told
from simulation.life import Plan
from simulation.year import after

DAY = 86_400.0
POLL = timedelta(hours=2)
SECOND = timedelta(seconds=1)
LASTED = timedelta(seconds=5)

FIRED, ESCALATED, DEESCALATED = EventKind.FIRED, EventKind.ESCALATED, EventKind.DEESCALATED
RESOLVED, RESET = EventKind.RESOLVED, EventKind.RESET


def spends(*amounts: tuple[float, float]) -> Steps:
    """Spend of (day, USD)."""
    return Steps([(day * DAY, usd) for day, usd in amounts], smooth=False)


def customer(*amounts: tuple[float, float], **fields: Any) -> Customer:  # noqa: ANN401 - attributes of Customer
    """Somebody with 100 USD a month from day 0 on who spends (day, USD)."""
    defaults: dict[str, Any] = {
        "customer_identifier": "user_1",
        "first_seen": after(-10),
        "period_budget": 100.0,
        "period_anchor": after(0),
    }
    return Customer(spend=spends(*amounts), **(defaults | fields))


HALF = customer((5, 60.0))
"""Uses 60 of 100 USD from day 5 on; its next period begins on day 31."""

FULL = customer((5, 60.0), (10, 45.0))
"""Uses all of its budget from day 10 on."""


def event(
    kind: EventKind,
    day: float,
    level: float | None = 0.5,
    *,
    rule: str = "period-budget",
    reason: Reason = Reason.LEVEL_REACHED,
    facts: Mapping[str, Any] | None = None,
) -> Event:
    """Something that was decided about `user_1` after so many days."""
    at = after(day) + SECOND
    known: dict[str, Any] = {
        "customer": "user_1",
        "email": None,
        "read_at": at,
        "total_cost": None,
        "total_budget": None,
        "period_cost": None,
        "period_budget": 100.0,
        "budget_duration": "monthly",
        "period_start": None,
        "period_end": None,
    }
    return Event(
        kind=kind,
        reason=reason,
        at=at,
        rule=rule,
        key=CustomerKey("prod", "acme", "user_1"),
        severity=Severity.INFO,
        level=level,
        value=None,
        unit="ratio",
        since=at,
        summary="",
        facts=Facts(**(known | dict(facts or {}))),
    )


def case(
    of: Customer,
    *events: Event,
    unsaid: Sequence[Event] = (),
    days: float = 60.0,
    failed: Iterable[float] = (),
    details: Iterable[tuple[float, bool]] = (),
    projected: Iterable[Projected] = (),
    stored: int | None = None,
) -> Case:
    """A run over one customer with a poll every two hours from day 0 on, each a second long.

    Args:
        of: The customer.
        *events: What was said.
        unsaid: What was decided and not said.
        days: How long it lasted.
        failed: Days whose polls failed.
        details: (day, answered) when the customer's detail was asked for.
        projected: What the daemon projected.
        stored: Events in the database.
    """
    plan = Plan(seed=7, customers=[of], spans=[(after(0), after(days))])
    told = [Told(each, said, each.at - SECOND) for said, group in ((True, events), (False, unsaid)) for each in group]
    journal = Journal(after(0), after(days), stored=stored)
    journal.told = sorted(told, key=lambda each: each.at)
    journal.projected = list(projected)
    lost = set(failed)
    at = after(0)
    while at < after(days):
        good = (at - after(0)) / timedelta(days=1) not in lost
        journal.requests.append(Request(None, at, at + SECOND / 2, good))
        journal.polls.append(Polled(at, at + LASTED, good, 0))
        at += POLL
    for day, answered in details:
        sent = after(day)
        journal.requests.append(Request(of.customer_identifier, sent, sent + SECOND / 2, answered))
    journal.requests.sort(key=lambda each: each.sent)
    return Case(plan, journal)


def found(verdict: Verdict) -> list[tuple[str, datetime]]:
    """What a check has found: what was said, and when."""
    return [(each.said, each.at) for each in verdict.violations]
