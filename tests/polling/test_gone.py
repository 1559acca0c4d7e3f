"""Absence: what it takes before a customer who is not listed counts as gone, or as left out."""

from collections.abc import Callable

import pytest

from monitor.alerts.model import EventKind, Reason, Severity
from tests.polling.builders import BUDGET, FROM_100, SPENDER, UNBUDGETED, Books, customer, row

Open = Callable[..., Books]
FIRED, RESOLVED = EventKind.FIRED, EventKind.RESOLVED
WARNING = Severity.WARNING

MALFORMED = customer("user_123", period_budget="a hundred")
NAMELESS = {"total_cost": 1.0}


@pytest.fixture
def firing(open_books: Open) -> Books:
    """Books with one alert, of which people were told."""
    books = open_books(SPENDER)
    assert books.poll([row()]).said == [(FIRED, WARNING, "user_123")]
    books.messages()
    return books


def test_gone_after_two_complete_walks(firing: Books) -> None:
    """One walk may miss a customer because pages shift; after the second its alerts end with that word."""
    assert firing.poll([]).decided == []

    event = firing.poll([]).event

    assert (event.kind, event.reason, event.key.customer_identifier) == (RESOLVED, Reason.GONE, "user_123")
    assert firing.messages() == [[(RESOLVED, WARNING, "user_123")]]
    assert firing.poll([]).decided == []


def test_what_is_said_of_the_gone_is_what_was_known(firing: Books) -> None:
    """Without a fresh row, the event shows the facts of the last one, and when that was."""
    read_at = firing.now
    firing.poll([])

    event = firing.poll([]).event

    assert (event.value, event.facts.total_cost, event.facts.read_at) == (523.45, 523.45, read_at)
    assert event.at == firing.now


def test_two_walks_in_a_row(firing: Books) -> None:
    """A customer who is listed in between is not gone: only misses in a row count."""
    firing.poll([])
    firing.poll([row()])

    assert firing.poll([]).decided == []
    assert firing.level() == ("firing", 500.0)


def test_an_unfinished_walk_proves_nothing(firing: Books) -> None:
    """A walk that did not reach the last page says nothing of those it did not list."""
    for _ in range(5):
        assert firing.poll([customer("other", 1.0)], read_all=False).decided == []

    assert firing.alerts()["user_123"].missed == 0


def test_a_walk_with_fewer_rows_than_the_api_counts_proves_nothing(firing: Books) -> None:
    """Where the API counts more customers than were seen, somebody was missed."""
    for _ in range(5):
        poll = firing.poll([customer("other", 1.0)], count=2)
        assert (poll.walk.complete, poll.decided) == (False, [])

    assert firing.alerts()["user_123"].missed == 0


def test_what_an_unfinished_walk_did_list_counts(firing: Books) -> None:
    """Rows are evidence, even of a walk that failed later."""
    poll = firing.poll([row(total_cost=1.0)], read_all=False)

    assert poll.said == [(RESOLVED, WARNING, "user_123")]


def test_a_row_that_cannot_be_read_is_not_absent(firing: Books) -> None:
    """A customer whose row is malformed is there, and nothing is known of it."""
    for _ in range(5):
        poll = firing.poll([MALFORMED, customer("other", 1.0)])
        assert (poll.decided, poll.walk.malformed, poll.walk.complete) == ([], 1, True)

    assert firing.alerts()["user_123"].missed == 0


def test_a_nameless_row_may_be_anybody(firing: Books) -> None:
    """A malformed row without an identifier may be the one that is missed: nobody's absence is told then."""
    for _ in range(5):
        assert firing.poll([NAMELESS]).decided == []

    assert firing.level() == ("firing", 500.0)


def test_one_malformed_row_costs_that_row_only(open_books: Open) -> None:
    """The rest of the page is judged, and the bad row is handed on with what is wrong with it."""
    books = open_books(SPENDER)

    poll = books.poll([customer("a"), MALFORMED, customer("b")])

    assert [event.key.customer_identifier for event, _ in poll.decided] == ["a", "b"]
    (bad,) = poll.outcomes[0].malformed
    assert (bad.position, bad.customer_identifier) == (1, "user_123")
    assert "period_budget" in bad.problem


