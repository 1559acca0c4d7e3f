"""Alerts as they are kept: their life, and what was last known of their customer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, func, select, update

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, Facts
from monitor.alerts.state import Alert
from monitor.store.schema import alerts
from monitor.store.statement import Statement, by_key, of_key


class Alerts:
    """The alerts, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_customers(self, environment: str, identifiers: Sequence[str]) -> Iterator[KeptAlert]:
        """All alerts of some customers of an environment."""
        if identifiers:
            yield from self._select(alerts.c.environment == environment, alerts.c.customer_identifier.in_(identifiers))

    def of_environment(self, environment: str) -> Iterator[KeptAlert]:
        """All alerts of the customers of an environment."""
        yield from self._select(alerts.c.environment == environment, _OF_CUSTOMER)

    def of_aggregate(self, rule: str, environment: str) -> Iterator[KeptAlert]:
        """The alerts of a rule that are about all customers of an environment, or with "" of an organization."""
        yield from self._select(alerts.c.environment == environment, alerts.c.rule == rule, ~_OF_CUSTOMER)

    def all(self, states: Iterable[AlertState]) -> Iterator[KeptAlert]:
        """The alerts that are in one of `states`, by environment and customer."""
        yield from self._select(alerts.c.state.in_([state.value for state in states]))

    def count(self) -> Sequence[tuple[str, str, str, str, int]]:
        """How many there are of each (environment, rule, state, severity)."""
        by = (alerts.c.environment, alerts.c.rule, alerts.c.state, alerts.c.severity)
        rows = self._connection.execute(select(*by, func.count()).group_by(*by)).fetchall()
        return [(environment, rule, state, severity, count) for environment, rule, state, severity, count in rows]

    def save(self, kept: Sequence[KeptAlert]) -> None:
        """Write alerts."""
        _UPSERT.run(self._connection, sorted(_values(alert) for alert in kept))

    def drop(self, identities: Sequence[tuple[CustomerKey, str]]) -> None:
        """Forget the alerts of some (customer, rule)."""
        _DELETE.run(self._connection, [(*_in_key_order(key), rule) for key, rule in identities])

    def drop_except(
        self,
        rules_by_environment: Mapping[str, Iterable[str]],
        aggregates_by_environment: Mapping[str, Iterable[str]] = MappingProxyType({}),
    ) -> int:
        """Forget the alerts of rules and environments that are no longer there.

        Args:
            rules_by_environment: Names of the rules about customers.
            aggregates_by_environment: Names of those about all customers of the environment; with "", of an
                organization.

        Returns:
            The number of alerts forgotten.
        """
        kept = [
            and_(alerts.c.environment == environment, alerts.c.rule.in_(list(rules)), about)
            for about, mapping in ((_OF_CUSTOMER, rules_by_environment), (~_OF_CUSTOMER, aggregates_by_environment))
            for environment, rules in mapping.items()
        ]
        statement = delete(alerts)
        for condition in kept:
            statement = statement.where(~condition)
        return self._connection.execute(statement).rowcount

    def mark_missed(self, missed: Sequence[tuple[CustomerKey, str, int]]) -> None:
        """Write how many complete walks in a row did not list the customer of each (customer, rule, count)."""
        _MISS.run(self._connection, [(count, *_in_key_order(key), rule) for key, rule, count in missed])

    def _select(self, *conditions: ColumnElement[bool]) -> Iterator[KeptAlert]:
        statement = select(*(alerts.c[name] for name in _COLUMNS)).where(*conditions)
        for row in self._connection.execute(statement.order_by(*(alerts.c[name] for name in _KEY))):
            yield _alert(row)


_KEY = ("environment", "customer_identifier", "organization", "rule")
_OF_CUSTOMER = alerts.c.customer_identifier != ""
_COLUMNS = tuple(column.name for column in alerts.columns)
_encode = msgspec.json.Encoder(order="deterministic").encode
_life = msgspec.json.Decoder(Alert).decode
_facts = msgspec.json.Decoder(Facts).decode
_labels = msgspec.json.Decoder(dict[str, str]).decode


def _in_key_order(key: CustomerKey) -> tuple[str, str, str]:
    return key.environment, key.customer_identifier, key.organization


def _values(alert: KeptAlert) -> tuple[Any, ...]:
    return (
        *_in_key_order(alert.key),
        alert.rule,
        alert.first_seen,
        alert.life.state.value,
        alert.life.severity.value,
        alert.value,
        alert.unit,
        alert.summary,
        _encode(alert.life).decode(),
        _encode(alert.facts).decode(),
        _encode(dict(alert.labels)).decode(),
        alert.missed,
        alert.filters,
    )


def _alert(row: Row[Any]) -> KeptAlert:
    return KeptAlert(
        rule=row.rule,
        key=CustomerKey(row.environment, row.organization, row.customer_identifier),
        first_seen=row.first_seen,
        life=_life(row.life),
        value=row.value,
        unit=row.unit,
        summary=row.summary,
        facts=_facts(row.facts),
        labels=_labels(row.labels),
        missed=row.missed,
        filters=row.filters,
    )


_UPSERT = Statement.upsert(alerts, _COLUMNS, _KEY)
_DELETE = Statement.deletion(alerts, _KEY)
_MISS = Statement(
    update(alerts).where(by_key(alerts, _KEY)).values(missed=bindparam("count")), ("count", *of_key(_KEY))
)
