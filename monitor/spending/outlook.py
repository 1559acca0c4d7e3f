"""A standing with what was spent lately, and with where the period is heading."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from monitor.spending.anchor import UNBOUNDED
from monitor.spending.course import BLANK, Course, figures
from monitor.spending.forecast import FIRST_SHARE, RECENT_WEIGHT, UNKNOWN, Forecast, exhausts_at, forecasts
from monitor.spending.standing import Standing

# Of the longest period that there is, apart from one whose end was set by hand.
LONGEST_HOURS = 366 * 24.0

_WINDOWS = (("spend_30d", 720.0), ("spend_7d", 168.0), ("spend_24h", 24.0))


class Outlook(Standing, frozen=True, gc=False):
    """A standing that looks ahead. Its forecast is made when somebody asks for it: few rules do, of few customers.

    Attributes:
        course: What is known of the period.
        budget: Of the period, USD; None: no budget, and so no period.
        now: When the row was read.
    """

    course: Course = BLANK
    budget: float | None = None
    now: datetime | None = None
    _made: tuple[Forecast, Forecast] | None = None

    @property
    def projected_min(self) -> float | None:
        """See `Standing`."""
        return self._bounds()[0].projected

    @property
    def projected_max(self) -> float | None:
        """See `Standing`."""
        return self._bounds()[1].projected

    @property
    def likely_low_min(self) -> float | None:
        """See `Standing`."""
        return self._bounds()[0].low

    @property
    def likely_low_max(self) -> float | None:
        """See `Standing`."""
        return self._bounds()[1].low

    @property
    def likely_high_min(self) -> float | None:
        """See `Standing`."""
        return self._bounds()[0].high

    @property
    def likely_high_max(self) -> float | None:
        """See `Standing`."""
        return self._bounds()[1].high

    @property
    def exhausts_at(self) -> datetime | None:
        """See `Standing`."""
        if self.now is None or (self.start is None and not self.read):
            return None
        projected = self.projected_min
        return exhausts_at(cost=self.cost_low, budget=self.budget, projected=projected, now=self.now, end=self.end)

    def _bounds(self) -> tuple[Forecast, Forecast]:
        """The forecast, within bounds where the period cost is only known so."""
        made = self._made
        if made is None:
            made = self._forecast()
            msgspec.structs.force_setattr(self, "_made", made)  # Remembered, which changes nothing that can be seen.
        return made

    def _forecast(self) -> tuple[Forecast, Forecast]:
        low, high = self.cost_low, self.cost_high
        if self.now is None or self.budget is None or low is None or high is None:
            return UNKNOWN, UNKNOWN
        recent = {"spend_24h": self.spend_24h, "spend_7d": self.spend_7d, "spend_30d": self.spend_30d}
        if self.start is None and not self.read:
            furthest = _furthest(high, recent, self.course.markup.high)
            return Forecast(0.0, 0.0, 0.0), Forecast(furthest, furthest, UNBOUNDED if furthest else 0.0)
        ratio = self.course.markup.low
        sure = self.exact or high >= UNBOUNDED
        least, most = forecasts(
            costs=(low, low if sure else max(low, high)),
            ratios=(ratio, ratio if sure else self.course.markup.high),
            start=self.start,
            end=self.end,
            now=self.now,
            readings=self.course.readings,
            **recent,
        )
        if high >= UNBOUNDED:
            # More comes of a higher cost. Of the interval it is known that it begins above the cost and holds the
            # forecast.
            known = least.projected
            least = Forecast(known, None if known is None else low, known)
            most = Forecast(UNBOUNDED, UNBOUNDED, UNBOUNDED)
        return least, most


def looking_ahead(
    course: Course, total: float | None, now: datetime, spends: Mapping[str, float | None], budget: float | None
) -> Outlook:
    """Where a customer stands, with what was spent lately and a forecast of the period.

    Args:
        course: See `standing`, as for the next two.
        total: Likewise.
        now: Likewise.
        spends: USD by the names of the windows; those that are missing are not known.
        budget: Of the period, USD; None: no budget.
    """
    known = spends.get
    lately = (known("spend_1h"), known("spend_24h"), known("spend_7d"), known("spend_30d"))
    return Outlook(*figures(course, total, now), *lately, course, budget, now)


def _furthest(cost: float, recent: Mapping[str, float | None], ratio: float) -> float:
    """The most that `forecast` makes of a cost, or of less, whenever its period began, USD.

    What is ahead is the rate of a window for four times as long at most, or that of the longest window that is known
    for what is left when a tenth has passed.
    """
    spend, hours = next(((known, hours) for name, hours in _WINDOWS if (known := recent[name]) is not None), (0.0, 0.0))
    left, counted = LONGEST_HOURS * (1.0 - FIRST_SHARE), LONGEST_HOURS * FIRST_SHARE + RECENT_WEIGHT * hours
    return cost + max(left / counted, 1.0) * (cost + RECENT_WEIGHT * spend * ratio)