def test_coming_back_after_being_gone(open_books: Open) -> None:
    """In the same period and at the same level, a customer who was gone and is back repeats nothing."""
    books = open_books(BUDGET)
    books.poll([row()], usage={"user_123": 81.20})
    books.poll([])
    assert books.poll([]).said == [(RESOLVED, WARNING, "user_123")]

    back = books.poll([row()])

    assert [(event.kind, said) for event, said in back.decided] == [(FIRED, False)]


def test_gone_for_a_condition_is_news_when_it_is_back(open_books: Open) -> None:
    """A rule about no period remembers nothing of those who are gone."""
    books = open_books(UNBUDGETED)
    unbudgeted = row(period_budget=None)
    books.poll([unbudgeted])
    books.poll([])
    books.poll([])
    assert books.alerts() == {}

    assert books.poll([unbudgeted]).said == [(FIRED, Severity.INFO, "user_123")]


def test_another_customer_of_the_same_name_is_not_it(firing: Books) -> None:
    """The same identifier in another organization does not stand in for the one that is missing."""
    stranger = row(unique_organization_id="another", total_cost=1.0)
    firing.poll([stranger])

    assert firing.poll([stranger]).said == [(RESOLVED, WARNING, "user_123")]


def test_filtered_rows_are_left_out_and_counted(open_books: Open) -> None:
    """A row that the filters should have kept out is not judged: the API may have dropped the filter."""
    books = open_books(SPENDER.replace("500", "50"), FROM_100)

    poll = books.poll([customer("in", 100.0), customer("out", 99.0)])

    assert poll.said == [(FIRED, WARNING, "in")]
    assert (poll.walk.customers, poll.walk.filtered, poll.walk.complete) == (1, 1, True)
    assert poll.walk.spend == 100.0


def test_a_filter_that_now_leaves_a_customer_out(firing: Books) -> None:
    """Where the API still lists the customer, its alert ends at once and without a message."""
    firing.put_in_force(SPENDER, FROM_100.replace("100", "600"))

    assert firing.poll([row()]).decided == []
    assert firing.alerts() == {}
    assert firing.messages() == []


def test_new_filters_end_alerts_without_a_message(firing: Books) -> None:
    """Where the API no longer lists it, that is put down to the filters, not to the customer."""
    firing.put_in_force(SPENDER, FROM_100)

    firing.poll([])
    assert firing.level() == ("firing", 500.0)
    assert firing.poll([]).decided == []
    assert firing.alerts() == {}


def test_listed_under_the_new_filters_and_gone_later(firing: Books) -> None:
    """Once seen under the new filters, a customer who vanishes is gone."""
    firing.put_in_force(SPENDER, FROM_100)
    firing.poll([row()])
    firing.poll([])

    assert firing.poll([]).event.reason is Reason.GONE


def test_the_same_filters_are_no_change(firing: Books) -> None:
    """Loading the same file again, or starting again, does not make absence a matter of filters."""
    firing.put_in_force(SPENDER)
    firing.restart()
    firing.poll([])

    assert firing.poll([]).event.reason is Reason.GONE


def test_a_rule_that_left_ends_without_a_message(firing: Books) -> None:
    """A customer who is gone at the same time as the rule is no news."""
    firing.put_in_force(UNBUDGETED)

    firing.poll([])
    assert firing.poll([]).decided == []


def test_a_row_of_another_environment_is_left_out(firing: Books) -> None:
    """A row of another environment is another customer: it neither changes nor ends the alert of this one."""
    poll = firing.poll([row(), row(environment="test", total_cost=1.0)])

    assert poll.decided == []
    assert (poll.walk.customers, poll.walk.filtered, poll.walk.repeated) == (1, 1, 0)
    assert firing.level() == ("firing", 500.0)


def test_a_row_of_another_environment_on_the_page_before(firing: Books) -> None:
    """Nor does it hide the row of this one on the next page."""
    poll = firing.poll([row(environment="test")], [row(total_cost=1.0)])

    assert poll.said == [(RESOLVED, WARNING, "user_123")]


def test_only_rows_of_another_environment(firing: Books) -> None:
    """A customer who is listed in another environment only is gone from this one, and its alert says so."""
    firing.poll([row(environment="test")])

    assert firing.poll([row(environment="test")]).event.reason is Reason.GONE


def test_a_row_without_an_environment_is_believed(firing: Books) -> None:
    """Older pages lack the field: such a row is the one that was asked for."""
    assert firing.poll([row(environment=None, total_cost=1.0)]).said == [(RESOLVED, WARNING, "user_123")]
