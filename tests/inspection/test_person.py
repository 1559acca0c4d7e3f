"""What is known of a row without asking anybody."""

from datetime import timedelta

from monitor.inspection.person import KEPT, completed, person
from monitor.respan.models import Customer
from tests.inspection.builders import NOW, sight
from tests.notify.builders import facts
from tests.store.builders import kept


def test_what_the_database_keeps() -> None:
    """Budgets and costs are known; name, email and the like are not, and are not taken for null."""
    known = person(sight(), "prod", [])

    assert known.known == KEPT
    assert (known.row.total_cost, known.row.period_budget, known.row.environment) == (523.45, 100.0, "prod")


def test_an_alert_keeps_name_and_email() -> None:
    """The alert that was written last tells them."""
    alerts = [
        kept(rule="old", facts=facts(email="old@example.com", read_at=NOW - timedelta(hours=1))),
        kept(rule="new", facts=facts(email="new@example.com", read_at=NOW)),
    ]

    known = person(sight(), "prod", alerts)

    assert known.known == KEPT | {"name", "email"}
    assert (known.row.name, known.row.email, known.told_by) == ("John Doe", "new@example.com", "new")


def test_an_identifier_in_the_place_of_a_name_tells_no_name() -> None:
    """An alert of a customer without a name shows the identifier, and so does one whose name is the identifier."""
    known = person(sight(), "prod", [kept(facts=facts(customer="user_123"))])

    assert "name" not in known.known


def test_a_row_fills_in_what_is_not_kept() -> None:
    """What the database keeps stays: all other figures rest on it."""
    row = Customer(customer_identifier="user_123", name="Jane", total_cost=999.0, number_of_requests=7.0)

    known = completed(person(sight(), "prod", []), row, NOW)

    assert (known.row.name, known.row.number_of_requests, known.row.total_cost) == ("Jane", 7.0, 523.45)
    assert {"name", "email", "last_active_timeframe"} <= known.known
