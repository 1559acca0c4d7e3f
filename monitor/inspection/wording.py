"""How figures and times read, short enough for a table."""

import math
from collections.abc import Callable
from datetime import datetime

from monitor.inspection.bounds import Bounds
from monitor.notify.text import moment, percent, usd

NONE = "–"  # noqa: RUF001 - a dash, where there is nothing to say
UNKNOWN = "?"
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"

_PLACES = 6


def amount(of: Bounds | None, *, exact: bool = False, of_high: bool = False) -> str:
    """USD within bounds: `$81.20`, `≤ $523.45`, or one and the other.

    Args:
        of: The bounds; None: there is nothing to say.
        exact: Whether one of them is to be stated.
        of_high: Whether that is the higher one, as of what is left of a budget.
    """
    if of is not None and exact and of_high:
        return usd(of.high)
    return _within(of, usd, exact=exact)


def portion(of: Bounds | None, *, exact: bool = False) -> str:
    """A share within bounds: `81.2 %`, `≤ 523 %`; `exact` as for `amount`."""
    return _within(of, percent, exact=exact)


def multiple(of: Bounds | None, *, exact: bool = False) -> str:
    """A pace within bounds: `1.31`; `exact` as for `amount`."""
    return _within(of, lambda value: "∞" if math.isinf(value) else f"{value:,.2f}", exact=exact)


def in_full(usd_amount: float) -> str:
    """USD with all the digits that the API gives, so that a sum can be checked: `$0.001234`, `$81.20`."""
    sign, size = ("-" if usd_amount < 0 else ""), abs(usd_amount)
    if not math.isfinite(size):
        return f"{sign}$∞"
    whole, _, digits = f"{size:,.{_PLACES}f}".partition(".")
    return f"{sign}${whole}.{digits.rstrip('0').ljust(2, '0')}"


def ratio(value: float) -> str:
    """A ratio: `1.2`; in so many digits that what it is multiplied with comes out right."""
    return f"{value:.9g}"


def short(at: datetime | None, near: datetime) -> str:
    """A time for a column that says UTC already: `29 Dec 10:30`; with the year where `near` is of another."""
    return NONE if at is None else moment(at, near=near).removesuffix(" UTC")


def _within(of: Bounds | None, show: Callable[[float], str], *, exact: bool) -> str:
    if of is None:
        return NONE
    low, high = show(of.low), show(of.high)
    if exact or low == high:
        return low
    if math.isinf(of.high):
        return f"≥ {low}" if of.low > 0 else UNKNOWN
    if of.low == 0:
        return f"≤ {high}"
    return f"{low.removesuffix(' %')} – {high.removeprefix('$')}"  # noqa: RUF001 - from one to the other
