"""What a channel's refusal means: is it worth trying again, what class of failure is it, what should be done. Pure."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["auth", "not_found", "rate_limited", "client", "server", "network", "unknown"]


class ChannelError(Exception):
    """A channel did not take a message.

    Args:
        message: What was done, what came back, what to do; names no URL and no secret.
        kind: The failure's class, as in metrics.
        permanent: Whether trying again is hopeless until somebody changes something.
        retry_after: Seconds that the receiver asked for.
    """

    def __init__(self, message: str, *, kind: Kind, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind: Kind = kind
        self.permanent = permanent
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is known of a failed send, gathered from the lines that Apprise logs: it returns no status.

    Attributes:
        warnings: Its warnings and errors: `Failed to send …, error=404.`
        exception: The network's or the mail server's exception, as text; may hold a URL.
        response: The body of the answer.
    """

    warnings: str = ""
    exception: str = ""
    response: str = ""


# What Slack answers, with any status: docs.slack.dev, "Handling errors" of webhooks and "Errors" of chat.postMessage.
_SLACK_WORDS: Final[dict[str, tuple[Kind, bool]]] = {
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "invalid_token",
         "missing_scope", "no_permission", "action_prohibited", "team_access_not_granted"),
        ("auth", True),
    ),
    **dict.fromkeys(
        ("channel_not_found", "channel_is_archived", "is_archived", "not_in_channel", "user_not_found", "no_service",
         "no_team", "team_disabled"),
        ("not_found", True),
    ),
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), ("rate_limited", False)),
    **dict.fromkeys(("invalid_payload", "invalid_blocks", "msg_too_long", "no_text", "too_many_attachments"),
                    ("client", False)),
    **dict.fromkeys(("internal_error", "fatal_error", "service_unavailable", "rollup_error"), ("server", False)),
}  # fmt: skip
_SLACK_WORD: Final = re.compile(r"\b(" + "|".join(_SLACK_WORDS) + r")\b")
_HTTP_STATUS: Final = re.compile(r"\berror=(\d{3})\b")
_SMTP_CODE: Final = re.compile(r"\((\d{3}), b['\"]|was refused: (\d{3})\b")
_RETRY_AFTER: Final = re.compile(r"retry_after\W{1,4}(\d{1,6}(?:\.\d{1,6})?)")

_NETWORK: Final = (
    (r"SSLError|SSLCertVerification|CERTIFICATE_VERIFY|\[SSL|STARTTLS", "no secure connection could be made",
     "Check its certificate"),
    (r"timed? ?out|Timeout", "it did not answer in time", "Check that the host is up"),
    (r"NameResolution|getaddrinfo|not known|Temporary failure in name", "its host name was not found",
     "Check the host in the channel's url, and this machine's name resolution"),
    (r"refused", "it refused the connection", "Check the host and the port in the channel's url"),
    (r"reset|aborted|closed|disconnected", "it cut the connection", "Check that the host is up"),
)  # fmt: skip

_ADVICE: Final[dict[Kind, str]] = {
    "auth": "Check the key, token or password in the channel's url.",
    "not_found": "Check that what the channel's url points to still exists.",
    "rate_limited": "It is tried again later; if this goes on, group more alerts into one message.",
    "client": "Check the channel's url; if it is right, report the message that was refused.",
    "server": "It is tried again later.",
    "network": "It is tried again later.",
    "unknown": "Check the channel's url, then try `budget-monitor notify-test`.",
}


def error_of(refusal: Refusal, *, channel: str, service: str) -> ChannelError:
    """The error that a refusal amounts to.

    Args:
        refusal: What is known of it.
        channel: The channel's name in the rules file.
        service: What it is: "Slack", "E-Mail".
    """
    head = f"channel {channel}: {service} did not take the message"
    statuses = [int(status) for status in _HTTP_STATUS.findall(refusal.warnings)]
    words = _SLACK_WORD.findall(refusal.response) if service == "Slack" else []
    codes = [int(a or b) for a, b in _SMTP_CODE.findall(f"{refusal.exception}\n{refusal.warnings}")]
    found: list[tuple[Kind, bool, str]] = []
    if words:  # more than the status says, which is 200 where a bot is refused
        found = [(*_SLACK_WORDS[word], word) for word in words]
    elif statuses:
        found = [(*_of_status(status), f"HTTP {status}") for status in statuses]
    elif codes:
        found = [(*_of_smtp(code), f"SMTP {code}") for code in codes]
    if found:
        # A target that may yet accept keeps the message alive for all: so the passing failure speaks for them.
        kind, permanent, what = min(found, key=lambda entry: entry[1])
        wait = _RETRY_AFTER.search(refusal.response) if kind == "rate_limited" else None
        retry_after = float(wait.group(1)) if wait else None
        return ChannelError(f"{head}: {what}. {_ADVICE[kind]}", kind=kind, permanent=permanent, retry_after=retry_after)
    if refusal.exception or "onnection error" in refusal.warnings:
        # The path of a URL is secret and any text: no word may be found in it.
        exception = re.sub(r"url: \S+", "", refusal.exception)
        for pattern, what, advice in _NETWORK:
            if re.search(pattern, exception):
                return ChannelError(f"{head}: {what}. {advice}.", kind="network")
        return ChannelError(f"{head}: it could not be reached. {_ADVICE['network']}", kind="network")
    return ChannelError(f"{head}, and did not say why. {_ADVICE['unknown']}", kind="unknown")


def _of_status(status: int) -> tuple[Kind, bool]:  # noqa: PLR0911 - one line for each class
    match status:
        case 401 | 403:
            return "auth", True
        case 404 | 410:
            return "not_found", True
        case 429:
            return "rate_limited", False
        case 408:
            return "network", False
        case _ if 300 <= status < 500:  # noqa: PLR2004 - the classes of HTTP
            # Some services answer 400 for what passes; a message is not given up for that.
            return "client", False
        case _ if status >= 500:  # noqa: PLR2004
            return "server", False
        case _:
            return "unknown", False


def _of_smtp(code: int) -> tuple[Kind, bool]:
    """RFC 5321 (4.2.1): 4yz passes, 5yz is final. RFC 4954: 530, 534, 535 and 538 speak of the login."""
    if code in {530, 534, 535, 538}:
        return "auth", True
    if code in {550, 551, 553}:
        return "not_found", True
    if 500 <= code < 600:  # noqa: PLR2004
        return "client", True
    return "server", False
