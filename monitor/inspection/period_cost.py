"""Where a period cost comes from: what it rests on, the sum that it is, and why it is not known better."""

from enum import StrEnum

import msgspec

from monitor.inspection.sight import Sight
from monitor.spending.anchor import UNBOUNDED, Anchor
from monitor.spending.markup import CENT


class Basis(StrEnum):
    """What a period cost rests on."""

    READ = "read"
    """On a reading of this period."""
    RECKONED = "reckoned"
    """On the beginning of this period, at which nothing was spent yet, by arithmetic from the period before."""
    NOT_READ = "not read"
    """On nothing but the lifetime spend: no period was ever read."""
    PERIOD_UNKNOWN = "period unknown"
    """On the last period that is known, which may be over."""
    PERIOD_ENDED = "period ended"
    """On the period before, which had ended by then."""
    CORRECTED = "corrected"
    """On what was spent since the total cost fell."""
    NO_TOTAL = "no total cost"
    """On nothing: no total cost was ever listed."""
    NO_BUDGET = "no budget"
    """On nothing: without a budget there is no period."""


class Doubt(StrEnum):
    """Why a period cost lies between bounds."""

    MARKUP = "markup"
    """By how much usage grows with the total cost is not measured."""
    BETWEEN_ROWS = "between rows"
    """A reading and the rows around it are not from the same instant."""
    UNREAD = "unread"
    """No reading says what was spent in this period."""
    FALLEN = "fallen"
    """The total cost has fallen, and nothing says how much of that was of this period."""


class Sum(msgspec.Struct, frozen=True, gc=False):
    """`base + (total - since) * ratio`, where a total below `since` counts as none spent.

    Attributes:
        base: USD spent in the period when what it rests on was so.
        total: Lifetime spend by now, USD.
        since: The lifetime spend that the base corresponds to, USD.
        ratio: What usage grows by when the total cost grows by one.
    """

    base: float
    total: float
    since: float
    ratio: float

    @property
    def grown(self) -> float:
        """USD spent since."""
        return max(self.total - self.since, 0.0)

    @property
    def result(self) -> float:
        """USD spent in the period."""
        return self.base + self.grown * self.ratio


class PeriodCost(msgspec.Struct, frozen=True, gc=False):
    """Where a period cost comes from.

    Attributes:
        basis: What it rests on.
        low: What it is at least; None: nothing.
        high: What it is at most; None: there is no limit.
        doubts: Why the two differ.
    """

    basis: Basis
    low: Sum | None = None
    high: Sum | None = None
    doubts: tuple[Doubt, ...] = ()


def period_cost(sight: Sight) -> PeriodCost:
    """Take apart what `standing` has added up."""
    total, anchor, markup = sight.record.total_cost, sight.course.anchor, sight.course.markup
    if not sight.has_period:
        return PeriodCost(Basis.NO_BUDGET)
    if total is None:
        return PeriodCost(Basis.NO_TOTAL)
    if anchor is None:
        return PeriodCost(Basis.NOT_READ, None, Sum(0.0, total, 0.0, markup.high), (Doubt.UNREAD,))
    high = None if anchor.high >= UNBOUNDED else Sum(anchor.high, total, anchor.total_low, markup.high)
    basis = _basis(anchor, sight)
    if basis in {Basis.PERIOD_ENDED, Basis.PERIOD_UNKNOWN}:
        return PeriodCost(basis, None, high, (Doubt.UNREAD,))
    since = total if anchor.total_high is None else anchor.total_high
    low = None if anchor.start is None and not anchor.read else Sum(anchor.low, total, since, markup.low)
    return PeriodCost(basis, low, high, tuple(_doubts(anchor, low, high)))


def _basis(anchor: Anchor, sight: Sight) -> Basis:
    if anchor.valid_until is not None and sight.as_of >= anchor.valid_until:
        return Basis.PERIOD_ENDED
    if anchor.high >= UNBOUNDED:
        return Basis.CORRECTED
    if anchor.read:
        return Basis.READ
    return Basis.PERIOD_UNKNOWN if anchor.start is None else Basis.RECKONED


def _doubts(anchor: Anchor, low: Sum | None, high: Sum | None) -> list[Doubt]:
    if high is None or low is None:
        return [Doubt.FALLEN]
    doubts = [] if anchor.read else [Doubt.UNREAD]
    if high.grown * (high.ratio - low.ratio) > CENT:
        doubts.append(Doubt.MARKUP)
    if low.since != high.since:
        doubts.append(Doubt.BETWEEN_ROWS)
    return doubts
