"""Alerts and events as JSON, the same wherever they are given out."""

import math
from collections.abc import Mapping

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, Event, EventKind

Json = Mapping[str, object]


def alert_json(alert: KeptAlert) -> Json:
    """An alert. `level` is null for a rule with `when`; `value` is null where it is unknown or infinite.

    About all customers of an environment, `customer_identifier` is null; about those of an organization `environment`
    is too, and `organization` names it.
    """
    return {
        **_whose(alert.rule, alert.key),
        "state": alert.life.state.value,
        "severity": alert.life.severity.value,
        "level": alert.life.threshold,
        "value": _finite(alert.value),
        "since": alert.life.since.isoformat(),
        "summary": alert.summary,
    }


def event_json(event: Event) -> Json:
    """An event: the alert as it was from then on, with what happened to it and when."""
    ended = event.kind in {EventKind.RESOLVED, EventKind.RESET}
    return {
        **_whose(event.rule, event.key),
        "state": (AlertState.RESOLVED if ended else AlertState.FIRING).value,
        "severity": event.severity.value,
        "level": event.level,
        "value": _finite(event.value),
        "since": event.since.isoformat(),
        "summary": event.summary,
        "kind": event.kind.value,
        "at": event.at.isoformat(),
    }


def _whose(rule: str, key: CustomerKey) -> Json:
    whose = {"rule": rule, "environment": key.environment or None}
    if not key.environment:
        whose["organization"] = key.organization
    return {**whose, "customer_identifier": key.customer_identifier or None}


def _finite(value: float | None) -> float | None:
    """JSON has no infinity."""
    return value if value is not None and math.isfinite(value) else None
