"""The same alert in each format: what it must show, and the limits that each receiver sets."""

# ruff: noqa: RUF001 - look-alikes are what is tested

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.mime.multipart import MIMEMultipart

import pytest
from rich.console import Console

from monitor.alerts.model import Severity
from monitor.notify import mail, slack
from monitor.notify.console import ConsoleChannel
from monitor.notify.failures import ChannelError
from monitor.notify.message import Message, Notice, compose
from monitor.notify.plain import plain_text
from tests.notify.builders import NOW, budget_raised, critical, event, facts, new_period, unbudgeted

SINGLE = compose([critical()], id="m-1")
SEVERAL = compose([critical(), event(), budget_raised(), new_period(), unbudgeted()], id="m-2")
LATE = compose([event()], id="m-3", late_by=timedelta(hours=2))
NOTICE = Message(
    id="m-4",
    notice=Notice(
        title="prod: the API refuses the key", body="It answered 401.\nCheck it.", severity=Severity.CRITICAL, at=NOW
    ),
)
MANY = compose([event(identifier=f"c-{n}", about=facts(customer=f"Customer {n}")) for n in range(37)], id="m-5")
LONGEST = compose(
    [
        event(identifier=f"{n}" + "&" * 500, about=facts(customer="<" * 500 + str(n)), rule=f"r{n}", summary="&" * 5000)
        for n in range(30)
    ],
    id="m-6",
)


def built(message: Message) -> MIMEMultipart:
    """The mail of a message."""
    return mail.build(message, sender="b@example.com", to=["a@example.com"], domain="example.com", date=NOW)


def on_terminal(message: Message, *, colour: bool = False) -> str:
    """What a terminal of 100 columns shows."""
    console = Console(
        file=io.StringIO(), width=100, force_terminal=colour, color_system="truecolor" if colour else None,
        markup=False, emoji=False, highlight=False,
    )  # fmt: skip
    ConsoleChannel("screen", console).send(message)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def in_slack(message: Message) -> str:
    """Every text of a payload."""
    payload = slack.payload(message)
    texts = [payload["text"]]
    for attachment in payload["attachments"]:
        for block in attachment["blocks"]:
            for part in [block.get("text"), *block.get("fields", []), *block.get("elements", [])]:
                if part:
                    texts.append(part["text"])  # noqa: PERF401 - three loops in one expression read worse
    return "\n".join(texts)


RENDERERS: dict[str, Callable[[Message], str]] = {
    "plain": plain_text,
    "slack": in_slack,
    "mail": lambda message: mail.subject(message) + mail.html(message),
    "terminal": on_terminal,
}


@pytest.mark.parametrize("renderer", RENDERERS)
def test_one_alert_shows_everything_that_matters(renderer: str) -> None:
    """How bad, who, spent of budget, share, period and what changed stand in every format."""
    shown = RENDERERS[renderer](SINGLE)

    for part in ("Acme Robotics GmbH", "$102.34 of $100.00", "102.3 %", "monthly, since 1 Dec UTC",
                 "warning → critical: reached the 100 % level", "user_123", "29 Dec 2025 10:30 UTC"):  # fmt: skip
        assert part in shown
    assert "critical" in shown.lower()


@pytest.mark.parametrize("renderer", RENDERERS)
def test_several_alerts_show_the_summary_of_each(renderer: str) -> None:
    """No alert of a message is only a number in it."""
    shown = RENDERERS[renderer](SEVERAL)

    for happened in SEVERAL.events:
        assert happened.summary in " ".join(shown.replace("│", " ").split())


@pytest.mark.parametrize("renderer", RENDERERS)
def test_what_does_not_fit_is_counted(renderer: str) -> None:
    """Beyond twenty a line says how many more there are."""
    shown = RENDERERS[renderer](MANY)

    assert "… and 17 more alerts" in shown


@pytest.mark.parametrize("renderer", RENDERERS)
def test_lateness_is_said(renderer: str) -> None:
    """A message that waited says when it was decided."""
    assert "Delivered 2 h late: this was decided on 29 Dec 2025 10:30 UTC." in RENDERERS[renderer](LATE)


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_notice_shows_its_lines(renderer: str) -> None:
    """The daemon's word on itself reads like a message, not like an alert."""
    shown = RENDERERS[renderer](NOTICE)

    assert "It answered 401." in shown
    assert "Check it." in shown


@pytest.mark.parametrize("limit", [40, 160, 500, 2000, 4096])
def test_plain_text_keeps_to_the_receivers_limit(limit: int) -> None:
    """Whole alerts are left out, and counted, before anything is cut."""
    text = plain_text(MANY, limit)

    assert len(text) <= limit
    assert limit < 200 or text.splitlines()[-1].endswith("more alerts")


LONG_NOTICE = Message(id="m-7", notice=Notice(title="t" * 999, body="& _x_\n" * 5000, severity=Severity.INFO, at=NOW))


