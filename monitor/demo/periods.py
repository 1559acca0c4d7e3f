"""Where budget periods begin and end: anchored to the day the budget was set, not to the calendar."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta

_FIXED = {"daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
_MONTHS = {"monthly": 1, "yearly": 12}


@dataclass(frozen=True, slots=True)
class Schedule:
    """How periods follow each other.

    Attributes:
        anchor: When some period began.
        duration: daily, weekly, monthly or yearly; anything else counts as monthly, the API's default.
        first_end: Where the period that begins at the anchor was given an end of its own; those that follow have the
            usual length and count from there. None: it is as long as the others.
    """

    anchor: datetime
    duration: str | None
    first_end: datetime | None = None

    def period(self, at: datetime) -> tuple[datetime, datetime]:
        """Start (inclusive) and end (exclusive) of the period that holds an instant."""
        if self.first_end is None or at < self.anchor:
            return period_at(self.anchor, self.duration, at)
        if at < self.first_end:
            return self.anchor, self.first_end
        return period_at(self.first_end, self.duration, at)


def period_at(anchor: datetime, duration: str | None, at: datetime) -> tuple[datetime, datetime]:
    """Find the period that holds an instant.

    Month ends keep the original anchor, as anchored billing does elsewhere: 31 January, 28 February, 31 March. What the
    real API does with a 31st is not documented.

    Args:
        anchor: When some period began.
        duration: daily, weekly, monthly or yearly; anything else counts as monthly, the API's default.
        at: The instant.

    Returns:
        Start (inclusive) and end (exclusive).
    """
    fixed = _FIXED.get(duration or "")
    if fixed is not None:
        start = anchor + (at - anchor) // fixed * fixed
        return start, start + fixed
    step = _MONTHS.get(duration or "", 1)
    number = ((at.year - anchor.year) * 12 + at.month - anchor.month) // step
    if _months_after(anchor, number * step) > at:
        number -= 1
    return _months_after(anchor, number * step), _months_after(anchor, (number + 1) * step)


def _months_after(anchor: datetime, months: int) -> datetime:
    year, month0 = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    day = min(anchor.day, monthrange(year, month0 + 1)[1])
    return anchor.replace(year=year, month=month0 + 1, day=day)
