"""Figures that are known only to lie between two bounds, and what can be reckoned from them.

A bound is infinite where nothing limits the figure. None in the place of bounds: the figure is not known, or there is
none.
"""

import math

import msgspec

from monitor.rules.rule import TOLERANCE
from monitor.rules.runtime import over_zero
from monitor.spending.anchor import UNBOUNDED


class Bounds(msgspec.Struct, frozen=True, gc=False):
    """What a figure is at least and at most; equal where it is known."""

    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether it is one figure."""
        return self.low == self.high

    def certainly(self, threshold: float) -> bool:
        """Whether it surely reaches a threshold, as rules count it."""
        return self.low >= _lowered(threshold)

    def possibly(self, threshold: float) -> bool:
        """Whether it may reach a threshold."""
        return self.high >= _lowered(threshold)


def bounds(low: float | None, high: float | None) -> Bounds | None:
    """The bounds of a standing, where what has no limit is infinite."""
    if low is None or high is None:
        return None
    return Bounds(low, math.inf if high >= UNBOUNDED else high)


def share(of: Bounds | None, whole: float | None) -> Bounds | None:
    """A figure over a known one: any spend is infinitely much of a budget of 0, and of no spend nobody can tell."""
    if of is None or whole is None:
        return None
    low, high = _quotient(of.low, whole), _quotient(of.high, whole)
    if math.isnan(high):
        return None
    if math.isnan(low):
        low = 0.0
    return Bounds(min(low, high), max(low, high))


def rest(of: Bounds | None, whole: float | None) -> Bounds | None:
    """What a figure leaves of a known one."""
    return None if of is None or whole is None else Bounds(whole - of.high, whole - of.low)


def rate(of: Bounds | None, over: Bounds | None) -> Bounds | None:
    """A figure over another one that is 0 at least."""
    if of is None or over is None:
        return None
    ends = [_quotient(each, divisor) for each in (of.low, of.high) for divisor in (over.low, over.high)]
    known = [end for end in ends if not math.isnan(end)]
    return Bounds(min(known), max(known)) if known else None


def _quotient(dividend: float, divisor: float) -> float:
    if divisor == 0.0:
        return over_zero(dividend)
    if math.isinf(dividend) and math.isinf(divisor):
        return math.nan
    return dividend / divisor


def _lowered(threshold: float) -> float:
    return threshold - TOLERANCE * max(1.0, abs(threshold))