@pytest.mark.parametrize(
    "message", [SINGLE, SEVERAL, MANY, NOTICE, LONGEST, LONG_NOTICE], ids=lambda message: message.id
)
def test_slack_payloads_keep_to_slacks_limits(message: Message) -> None:
    """At most 50 blocks, 20 attachments, 3,000 characters in a section, 2,000 in a field, 40,000 in all."""
    payload = slack.payload(message)
    blocks = [block for attachment in payload["attachments"] for block in attachment["blocks"]]
    sections = [len(block["text"]["text"]) for block in blocks if "text" in block]
    fields = [len(field["text"]) for block in blocks for field in block.get("fields", [])]

    assert len(blocks) <= 50
    assert len(payload["attachments"]) <= 20
    assert max(sections) <= 3000
    assert max(fields, default=0) <= 2000
    assert len(json.dumps(payload, ensure_ascii=False)) <= 40_000


def test_slack_colours_follow_the_severities() -> None:
    """Alerts of one colour share an attachment, whose bar shows it."""
    colours = [attachment["color"] for attachment in slack.payload(SEVERAL)["attachments"]]

    assert colours == ["#D92D20", "#F79009", "#12B76A", "#2E90FA"]


def test_slack_makes_no_links_and_no_mentions() -> None:
    """Every text says that nothing in it is to be parsed."""
    payload = slack.payload(SINGLE)
    section = payload["attachments"][0]["blocks"][0]

    assert (payload["parse"], payload["link_names"], payload["unfurl_links"]) == ("none", False, False)
    assert all(text["verbatim"] for text in (section["text"], *section["fields"]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("user_123_x", "user_123_x"),
        ("_sly_", "＿sly＿"),
        ("*a* ~b~ `c`", "∗a∗ ∼b∼ ˋcˋ"),
        ("R&D <x>", "R&amp;D &lt;x&gt;"),
        ("@here", "＠here"),
    ],
)
def test_slack_shows_customer_text_as_it_is(text: str, shown: str) -> None:
    """Styles, entities and mentions of a customer are text; an identifier can still be copied."""
    assert slack.mrkdwn(text) == shown


def test_a_mail_is_the_same_mail_when_it_is_sent_again() -> None:
    """Its id comes from the message, so that programs that drop repetitions can."""
    first, again, other = built(SINGLE), built(SINGLE), built(SEVERAL)

    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


def test_mails_on_one_alert_stand_in_one_thread() -> None:
    """Firing, climbing and ending refer to the same thread; another customer's do not."""
    fired, climbed = built(compose([event()], id="a")), built(compose([critical(customer="John Doe")], id="b"))
    another = built(compose([event(identifier="another")], id="c"))

    assert fired["References"] == climbed["References"] != another["References"]


def test_a_mail_says_that_a_machine_sent_it() -> None:
    """No out-of-office answer comes back, and what is critical is marked so."""
    mail_ = built(SINGLE)

    assert (mail_["Auto-Submitted"], mail_["Importance"]) == ("auto-generated", "high")


def test_an_operators_header_is_added_but_replaces_none() -> None:
    """Headers of the channel's url stand beside ours."""
    sent = mail.build(
        SINGLE, sender="b@example.com", to=["a@example.com"], domain="example.com",
        date=datetime(2025, 12, 29, tzinfo=UTC), headers={"X-Team": "finops", "Subject": "other"},
    )  # fmt: skip

    assert (sent["X-Team"], len(sent.get_all("Subject", []))) == ("finops", 1)
    assert "other" not in sent["Subject"]


def test_a_mail_loads_nothing_from_elsewhere() -> None:
    """No image, script, form or address stands in the HTML."""
    html = mail.html(SEVERAL).lower()

    assert not [
        word for word in ("<img", "<script", "<link", "<form", "<a ", "http:", "https:", "url(") if word in html
    ]


def test_a_budget_bar_is_as_long_as_the_share() -> None:
    """81.2 % of a budget fills 81 % of the bar."""
    assert 'width="81%"' in mail.html(compose([event()], id="m"))


def test_the_terminal_is_coloured_only_where_it_can_be() -> None:
    """A file gets the same words without escape sequences."""
    assert "\x1b[" not in on_terminal(SINGLE)
    assert "\x1b[" in on_terminal(SINGLE, colour=True)


def test_the_terminal_reads_no_markup() -> None:
    """Square brackets of a customer are shown, even on a console that understands them."""
    message = compose([event(summary="[red]x[/]", about=facts(customer="[bold]y[/]", email="[u]z[/]"))], id="m")
    console = Console(file=io.StringIO(), width=100)
    ConsoleChannel("screen", console).send(message)

    assert isinstance(console.file, io.StringIO)
    assert all(part in console.file.getvalue() for part in ("[red]x[/]", "[bold]y[/]", "[u]z[/]"))


def test_a_subject_is_not_decoded_into_something_else() -> None:
    """An encoded word that a customer wrote stays the letters that it is made of."""
    message = compose([event(about=facts(customer="=?utf-8?q?Paid=0ABcc:_x?= a"))], id="m")
    arrived = message_from_bytes(built(message).as_bytes(), policy=policy.default)

    assert arrived["Subject"] == "Warning: = ?utf-8?q?Paid=0ABcc:_x?= a at 81.2 % · period-budget · prod"


def test_the_terminal_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """`console://` prints where a person looks."""
    ConsoleChannel("screen").send(SINGLE)

    assert "Acme Robotics GmbH" in capsys.readouterr().out


def test_a_closed_standard_output_is_a_failure() -> None:
    """What was not shown is not called delivered."""
    closed = io.StringIO()
    closed.close()

    with pytest.raises(ChannelError, match="standard output takes no text"):
        ConsoleChannel("screen", Console(file=closed)).send(SINGLE)
