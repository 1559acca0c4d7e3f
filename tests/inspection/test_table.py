"""A listing as people see it, and as a program reads it in a pipe."""

from collections.abc import Sequence

import msgspec
import pytest

from monitor.alerts.model import Severity
from monitor.inspection.listing import Entry, Listing
from monitor.inspection.ranking import SortKey
from monitor.inspection.table import print_listing, print_summary
from monitor.spending.markup import Markup
from monitor.store.times import micros
from tests.inspection.builders import DAY, HOUR, JANUARY, NOW, course, entry, pipe, terminal

EXACT = course(usage=81.2)
BOUNDED = course(Markup(), usage=40.0, total_low=503.45, total_high=503.45)


def listing(*stretches: Sequence[Entry], matched: int | None = None) -> Listing:
    """A listing of prod."""
    count = sum(map(len, stretches)) if matched is None else matched
    return Listing({"prod": NOW}, count, iter([list(stretch) for stretch in stretches]))


def shown(*entries: Entry, width: int = 200, sort: SortKey = SortKey.PERIOD_USED) -> list[str]:
    """The lines on a terminal, after the titles."""
    console, out = terminal(width)
    print_listing(console, listing(entries), NOW + HOUR, sort)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_one_line_holds_a_customer() -> None:
    """What is exact is stated, with the budget, the time that has passed, and all that was ever spent."""
    titles, line = shown(msgspec.structs.replace(entry(known=EXACT), alert=Severity.WARNING))

    assert titles.split()[:3] == ["used", "customer", "alert"]
    assert " ".join(line.split()) == "81.2 % user_123 warning $81.20 $100.00 monthly 91.7 % – – $523.45"  # noqa: RUF001


def test_bounds_are_not_stated() -> None:
    """What is only known within bounds reads as what it is."""
    lines = shown(entry(identifier="read", known=BOUNDED), entry(identifier="unread"))

    assert "60 – 80 %" in lines[1]  # noqa: RUF001
    assert "$60.00 – 80.00" in lines[1]  # noqa: RUF001
    assert "≤ $1,046.90" in lines[2]


def test_a_period_that_has_ended_since() -> None:
    """What was so when everybody had been read is not told of a period that is over by now as if it went on."""
    console, out = terminal(200)
    print_listing(console, listing([entry(known=EXACT)]), JANUARY + HOUR, SortKey.PERIOD_USED)

    assert "all of it" in out.getvalue()


def test_whoever_may_be_over_is_marked() -> None:
    """With a share asked for, it is said of each whether that is sure."""
    lines = shown(entry(0.8, identifier="a", known=EXACT), entry(0.8, identifier="b"))

    assert "surely" in lines[1]
    assert "maybe" in lines[2]


def test_whoever_is_no_longer_listed_is_marked() -> None:
    """It is said since when."""
    titles, line = shown(entry(known=EXACT, missing_since=micros(NOW - DAY)))

    assert "not listed since" in titles
    assert "28 Dec 10:30" in line


@pytest.mark.parametrize(
    ("sort", "title", "cell"),
    [
        (SortKey.PACE, "pace", "0.89"),
        (SortKey.PERIOD_REMAINING, "left", "$18.80"),
        (SortKey.SPEND_24H, "last 24 h", "–"),  # noqa: RUF001
    ],
)
def test_what_it_is_sorted_by_is_shown(sort: SortKey, title: str, cell: str) -> None:
    """A figure that the table lacks otherwise is there where it decides."""
    titles, line = shown(entry(known=EXACT), sort=sort)

    assert title in titles
    assert cell in line
    assert title not in shown(entry(known=EXACT))[0]


@pytest.mark.parametrize("width", [200, 120, 110, 100, 80, 60])
def test_it_fits_the_terminal(width: int) -> None:
    """However narrow, no line is longer than the terminal, and who it is, how much and of what are there."""
    lines = shown(
        entry(identifier="a-customer-with-quite-a-long-identifier-of-its-own", known=BOUNDED),
        entry(identifier="b", known=EXACT, total_cost=48_389.72),
        width=width,
    )

    assert max(map(len, lines)) <= width
    text = " ".join(lines)
    assert "60 – 80 %" in text  # noqa: RUF001
    assert "a-customer" in text
    assert "$100.00" in text


def test_a_customer_without_a_budget_in_little_room() -> None:
    """It is said that there is none, and nothing of a period."""
    who, told = shown(entry(period_budget=None), width=80)

    assert who == "user_123 · no budget"
    assert told == "  $523.45 ever"


def test_a_pipe_gets_everything() -> None:
    """Every column, a line for each customer, titles once, however many stretches there are."""
    console, out = pipe()

    count = print_listing(console, listing([entry(identifier="a")], [entry(identifier="b")]), NOW, SortKey.PERIOD_USED)

    lines = out.getvalue().splitlines()
    assert count == 2
    assert [line.split()[0] for line in lines] == ["used", "≤", "≤"]
    assert "environment" in lines[0]
    assert lines[1].index("prod") == lines[2].index("prod")


@pytest.mark.parametrize("text", ["[bold red]x[/]", ":smile:", "a\x1b[2Jb", "a\nb", "\u202eevil"])
@pytest.mark.parametrize("width", [80, 200])
def test_customers_do_not_format_the_terminal(text: str, width: int) -> None:
    """What a customer chose is plain visible text."""
    visible = "".join(character for character in text.replace("\n", " ") if character.isprintable())

    assert any(visible in line for line in shown(entry(identifier=text), width=width))


def test_the_summary_says_for_when_it_holds() -> None:
    """When everybody was read, how long ago, and of how many customers this is a part."""
    console, out = pipe()

    print_summary(console, listing(matched=1_203), 50, NOW + HOUR)

    assert out.getvalue() == (
        "prod: as of 29 Dec 10:30 UTC (1h ago), when everybody had last been read\n"
        "the first 50 of 1,203 customers; --limit 0 shows all\n"
    )


def test_the_summary_of_what_was_never_read_whole() -> None:
    """A first reading that is under way is no complete one."""
    console, out = pipe()

    print_summary(console, Listing({"prod": None}, 1, iter([])), 1, NOW)

    assert out.getvalue() == "prod: not read completely yet\n1 customer\n"
