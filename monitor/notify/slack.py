"""Messages as Slack reads them: one headline, then blocks beside a bar in the severity's colour. Pure.

Facts from docs.slack.dev: `&`, `<` and `>` are the control characters of a text and are written as entities, and so
`<!channel>`, `<@U…>` and `<url|text>` stay text; mrkdwn has no escape for `*`, `_`, `~` and the backtick, so those of a
customer become look-alikes; `verbatim` keeps Slack from making links and mentions out of bare words. Limits: 50 blocks
in a message, 3,000 characters in a section, 10 fields of 2,000 in it; Slack advises at most 20 attachments.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from monitor.notify.message import Message
from monitor.notify.text import clean, shorten, unlink, unmention
from monitor.notify.wording import SIGN, Telling, Tone, lateness, remainder, tell, title, tone

COLOUR: Final = {Tone.CRITICAL: "#D92D20", Tone.WARNING: "#F79009", Tone.INFO: "#2E90FA", Tone.ENDED: "#12B76A"}

SECTION_LIMIT: Final = 3_000
"""Characters of one section, after escaping, which lengthens a text by five times at most."""

BRIEF_LIMIT: Final = 200
"""Characters of an alert's sentence where it is one of several: twenty of them, escaped, keep to Slack's limits."""

Json = dict[str, Any]

_LOOK_ALIKE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "~": "∼", "`": "ˋ"}  # noqa: RUF001 - look-alikes are the point
)


def mrkdwn(text: str) -> str:
    """Cleaned text that mrkdwn shows as it is: no mention, no link, no style.

    An underscore between two letters or digits styles nothing and stays, so that identifiers can be copied.
    """
    text = unlink(unmention(text))
    marked = [
        "＿" if sign == "_" and not (_inside(text, at - 1) and _inside(text, at + 1)) else sign  # noqa: RUF001 - as above
        for at, sign in enumerate(text)
    ]
    return "".join(marked).translate(_LOOK_ALIKE)


def _inside(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isalnum()


def payload(message: Message) -> Json:
    """The body of `chat.postMessage` or of an incoming webhook, without its channel.

    Returns:
        `text` is the headline, and what a phone's notification shows; `attachments` hold the blocks, because only an
        attachment has a coloured bar.
    """
    head, colon, rest = title(message).partition(": ")
    return {
        "text": f"{SIGN[tone(message.severity)]} *{mrkdwn(head)}*{colon}{mrkdwn(rest)}",
        "mrkdwn": True,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "attachments": list(_attachments(message)),
    }


def _attachments(message: Message) -> Iterable[Json]:
    footer = [_context(line) for line in (lateness(message),) if line]
    if message.notice is not None:
        body = "\n".join(clean(line, SECTION_LIMIT) for line in message.notice.body.splitlines() if line.strip())
        escaped = mrkdwn(body)
        if len(escaped) > SECTION_LIMIT:
            escaped = mrkdwn(shorten(body, SECTION_LIMIT // 5))
        blocks = [_section(escaped)] if body else []
        yield _attachment(tone(message.notice.severity), [*blocks, *footer])
        return
    tellings = [tell(event) for event in message.events]
    if message.total == 1:
        yield _attachment(tellings[0].tone, [*_single(tellings[0]), *footer])
        return
    one_place = len({(told.rule, told.environment) for told in tellings}) == 1
    for colour, same in groupby(tellings, key=lambda told: told.tone):
        yield _attachment(colour, [_section(_brief(told, show_place=not one_place)) for told in same])
    if message.hidden:
        footer.insert(0, _context(remainder(message.hidden)))
    if footer:
        yield {"blocks": footer}


def _attachment(colour: Tone, blocks: list[Json]) -> Json:
    return {"color": COLOUR[colour], "blocks": blocks}


def _single(told: Telling) -> list[Json]:
    rows = [("Spent", told.spent), ("Share", told.share), ("Period", told.period), ("Changed", told.change)]
    if told.outlook:
        rows.append(("Pace", told.outlook))
    fields = [_text(f"*{label}*\n{mrkdwn(value)}") for label, value in rows if value]
    who = [told.customer, told.identifier, told.email, f"rule {told.rule}", told.environment, told.at]
    return [
        _section(mrkdwn(told.summary)) | {"fields": fields},
        _context(" · ".join(part for part in who if part)),
    ]


def _brief(told: Telling, *, show_place: bool) -> str:
    figures = " · ".join(mrkdwn(part) for part in (told.figure, told.spent, told.period) if part)
    place = f"\n{mrkdwn(told.place)}" if show_place else ""
    head = f"*{mrkdwn(told.customer)}*{f'  {figures}' if figures else ''}"
    return f"{head}\n{mrkdwn(shorten(told.summary, BRIEF_LIMIT))}\n{told.word}: {mrkdwn(told.change)}{place}"


def _section(text: str) -> Json:
    return {"type": "section", "text": _text(text)}


def _context(text: str) -> Json:
    return {"type": "context", "elements": [_text(mrkdwn(text))]}


def _text(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
