"""Budget periods: where they begin and end, counted from the day on which the first of them began.

Periods are anchored to the day that the API reports in `period_start`, not to the calendar, and keep it where a month
is too short: 31 January, 28 February, 31 March. All times are UTC.
"""

from calendar import isleap, monthrange
from datetime import datetime, timedelta
from typing import NamedTuple

DURATIONS = ("daily", "weekly", "monthly", "yearly")
DEFAULT_DURATION = "monthly"

# Two starts that lie closer than this are the same one: the API may say an hour where arithmetic says midnight.
SAME_START = timedelta(hours=12)

_FIXED = {"daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
_MONTHS = {"monthly": 1, "yearly": 12}
_LONGEST_MONTH, _FEBRUARY, _LEAP_DAY, _FIRST_LEAP_YEAR = 31, 2, 29, 4


class Period(NamedTuple):
    """A period, as far as it is known.

    Attributes:
        start: When it begins.
        end: When it ends; None: that depends on a day of the month that its origin hides.
        lasts_until: It does not end before.
    """

    start: datetime
    end: datetime | None
    lasts_until: datetime


def period_at(origin: datetime, duration: str | None, at: datetime) -> tuple[datetime, datetime] | None:
    """The period that holds an instant.

    Args:
        origin: When some period began, on the day of the month that all of them keep.
        duration: The API's `budget_duration`; None means its default, monthly.
        at: The instant.

    Returns:
        Start (inclusive) and end (exclusive); None for a duration that the API does not document, and for periods that
        lie beyond the calendar.
    """
    duration = duration or DEFAULT_DURATION
    try:
        if duration in _FIXED:
            length = _FIXED[duration]
            start = origin + (at - origin) // length * length
            return start, start + length
        if duration not in _MONTHS:
            return None
        step = _MONTHS[duration]
        number = ((at.year - origin.year) * 12 + at.month - origin.month) // step
        if _months_after(origin, number * step) > at:
            number -= 1
        return _months_after(origin, number * step), _months_after(origin, (number + 1) * step)
    except (OverflowError, ValueError):
        return None


def begins(origin: datetime, duration: str | None, start: datetime) -> bool:
    """Whether one of the periods that are counted from `origin` begins at `start`."""
    holding = period_at(origin, duration, start)
    return holding is not None and holding[0] == start


def hides_its_day(start: datetime, duration: str | None) -> bool:
    """Whether the day of the month that periods keep may be a later one than that of this start.

    A period that begins on the last day of a short month may belong to a later day: one that begins on 28 February ends
    on 28 March, or on 31 March where the first of all began on a 31st. Nothing but another start or end tells.
    """
    duration = duration or DEFAULT_DURATION
    if duration == "yearly":
        return start.month == _FEBRUARY and start.day == _LEAP_DAY - 1 and not isleap(start.year)
    return duration == "monthly" and monthrange(start.year, start.month)[1] == start.day < _LONGEST_MONTH


def known_at(origin: datetime, duration: str | None, at: datetime) -> Period | None:
    """The period that holds an instant, as far as an origin tells that may hide its day.

    Returns:
        None where `period_at` has none, and where it is not known when the period began.
    """
    found = period_at(origin, duration, at)
    if found is None or not hides_its_day(origin, duration):
        return found and Period(*found, found[1])
    latest = period_at(_with_latest_day(origin, duration), duration, at)
    if latest is None or latest[0] != found[0]:
        return None
    return Period(found[0], found[1] if found[1] == latest[1] else None, found[1])


def _with_latest_day(origin: datetime, duration: str | None) -> datetime:
    """Another origin, with the latest day of the month that this one may hide."""
    if duration == "yearly":
        year = origin.year - origin.year % 4
        return origin.replace(year=max(year if isleap(year) else year - 4, _FIRST_LEAP_YEAR), day=_LEAP_DAY)
    return origin - timedelta(days=origin.day)  # The month before a short one has 31 days.


def _months_after(origin: datetime, months: int) -> datetime:
    year, month0 = divmod(origin.year * 12 + origin.month - 1 + months, 12)
    return origin.replace(year=year, month=month0 + 1, day=min(origin.day, monthrange(year, month0 + 1)[1]))
