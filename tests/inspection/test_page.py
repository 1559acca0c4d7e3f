"""The page about one customer: every figure with where it comes from, through the books as the daemon keeps them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.inspection.explanation import Explanation, UnknownCustomer, explain, with_row
from monitor.inspection.explanation_json import explanation_json
from monitor.inspection.page import print_explanations
from monitor.respan.models import Customer
from tests.inspection.builders import pipe, terminal
from tests.polling.builders import TWO_ENVIRONMENTS, Books, customer, detail

OpenBooks = Callable[..., Books]

_ASCII = {ord("\N{MINUS SIGN}"): "-", ord("\N{MULTIPLICATION SIGN}"): "x"}

IDLE = '[[rules]]\nname = "idle"\nwhen = "days_since(last_active_timeframe) > 30"\nseverity = "info"\n'


def explained(books: Books, identifier: str = "a", environment: str | None = None) -> list[Explanation]:
    """Every customer with an identifier, by the rules in force."""
    return explain(books.store, identifier, environment, books.book)


def page(books: Books, identifier: str = "a", *, now: datetime | None = None, width: int | None = None) -> str:
    """The page, as a program reads it unless a terminal has a width."""
    console, out = pipe() if width is None else terminal(width)
    print_explanations(console, explained(books, identifier), now or books.now)
    return out.getvalue().translate(_ASCII)


def lines(text: str, word: str) -> list[str]:
    """What the lines that begin with a word say."""
    return [line.strip()[len(word) :].strip() for line in text.splitlines() if line.strip().startswith(f"{word} ")]


def sections(text: str) -> dict[str, str]:
    """The page's parts by the beginning of their titles."""
    return {part.split("\n")[0]: part for part in text.split("\n\n")}


@pytest.fixture
def books(open_books: OpenBooks) -> Books:
    """A customer who was read at 81.20 USD and has spent 3 USD since; the next poll has not read it again."""
    opened = open_books()
    opened.poll([customer("a")], usage={"a": 81.2})
    opened.poll([customer("a")])
    opened.poll([customer("a", 526.45)], readings=0)
    return opened


def test_a_period_cost_is_written_out(books: Books) -> None:
    """The sum is there with its terms, at least and at most, and why the two differ."""
    text = page(books)

    assert lines(text, "at least") == ["$81.20 + ($526.45 - $523.45) x 1 = $84.20"]
    assert lines(text, "at most") == ["$81.20 + ($526.45 - $523.45) x 2 = $87.20"]
    assert lines(text, "bounded")[0] == "as it is not measured by how much usage grows with the total cost"
    assert "Period cost  $84.20 – 87.20" in text  # noqa: RUF001


def test_what_it_rests_on(books: Books) -> None:
    """The reading has its time, and the total cost of then is that of the rows before and after it."""
    text = page(books)

    assert lines(text, "rests on") == ["a reading of 29 Dec 10:31 UTC: $81.20 spent in the period by then"]
    assert "total cost $523.45 at that time" in text
    assert lines(text, "readings") == ["1 in this period"]


def test_what_was_spent_around_a_reading(open_books: OpenBooks) -> None:
    """Where the rows before and after it differ, the total cost of then lies between them."""
    books = open_books()
    books.poll([customer("a")], usage={"a": 81.2})
    books.poll([customer("a", 524.45)], readings=0)

    assert "total cost $523.45 to $524.45 at that time, by the rows and readings around it" in page(books)


def test_what_readings_tell_of_each_other(open_books: OpenBooks) -> None:
    """Where there is no markup, an earlier reading bounds the total cost of a later one more narrowly than the rows."""
    books = open_books()
    books.now -= timedelta(days=25)
    for total, usage in ((500.0, {"a": 51.0}), (500.0, None), (530.0, {"a": 81.0}), (530.0, None)):
        books.poll([customer("a", total)], usage=usage)

    books.poll([customer("a", 549.0)], usage={"a": 101.0}, later=timedelta(days=10))
    books.poll([customer("a", 552.0)])

    assert "total cost $550.00 at that time" in page(books)


