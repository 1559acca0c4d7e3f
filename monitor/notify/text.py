"""Text that a customer chose, made harmless before it stands in a message, and figures as people read them.

Everything here is pure. `clean` comes first, once, whatever the channel; what one format alone needs (HTML, Slack's
mrkdwn, mention signs) is added by the renderer of that format, as late as possible.
"""

import math
import re
import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.rules import summary_filters

NAME_LIMIT = 80
"""Characters of a name or identifier that are shown; more is cut in its middle, since both ends tell names apart."""

SUMMARY_LIMIT = 300
"""Characters of a rule's sentence that are shown; more is cut in its middle."""

BLANK = "(blank)"
"""Shown where nothing visible is left of a name."""

# Letters and marks that take room, or join, without being seen: a name made of them looks empty.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Marks stacked on one letter climb over the lines above. No written language needs more.
_MARKS_PER_LETTER = 3


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """One visible line of at most `limit` characters.

    Control and format characters go (escape sequences, bidirectional overrides, zero-width signs, tags), as do private
    and unassigned ones; any white space, line ends too, becomes one space. What is left without anything visible reads
    `(blank)`.

    Args:
        text: Any string.
        limit: Characters to keep; the middle of a longer text is replaced by an ellipsis.
    """
    kept: list[str] = []
    marks = 0
    for character in text:
        if character.isspace():
            kept.append(" ")
            marks = 0
            continue
        category = unicodedata.category(character)
        if category[0] == "C" or character in _INVISIBLE or "\ufe00" <= character <= "\ufe0e":
            continue
        marks = marks + 1 if category[0] == "M" else 0
        if marks <= _MARKS_PER_LETTER:
            kept.append(character)
    line = " ".join("".join(kept).split())
    if not any(unicodedata.category(character)[0] not in "MZ" for character in line):
        return BLANK
    return shorten(line, limit)


def shorten(text: str, limit: int) -> str:
    """`text`, or its two ends with an ellipsis between them, in `limit` characters."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 3
    head = limit - 1 - tail
    return f"{text[:head].rstrip()}…{text[len(text) - tail :].lstrip()}"


_ADDRESS = re.compile(r"[\w.+-]+@(?!(?:everyone|here|channel|all|room|group)\b)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)

_AT = "\N{FULLWIDTH COMMERCIAL AT}"
_ANGLES = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
    }
)


def defang(text: str) -> str:
    """Text that no chat program reads as a mention, a link or a tag, still readable by people.

    Receivers differ in what they parse (`@everyone`, `<@123>`, `<!here>`, `@name`, `<url|text>`, bare URLs), so the
    signs that start any of these are replaced by look-alikes. A whole mail address keeps its `@`.

    Args:
        text: Cleaned text.
    """
    return unlink(unmention(text)).translate(_ANGLES)


def unlink(text: str) -> str:
    """Text in which no program finds a URL to make a link of."""
    return text.replace("://", ":\N{DIVISION SLASH}\N{DIVISION SLASH}")


def unmention(text: str) -> str:
    """Text in which `@` calls nobody; a whole mail address keeps it."""
    pieces: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text):
        pieces += [text[end : address.start()].replace("@", _AT), address.group()]
        end = address.end()
    pieces.append(text[end:].replace("@", _AT))
    return "".join(pieces)


def usd(amount: float) -> str:
    """Dollars: `$1,234.56`; under a cent with two significant digits, `$0.0034`, so as not to read as nothing."""
    if not math.isfinite(amount):
        return "an unknown amount" if math.isnan(amount) else ("-" if amount < 0 else "") + "$∞"
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if 0 < size < 0.01:  # noqa: PLR2004 - a cent
        digits = 1 - math.floor(math.log10(size))
        return f"{sign}${Decimal(size):.{digits}f}"
    return f"{'' if size == 0 else sign}${size:,.2f}"


def percent(ratio: float) -> str:
    """A ratio as a percentage, as summaries write it: `81.2 %`, `80 %`; `99.9 %` for 0.99996, which is not all."""
    return str(summary_filters.percent(ratio))


def quantity(value: float, unit: str) -> str:
    """A rule's value in the rule's unit, as people read it."""
    if unit == "ratio":
        return percent(value)
    if unit == "USD":
        return usd(value)
    number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
    return f"{number} {clean(unit)}" if unit else number


def moment(at: datetime, *, near: datetime | None = None) -> str:
    """A time in UTC: `29 Dec 2025 10:30 UTC`; without midnight's hour, and without the year of `near`."""
    year = "" if near is not None and near.year == at.year else f" {at.year}"
    hour = "" if (at.hour, at.minute) == (0, 0) else f" {at:%H:%M}"
    return f"{at.day} {at:%b}{year}{hour} UTC"


def span(length: timedelta) -> str:
    """A length of time in its two largest units: `1 h 12 min`."""
    seconds = max(0, round(length.total_seconds()))
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
