"""The books of an environment: what pages and readings change, and what people hear of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.alerts.model import EventKind, Reason, Severity
from monitor.polling.ledger import HELD_AT_MOST
from monitor.polling.walk import Candidate
from monitor.respan.errors import BadAnswer
from tests.polling.builders import (
    BUDGET,
    HOUR,
    MINUTE,
    NOW,
    SPENDER,
    TWO_ENVIRONMENTS,
    UNBUDGETED,
    UNTIL_JANUARY,
    Books,
    customer,
    detail,
    encoded,
    row,
)

Open = Callable[..., Books]
FIRED, ESCALATED, RESOLVED, RESET = EventKind.FIRED, EventKind.ESCALATED, EventKind.RESOLVED, EventKind.RESET
DEESCALATED = EventKind.DEESCALATED
INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


def test_the_documented_example_is_no_alert(open_books: Open) -> None:
    """Lifetime spend of 523.45 against a monthly budget of 100 is nothing, with 45.67 spent in the period."""
    books = open_books()

    assert books.poll([row()], usage={"user_123": 45.67}).decided == []
    assert books.alerts() == {}


def test_81_percent_is_a_warning_once(open_books: Open) -> None:
    """With 81.20 spent in the period it is a warning; rows and readings of the same say nothing more."""
    books = open_books()

    first = books.poll([row()], usage={"user_123": 81.20})
    second = books.poll([row()], usage={"user_123": 81.20})

    assert first.said == [(FIRED, WARNING, "user_123")]
    assert second.decided == []
    assert second.asked == []
    assert books.messages() == [[(FIRED, WARNING, "user_123")]]


def test_every_number_can_be_traced(open_books: Open) -> None:
    """The event carries what was known: value, spend, budget, period and when it was read."""
    books = open_books()

    event = books.poll([row()], usage={"user_123": 81.20}).event

    assert event.value == pytest.approx(0.812)
    assert (event.level, event.unit) == (0.8, "ratio")
    facts = event.facts
    assert (facts.period_cost, facts.period_budget, facts.total_cost) == (81.20, 100.0, 523.45)
    assert (facts.customer, facts.email, facts.read_at) == ("John Doe", "john@example.com", books.now)
    assert facts.period_start == NOW.replace(day=1, hour=0, minute=0)
    assert facts.period_end == NOW.replace(year=2026, month=1, day=1, hour=0, minute=0)


def test_spend_is_carried_forward(open_books: Open) -> None:
    """After a second reading has shown that there is no markup, total cost alone tells the period cost."""
    books = open_books()
    books.poll([row()], usage={"user_123": 51.20})
    books.poll([row()])

    second = books.poll([row(total_cost=523.45 + 30.0)], usage={"user_123": 81.20})
    books.poll([row(total_cost=523.45 + 30.0)])
    third = books.poll([row(total_cost=523.45 + 49.0)])

    assert (second.said, second.asked) == ([(ESCALATED, WARNING, "user_123")], ["user_123"])
    assert (third.said, third.asked) == ([(ESCALATED, CRITICAL, "user_123")], [])
    assert third.event.facts.period_cost == pytest.approx(100.20)
    assert third.event.facts.anchored_at == books.now - 2 * MINUTE


def test_what_was_spent_between_row_and_reading_is_not_counted_twice(open_books: Open) -> None:
    """The reading may hold it already: where the next row does not tell either, another reading does."""
    books = open_books()
    books.poll([row(total_cost=500.0)], usage={"user_123": 79.0})

    unsure = books.poll([row(total_cost=502.0)])
    still = books.poll([row(total_cost=502.0)], usage={"user_123": 79.0})

    assert (unsure.decided, unsure.asked, unsure.walk.undecided) == ([], [], 1)
    assert (still.decided, still.asked) == ([], ["user_123"])


def test_the_next_row_tells_what_a_close_one_left_open(open_books: Open) -> None:
    """Whoever goes on spending goes through a level between two rows, and no reading is spent on finding out when."""
    books = open_books()
    books.poll([row(total_cost=500.0)], usage={"user_123": detail(45.0, **UNTIL_JANUARY)})
    books.poll([row(total_cost=500.0)])
    books.poll([row(total_cost=506.0)], usage={"user_123": detail(51.0, **UNTIL_JANUARY)})
    books.poll([row(total_cost=506.0)])  # By this there is no markup.
    books.poll([row(total_cost=508.0)], later=timedelta(days=4))  # Some of the 2 USD were spent in January.

    between = books.poll([row(total_cost=557.0)])
    beyond = books.poll([row(total_cost=559.0)])

    assert (between.decided, between.asked, between.walk.undecided) == ([], [], 1)
    assert (beyond.said, beyond.asked) == ([(FIRED, INFO, "user_123")], ["user_123"])


def test_a_lifetime_usage_is_not_the_total_cost(open_books: Open) -> None:
    """The lifetime usage of older details may hold a markup, so that nothing is concluded from it."""
    books = open_books()
    books.poll([row(total_cost=500.0)], usage={"user_123": detail(45.0, total_usage=600.0)})

    grown = books.poll([row(total_cost=506.0)], usage={"user_123": detail(51.0, total_usage=607.2)})

    assert (grown.said, grown.asked) == ([(FIRED, INFO, "user_123")], ["user_123"])


def test_too_little_spent_ever_needs_no_reading(open_books: Open) -> None:
    """Whoever, at twice the listed price, spent less in a lifetime than the lowest level costs no request."""
    books = open_books()

    poll = books.poll([row(total_cost=24.0)])

    assert (poll.asked, poll.walk.undecided) == ([], 0)


def test_undecided_without_a_reading(open_books: Open) -> None:
    """A customer who may have reached a level is counted as undecided, and is no event until it is read."""
    books = open_books()

    unread = books.poll([row()])
    assert (unread.decided, unread.walk.undecided) == ([], 1)

    late = books.poll([row()], usage={"user_123": 81.20})
    assert (late.said, late.walk.undecided) == ([(FIRED, WARNING, "user_123")], 0)


def test_found_at_start(open_books: Open) -> None:
    """Conditions that the first walk finds are marked so, and are one message over all rules."""
    books = open_books(BUDGET + SPENDER)

    poll = books.poll([customer("a"), customer("b", 1200.0)], usage={"a": 81.0, "b": 0.0})

    assert all(event.found_at_start for event, _ in poll.decided)
    assert [sorted(message) for message in books.messages()] == [
        [(FIRED, CRITICAL, "b"), (FIRED, WARNING, "a"), (FIRED, WARNING, "a")]
    ]


def test_read_late_is_still_found_at_start(open_books: Open) -> None:
    """Who was there at the start and has spent nothing since was found at start, whenever it is read."""
    books = open_books()
    books.poll([row()])

    assert books.poll([row()], usage={"user_123": 81.20}).event.found_at_start


def test_what_happens_later_was_not_found_at_start(open_books: Open) -> None:
    """A customer who spends after the start, or comes after it, makes news of its own, told by rule."""
    books = open_books(SPENDER)
    books.poll([customer("a", 1.0)])

    poll = books.poll([customer("a", 600.0), customer("new", 600.0)])

    assert [event.found_at_start for event, _ in poll.decided] == [False, False]
    assert books.messages() == [[(FIRED, WARNING, "a"), (FIRED, WARNING, "new")]]


def test_one_message_for_each_rule_of_a_poll(open_books: Open) -> None:
    """What one poll finds shares a message by rule, over all of its pages."""
    books = open_books(SPENDER + UNBUDGETED)
    books.poll([])

    books.poll([customer("a", 600.0)], [customer("b", 600.0), customer("c", 600.0, period_budget=None)])

    assert books.messages() == [
        [(FIRED, WARNING, "a"), (FIRED, WARNING, "b"), (FIRED, WARNING, "c")],
        [(FIRED, INFO, "c")],
    ]


def test_a_raised_budget(open_books: Open) -> None:
    """A row with a higher budget ends the alert at once, saying what the budget was."""
    books = open_books()
    books.poll([row()], usage={"user_123": 81.20})

    event = books.poll([row(period_budget=250)]).event

    assert (event.kind, event.reason) == (RESOLVED, Reason.BUDGET_CHANGED)
    assert (event.facts.budget_changed, event.facts.previous_budget) == (True, 100.0)
    assert event.facts.period_budget == 250.0


def test_a_lowered_budget(open_books: Open) -> None:
    """A row with a lower budget escalates at once, saying so."""
    books = open_books()
    books.poll([row()], usage={"user_123": 81.20})

    event = books.poll([row(period_budget=50)]).event

    assert (event.kind, event.severity, event.reason) == (ESCALATED, CRITICAL, Reason.BUDGET_CHANGED)
    assert event.facts.previous_budget == 100.0


def test_a_lowered_budget_fires(open_books: Open) -> None:
    """Where nothing fired before, the first event also carries the budget that was lowered."""
    books = open_books()
    books.poll([row()], usage={"user_123": 45.67})

    event = books.poll([row(period_budget=50)]).event

    assert (event.kind, event.severity) == (FIRED, WARNING)
    assert (event.facts.budget_changed, event.facts.previous_budget) == (True, 100.0)


def test_a_lowered_budget_that_takes_a_reading(open_books: Open) -> None:
    """Where the row with the new budget cannot decide, the event of the reading after it still says so."""
    books = open_books()
    books.poll([row(total_cost=60.0, period_budget=1000)])

    event = books.poll([row(total_cost=60.0)], usage={"user_123": 55.0}).event

    assert (event.kind, event.facts.budget_changed, event.facts.previous_budget) == (FIRED, True, 1000.0)


def test_a_removed_budget(open_books: Open) -> None:
    """Without a budget there is no share of it: the alert ends because the budget changed."""
    books = open_books()
    books.poll([row()], usage={"user_123": 81.20})

    event = books.poll([row(period_budget=None)]).event

    assert (event.kind, event.reason, event.facts.previous_budget) == (RESOLVED, Reason.BUDGET_CHANGED, 100.0)


def test_a_budget_changed_as_the_period_ends(open_books: Open) -> None:
    """The alert of the old period is reset: it ended with its period, whatever the budget is by then."""
    books = open_books()
    books.poll([row()], usage={"user_123": detail(81.20, period_end="2025-12-29T11:00:00Z")})

    poll = books.poll([row(period_budget=2000)], later=HOUR)

    assert (poll.said, poll.asked) == ([(RESET, WARNING, "user_123")], [])


def test_rows_repeated_over_pages(open_books: Open) -> None:
    """A row that shifts to the next page, or stands twice in one, counts once and is judged once."""
    books = open_books(SPENDER)

    poll = books.poll(
        [customer("a"), customer("b"), customer("b")], [customer("b"), customer("c")], count=3
    )  # fmt: skip

    assert [event.key.customer_identifier for event, _ in poll.decided] == ["a", "b", "c"]
    walk = poll.walk
    assert (walk.distinct, walk.customers, walk.repeated, walk.complete) == (3, 3, 2, True)


def test_a_row_with_a_null_total_cost_resolves_nothing(open_books: Open) -> None:
    """What is null is not known: neither a lifetime nor a period rule takes it for zero."""
    books = open_books(BUDGET + SPENDER)
    books.poll([row()], usage={"user_123": 81.20})

    poll = books.poll([row(total_cost=None)], usage={"user_123": 81.20})

    assert poll.decided == []
    assert books.poll([row()]).decided == []


def test_a_new_period(open_books: Open) -> None:
    """With the end of its period an alert is reset, not resolved, and that takes no reading."""
    books = open_books()
    books.poll([row()], usage={"user_123": detail(81.20, **UNTIL_JANUARY)})

    january = books.poll([row()], later=timedelta(days=4))

    assert (january.said, january.asked) == ([(RESET, WARNING, "user_123")], [])


def test_a_level_of_the_next_period_is_said_again(open_books: Open) -> None:
    """What is spent after the end of a period counts for the next one, and a reading confirms its first alert."""
    books = open_books()
    books.poll([row()], usage={"user_123": detail(81.20, **UNTIL_JANUARY)})
    books.poll([row()], later=timedelta(days=4))
    assert books.poll([row(total_cost=523.45 + 20.0)]).asked == []

    january = {"user_123": detail(81.5, period_start="2026-01-01T00:00:00Z")}
    poll = books.poll([row(total_cost=523.45 + 81.5)], usage=january)

    assert (poll.said, poll.asked) == ([(FIRED, WARNING, "user_123")], ["user_123"])
    assert poll.event.facts.confirmed
    books.poll([row(total_cost=523.45 + 81.5)])
    assert books.poll([row(total_cost=523.45 + 101.5)]).said == [(ESCALATED, CRITICAL, "user_123")]


def test_an_alert_is_said_though_its_period_cannot_be_read(open_books: Open) -> None:
    """Where no reading can be made the row alone decides, and the event says so."""
    books = open_books()
    books.poll([row()], usage={"user_123": detail(45.0, **UNTIL_JANUARY)})
    books.poll([row()], later=timedelta(days=4))

    poll = books.poll([row(total_cost=523.45 + 81.5)])

    assert (poll.said, poll.asked) == ([(FIRED, WARNING, "user_123")], ["user_123"])
    assert (poll.event.facts.confirmed, poll.event.facts.period_cost) == (False, None)


def test_a_reading_that_comes_after_the_end_of_the_period(open_books: Open) -> None:
    """What the last row of a period showed is said, though the reading that was to confirm it is of the next one."""
    books = open_books()
    ends = {"period_end": "2025-12-29T10:33:30.5Z"}
    books.poll([row()], usage={"user_123": detail(45.0, **ends)})
    books.poll([row()])
    books.now = NOW + timedelta(minutes=2, seconds=30)

    january = detail(0.0, period_start="2025-12-29T10:33:30.5Z", period_end="2026-01-29T10:33:30.5Z")
    poll = books.poll([row(total_cost=523.45 + 60)], usage={"user_123": january})

    assert poll.said == [(FIRED, CRITICAL, "user_123"), (RESET, CRITICAL, "user_123")]


def test_a_total_cost_that_falls(open_books: Open) -> None:
    """It is recorded, makes nothing negative, ends no alert, and is followed by a reading."""
    books = open_books()
    books.poll([row()], usage={"user_123": 81.20})
    books.poll([row()])

    fallen = books.poll([row(total_cost=100.0)], usage={"user_123": 30.0})

    assert (fallen.said, fallen.asked) == ([(RESOLVED, WARNING, "user_123")], ["user_123"])
    ((key, correction),) = (found for outcome in fallen.outcomes for found in outcome.corrections)
    assert (key.customer_identifier, correction.before, correction.after) == ("user_123", 523.45, 100.0)


def test_two_environments_are_told_apart(open_books: Open) -> None:
    """The same customer in two environments is two customers, each with an alert of its own."""
    prod = open_books(SPENDER, TWO_ENVIRONMENTS)
    test = prod.beside("test")
    prod.poll([row()])

    poll = test.poll([row(environment="test")])

    assert poll.said == [(FIRED, WARNING, "user_123")]
    prod.poll([row(total_cost=1.0)])
    assert prod.level() is None
    assert test.level() == ("firing", 500.0)


def test_a_rule_for_another_environment(open_books: Open) -> None:
    """A rule applies to the environments that it names."""
    books = open_books(SPENDER + 'environments = ["test"]\n', TWO_ENVIRONMENTS)

    assert books.poll([row()]).decided == []
    assert books.beside("test").poll([row(environment="test")]).said == [(FIRED, WARNING, "user_123")]


def test_readings_go_where_they_matter(open_books: Open) -> None:
    """Whether an alert still holds comes first, then whoever spent most against the lowest level."""
    books = open_books()
    fires = customer("fires", 60.0)
    books.poll([fires], usage={"fires": detail(55.0, "fires")})
    fires = {**fires, "total_cost": 50.0}  # It has fallen: nobody knows by how much the period's usage did.
    others = [customer("some", 100.0), customer("most", 5000.0), customer("more", 900.0)]

    assert books.poll([*others, fires], later=HOUR).asked == ["fires", "most", "more", "some"]
    assert books.poll([*others, fires], readings=2).asked == ["fires", "most"]


def test_an_unanswered_customer_lets_others_go_first(open_books: Open) -> None:
    """Who was asked in vain is left out for a while, and is undecided all the same."""
    books = open_books()
    poll = books.poll([customer("a"), customer("b")])
    asked = next(candidate.place for candidate in _candidates(books, [customer("a")]))

    again = books.poll([customer("a"), customer("b")], excluded=[asked])

    assert sorted(poll.asked) == ["a", "b"]
    assert again.asked == ["b"]
    assert again.walk.undecided == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "cannot be read"),
        (detail(None), "does not say what was spent"),
        (detail(81.2, "somebody else"), "about another customer"),
    ],
)
def test_a_reading_that_is_none(open_books: Open, body: bytes, words: str) -> None:
    """A detail that does not answer the question changes nothing."""
    books = open_books()

    with pytest.raises(BadAnswer, match=words):
        books.poll([row()], usage={"user_123": body})

    assert books.alerts() == {}
    assert books.messages() == []


def test_a_page_that_is_none(open_books: Open) -> None:
    """A page of something else changes nothing, and can be asked for again."""
    books = open_books(SPENDER)
    walk = books.ledger.begin(NOW, 10)

    with pytest.raises(BadAnswer):
        books.ledger.page(walk, b"<html>", NOW)
    outcome = books.ledger.page(walk, encoded([row()])[0], NOW)

    assert [event.kind for event, _ in outcome.events] == [FIRED]
    assert walk.distinct == 1


def test_another_first_seen(open_books: Open) -> None:
    """A customer whose first sight the API corrects keeps its alert: nothing is lost, nothing said again."""
    books = open_books(SPENDER)
    books.poll([row()])

    moved = row(first_seen="2025-10-14T00:00:00Z")

    assert books.poll([moved]).decided == []
    assert books.poll([{**moved, "total_cost": 1.0}]).said == [(RESOLVED, WARNING, "user_123")]


def test_another_first_seen_in_the_middle_of_the_period(open_books: Open) -> None:
    """For a rule about the period it is read anew, and repeats nothing either."""
    books = open_books()
    books.poll([row()], usage={"user_123": 81.20})

    poll = books.poll([row(first_seen="2025-10-14T00:00:00Z")], usage={"user_123": 81.20})

    assert (poll.asked, poll.decided) == (["user_123"], [])
    assert books.level() == ("firing", 0.8)


def test_messages_wait_for_the_end_of_the_walk(open_books: Open) -> None:
    """What pages find is held while more may come, and let go when the walk ends."""
    books = open_books(SPENDER)
    books.poll([])
    walk = books.ledger.begin(books.now, 10)
    books.ledger.page(walk, encoded([row()], [])[0], books.now)
    assert books.messages() == []

    books.ledger.end(walk, books.now, read_all=False)

    assert books.messages() == [[(FIRED, WARNING, "user_123")]]


def test_messages_do_not_wait_for_a_long_walk(open_books: Open) -> None:
    """After a minute messages wait no more: a walk over a million customers takes a quarter of an hour."""
    books = open_books(SPENDER)
    books.poll([])
    walk = books.ledger.begin(books.now, 10)
    pages = encoded([customer("a")], [customer("b")], [customer("c")])
    books.ledger.page(walk, pages[0], books.now)
    books.ledger.page(walk, pages[1], books.now + HELD_AT_MOST - timedelta(seconds=1))
    assert books.messages() == []

    books.ledger.page(walk, pages[2], books.now + HELD_AT_MOST)

    assert books.messages() == [[(FIRED, WARNING, name) for name in "abc"]]


def test_a_restart_in_the_middle_of_a_walk(open_books: Open) -> None:
    """What was committed before a crash is told after it, and nothing of it is decided again."""
    books = open_books(SPENDER)
    walk = books.ledger.begin(NOW, 10)
    books.ledger.page(walk, encoded([customer("a")], [customer("b")])[0], NOW)

    books.restart()
    poll = books.poll([customer("a")], [customer("b")])

    assert poll.said == [(FIRED, WARNING, "b")]
    assert sorted(books.messages()) == [[(FIRED, WARNING, "a")], [(FIRED, WARNING, "b")]]


def test_a_restart_while_a_message_is_sent(open_books: Open) -> None:
    """A message that was on its way when the process ended is sent again: nobody knows whether it arrived."""
    books = open_books(SPENDER)
    books.poll([row()])
    with books.store.write() as tx:
        waiting = tx.outbox.first("finops")
        assert waiting is not None
        tx.outbox.claim(waiting.id, books.now)
    assert books.messages() == []

    books.restart()

    assert books.messages() == [[(FIRED, WARNING, "user_123")]]


def test_a_restart_between_reading_and_row(open_books: Open) -> None:
    """A reading survives the process that took it."""
    books = open_books()
    books.poll([row()], usage={"user_123": 79.0})
    books.poll([row()])

    books.restart()

    assert books.poll([row(total_cost=525.0)]).said == [(ESCALATED, WARNING, "user_123")]


def test_a_rule_taken_out_ends_without_a_message(open_books: Open) -> None:
    """Alerts of a rule that is no longer there are dropped, and counted; those of the others go on."""
    books = open_books(BUDGET + SPENDER)
    books.poll([row()], usage={"user_123": 81.20})
    books.messages()

    adopted = books.put_in_force(BUDGET)

    assert adopted.alerts == 1
    assert books.poll([row()]).decided == []
    assert books.messages() == []
    assert books.level() == ("firing", 0.8)


def test_what_a_rule_is_called_is_its_identity(open_books: Open) -> None:
    """An edit of a rule's text that leaves an alert at its level is no event."""
    books = open_books(SPENDER)
    books.poll([row()])

    books.put_in_force(SPENDER.replace("500", "490") + 'labels = { team = "growth" }\n')

    assert books.poll([row()]).decided == []
    assert books.alerts()["user_123"].labels == {"team": "growth"}


def test_for_runs_over_polls(open_books: Open) -> None:
    """A level that must hold for two minutes fires on the first row after them."""
    books = open_books(SPENDER + 'for = "2m"\nkeep_firing_for = "1m"\n')

    said = [books.poll([row()]).said for _ in range(3)]

    assert said == [[], [], [(FIRED, WARNING, "user_123")]]
    assert books.poll([row(total_cost=1.0)]).said == []
    assert books.poll([row(total_cost=1.0)], later=MINUTE).said == [(RESOLVED, WARNING, "user_123")]


def _candidates(books: Books, rows: list[dict[str, object]]) -> list[Candidate]:
    walk = books.ledger.begin(books.now, 10)
    books.ledger.page(walk, encoded(rows)[0], books.now)
    return list(walk.candidates.take())