def test_for_when_it_holds(books: Books) -> None:
    """The time at which everybody had been read stands at the top."""
    assert lines(page(books), "as of") == ["29 Dec 10:33 UTC (0s ago), when everybody in prod had last been read"]


def test_when_the_period_is(books: Books) -> None:
    """It began when the API says, and ends a month later where the API gives no end, unless somebody has set one."""
    text = page(books)

    assert lines(text, "began") == ["1 Dec UTC, as the API says"]
    assert lines(text, "ends") == ["1 Jan 2026 UTC, a month after it began"]
    assert "unless it was set otherwise: the API tells no end, and no second period yet" in text


def test_an_end_that_the_api_has_shown(open_books: OpenBooks) -> None:
    """After a second period has begun where the first one let it there is no doubt of its end."""
    books = open_books()
    books.poll([customer("a")], usage={"a": 81.2})
    january = detail(0.0, "a", period_start="2026-01-01T00:00:00Z")
    books.poll([customer("a")], usage={"a": january}, later=timedelta(days=4))

    text = page(books)

    assert lines(text, "ends") == ["1 Feb UTC, a month after it began"]
    assert "unless it was set otherwise" not in text


def test_an_end_that_the_api_gives(open_books: OpenBooks) -> None:
    """An end that arithmetic would not give is the API's own."""
    books = open_books()
    books.poll([customer("a")], usage={"a": detail(81.2, "a", period_end="2026-01-15T00:00:00Z")})

    assert lines(page(books), "ends") == ["15 Jan 2026 UTC, as the API says"]


def test_a_period_that_has_ended_since(books: Books) -> None:
    """Long after the last poll it is said that the period is over by now."""
    text = page(books, now=datetime(2026, 1, 2, 12, tzinfo=books.now.tzinfo))

    assert "it has ended since, 1 d 12 h ago" in text


def test_a_period_by_arithmetic(open_books: OpenBooks) -> None:
    """A period that was not read begins where the one before ended, counted from the day of the first."""
    books = open_books()
    jan31 = detail(10.0, "a", period_start="2025-12-31T00:00:00Z", period_end="2026-01-31T00:00:00Z")
    books.now = datetime(2026, 1, 5, tzinfo=books.now.tzinfo)
    books.poll([customer("a")], usage={"a": jan31})
    books.poll([customer("a")], later=timedelta(days=40), readings=0)

    text = page(books)

    assert lines(text, "began") == [
        "31 Jan UTC, by arithmetic: a period after the one before, counted from 31 Dec 2025 UTC"
    ]
    assert lines(text, "ends") == ["28 Feb UTC, a month after it began, counted from 31 Dec 2025 UTC"]
    assert lines(text, "readings") == ["none in this period"]


def test_a_customer_that_was_never_read(open_books: OpenBooks) -> None:
    """All that it ever spent may have been spent in this period, and a rule waits for a reading."""
    books = open_books()
    books.poll([customer("a")], readings=0)

    text = page(books)

    assert lines(text, "at most") == ["$0.00 + ($523.45 - $0.00) x 2 = $1,046.90"]
    assert lines(text, "waits") == ["for a reading since 29 Dec 10:31 UTC: a rule cannot be decided without"]
    assert "Rule period-budget  undecided: maybe critical; only a reading of the period tells" in text


def test_a_total_cost_that_fell(books: Books) -> None:
    """The correction is told, and that nothing limits the period cost until it is read again."""
    books.poll([customer("a", 500.0)], readings=0)

    text = page(books)

    assert "corrections      29 Dec 10:34 UTC: the total cost fell from $526.45 to $500.00" in text
    assert lines(text, "at most") == ["without limit"]
    assert "corrections have taken $26.45 off it in all" in text


def test_a_customer_without_a_budget(open_books: OpenBooks) -> None:
    """Nothing is said of a period that there is not."""
    books = open_books()
    books.poll([customer("a", period_budget=None)])

    titles = sections(page(books))

    assert "there is no period budget, and so no period" in titles["Period"]
    assert not any(title.startswith(("Period cost", "Forecast")) for title in titles)


