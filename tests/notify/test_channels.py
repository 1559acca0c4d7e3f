"""Channels over real sockets: what arrives, what a refusal becomes, and what never shows."""

import logging
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from pydantic import SecretStr

from monitor.notify.channels import AppriseChannel, ChannelError, ConsoleChannel, make_channel
from monitor.notify.message import Message, compose
from tests.notify.builders import budget_raised, critical, event
from tests.notify.receivers import MailBox, free_port, mail_box, web

HOOK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
MESSAGE = compose([critical()], id="message-1")


def channel(url: str, name: str = "finops") -> AppriseChannel:
    """A channel of Apprise's."""
    made = make_channel(name, SecretStr(url))
    assert isinstance(made, AppriseChannel)
    return made


def slack_at(url: str, target: str = HOOK) -> AppriseChannel:
    """Slack, at a local address."""
    made = channel(target)
    made._plugin.webhook_url = url  # noqa: SLF001 - Apprise's own attribute points it elsewhere
    made._plugin.api_url = f"{url}/{{}}"  # noqa: SLF001 - as above
    return made


def mail_at(box: MailBox, to: str, more: str = "") -> AppriseChannel:
    """Mail, through a local server."""
    return channel(f"mailto://127.0.0.1:{box.port}?mode=insecure&from=budget@example.com&to={to}{more}")


def refused(made: AppriseChannel, message: Message = MESSAGE) -> ChannelError:
    """The error that a send ends in."""
    with pytest.raises(ChannelError) as caught:
        made.send(message)
    return caught.value


def parsed(content: bytes) -> EmailMessage:
    """A mail as its reader's program sees it."""
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_slack_webhook_gets_our_blocks() -> None:
    """An incoming webhook receives the headline and an attachment in the severity's colour."""
    with web() as server:
        slack_at(server.url).send(MESSAGE)

        ((path, payload),) = server.requests
    assert path == "/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
    assert payload["text"].startswith("🔴 *Critical*: Acme Robotics GmbH up to 102.3 %")
    assert payload["attachments"][0]["color"] == "#D92D20"


def test_slack_bot_posts_the_same_to_each_of_its_channels() -> None:
    """A bot token posts our payload to every channel that the URL names."""
    with web(body=b'{"ok": true, "channel": "C1"}') as server:
        slack_at(server.url, "slack://xoxb-1234-1234-abc124/#finops/#sales").send(MESSAGE)

        sent = [(path, payload["channel"], "blocks" in payload["attachments"][0]) for path, payload in server.requests]
    assert sent == [("/chat.postMessage", "#finops", True), ("/chat.postMessage", "#sales", True)]


def test_a_slack_address_copied_from_the_browser_works() -> None:
    """The address that Slack itself shows for a webhook is a channel too."""
    made = channel("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7")

    assert made._plugin.service_name == "Slack"  # noqa: SLF001 - nothing else tells


def test_json_gets_plain_text() -> None:
    """A receiver without a format of its own gets the title and the plain text."""
    with web() as server:
        channel(f"json://127.0.0.1:{server.port}/").send(MESSAGE)

        ((_, payload),) = server.requests
    assert payload["title"] == "Critical: Acme Robotics GmbH up to 102.3 % · period-budget · prod"
    assert "Spent:    $102.34 of $100.00" in payload["message"]


@pytest.mark.parametrize("url", ["slack", "json"])
@pytest.mark.parametrize(
    ("status", "kind", "permanent"),
    [
        (400, "client", False),
        (401, "auth", True),
        (403, "auth", True),
        (404, "not_found", True),
        (410, "not_found", True),
        (429, "rate_limited", False),
        (302, "client", False),
        (500, "server", False),
        (503, "server", False),
    ],
)
def test_a_status_becomes_a_class_of_failure(url: str, status: int, kind: str, permanent: bool) -> None:  # noqa: FBT001 - a row
    """Refusals that only a person can end are permanent; those that pass are not."""
    with web(status=status, body=b"no", headers={"Location": "http://127.0.0.1:1/"}) as server:
        made = slack_at(server.url) if url == "slack" else channel(f"json://127.0.0.1:{server.port}/")

        error = refused(made)

    assert (error.kind, error.permanent, len(server.requests)) == (kind, permanent, 1)


def test_what_slack_says_in_words_counts_more_than_its_status() -> None:
    """A bot is refused with status 200 and a word, which is what the error names."""
    with web(body=b'{"ok": false, "error": "invalid_auth"}') as server:
        error = refused(slack_at(server.url, "slack://xoxb-1234-1234-abc124/#finops"))

    assert (error.kind, error.permanent, "invalid_auth" in error.message) == ("auth", True, True)


def test_seconds_in_the_body_of_a_rate_limit_are_passed_on() -> None:
    """A receiver that says in its answer how long to wait is listened to."""
    with web(status=429, body=b'{"retry_after": 30}') as server:
        error = refused(channel(f"json://127.0.0.1:{server.port}/"))

    assert error.retry_after == 30


def test_a_receiver_that_never_answers_is_a_passing_failure() -> None:
    """The read timeout ends a send that hangs."""
    with web(hold=threading.Event()) as server:
        error = refused(channel(f"json://127.0.0.1:{server.port}/?rto=0.1"))

    assert (error.kind, error.permanent, "in time" in error.message) == ("network", False, True)


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1:{port}/", "mailto://127.0.0.1:{port}?mode=insecure&from=a@b.example"]
)
def test_a_refused_connection_is_a_passing_failure(url: str) -> None:
    """Nobody listening is said as such, and is worth another try."""
    error = refused(channel(url.format(port=free_port())))

    assert (error.kind, error.permanent, "refused the connection" in error.message) == ("network", False, True)


