"""What was decided of a customer, and whom it was told."""

from monitor.alerts.model import CustomerKey
from monitor.store.database import Store
from monitor.store.outbox import DELIVERED, WAITING
from monitor.store.told import Delivery
from tests.notify.builders import event
from tests.store.builders import MINUTE, NOW, envelope, first, put

KEY = CustomerKey("prod", "8264a3f4", "user_123")


def test_each_event_with_its_messages(store: Store) -> None:
    """Newest first, with what became of each message; an event that nobody is told has none."""
    put(store, (event(rule="one"), envelope("finops")), now=NOW)
    with store.write() as tx:
        tx.outbox.delivered(first(store).id, NOW + MINUTE)
        tx.outbox.record(event(rule="two"), [envelope("finops", batch="b"), envelope("mail", batch="b")], NOW)
        tx.outbox.record(event(rule="three"), [], NOW)

    with store.read() as tx:
        told = tx.told.of(KEY)

    assert [(each.event.rule, each.deliveries) for each in told] == [
        ("three", ()),
        ("two", (Delivery("finops", WAITING, None), Delivery("mail", WAITING, None))),
        ("one", (Delivery("finops", DELIVERED, NOW + MINUTE),)),
    ]


def test_of_this_customer_only(store: Store) -> None:
    """The same identifier in another environment or organization is another customer."""
    for key in (KEY, KEY._replace(environment="test"), KEY._replace(organization="another")):
        put(store, (event(key=key), envelope()))

    with store.read() as tx:
        assert [each.event.key for each in tx.told.of(KEY)] == [KEY]


def test_the_last_ones_only(store: Store) -> None:
    """There are as many events as are asked for, however many messages tell them."""
    for rule in ("one", "two", "three"):
        put(store, (event(rule=rule), envelope("finops")), (event(rule=rule), envelope("mail")))

    with store.read() as tx:
        assert [each.event.rule for each in tx.told.of(KEY, limit=3)] == ["three", "three", "two"]


def test_an_infinite_value(store: Store) -> None:
    """Spend over a budget of nothing comes back as it was."""
    put(store, (event(value=float("inf")), envelope()))

    with store.read() as tx:
        assert tx.told.of(KEY)[0].event.value == float("inf")