def test_a_rule_that_holds(books: Books) -> None:
    """Its formula with the values put in, the levels that are reached, the alert, and whom it was told."""
    text = sections(page(books))["Rule period-budget  holds: warning"]

    assert "= ($84.20 … $87.20) / $100.00 = 84.2 % to 87.2 %" in text
    assert lines(text, "levels") == ["info ≥ 50 % (reached), warning ≥ 80 % (reached), critical ≥ 100 %"]
    assert lines(text, "alert") == ["firing since 29 Dec 10:31 UTC (2 min), warning at the 80 % level"]
    assert lines(text, "events") == [
        "29 Dec 10:31 UTC: fired, warning 80 % (level reached), at 81.2 %; waiting for finops"
    ]


def test_a_message_that_was_delivered(books: Books) -> None:
    """When the channel took it is told."""
    books.messages()

    assert lines(page(books), "events")[0].endswith("told to finops 29 Dec 10:33 UTC")


def test_a_rule_that_the_daemon_does_not_know_of(books: Books) -> None:
    """Where a rule holds and no alert is there, the rules file may be another one than the daemon's."""
    (entry,) = books.book.rules
    books.book = replace(books.book, rules=(replace(entry, rule=replace(entry.rule, name="another")),))

    titles = sections(page(books))

    assert "has it read this rules file?" in titles["Rule another  holds: warning"]
    assert any(title.startswith("Alert of rule period-budget") for title in titles)


def test_a_rule_that_needs_the_row(open_books: OpenBooks) -> None:
    """What is missing is named, and the way to it."""
    books = open_books(IDLE)
    books.poll([customer("a", last_active_timeframe="2025-12-29T10:00:00Z")])

    assert "Rule idle  needs the row: use --ask to learn last_active_timeframe" in page(books)


def test_with_the_row(open_books: OpenBooks) -> None:
    """A row that was asked for answers the rules that read it, tells the name, and what has changed since."""
    books = open_books(IDLE)
    books.poll([customer("a", last_active_timeframe="2025-12-29T10:00:00Z")])
    (known,) = explained(books)
    row = Customer(customer_identifier="a", name="Jane", total_cost=530.0, last_active_timeframe=books.now)
    console, out = pipe()

    print_explanations(console, [with_row(known, row, books.now, books.book)], books.now)

    text = out.getvalue()
    assert "Rule idle  does not hold" in text
    assert lines(text, "name, email") == ["Jane"]
    assert "just now the API lists $530.00: the next poll takes that in" in text


def test_a_row_that_the_filters_leave_out(open_books: OpenBooks) -> None:
    """It is said that no rule is about the customer."""
    books = open_books(
        environments='[[environments]]\nname = "prod"\n[environments.filters]\n'
        'total_cost = { operator = "gte", value = [100] }\n'
    )
    books.poll([customer("a")])
    (known,) = explained(books)
    console, out = pipe()

    row = Customer(customer_identifier="a", total_cost=5.0)
    print_explanations(console, [with_row(known, row, books.now, books.book)], books.now)

    assert lines(out.getvalue(), "left out") == ["by the filters of prod: no rule is about it"]


def test_a_customer_that_is_no_longer_listed(open_books: OpenBooks) -> None:
    """What is known of it is from before it went."""
    books = open_books()
    books.poll([customer("a", first_seen="2025-10-15T08:00:00Z"), customer("b", first_seen="2025-10-16T08:00:00Z")])
    books.poll([customer("b", first_seen="2025-10-16T08:00:00Z")])

    assert lines(page(books), "as of") == [
        "29 Dec 10:32 UTC (0s ago): it is no longer listed, and this is how it was until then"
    ]


def test_each_environment_has_its_page(open_books: OpenBooks) -> None:
    """The same identifier in two environments is two customers."""
    prod = open_books(environments=TWO_ENVIRONMENTS)
    prod.poll([customer("a")])
    prod.beside("test").poll([customer("a", environment="test")])

    assert [each.sight.environment for each in explained(prod)] == ["prod", "test"]
    assert [each.sight.environment for each in explained(prod, environment="test")] == ["test"]
    assert {"a · prod", "a · test"} <= sections(page(prod).replace("\n\n\n", "\n\n")).keys()


