"""Alerts as they are kept: they survive a restart as they were."""

import math
from datetime import datetime

import pytest

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, Severity
from monitor.alerts.state import Alert
from monitor.store.database import Store
from tests.notify.builders import facts
from tests.store.builders import NOW, ORGANIZATION, STRANGE_IDENTIFIERS, kept


def save(store: Store, *alerts: KeptAlert) -> None:
    """Write alerts in a transaction of their own."""
    with store.write() as tx:
        tx.alerts.save(alerts)


def of_environment(store: Store, environment: str = "prod") -> list[KeptAlert]:
    """All alerts of an environment."""
    with store.read() as tx:
        return list(tx.alerts.of_environment(environment))


def ended(since: datetime = NOW) -> Alert:
    """The life of an alert that ended."""
    return Alert(state=AlertState.RESOLVED, threshold=0.8, severity=Severity.WARNING, since=since)


def test_an_alert_survives_a_restart(url: str) -> None:
    """What another process reads is what this one wrote, to the last field."""
    store = Store(url)
    save(store, kept())
    store.close()

    reopened = Store(url)
    try:
        assert of_environment(reopened) == [kept()]
    finally:
        reopened.close()


@pytest.mark.parametrize("value", [math.inf, -math.inf, 0.1 + 0.2, 1e-300, None])
def test_every_value_comes_back(store: Store, value: float | None) -> None:
    """A share of a budget of nothing is infinite, and stays so."""
    save(store, kept(value=value))

    assert [alert.value for alert in of_environment(store)] == [value]


def test_a_condition_without_facts_comes_back(store: Store) -> None:
    """Nulls stay nulls: a rule without thresholds, a customer without a budget."""
    life = Alert(
        state=AlertState.FIRING, threshold=None, severity=Severity.INFO, since=NOW, said=frozenset({None})
    )  # fmt: skip
    known = facts(email=None, period_cost=None, period_budget=None, period_start=None, budget_duration=None)
    alert = kept(life=life, facts=known, labels={}, value=None, unit="")

    save(store, alert)

    assert of_environment(store) == [alert]


def test_alerts_of_some_customers(store: Store) -> None:
    """Only the customers that were asked for, of that environment, with all of their rules."""
    save(store, kept("a"), kept("a", rule="other"), kept("b"), kept(key=CustomerKey("test", ORGANIZATION, "a")))

    with store.read() as tx:
        found = [(alert.key.customer_identifier, alert.rule) for alert in tx.alerts.of_customers("prod", ["a", "c"])]
        nobody = list(tx.alerts.of_customers("prod", []))

    assert sorted(found) == [("a", "other"), ("a", "period-budget")]
    assert nobody == []


def test_strange_identifiers(store: Store) -> None:
    """Whatever a customer is called, its alert is found under that name."""
    save(store, *(kept(identifier) for identifier in STRANGE_IDENTIFIERS))

    with store.read() as tx:
        found = {alert.key.customer_identifier for alert in tx.alerts.of_customers("prod", STRANGE_IDENTIFIERS)}

    assert found == set(STRANGE_IDENTIFIERS)


def test_saving_again_replaces(store: Store) -> None:
    """An alert is one row for one customer and rule."""
    save(store, kept())

    save(store, kept(life=ended(), value=None, summary="over"))

    assert of_environment(store) == [kept(life=ended(), value=None, summary="over")]


def test_dropping_names_customer_and_rule(store: Store) -> None:
    """Only the alerts that were named are forgotten."""
    other = kept(key=CustomerKey("prod", "other", "user_123"))
    save(store, kept(), kept(rule="other"), other)

    with store.write() as tx:
        tx.alerts.drop([(kept().key, "period-budget")])

    assert of_environment(store) == [other, kept(rule="other")] or of_environment(store) == [kept(rule="other"), other]


def test_dropping_what_the_rules_file_lacks(store: Store) -> None:
    """Alerts of rules and environments that are no longer there are forgotten, and counted."""
    elsewhere = CustomerKey("test", ORGANIZATION, "user_123")
    save(store, kept(), kept(rule="gone"), kept(key=elsewhere), kept(key=CustomerKey("old", "", "x")))

    with store.write() as tx:
        dropped = tx.alerts.drop_except({"prod": ["period-budget"], "test": []})

    assert dropped == 3
    assert of_environment(store) == [kept()]
    assert of_environment(store, "test") == []


def test_counting_by_rule_state_and_severity(store: Store) -> None:
    """The counts that metrics show."""
    save(store, kept("a"), kept("b"), kept("c", life=ended()))

    with store.read() as tx:
        counts = sorted(tx.alerts.count())

    assert counts == [
        ("prod", "period-budget", "firing", "warning", 2),
        ("prod", "period-budget", "resolved", "warning", 1),
    ]


def test_choosing_by_state(store: Store) -> None:
    """Only alerts in the states that were asked for, by customer."""
    save(store, kept("b"), kept("a"), kept("c", life=ended()))

    with store.read() as tx:
        found = [alert.key.customer_identifier for alert in tx.alerts.all([AlertState.PENDING, AlertState.FIRING])]

    assert found == ["a", "b"]


def test_marking_as_missed(store: Store) -> None:
    """How often a customer was missed is written for the alert that was named, and nothing else of it."""
    save(store, kept("a"), kept("b"))

    with store.write() as tx:
        tx.alerts.mark_missed([(kept("a").key, "period-budget", 1)])
        tx.alerts.mark_missed([])

    assert of_environment(store) == [kept("a", missed=1), kept("b")]
