"""Budget periods: how long one lasts from its start.

Periods are anchored to the day that the API reports in `period_start`, not to the calendar. All times are UTC.
"""

from calendar import monthrange
from datetime import datetime, timedelta

DURATIONS = ("daily", "weekly", "monthly", "yearly")
DEFAULT_DURATION = "monthly"


def period_end(start: datetime, duration: str | None) -> datetime | None:
    """When a period that began at `start` ends.

    Args:
        start: Start of the period, UTC.
        duration: The API's `budget_duration`; None means its default, monthly.

    Returns:
        The same time of day one duration later, on the month's last day where the month is too short
        (31 January + 1 month = 28 or 29 February); None for a duration that the API does not document.
    """
    match duration or DEFAULT_DURATION:
        case "daily":
            return start + timedelta(days=1)
        case "weekly":
            return start + timedelta(weeks=1)
        case "monthly":
            return _add_months(start, 1)
        case "yearly":
            return _add_months(start, 12)
        case _:
            return None


def _add_months(start: datetime, months: int) -> datetime:
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
