"""How long a budget period lasts from its start."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.spending.period import DURATIONS, period_end


def day(year: int, month: int, day_of_month: int) -> datetime:
    """Half past ten of a day, UTC."""
    return datetime(year, month, day_of_month, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        (day(2024, 3, 9), "monthly", day(2024, 4, 9)),
        (day(2024, 3, 9), "daily", day(2024, 3, 10)),
        (day(2024, 3, 9), "weekly", day(2024, 3, 16)),
        (day(2024, 3, 9), "yearly", day(2025, 3, 9)),
        (day(2025, 12, 9), "monthly", day(2026, 1, 9)),
        (day(2025, 12, 31), "daily", day(2026, 1, 1)),
    ],
)
def test_one_duration_after_the_start(start: datetime, duration: str, end: datetime) -> None:
    """A period ends at the same time of day, one duration after the day it began: it knows no calendar months."""
    assert period_end(start, duration) == end


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        (day(2025, 1, 31), "monthly", day(2025, 2, 28)),
        (day(2024, 1, 31), "monthly", day(2024, 2, 29)),
        (day(2025, 3, 31), "monthly", day(2025, 4, 30)),
        (day(2025, 12, 31), "monthly", day(2026, 1, 31)),
        (day(2024, 2, 29), "yearly", day(2025, 2, 28)),
        (day(2100, 1, 29), "monthly", day(2100, 2, 28)),
    ],
)
def test_a_month_that_is_too_short(start: datetime, duration: str, end: datetime) -> None:
    """A period that began on a day which the month of its end lacks ends on that month's last day."""
    assert period_end(start, duration) == end


@pytest.mark.parametrize("duration", [None, ""])
def test_monthly_is_the_default(duration: str | None) -> None:
    """A budget without a duration is a monthly one."""
    assert period_end(day(2024, 3, 9), duration) == day(2024, 4, 9)


@pytest.mark.parametrize("duration", ["quarterly", "Monthly", "30d"])
def test_an_unknown_duration_has_no_end(duration: str) -> None:
    """A duration that the API does not document is not guessed at."""
    assert period_end(day(2024, 3, 9), duration) is None


@given(st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)), st.sampled_from(DURATIONS))  # noqa: DTZ001 - Hypothesis adds the zone
def test_a_period_ends_after_it_began(start: datetime, duration: str) -> None:
    """Every period has a length, of at most a leap year, and keeps the time of day."""
    end = period_end(start, duration)

    assert end is not None
    assert timedelta(0) < end - start <= timedelta(days=366)
    assert end.timetz() == start.timetz()
