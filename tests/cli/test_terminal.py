"""What a person sees, and what a program reads in a pipe."""

import io
from datetime import timedelta

import pytest
from rich.console import Console

from monitor.alerts.model import AlertState, CustomerKey, Severity
from monitor.alerts.state import Alert
from monitor.polling.poller import Poll
from monitor.respan.errors import Unavailable
from monitor.terminal import UNBROKEN, ago, print_alerts, print_polls, progress_of_polls
from tests.web.builders import NOW, kept, poll

LONG = "Nimbus Robotics used 81.2 % of a $2,000.00 monthly budget"


def terminal(width: int) -> tuple[Console, io.StringIO]:
    """A terminal and what is on it, without colours."""
    shown = io.StringIO()
    return Console(file=shown, width=width, force_terminal=True, no_color=True, color_system=None), shown


def pipe() -> tuple[Console, io.StringIO]:
    """What a program reads."""
    shown = io.StringIO()
    return Console(file=shown, width=UNBROKEN), shown


def at(severity: Severity, minutes: int) -> Alert:
    """The life of an alert that fires since some minutes."""
    since = NOW - timedelta(minutes=minutes)
    return Alert(state=AlertState.FIRING, threshold=0.8, severity=severity, since=since)


def test_worst_first_then_oldest() -> None:
    """Alerts stand in the order in which they are to be looked at."""
    console, shown = pipe()
    alerts = [
        kept("a", life=at(Severity.INFO, 9), summary="mild"),
        kept("b", life=at(Severity.CRITICAL, 1), summary="worst and new"),
        kept("c", life=at(Severity.CRITICAL, 5), summary="worst and old"),
    ]

    print_alerts(console, alerts, NOW, none="")

    lines = [line.split() for line in shown.getvalue().splitlines()[1:]]
    assert [line[0] for line in lines] == ["critical", "critical", "info"]
    assert [line[2] for line in lines] == ["5m", "1m", "9m"]


@pytest.mark.parametrize("width", [120, 80, 60])
def test_a_sentence_fits_the_terminal(width: int) -> None:
    """What an alert says stands on one line where there is room for it, beside its alert or under it."""
    console, shown = terminal(width)

    print_alerts(console, [kept(summary=LONG)], NOW, none="")

    lines = shown.getvalue().splitlines()
    assert any(LONG in line for line in lines)
    assert max(len(line.rstrip()) for line in lines) <= width


def test_in_a_pipe_an_alert_is_a_line() -> None:
    """However long the sentence, one line holds the alert."""
    console, shown = pipe()

    print_alerts(console, [kept(summary="x" * 250)], NOW, none="")

    assert len(shown.getvalue().splitlines()) == 2
    assert "x" * 250 in shown.getvalue()


def test_no_alerts_is_said_in_the_words_that_are_true() -> None:
    """The caller knows how much was looked at."""
    console, shown = pipe()

    print_alerts(console, [], NOW, none="No alerts in what could be read.")

    assert shown.getvalue() == "No alerts in what could be read.\n"


@pytest.mark.parametrize("text", ["[bold red]x[/]", "[/]", ":smile:", "a\x1b[2Jb", "a\nb", "\u202eevil"])
@pytest.mark.parametrize("width", [80, 120])
def test_customers_do_not_format_the_terminal(text: str, width: int) -> None:
    """Markup, emoji codes, escapes and line ends in what a customer chose are plain text, or gone."""
    console, shown = terminal(width)

    print_alerts(console, [kept(summary=f"<{text}>")], NOW, none="")

    visible = "".join(character for character in text if character.isprintable() or character == "\n").replace(
        "\n", " "
    )
    assert f"<{visible}>" in shown.getvalue()
    assert "\x1b[2J" not in shown.getvalue()


@pytest.mark.parametrize(
    ("ended", "line"),
    [
        (poll(), "prod: 3 customers, 0 periods read, 1 request\n"),
        (
            poll(customers=1, undecided=2),
            "prod: 1 customer, 0 periods read, 1 request; 2 undecided: their period was not read\n",
        ),
        (poll(malformed=1), "prod: 3 customers, 0 periods read, 1 request; 1 row could not be read\n"),
        (poll(filtered=2), "prod: 3 customers, 0 periods read, 1 request; 2 rows did not match the filters\n"),
        (
            poll(complete=False, distinct=2),
            "prod: 3 customers, 0 periods read, 1 request\nincomplete: the API listed 2 of 3 customers\n",
        ),
        (
            poll(complete=False, error=Unavailable("prod", "listing", "timeout", "Wait.")),
            "prod: 3 customers, 0 periods read, 1 request\nEnvironment 'prod': listing failed: timeout. Wait.\n",
        ),
    ],
)
def test_a_poll_says_what_it_could_not_do(ended: Poll, line: str) -> None:
    """Whatever makes the picture incomplete is told beside what was read."""
    console, shown = pipe()

    print_polls(console, [ended])

    assert shown.getvalue() == line


def test_progress_is_shown_for_pages_and_periods() -> None:
    """A bar for each environment's pages, and one for its readings."""
    console, shown = terminal(100)

    with progress_of_polls(console, shown=True) as show:
        ended = poll(count=2500, pages=2)
        show(ended)
        ended.readings = 1
        show(ended)

    assert "prod: pages" in shown.getvalue()
    assert "2/3" in shown.getvalue()
    assert "prod: periods" in shown.getvalue()


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (timedelta(seconds=-5), "0s"),
        (timedelta(seconds=59.9), "59s"),
        (timedelta(seconds=60), "1m"),
        (timedelta(hours=23, minutes=59), "23h"),
        (timedelta(days=9, hours=5), "9d"),
    ],
)
def test_a_span_at_a_glance(time: timedelta, shown: str) -> None:
    """The largest unit is enough."""
    assert ago(time) == shown


def test_the_key_is_not_part_of_a_line() -> None:
    """The environment is shown, the organization's identifier is nobody's reading matter."""
    console, shown = pipe()

    print_alerts(console, [kept(key=CustomerKey("prod", "8264a3f4-40c7", "x"))], NOW, none="")

    assert "8264a3f4" not in shown.getvalue()
