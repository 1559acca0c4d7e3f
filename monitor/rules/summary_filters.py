"""How values read in a summary: money, shares, dates, and the operators of its conditions.

Every function here is total: whatever a row holds, it answers and never raises. None stands for "unknown" throughout.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

UNKNOWN = "unknown"
MAX_TEXT = 500
"""Characters of a summary, and of any one value in it: what a customer chose must not make a message of its own."""

_READ = 4 * MAX_TEXT
# Beyond this, a sum of money or a count is a mistake of its source; digits would only hide that.
_PLAIN_LIMIT = 1e15
# Below this, digits stop meaning anything: the price of a single token is larger.
_SMALLEST = 1e-9
_CENT = 0.01
# What floats do to a sum, of a share in percent.
_NOISE = 1e-9
_NEXT_TO_NOTHING = 1e-3
# Characters that reverse or isolate the text after them, so that a name could rewrite the sentence around it.
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Make text printable on one line of at most `MAX_TEXT` characters: controls go, blanks run together."""
    return _cut(" ".join(_cleaned(text).split()), len(text))


def _cleaned(text: str) -> str:
    # Cut before cleaning, so that the work is bounded; a few more than are shown, since blanks will run together.
    return "".join(_printable(character) for character in text[:_READ])


def _cut(line: str, length: int) -> str:
    return line if len(line) <= MAX_TEXT and length <= _READ else line[: MAX_TEXT - 1] + "…"


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    if character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
        return ""
    return character


def show(value: object) -> object:
    """Write a value that no filter was asked for: "unknown" for None, a plain number, a date, text without controls."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, datetime):
        return date(value)
    if isinstance(value, timedelta):
        return duration(value)
    return _cut(_cleaned(value), len(value)) if isinstance(value, str) else UNKNOWN


def usd(value: object) -> object:
    """Write USD: "$1,234.56"; below a cent with two significant digits: "$0.0042"."""
    amount = _float(value)
    if amount is None:
        return show(value)
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    if math.isinf(size):
        return f"{sign}$∞"
    if size >= _PLAIN_LIMIT:
        return f"{sign}${size:.2e}"
    if 0 < size < _CENT:
        return f"{sign}${_two_digits(size)}"
    return f"{sign}${size:,.2f}"


def percent(value: object) -> object:
    """Write a ratio as a share with at most one decimal: 0.812 is "81.2 %", 0.8 is "80 %".

    A share is never rounded up to a level that it has not reached: 0.99996 is "99.9 %".
    """
    ratio = _float(value)
    if ratio is None:
        return show(value)
    share = ratio * 100
    if math.isinf(share):
        return "∞ %" if share > 0 else "-∞ %"
    if abs(share) >= _PLAIN_LIMIT:
        return f"{share:.2e} %"
    shown = round(share, 1)
    if share and not shown:
        return ("" if share > 0 else "-") + _two_digits(abs(share)) + " %"
    if _claims_a_level(shown, share):
        shown = math.floor(share * 10) / 10
    return f"{shown:,.1f}".removesuffix(".0") + " %"


def _claims_a_level(shown: float, share: float) -> bool:
    """Whether rounding up made a figure at which levels stand: whole percents, multiples of 5 above all, and eighths.

    What is short of another whole percent by next to nothing is the noise of somebody's sums: 107.99998 is "108 %".
    """
    short = shown - share
    if short <= _NOISE * max(1.0, abs(share)):
        return False
    return shown % 5 == 0 or shown % 12.5 == 0 or (short > _NEXT_TO_NOTHING and shown.is_integer())


def number(value: object) -> object:
    """Write a number with thousands separated and at most two decimals: "1,234.5"."""
    amount = _float(value)
    if amount is None:
        return UNKNOWN if value is None or isinstance(value, float) else show(value)
    if math.isinf(amount):
        return "∞" if amount > 0 else "-∞"
    if abs(amount) >= _PLAIN_LIMIT:
        return f"{amount:.2e}"
    if 0 < abs(amount) < _CENT:
        return ("-" if amount < 0 else "") + _two_digits(abs(amount))
    text = f"{amount:,.2f}"
    return text.rstrip("0").rstrip(".")


def date(value: object) -> object:
    """Write the UTC day of a time: "1 Dec 2025". A time without a zone counts as UTC."""
    if not isinstance(value, datetime):
        return show(value)
    try:
        moment = value.astimezone(UTC) if value.tzinfo else value
    except (OverflowError, ValueError):  # the first and the last day that a datetime can hold
        moment = value
    # Not strftime: its month names follow the locale of the process.
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{moment.day} {months[moment.month - 1]} {moment.year}"


def duration(value: object) -> object:
    """Write seconds, or a timedelta, by their two largest units: 93784 is "1 d 2 h"."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else _float(value)
    if seconds is None:
        return show(value)
    if not math.isfinite(seconds) or abs(seconds) >= _PLAIN_LIMIT:
        return "forever" if seconds > 0 else UNKNOWN
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    if left < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{sign}{number(left)} s"
    left = int(left)
    parts: list[str] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return sign + " ".join(part for part in parts[:2] if part)


