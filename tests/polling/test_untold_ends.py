"""What a period does to alerts whose end nobody tells: it may be over, or not, until the API has shown a second one."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.alerts.model import EventKind, Severity
from tests.polling.builders import NOW, UNTIL_JANUARY, Books, detail, row

Open = Callable[..., Books]
FIRED, ESCALATED, RESET = EventKind.FIRED, EventKind.ESCALATED, EventKind.RESET
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


def without_markup_in_december(books: Books, told: dict[str, str]) -> Books:
    """Two readings of 4 December, by which there is no markup and an alert at 81 %."""
    books.now = NOW - timedelta(days=25)
    books.poll([row()], usage={"user_123": detail(51.20, **told)})
    books.poll([row()])
    books.poll([row(total_cost=553.45)], usage={"user_123": detail(81.20, **told)})
    books.poll([row(total_cost=553.45)])
    assert books.level() == ("firing", 0.8)
    return books


def test_a_period_whose_end_nobody_has_shown(open_books: Open) -> None:
    """At its end by arithmetic an alert stays until a reading tells whether it is over: then it is reset."""
    books = open_books()
    books.poll([row()], usage={"user_123": 81.20})

    unread = books.poll([row()], later=timedelta(days=4))
    assert (unread.decided, unread.asked) == ([], ["user_123"])
    assert books.level() == ("firing", 0.8)

    january = books.poll([row()], usage={"user_123": detail(0.0, period_start="2026-01-01T00:00:00Z")})
    assert january.said == [(RESET, WARNING, "user_123")]


def test_a_period_that_goes_on(open_books: Open) -> None:
    """Where the reading at its end by arithmetic says the old start, the alert goes on, and nothing is said."""
    books = open_books()
    books.poll([row()], usage={"user_123": 81.20})

    runs_on = books.poll([row()], usage={"user_123": 81.20}, later=timedelta(days=4))

    assert (runs_on.decided, runs_on.asked) == ([], ["user_123"])
    assert books.poll([row()]).asked == []
    assert books.level() == ("firing", 0.8)


def test_periods_that_were_shown_to_end_need_no_reading(open_books: Open) -> None:
    """Once a second period has begun where the first one let it, the end of each resets alerts by itself."""
    books = open_books()
    books.poll([row()], usage={"user_123": 81.20})
    january = {"user_123": detail(90.0, period_start="2026-01-01T00:00:00Z")}
    again = books.poll([row(total_cost=623.45)], usage=january, later=timedelta(days=20))
    books.poll([row(total_cost=623.45)])

    february = books.poll([row(total_cost=623.45)], later=timedelta(days=20))

    assert again.said == [(RESET, WARNING, "user_123"), (FIRED, WARNING, "user_123")]
    assert (february.said, february.asked) == ([(RESET, WARNING, "user_123")], [])


@pytest.mark.parametrize(("told", "asked"), [({}, ["user_123"]), (UNTIL_JANUARY, [])], ids=["not told", "told"])
def test_an_escalation_long_after_a_reading(open_books: Open, told: dict[str, str], asked: list[str]) -> None:
    """It is confirmed by another one where the period may have ended meanwhile, as nobody has told when it does."""
    books = without_markup_in_december(open_books(), told)

    poll = books.poll([row(total_cost=573.45)], usage={"user_123": detail(101.20, **told)}, later=timedelta(days=10))

    assert (poll.said, poll.asked) == ([(ESCALATED, CRITICAL, "user_123")], asked)
    assert poll.event.facts.confirmed is bool(asked)


def test_an_escalation_soon_after_a_reading(open_books: Open) -> None:
    """It needs no other one, though nobody has told when the period ends."""
    books = without_markup_in_december(open_books(), {})

    poll = books.poll([row(total_cost=573.45)], later=timedelta(days=2))

    assert (poll.said, poll.asked) == ([(ESCALATED, CRITICAL, "user_123")], [])


def test_an_escalation_in_a_period_that_has_ended(open_books: Open) -> None:
    """Where somebody had it end without a word, the reading that is to confirm it shows so: the alert is reset."""
    books = without_markup_in_december(open_books(), {})

    ended = {"user_123": detail(30.0, period_start="2025-12-10T00:00:00Z")}
    poll = books.poll([row(total_cost=573.45)], usage=ended, later=timedelta(days=10))

    assert (poll.said, poll.asked) == ([(RESET, WARNING, "user_123")], ["user_123"])
