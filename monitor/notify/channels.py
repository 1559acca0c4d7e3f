"""Channels: what takes a message and says yes, or raises a `ChannelError`. The only module that knows Apprise.

Apprise is made to do one thing here: one attempt, now, at the address it was given. Its own retries, throttling (which
sleeps), redirects, remote images, attachments and stored state are off, because the outbox decides when a message is
tried again. What a send was answered is read from Apprise's log lines, which is all that it tells; those lines never
leave this module, since at DEBUG they hold whole webhook URLs.
"""

import warnings
from collections import OrderedDict
from datetime import UTC, datetime
from email.utils import formataddr
from typing import Any, Final, Protocol

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.common import OverflowMode
from apprise.plugins.slack import NotifySlack, SlackMode
from pydantic import SecretStr

from monitor.alerts.model import Severity
from monitor.notify import mail, slack
from monitor.notify.console import ConsoleChannel
from monitor.notify.failures import ChannelError, error_of
from monitor.notify.message import Message
from monitor.notify.overhear import overheard, silence
from monitor.notify.plain import plain_text, plain_title

with warnings.catch_warnings():
    # Up to Python 3.12 this imports `imghdr`, which warns of its removal; Apprise no longer needs it from 3.13 on.
    warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
    from apprise.plugins.email.base import NotifyEmail, PGPMode
    from apprise.plugins.email.smtp import AppriseSMTPController

__all__ = ["AppriseChannel", "Channel", "ChannelError", "ConsoleChannel", "make_channel"]

CONNECT_TIMEOUT: Final = 10.0
READ_TIMEOUT: Final = 20.0
"""Seconds for connecting, and for each wait for an answer; `cto` and `rto` in the URL change them."""

_REMEMBERED: Final = 1_000
"""Messages of which the targets that took them are remembered: those refused by another target, and tried again."""

_SLACK_WORKFLOWS: Final = (SlackMode.WORKFLOW, SlackMode.WORKFLOW_TRIGGER)

_TYPE: Final = {
    Severity.CRITICAL: NotifyType.FAILURE,
    Severity.WARNING: NotifyType.WARNING,
    Severity.INFO: NotifyType.INFO,
    None: NotifyType.SUCCESS,
}


class Channel(Protocol):
    """What takes messages. `send` blocks, and runs in a thread of the channel's own."""

    name: str

    def send(self, message: Message) -> None:
        """Return once the receiver has accepted the message.

        Raises:
            ChannelError: It has not; says whether trying again can help.
        """
        ...


def make_channel(name: str, url: SecretStr) -> Channel:
    """The channel of a URL: `console://`, or any that Apprise reads.

    Args:
        name: The channel's name in the rules file.
        url: Holds secrets; no error and no log line repeats it.

    Raises:
        ValueError: The URL cannot be read.
    """
    if url.get_secret_value().strip().lower() in {"console:", "console:/", "console://"}:
        return ConsoleChannel(name)
    return AppriseChannel(name, url)


class AppriseChannel:
    """A channel that Apprise delivers to.

    A message with several targets (recipients of a mail, Slack channels of a bot) may be taken by some and refused by
    others; the next attempt at the same message goes to those only that have not taken it.

    Args:
        name: The channel's name in the rules file.
        url: An Apprise URL.
    """

    def __init__(self, name: str, url: SecretStr) -> None:
        silence()
        self.name = name
        self._plugin = _load(name, url)
        self._taken: OrderedDict[str, set[str]] = OrderedDict()
        self._service = str(self._plugin.service_name)

    def send(self, message: Message) -> None:
        """Deliver one message, in one attempt.

        Raises:
            ChannelError: Some target has not taken it.
        """
        taken = self._taken.setdefault(message.id, set())
        # Apprise asks these two before and after each target; on its own it answers within one call only.
        self._plugin.is_delivered = lambda key, per_message=False: _target(key) in taken  # noqa: ARG005 - its signature
        self._plugin.mark_delivered = lambda key, per_message=False: taken.add(_target(key))  # noqa: ARG005
        call = _call(self._plugin, message)
        with overheard() as heard:
            try:
                failure = None if self._plugin.notify(**call) else heard.refusal()
            except OSError as error:  # also what smtplib raises
                failure = heard.refusal(error)
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything, with the URL in its text
                raise ChannelError(
                    f"channel {self.name}: {self._service} could not be used ({type(error).__name__}). "
                    "Check the channel's url, then try `budget-monitor notify-test`.",
                    kind="unknown",
                ) from None
        if failure is None:
            del self._taken[message.id]
            return
        while len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)
        raise error_of(failure, channel=self.name, service=self._service)


def _target(key: object) -> str:
    return f"{type(key).__name__}:{key!r}"


def _call(plugin: Any, message: Message) -> dict[str, Any]:  # noqa: ANN401 - Apprise's plugins share no typed base
    """What the plugin is to be called with; Slack and mail are handed their own rendering beside it."""
    if isinstance(plugin, _Slack):
        plugin.rendered = slack.payload(message)
    if isinstance(plugin, _Mail):
        plugin.document = plugin.rendered(message)
    title = plain_title(message)
    # Room for the title where a service has none, and for what Apprise adds when it escapes for the service.
    room = max(40, int((plugin.body_maxlen - len(title)) * 0.85))
    return {
        "title": title,
        "body": plain_text(message, room),
        "notify_type": _TYPE[message.severity],
        "body_format": NotifyFormat.TEXT,
        # One piece: a part of a message that was taken alone could not be told from the whole.
        "overflow": OverflowMode.TRUNCATE,
    }


