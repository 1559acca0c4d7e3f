"""Messages as plain text, for every channel that has no format of its own here, and beside the HTML of a mail. Pure."""

from collections.abc import Callable

from monitor.notify.message import Message
from monitor.notify.text import defang, shorten
from monitor.notify.wording import SIGN, Telling, lateness, remainder, tell, title

LINE_LIMIT = 1_000


def plain_title(message: Message) -> str:
    """The headline, without signs."""
    return defang(title(message))


def plain_text(message: Message, max_chars: int | None = None) -> str:
    """The body: a paragraph for each alert.

    Args:
        message: What to tell.
        max_chars: The receiver's limit; alerts that do not fit are counted in the last line instead.
    """
    tail = lateness(message)
    if message.notice is not None:
        # A notice is our own text; what it quotes of the API is still not to be trusted.
        body = "\n".join(defang(_line(line)) for line in message.notice.body.splitlines())
        return _fit("\n\n".join(part for part in (body, tail) if part), max_chars)
    paragraphs = [_single(tell(message.events[0]))] if message.total == 1 else _several(message)
    for shown in range(len(paragraphs), 0, -1):
        hidden = message.total - shown
        parts = [*paragraphs[:shown], *([remainder(hidden)] if hidden else []), *([tail] if tail else [])]
        text = "\n\n".join(parts)
        if max_chars is None or len(text) <= max_chars:
            return text
    return _fit(text, max_chars)


def _fit(text: str, max_chars: int | None) -> str:
    return text if max_chars is None or len(text) <= max_chars else text[: max(0, max_chars - 1)] + "…"


def _line(text: str) -> str:
    return shorten("".join(character for character in text if character.isprintable()), LINE_LIMIT)


def _several(message: Message) -> list[str]:
    one_rule = len({event.rule for event in message.events}) == 1
    one_environment = len({event.key.environment for event in message.events}) == 1
    return [
        _brief(tell(event), show_rule=not one_rule, show_environment=not one_environment) for event in message.events
    ]


def _single(told: Telling) -> str:
    rows = [
        ("Spent", told.spent),
        ("Share", told.share),
        ("Period", told.period),
        ("Pace", told.outlook),
        ("Changed", told.change),
        ("Scope" if told.about_all else "Customer", _who(told)),
        ("Rule", told.place),
        ("Decided", told.at),
    ]
    facts = "\n".join(f"{label + ':':<10}{defang(value)}" for label, value in rows if value)
    return f"{SIGN[told.tone]} {told.word.upper()}  {defang(told.summary)}\n\n{facts}"


def _brief(told: Telling, *, show_rule: bool, show_environment: bool) -> str:
    figures = joined((told.figure, told.spent, told.period), defang)
    place = joined((told.rule if show_rule else None, told.environment if show_environment else None), defang)
    head = f"{SIGN[told.tone]} {told.word.upper()}  {defang(told.customer)}"
    lines = [f"{head} · {figures}" if figures else head, defang(told.summary), defang(told.change)]
    return "\n".join([*lines, place] if place else lines)


def _who(told: Telling) -> str:
    return joined((told.customer, told.identifier, told.email if told.email != told.customer else None), str)


def joined(parts: tuple[str | None, ...], escape: Callable[[str], str]) -> str:
    """The parts that are there, escaped, in one line."""
    return " · ".join(escape(part) for part in parts if part)