def test_a_mail_arrives_with_html_and_text() -> None:
    """The mail has one subject line, and the same alert as text and as HTML."""
    with mail_box() as box:
        mail_at(box, "cfo@example.com").send(MESSAGE)

        ((recipients, content),) = box.received
    mail = parsed(content)
    bodies = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    assert recipients == ["cfo@example.com"]
    assert mail["Subject"] == "Critical: Acme Robotics GmbH up to 102.3 % · period-budget · prod"
    assert "$102.34 of $100.00" in bodies["text/plain"]
    assert "$102.34 of $100.00" in bodies["text/html"]


def test_one_refused_recipient_keeps_the_mail_from_nobody_and_is_tried_alone() -> None:
    """The others have their mail at the first attempt, and get no second one at the next."""
    with mail_box(refused={"gone@example.com": "550 no such user"}) as box:
        made = mail_at(box, "a@example.com,gone@example.com,b@example.com")
        first = refused(made)
        box.refused.clear()
        made.send(MESSAGE)

        recipients = [recipient for (recipient,), _ in box.received]
    assert (first.kind, first.permanent) == ("not_found", True)
    assert recipients == ["a@example.com", "b@example.com", "gone@example.com"]


def test_copies_are_sent_once_each_and_blind_ones_stay_unseen() -> None:
    """Every recipient of whatever sort gets one mail; blind copies stand in no header."""
    with mail_box() as box:
        mail_at(box, "a@example.com", "&cc=c@example.com&bcc=secret@example.com").send(MESSAGE)

        recipients = [recipient for (recipient,), _ in box.received]
        content = box.received[0][1]
    assert recipients == ["a@example.com", "c@example.com", "secret@example.com"]
    assert parsed(content)["Cc"] == "c@example.com"
    assert b"secret" not in content


def test_a_passing_refusal_of_a_mail_is_not_permanent() -> None:
    """A mail server that is busy (4yz) will be asked again, whoever else was refused for good."""
    with mail_box(refused={"a@example.com": "451 try later", "b@example.com": "550 unknown"}) as box:
        error = refused(mail_at(box, "a@example.com,b@example.com"))

    assert (error.kind, error.permanent) == ("server", False)


def test_a_slack_channel_that_took_a_message_does_not_get_it_twice() -> None:
    """The next attempt goes only to those targets that have not taken the message; another message goes to all."""
    with web(body=b'{"ok": true}') as server:
        made = slack_at(server.url, "slack://xoxb-1234-1234-abc124/#finops/bad.channel")
        refused(made)
        refused(made)
        refused(made, compose([budget_raised()], id="message-2"))

        heads = [payload["text"].split("*")[1] for _, payload in server.requests]
    assert heads == ["Critical", "Resolved"]


def test_sends_follow_each_other_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise's throttle, which would sleep between sends, is off."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    with web() as server:
        made = slack_at(server.url)
        for number in range(3):
            made.send(compose([event()], id=str(number)))

    assert (len(server.requests), pauses) == (3, [])


@pytest.mark.parametrize(
    "url",
    [
        "slack://T1JJ3T3L2/secret",
        "nonsense-secret",
        "nosuchservice://secret",
        "mailto://127.0.0.1?to=secret",
        "mailto://secret",
        "",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_repeating_it(url: str) -> None:
    """The error names the channel, says what to do, and holds nothing of the URL but a known scheme."""
    with pytest.raises(ValueError, match=r"channel finops: .*\.$") as caught:
        make_channel("finops", SecretStr(url))

    assert "secret" not in str(caught.value)


def test_no_log_shows_a_secret() -> None:
    """Even with everything logged, nothing that reaches the program's log holds a token, and no error does."""
    lines: list[str] = []

    class Everything(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    # A handler of the root logger is what a program logs with; pytest's own also listens where nothing is passed on.
    root, everything, level = logging.getLogger(), Everything(1), logging.getLogger().level
    root.addHandler(everything)
    root.setLevel(1)
    try:
        logging.getLogger("heard").debug("a line that is shown")
        with web(status=404) as server:
            error = refused(slack_at(server.url))
    finally:
        root.removeHandler(everything)
        root.setLevel(level)

    assert lines == ["a line that is shown"]
    assert "TIiajkdnlazkcOXrIdevi7" not in f"{error!r} {error.__cause__!r}"


def test_an_exception_inside_a_plugin_becomes_a_channel_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a plugin raises reaches the dispatcher as its own kind of error, without the exception's text."""
    made = channel("json://127.0.0.1:9/")

    def fail(**_: Any) -> bool:  # noqa: ANN401 - anything
        raise KeyError("secret")

    monkeypatch.setattr(made._plugin, "notify", fail)  # noqa: SLF001 - the boundary under test
    error = refused(made)

    assert (error.kind, "KeyError" in error.message, "secret" in error.message) == ("unknown", True, False)


def test_console_needs_no_apprise() -> None:
    """`console://` is the terminal's channel."""
    assert isinstance(make_channel("screen", SecretStr("console://")), ConsoleChannel)


def test_a_long_message_fits_a_service_with_a_small_limit() -> None:
    """What does not fit the receiver is counted, not cut in its middle."""
    many = compose([event(identifier=f"c-{number}") for number in range(30)], id="many")
    with web() as server:
        made = channel(f"json://127.0.0.1:{server.port}/")
        made._plugin.body_maxlen = 800  # noqa: SLF001 - as a service with this limit has it
        made.send(many)

        ((_, payload),) = server.requests
    assert len(payload["message"]) <= 800
    assert payload["message"].rstrip().endswith("more alerts")