def _float(value: object) -> float | None:
    """Give a number as a float; None for anything else and for NaN, which is nobody's amount."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return None if math.isnan(result) else result


def _two_digits(size: float) -> str:
    if size < _SMALLEST:
        return "0.000000001"
    digits = 1 - math.floor(math.log10(size))
    return f"{size:.{digits}f}".rstrip("0")


def _text(change: Callable[[str], str]) -> Callable[[object], object]:
    return lambda value: change(value) if isinstance(value, str) else value


def _round(value: object, digits: object = 0) -> object:
    amount = _float(value)
    return round(amount, digits) if amount is not None and isinstance(digits, int) and math.isfinite(amount) else value


def _abs(value: object) -> object:
    amount = _float(value)
    return None if amount is None else abs(amount)


def _default(value: object, instead: object) -> object:
    return instead if value is None or value == "" else value


def _truncate(value: object, length: object = 80) -> object:
    text = show(value)
    if not isinstance(text, str) or not isinstance(length, int) or len(text) <= length:
        return text
    return text[: max(length - 1, 0)] + "…"


@dataclass(frozen=True, slots=True)
class SummaryFilter:
    """A filter that a summary may use.

    Attributes:
        apply: Takes the value, then the arguments.
        arguments: Their types: `int` is a constant from 0 to 500, `object` is any expression.
        required: How many of them must be given.
    """

    apply: Callable[..., object]
    arguments: tuple[type, ...] = ()
    required: int = 0


FILTERS: Mapping[str, SummaryFilter] = {
    "usd": SummaryFilter(usd),
    "percent": SummaryFilter(percent),
    "number": SummaryFilter(number),
    "date": SummaryFilter(date),
    "duration": SummaryFilter(duration),
    "round": SummaryFilter(_round, (int,)),
    "abs": SummaryFilter(_abs),
    "default": SummaryFilter(_default, (object,), 1),
    "truncate": SummaryFilter(_truncate, (int,)),
    "lower": SummaryFilter(_text(str.lower)),
    "upper": SummaryFilter(_text(str.upper)),
    "title": SummaryFilter(_text(str.title)),
    "capitalize": SummaryFilter(_text(str.capitalize)),
    "trim": SummaryFilter(_text(str.strip)),
}


def _arithmetic(operate: Callable[[float, float], float]) -> Callable[[object, object], object]:
    def apply(left: object, right: object) -> object:
        a, b = _float(left), _float(right)
        if a is None or b is None:
            return None
        try:
            return _float(operate(a, b))
        except ArithmeticError:
            return None

    return apply


def _order(holds: Callable[[float, float], bool]) -> Callable[[object, object], object]:
    def apply(left: object, right: object) -> object:
        a, b = _float(left), _float(right)
        return a is not None and b is not None and holds(a, b)

    return apply


def _within(left: object, right: object) -> bool:
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    return isinstance(right, tuple | list) and left in right


OPERATORS: Mapping[str, Callable[..., object]] = {
    "add": _arithmetic(lambda a, b: a + b),
    "sub": _arithmetic(lambda a, b: a - b),
    "mul": _arithmetic(lambda a, b: a * b),
    "div": _arithmetic(lambda a, b: a / b),
    "neg": lambda value: _arithmetic(lambda a, b: a - b)(0, value),
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": _order(lambda a, b: a < b),
    "lteq": _order(lambda a, b: a <= b),
    "gt": _order(lambda a, b: a > b),
    "gteq": _order(lambda a, b: a >= b),
    "in": _within,
    "notin": lambda left, right: not _within(left, right),
}
"""What the operators of a condition mean: numbers with numbers; with anything else the answer is unknown or no."""
