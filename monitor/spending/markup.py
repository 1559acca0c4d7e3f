"""How much faster a customer's period usage grows than its listed cost: 1.2 with a markup of 20 %.

Whether the API's usage includes the markup is not documented, so the ratio is measured: from two readings of one
period, or from one reading and the beginning of its period. Neither is of the same instant as the rows that it is
compared with, so a measurement is an interval. And what nobody tells may disturb it, as usage that was taken back
looks like a lower markup: other than none, a markup is believed once two measurements agree.
"""

import msgspec

# Without a measurement: a price is not lowered, and hardly ever doubled.
LEAST, MOST = 1.0, 2.0

# USD. Figures that the API rounds to the cent are off by half of one; a difference of two by a whole one.
CENT = 0.01

# Markups are whole percents, or halves of them: an interval that is shorter and holds one names it. A longer one is
# kept as it is, until a better one comes.
STEP = 0.005

# Between a row and the reading made right after it there is hardly ever any spend. So a ratio of whole figures that two
# readings and the rows before them show to such a share of a step is no accident: for another one to look like it, what
# was spent in those instants would have to make up for the difference, to that share.
_ACCIDENT = 1.0 / 8.0

# Usage that grows by less than such a share of the cost is late, or is not counted at all: that is no markup.
_COUNTED = 0.01

# So narrow is a measurement that it can confirm another one.
_NARROW = 2 * STEP

# USD by which the rounding of four figures can move a ratio's numerator: cents, where all are whole ones, or the digits
# that sums of floats lose.
_ROUNDED, _UNROUNDED = 2 * CENT, 1e-5
_FLOATS = 1e-9


class Markup(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What period usage grows by when the listed cost grows by one.

    Attributes:
        low: At least.
        high: At most; may be the same.
        seen: What the last precise measurement was, where another one must agree before it is believed.
    """

    low: float = LEAST
    high: float = MOST
    seen: tuple[float, float] | None = None

    @property
    def measured(self) -> bool:
        """Whether it is known to be one ratio."""
        return self.low == self.high


class Measurement(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """A ratio that was measured up to a reading, whose own total cost only the next row will bound.

    Attributes:
        low: At least, if nothing was spent between the row before the reading and the reading.
        high: At most.
        length: USD that the listed cost had grown by at most, up to the row before the reading.
        until: Lifetime spend in that row, USD.
        exactly: The ratio that two readings and the rows before them show to the last digits; None: they show none.
    """

    low: float
    high: float
    length: float
    until: float
    exactly: float | None = None


def measure(
    *,
    usage_low: float,
    usage_high: float,
    total_low: float,
    total_high: float,
    until: float,
    rounding: float | None = None,
) -> Measurement | None:
    """The ratio over a stretch that ends with a reading.

    Args:
        usage_low: USD that the period usage has grown by at least.
        usage_high: The same at most.
        total_low: Lifetime spend when the stretch began, at least.
        total_high: The same at most.
        until: Lifetime spend in the row before the reading.
        rounding: See `rounding_of`, where the stretch began with a reading too, and `total_low` is that of the row
            before that.

    Returns:
        The interval; None where the stretch says nothing, as too little was spent in it, or was not counted.
    """
    shortest, longest = until - total_high, until - total_low
    if shortest <= CENT or usage_high < 0.0:
        return None
    low, high = max(usage_low - CENT, 0.0) / (longest + CENT), (usage_high + CENT) / (shortest - CENT)
    if high < _COUNTED:
        return None
    exactly = None if rounding is None or usage_low != usage_high else _exactly(usage_low, longest, rounding)
    return Measurement(low, high, longest, until, exactly)


def rounding_of(*figures: float) -> float:
    """USD by which the difference of two differences of such figures may be off by their rounding alone."""
    whole = all(abs(round(figure, 2) - figure) < _FLOATS for figure in figures)
    return _ROUNDED if whole else _UNROUNDED


def conclude(known: Markup, measured: Measurement, total: float) -> Markup:
    """What is known of the ratio once a row bounds the lifetime spend at the reading.

    Args:
        known: Before.
        measured: Up to the reading.
        total: Lifetime spend in the first row after it, USD.
    """
    longest = measured.length + max(total - measured.until, 0.0)
    found = max(measured.low * (measured.length + CENT) / (longest + CENT), _COUNTED), measured.high
    precise = _precise(found, measured.exactly)
    first = known.low <= LEAST <= known.high  # Nobody has shown a markup yet, or one that contradicts.
    believed = None if first and not found[0] <= LEAST <= found[1] else _both((known.low, known.high), found)
    if believed is None and known.seen is not None and precise is not None:
        believed, first = _both(known.seen, precise), False
    if believed is None:
        # One that nobody expects, or it contradicts: one of the two was disturbed by a correction, or the markup is
        # another by now. The next precise measurement tells; a rough one agrees with anything.
        return Markup(min(found[0], known.low), max(found[1], known.high), precise or known.seen)
    low, high = believed
    if known.measured or low == high:
        return Markup(low, high)
    named = measured.exactly
    if named is None and high - low < STEP:
        named = round((low + high) / 2.0 / STEP) * STEP
    if named is None or not low <= named <= high or (first and named != LEAST):
        return Markup(low, high, (precise or known.seen) if first else None)
    return Markup(named, named)


def _precise(found: tuple[float, float], exactly: float | None) -> tuple[float, float] | None:
    """A measurement as narrow as it can be had; None: it is too wide to tell one markup from others."""
    low, high = found
    if exactly is not None and low <= exactly <= high:
        return exactly, exactly
    return found if high - low < _NARROW else None


def _both(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float] | None:
    """What two intervals have in common."""
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def _exactly(grown: float, length: float, rounding: float) -> float | None:
    """The whole or half percent that a stretch shows to the last digits, unless that may be an accident."""
    near = length * STEP * _ACCIDENT
    if near < rounding:
        return None
    whole = round(grown / length / STEP) * STEP
    return whole if abs(grown - whole * length) <= min(near, _ROUNDED) else None
