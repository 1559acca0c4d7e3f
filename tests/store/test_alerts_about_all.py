"""Alerts about all customers are kept beside those of customers, and are none of theirs."""

from datetime import UTC, datetime

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey
from monitor.report import alert_json
from monitor.store.database import Store
from tests.store.builders import kept

OF_ENVIRONMENT = CustomerKey("prod", "", "")
OF_ORGANIZATION = CustomerKey("", "8264a3f4", "")


def save(store: Store, *alerts: KeptAlert) -> None:
    """Write alerts."""
    with store.write() as tx:
        tx.alerts.save(alerts)


def all_of(store: Store) -> list[tuple[CustomerKey, str]]:
    """Whose alerts there are, and by which rules."""
    with store.read() as tx:
        return [(alert.key, alert.rule) for alert in tx.alerts.all(list(AlertState))]


def test_they_are_found_by_rule_and_environment(store: Store) -> None:
    """The alerts of an environment's customers leave them out, so that nobody misses them in a walk."""
    of_customer = kept("user_123")
    of_environment = kept(key=OF_ENVIRONMENT, rule="daily-spend")
    of_organization = kept(key=OF_ORGANIZATION, rule="daily-spend")
    save(store, of_customer, of_environment, of_organization, kept(key=OF_ENVIRONMENT, rule="other"))

    with store.read() as tx:
        assert list(tx.alerts.of_environment("prod")) == [of_customer]
        assert list(tx.alerts.of_aggregate("daily-spend", "prod")) == [of_environment]
        assert list(tx.alerts.of_aggregate("daily-spend", "")) == [of_organization]
        assert list(tx.alerts.of_aggregate("period-budget", "prod")) == []


def test_an_alert_ends_with_the_scope_of_its_rule(store: Store) -> None:
    """A rule that is about something else now has no alerts of its old kind."""
    save(store, kept("user_123"), kept(key=OF_ENVIRONMENT), kept(key=OF_ORGANIZATION))
    rule = "period-budget"

    with store.write() as tx:
        forgotten = tx.alerts.drop_except({"prod": []}, {"prod": [rule], "": []})

    assert (forgotten, all_of(store)) == (2, [(OF_ENVIRONMENT, rule)])

    with store.write() as tx:
        tx.alerts.drop_except({"prod": [rule]})

    assert all_of(store) == []


def test_as_json_there_is_no_customer() -> None:
    """What is not there is null, and an organization is named."""
    of_environment, of_organization = (alert_json(kept(key=key)) for key in (OF_ENVIRONMENT, OF_ORGANIZATION))
    names = ("environment", "customer_identifier", "organization")

    assert [of_environment.get(name, "absent") for name in names] == ["prod", None, "absent"]
    assert [of_organization.get(name, "absent") for name in names] == [None, None, "8264a3f4"]
    assert datetime.fromisoformat(str(of_environment["since"])).tzinfo is UTC