def test_each_organization_has_its_page(open_books: OpenBooks) -> None:
    """So it is in two organizations."""
    books = open_books()
    books.poll([customer("a", unique_organization_id="one"), customer("a", unique_organization_id="two")])

    assert [each.sight.key.organization for each in explained(books)] == ["one", "two"]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("nimbus", "there is no customer 'nimbus' in prod; did you mean 'Nimbus-1'?"),
        ("zzz", "there is no customer 'zzz' in prod"),
        ("a\x1b[2J", "there is no customer 'a[2J' in prod"),
    ],
)
def test_an_unknown_customer(open_books: OpenBooks, asked: str, hint: str) -> None:
    """Identifiers that are spelled alike are named, whatever their case."""
    books = open_books()
    books.poll([customer("Nimbus-1"), customer("quiet")])

    with pytest.raises(UnknownCustomer) as raised:
        explained(books, asked)
    assert str(raised.value) == hint


def test_without_rules_alerts_are_shown_nevertheless(books: Books) -> None:
    """Where there is no rules file to go by, what the database knows of alerts is told."""
    console, out = pipe()

    print_explanations(console, explain(books.store, "a", None, None), books.now)

    assert "Alert of rule period-budget" in out.getvalue()
    assert "holds" not in out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_fits_the_terminal(books: Books, width: int) -> None:
    """However narrow, no line is longer than the terminal."""
    assert max(len(line.rstrip()) for line in page(books, width=width).splitlines()) <= width


def test_customers_do_not_format_the_page(open_books: OpenBooks) -> None:
    """What a customer chose is plain visible text."""
    strange = "[bold]x[/]\x1b[2J"
    books = open_books()
    books.poll([customer(strange) | {"name": "[red]a\nb", "email": "e\x1b]8;;x@y"}], usage={strange: 90.0})

    text = page(books, strange, width=120)

    assert "[bold]x[/][2J · prod" in text
    assert "[red]a b" in text
    assert "\x1b[2J" not in text
    assert "\x1b]8" not in text


def test_the_page_as_json(books: Books) -> None:
    """The same figures and reasons, under their names; a value of JSON, whatever there is."""
    (known,) = explained(books)

    told: dict[str, Any] = json.loads(json.dumps(explanation_json(known, books.now), allow_nan=False))

    assert told["period_cost"] == {"low": 84.2, "high": 87.2}
    assert (told["period_cost_basis"], told["period_cost_doubts"]) == ("read", ["markup"])
    assert told["period_cost_high"] == {
        "base": 81.2,
        "total_cost": 526.45,
        "since": 523.45,
        "ratio": 2.0,
        "result": 87.2,
    }
    assert (told["alert"], told["readings"]) == ("warning", 1)
    assert (told["anchor"]["read"], told["anchor"]["regular"]) == (True, False)
    (rule,) = told["rules"]
    assert (rule["answer"], rule["severity"], rule["level"], rule["needs"]) == ("holds", "warning", 0.8, [])
    assert rule["formulas"]["value"]["filled"] == "($84.20 … $87.20) / $100.00"
    assert [event["kind"] for event in told["events"]] == ["fired"]
    assert told["events"][0]["deliveries"] == [{"channel": "finops", "state": "waiting", "at": None}]


def test_json_of_what_is_not_known(open_books: OpenBooks) -> None:
    """A customer of whom next to nothing is known has nulls, and no infinity."""
    books = open_books()
    books.poll([customer("a", None, period_budget=0)], readings=0)
    (known,) = explained(books)

    told: dict[str, Any] = json.loads(json.dumps(explanation_json(known, books.now), allow_nan=False))

    assert (told["period_cost"], told["anchor"], told["total_cost"]) == (None, None, None)
    assert told["forecast"]["reason"] == "no cost"
