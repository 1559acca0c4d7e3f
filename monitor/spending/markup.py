"""How much faster a customer's period usage grows than its listed cost: 1.2 with a markup of 20 %.

Whether the API's usage includes the markup is not documented, so the ratio is measured: from two readings of one
period, or from one reading and the beginning of its period. Neither is of the same instant as the rows that it is
compared with, so a measurement is an interval.
"""

import msgspec

# Without a measurement: a price is not lowered, and hardly ever doubled.
LEAST, MOST = 1.0, 2.0

# USD. Figures that the API rounds to the cent are off by half of one; a difference of two by a whole one.
CENT = 0.01

# Markups are whole percents, or halves of them: an interval that is shorter and holds one names it. A longer one is
# kept as it is, until a better one comes.
STEP = 0.005


class Markup(msgspec.Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """What period usage grows by when the listed cost grows by one: between `low` and `high`, which may be the same."""

    low: float = LEAST
    high: float = MOST

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
    """

    low: float
    high: float
    length: float
    until: float


def measure(
    *, usage_low: float, usage_high: float, total_low: float, total_high: float, until: float
) -> Measurement | None:
    """The ratio over a stretch that ends with a reading.

    Args:
        usage_low: USD that the period usage has grown by at least.
        usage_high: The same at most.
        total_low: Lifetime spend when the stretch began, at least.
        total_high: The same at most.
        until: Lifetime spend in the row before the reading.

    Returns:
        The interval; None where the stretch says nothing, as too little was spent in it.
    """
    shortest, longest = until - total_high, until - total_low
    if shortest <= CENT or usage_high < 0.0:
        return None
    low = max(usage_low - CENT, 0.0) / (longest + CENT)
    return Measurement(low, (usage_high + CENT) / (shortest - CENT), longest, until)


def conclude(known: Markup, measured: Measurement, total: float) -> Markup:
    """What is known of the ratio once a row bounds the lifetime spend at the reading.

    Args:
        known: Before.
        measured: Up to the reading.
        total: Lifetime spend in the first row after it, USD.
    """
    longest = measured.length + max(total - measured.until, 0.0)
    low = measured.low * (measured.length + CENT) / (longest + CENT)
    high = measured.high
    if high < known.low or low > known.high:
        # One of the two was disturbed by a correction, or the markup is another by now: the next measurement tells.
        return Markup(min(low, known.low), max(high, known.high))
    low, high = max(low, known.low), min(high, known.high)
    whole = round((low + high) / 2.0 / STEP) * STEP
    if known.measured or high - low >= STEP or not low <= whole <= high:
        return Markup(low, high)
    return Markup(whole, whole)
