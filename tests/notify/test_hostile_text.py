"""Whatever a customer is called, no message pings, links, breaks its layout or gets a header of the customer's."""

import io
import re
from email import message_from_bytes, policy
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from monitor.alerts.model import CustomerKey
from monitor.notify import mail, slack
from monitor.notify.console import render
from monitor.notify.message import Message, compose
from monitor.notify.plain import plain_text, plain_title
from tests.notify.builders import NOW, event, facts

TRICKS = st.sampled_from(
    [
        "@everyone", "@here", "@channel", "@all", "<!channel>", "<!here|x>", "<@U123>", "<#C1>", "&lt;!channel&gt;",
        "<https://evil.example|bank>", "https://evil.example", "[x](http://evil.example)", "*", "_", "~", "`", "```",
        "\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\nBcc: evil@example.com", "=?utf-8?q?=0ABcc:_x?=", "=?",
        "?=", "<script>", "</td>", "<img src=x onerror=y>", '"', "'", "&", "\x1b[2J", "\x1b]8;;http://evil\x07",
        "\x9b31m", "[red]", "[/]", "\\", ":rotating_light:", "\u202e", "\u200b", "\ufeff", "\u0310" * 9, "\ud800",
        "x" * 400, " ", "",
    ]
)  # fmt: skip
HOSTILE = st.lists(TRICKS | st.text(max_size=8), max_size=6).map("".join)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """One to three alerts, of which every text of the API is hostile."""
    events = [
        event(
            about=facts(customer=draw(HOSTILE), email=draw(HOSTILE), budget_duration=draw(HOSTILE)),
            key=CustomerKey("prod", "o", draw(HOSTILE)),
            summary=draw(HOSTILE),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    return compose(events, id="m")


CALM = compose([event()], id="m")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def slack_texts(message: Message) -> list[str]:
    """Every text of a payload."""
    payload = slack.payload(message)
    blocks = [block for attachment in payload["attachments"] for block in attachment["blocks"]]
    parts = [
        part
        for block in blocks
        for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ()))
        if part
    ]
    return [payload["text"], *(part["text"] for part in parts)]


@given(messages())
def test_slack_has_no_tag_link_or_mention(message: Message) -> None:
    """No control character of Slack's stands unescaped, and no `@` outside a mail address."""
    for text in slack_texts(message):
        assert "<" not in text
        assert ">" not in text
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)
        assert "://" not in text
        assert "@" not in ADDRESS.sub("", text)


@given(HOSTILE)
def test_slack_styles_nothing_of_a_customers(text: str) -> None:
    """No sign that starts a style is left, but an underscore inside a word."""
    shown = slack.mrkdwn(text)

    assert not set("*~`") & set(shown)
    assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", shown)


@given(messages())
def test_plain_text_calls_nobody(message: Message) -> None:
    """No mention, tag, link or control character reaches a chat program."""
    for text in (plain_title(message), plain_text(message)):
        assert "@" not in ADDRESS.sub("", text)
        assert not re.search(r"@(everyone|here|channel|all)\b", text)
        assert not set("<>") & set(text)
        assert "://" not in text
        assert not [sign for sign in text if not sign.isprintable() and sign != "\n"]


@given(messages())
def test_plain_text_keeps_its_layout(message: Message) -> None:
    """A customer adds no line to a message."""
    calm = compose([event(key=hit.key) for hit in message.events], id="m")

    assert len(plain_text(message).splitlines()) <= len(plain_text(calm).splitlines())


class Tags(HTMLParser):
    """The tags and attributes of a document, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: set[tuple[str, tuple[str, ...]]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep one."""
        self.seen.add((tag, tuple(name for name, _ in attrs)))


OURS = Tags(mail.html(CALM)).seen | Tags(mail.html(compose([event(), event(identifier="b")], id="m"))).seen


@given(messages())
def test_html_has_only_our_tags(message: Message) -> None:
    """A customer adds no element and no attribute, and no address that could become a link."""
    html = mail.html(message)

    assert Tags(html).seen <= OURS
    assert "://" not in html


@given(messages())
def test_a_mail_has_only_our_headers(message: Message) -> None:
    """As it arrives, the mail has the headers of any other, one subject of one line, and decodes to nothing else."""
    sent = mail.build(message, sender="b@example.com", to=["a@example.com"], domain="example.com", date=NOW)
    arrived = message_from_bytes(sent.as_bytes(), policy=policy.default)
    alone = mail.build(CALM, sender="b@example.com", to=["a@example.com"], domain="example.com", date=NOW)

    assert set(arrived.keys()) <= set(alone.keys())
    assert arrived["Subject"].split() == mail.subject(message).split()
    assert len(str(arrived["Subject"]).splitlines()) == 1
    assert not re.search(r"=\?[^ ]*\?[bq]\?[^ ]*\?=", str(arrived["Subject"]), re.IGNORECASE)


@given(messages())
def test_a_terminal_gets_no_escape_of_a_customers(message: Message) -> None:
    """Without colour, nothing but visible text and line ends is printed."""
    console = Console(file=io.StringIO(), width=100, color_system=None, markup=False, emoji=False, highlight=False)
    console.print(render(message))
    assert isinstance(console.file, io.StringIO)

    assert not [sign for sign in console.file.getvalue() if not sign.isprintable() and sign != "\n"]
