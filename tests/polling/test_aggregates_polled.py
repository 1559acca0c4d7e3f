"""Rules over all customers in the books of an environment: pages, readings, filters and customers who are gone."""

from collections.abc import Callable

from monitor.alerts.model import AlertState, CustomerKey, EventKind, Severity
from tests.polling.builders import BUDGET, FROM_100, HOUR, Books, customer

Opener = Callable[..., Books]

SPEND = """[[rules]]
name = "spend"
scope = "environment"
value = "sum(total_cost)"
levels = [{ at_least = 1000, severity = "warning" }]
"""
PERIODS = """[[rules]]
name = "periods"
scope = "environment"
value = "sum(period_cost)"
levels = [{ at_least = 100, severity = "critical" }]
"""
LATELY = """[[rules]]
name = "lately"
scope = "environment"
value = "sum(spend_24h)"
levels = [{ at_least = 100, severity = "info" }]
"""
FIRED, RESOLVED = EventKind.FIRED, EventKind.RESOLVED
WARNING = Severity.WARNING


def states(books: Books) -> list[tuple[CustomerKey, str, AlertState]]:
    """Whose alerts there are."""
    with books.store.read() as tx:
        return [(alert.key, alert.rule, alert.life.state) for alert in tx.alerts.all(list(AlertState))]


def test_pages_add_up(open_books: Opener) -> None:
    """The customers of all pages count, and one message tells of it when the poll ends."""
    books = open_books(SPEND)
    books.poll([customer("a", 400.0), customer("b", 400.0)], [customer("c", 100.0)])
    books.messages()

    poll = books.poll([customer("a", 400.0), customer("b", 450.0)], [customer("c", 200.0)])

    assert [(event.key, event.kind, event.value) for event, _ in poll.decided] == [
        (CustomerKey("prod", "", ""), FIRED, 1050.0)
    ]
    assert len(books.messages()) == 1


def test_what_is_there_at_the_start_is_told_with_the_rest(open_books: Opener) -> None:
    """What the first walk finds of customers and of all of them goes out together."""
    books = open_books(SPEND + BUDGET)

    books.poll([customer("a", 1200.0)], usage={"a": 90.0})

    assert [len(message) for message in books.messages()] == [2]


def test_walks_do_not_miss_it(open_books: Opener) -> None:
    """An alert about all customers is listed in no walk, and is not gone for that."""
    books = open_books(SPEND)
    books.poll([customer("a", 1200.0)])

    for _ in range(4):
        assert books.poll([customer("a", 1200.0)]).decided == []

    assert states(books) == [(CustomerKey("prod", "", ""), "spend", AlertState.FIRING)]


def test_half_a_walk_resolves_nothing(open_books: Opener) -> None:
    """What was not read is as it was."""
    books = open_books(SPEND)
    books.poll([customer("a", 600.0)], [customer("b", 600.0)])

    assert books.poll([customer("a", 1.0)], read_all=False).decided == []
    assert books.poll([customer("a", 1.0)], [customer("b", 600.0)]).said[0][:2] == (RESOLVED, WARNING)


def test_a_customer_that_is_gone_leaves_the_sum(open_books: Opener) -> None:
    """Two walks without a customer, and what it spent is no longer counted."""
    books = open_books(SPEND)
    everybody = [customer("a", 600.0, first_seen="2025-01-01T00:00:00Z"), customer("b", 600.0)]
    books.poll(everybody)

    kinds = [[event.kind for event, _ in books.poll(everybody[1:]).decided] for _ in range(2)]

    assert kinds == [[], [RESOLVED]]


def test_whom_the_filters_leave_out_does_not_count(open_books: Opener) -> None:
    """A row that the API should have left out leaves the sum at once."""
    books = open_books(SPEND, FROM_100)
    books.poll([customer("a", 950.0), customer("b", 120.0)])

    poll = books.poll([customer("a", 950.0), customer("b", 20.0)])

    assert [(event.kind, event.value) for event, _ in poll.decided] == [(RESOLVED, 950.0)]


def test_readings_count(open_books: Opener) -> None:
    """What a reading tells of a period is in the sum; what nobody has read is a bound, and no reading is asked for."""
    books = open_books(BUDGET + PERIODS)
    poll = books.poll([customer("a", 90.0), customer("b", 50.0, period_budget=None)], usage={"a": 60.0})

    assert (poll.asked, [event.rule for event, _ in poll.decided]) == (["a"], ["period-budget"])

    poll = books.poll([customer("a", 135.0), customer("b", 50.0, period_budget=None)], usage={"a": 105.0})

    assert poll.asked == ["a"]
    assert [(event.rule, event.value, event.facts.bound) for event, _ in poll.decided if event.rule == "periods"] == [
        ("periods", 105.0, "or more")
    ]


def test_windows_are_read_for_it(open_books: Opener) -> None:
    """A rule over all customers is reason enough to know what they spent lately."""
    books = open_books(LATELY)
    for _ in range(26):
        books.poll([customer("a", 500.0), customer("b", 500.0)], later=HOUR)

    poll = books.poll([customer("a", 560.0), customer("b", 545.0)])

    assert [(event.rule, event.value) for event, _ in poll.decided] == [("lately", 105.0)]


def test_a_rule_that_is_taken_out_leaves_nothing(open_books: Opener) -> None:
    """Its alert ends without a word, and so does one whose scope has changed."""
    books = open_books(SPEND)
    books.poll([customer("a", 1200.0)])

    adopted = books.put_in_force(SPEND.replace('"environment"', '"organization"'))

    assert (adopted.alerts, states(books)) == (1, [])