class _Slack(NotifySlack):  # type: ignore[no-untyped-call]  # Apprise is half typed
    """Apprise's Slack with our payload: its own has one text in one format, without fields or a headline."""

    rendered: slack.Json | None = None

    def _send(self, url: str, payload: slack.Json, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as it is there
        # Workflows take the variables that somebody declared in Slack, and a template is the operator's own design.
        if self.rendered is not None and not self.template and self.mode not in _SLACK_WORKFLOWS:
            addressed = {key: value for key, value in payload.items() if key in {"channel", "thread_ts", "username"}}
            payload = {**self.rendered, **addressed}
        return super()._send(url, payload, *args, **kwargs)  # type: ignore[no-untyped-call]


class _Mail(NotifyEmail):  # type: ignore[no-untyped-call]  # as above
    """Apprise's mail with our text and ids: its own makes the plain text out of the HTML, and a new id each time.

    Each recipient is one transaction, so that one who is refused does not keep the mail from the others.
    """

    document: bytes = b""

    def rendered(self, message: Message) -> bytes:
        """The whole mail, the same for every recipient."""
        sender = str(self.from_addr[1])
        return mail.build(
            message,
            sender=self._addressed(sender),
            to=[formataddr((str(name or "") or None, str(address))) for name, address in self.targets],
            cc=[self._addressed(address) for address in sorted(self.cc)],
            reply_to=[self._addressed(address) for address in sorted(self.reply_to)],
            headers=self.headers,
            domain=sender.rpartition("@")[2],
            date=datetime.now(UTC),
        ).as_bytes()

    def send(self, *args: Any, **kwargs: Any) -> bool:  # noqa: ANN401 - as it is there
        """Hand the mail over, once for each recipient who has not taken it."""
        if self.pgp_mode != PGPMode.NONE:
            # Signing and encrypting is Apprise's business, and so is the mail around it.
            return bool(super().send(*args, **kwargs))  # type: ignore[no-untyped-call]
        recipients = dict.fromkeys([*(str(to) for _, to in self.targets), *sorted(self.cc), *sorted(self.bcc)])
        with AppriseSMTPController(
            host=self.smtp_host,
            port=int(self.port or 0),
            secure_mode=str(self.secure_mode),
            user=self.user,
            password=self.password,
            verify_certificate=self.verify_certificate,
            socket_connect_timeout=self.socket_connect_timeout,
        ) as smtp:
            for recipient in recipients:
                if not self.is_delivered(recipient) and smtp.sendmail(
                    str(self.from_addr[1]), [recipient], self.document.decode("ascii")
                ):
                    self.mark_delivered(recipient)
        return all(self.is_delivered(recipient) for recipient in recipients)

    def _addressed(self, address: str) -> str:
        return formataddr((str(self.names.get(address) or "") or None, address))


def _load(name: str, url: SecretStr) -> Any:  # noqa: ANN401 - Apprise's plugins share no typed base
    """The plugin of a URL, with all that would act by itself switched off."""
    text = url.get_secret_value().strip()
    scheme = text.partition(":")[0].lower()
    # Apprise leaves these without types.
    parse_slack: Any = NotifySlack.parse_url
    parse_slack_native: Any = NotifySlack.parse_native_url
    parse_mail: Any = NotifyEmail.parse_url
    plugin: Any = None
    try:
        # Slack and mail are loaded by themselves: looking any other scheme up loads all 150 plugins (0.5 s, 12 MiB).
        if scheme == "slack":
            plugin = _instance(_Slack, parse_slack(text.replace("/#", "/%23")))
        elif scheme in {"mailto", "mailtos"}:
            plugin = _instance(_Mail, parse_mail(text))
        elif results := parse_slack_native(text):
            plugin = _instance(_Slack, results)
        else:
            plugin = Apprise.instantiate(text, asset=_asset())
    except Exception:  # noqa: BLE001, S110 - its text may hold the URL; that it cannot be read is all there is to say
        pass
    if plugin is None or isinstance(plugin, list):
        known = scheme if scheme.isalnum() and len(scheme) <= 20 else "?"  # noqa: PLR2004 - not a key pasted bare
        raise ValueError(
            f"channel {name}: its url ({known}://…) is not one that Apprise can read. "
            "Compare it with the service's page on appriseit.com/services, or use console://."
        )
    if isinstance(plugin, _Mail) and not plugin.targets:
        raise ValueError(f"channel {name}: its url names no valid recipient. Add ?to=somebody@example.com to it.")
    plugin.retry = 0
    plugin.request_rate_per_sec = 0
    plugin.redirects = False
    plugin.interpret_emojis = False
    # A mail server gets the first of these for every wait.
    if "cto=" not in text:
        plugin.socket_connect_timeout = CONNECT_TIMEOUT
    if "rto=" not in text:
        plugin.socket_read_timeout = READ_TIMEOUT
    return plugin


def _instance(plugin: type[Any], results: dict[str, Any] | None) -> Any:  # noqa: ANN401 - see _load
    if not results:
        return None
    return plugin(**results, asset=_asset())


def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="budget-monitor",
        app_desc="budget-monitor",
        app_url="",
        # Its pictures come from a public web server, which would learn of each alert that is looked at.
        image_url_mask="",
        image_url_logo="",
        storage_mode="memory",
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        interpret_escapes=False,
    )
