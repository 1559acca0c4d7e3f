"""One customer's row as far as it is known: what the database keeps of it, and what an alert or the API adds."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from monitor.alerts.kept import KeptAlert
from monitor.inspection.sight import Sight
from monitor.respan.models import Customer
from monitor.rules.fields import FIELDS, Source

KEPT = frozenset(
    {
        "customer_identifier",
        "unique_organization_id",
        "environment",
        "first_seen",
        "total_cost",
        "period_budget",
        "budget_duration",
        "total_budget",
    }
)
"""Fields of the row that the database keeps."""

_ALL = frozenset(field.name for field in FIELDS.values() if field.source is Source.ROW)


class Person(msgspec.Struct, frozen=True, gc=False):
    """A row.

    Attributes:
        row: The row; what is not known of it is None.
        known: Names of the fields that are known.
        told_by: Name of the rule whose alert keeps name and email; None: none does.
        told_at: When those were read (UTC).
        asked_at: When the API was asked for the row (UTC); None: it was not.
    """

    row: Customer
    known: frozenset[str]
    told_by: str | None = None
    told_at: datetime | None = None
    asked_at: datetime | None = None


def person(sight: Sight, api_environment: str | None, alerts: Iterable[KeptAlert]) -> Person:
    """What is known of a row without asking anybody.

    Args:
        sight: The customer.
        api_environment: What the API calls the environment; None: not known.
        alerts: Those of the customer: each keeps name and email as they were last listed.
    """
    record, place = sight.record, sight.place
    row = Customer(
        customer_identifier=place.customer_identifier,
        unique_organization_id=place.organization,
        environment=api_environment,
        first_seen=sight.first_seen,
        total_cost=record.total_cost,
        period_budget=record.period_budget,
        budget_duration=record.budget_duration,
        total_budget=record.total_budget,
    )
    known = KEPT if api_environment is not None else KEPT - {"environment"}
    latest = max(alerts, key=lambda alert: alert.facts.read_at, default=None)
    if latest is None:
        return Person(row, known)
    row.email = latest.facts.email
    known |= {"email"}
    if latest.facts.customer != place.customer_identifier:
        # Else there is no name, or one that is the identifier: that much an alert does not tell.
        row.name = latest.facts.customer
        known |= {"name"}
    return Person(row, known, latest.rule, latest.facts.read_at)


def completed(known: Person, asked: Customer, at: datetime) -> Person:
    """The same with what the API has said of the fields that are not kept.

    Those that are kept stay: the other figures rest on them.
    """
    fields = {name: getattr(known.row if name in KEPT else asked, name) for name in Customer.__struct_fields__}
    return Person(Customer(**fields), _ALL, known.told_by, known.told_at, at)
