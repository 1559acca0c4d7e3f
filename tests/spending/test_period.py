"""Where budget periods begin and end, and how much of that a single start tells."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.spending.period import DURATIONS, begins, hides_its_day, known_at, period_at
from tests.spending.builders import DAY, SECOND, Customer, day

origins = st.datetimes(
    day(1990, 1, 1).replace(tzinfo=None), day(2090, 1, 1).replace(tzinfo=None), timezones=st.just(UTC)
)
durations = st.sampled_from([*DURATIONS, None])


@pytest.mark.parametrize(
    ("origin", "duration", "at", "start", "end"),
    [
        (day(2024, 3, 9), "monthly", day(2024, 3, 20), day(2024, 3, 9), day(2024, 4, 9)),
        (day(2024, 3, 9), "monthly", day(2025, 1, 1), day(2024, 12, 9), day(2025, 1, 9)),
        (day(2024, 3, 9), "monthly", day(2023, 3, 1), day(2023, 2, 9), day(2023, 3, 9)),
        (day(2024, 3, 9), "daily", day(2024, 3, 20, 7), day(2024, 3, 20), day(2024, 3, 21)),
        (day(2024, 3, 9), "weekly", day(2024, 3, 20), day(2024, 3, 16), day(2024, 3, 23)),
        (day(2024, 3, 9), "yearly", day(2026, 3, 8), day(2025, 3, 9), day(2026, 3, 9)),
        (day(2024, 3, 9, 10, 30), "daily", day(2024, 3, 20, 7), day(2024, 3, 19, 10, 30), day(2024, 3, 20, 10, 30)),
    ],
)
def test_the_period_that_holds_an_instant(
    origin: datetime, duration: str, at: datetime, start: datetime, end: datetime
) -> None:
    """Periods follow each other from the origin on, and back from it, at its time of day: they know no calendar."""
    assert period_at(origin, duration, at) == (start, end)


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        (day(2025, 2, 1), day(2025, 1, 31), day(2025, 2, 28)),
        (day(2025, 3, 1), day(2025, 2, 28), day(2025, 3, 31)),
        (day(2025, 4, 1), day(2025, 3, 31), day(2025, 4, 30)),
        (day(2028, 3, 1), day(2028, 2, 29), day(2028, 3, 31)),
    ],
)
def test_a_short_month_does_not_move_the_day(at: datetime, start: datetime, end: datetime) -> None:
    """31 January, 28 February, 31 March: periods come back to the day that February does not have."""
    assert period_at(day(2025, 1, 31), "monthly", at) == (start, end)


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        (day(2024, 12, 24), day(2024, 2, 29), day(2025, 2, 28)),
        (day(2027, 12, 24), day(2027, 2, 28), day(2028, 2, 29)),
        (day(2028, 2, 28, 12), day(2027, 2, 28), day(2028, 2, 29)),
    ],
)
def test_a_year_that_began_on_a_leap_day(at: datetime, start: datetime, end: datetime) -> None:
    """It begins on 28 February in common years, and on the leap day whenever there is one."""
    assert period_at(day(2024, 2, 29), "yearly", at) == (start, end)


@pytest.mark.parametrize("duration", [None, ""])
def test_monthly_is_the_default(duration: str | None) -> None:
    """A budget without a duration is a monthly one."""
    assert period_at(day(2024, 3, 9), duration, day(2024, 3, 9)) == (day(2024, 3, 9), day(2024, 4, 9))


@pytest.mark.parametrize("duration", ["quarterly", "Monthly", "30d"])
def test_an_unknown_duration_has_no_periods(duration: str) -> None:
    """A duration that the API does not document is not guessed at."""
    assert period_at(day(2024, 3, 9), duration, day(2024, 3, 9)) is None
    assert known_at(day(2024, 3, 9), duration, day(2024, 3, 9)) is None
    assert not begins(day(2024, 3, 9), duration, day(2024, 3, 9))


@pytest.mark.parametrize("at", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_a_period_beyond_the_calendar_is_none(at: datetime) -> None:
    """Nonsense for a time ends no poll."""
    assert period_at(day(2024, 3, 9), "yearly", at) is None
    assert known_at(day(2024, 3, 9), "yearly", at) is None


@pytest.mark.parametrize("year", [1, 3, 1901, 2101])
def test_a_hidden_leap_day_far_from_a_leap_year(year: int) -> None:
    """Any 28 February can hide a leap day, however far the next one is."""
    assert known_at(day(year, 2, 28), "yearly", day(2025, 6, 1)) == (
        day(2025, 2, 28),
        day(2026, 2, 28),
        day(2026, 2, 28),
    )
    assert known_at(day(year, 2, 28), "yearly", day(2028, 6, 1)) is None


@given(origins, durations, st.timedeltas(timedelta(days=-1500), timedelta(days=1500)))
def test_periods_leave_no_gap(origin: datetime, duration: str | None, distance: timedelta) -> None:
    """Every instant is in one period, and the next one begins in the instant that it ends."""
    at = origin + distance
    period = period_at(origin, duration, at)

    assert period is not None
    assert period[0] <= at < period[1]
    following = period_at(origin, duration, period[1])
    assert following is not None
    assert following[0] == period[1]
    assert begins(origin, duration, period[1])
    assert not begins(origin, duration, period[1] - SECOND)


@given(origins, durations, st.timedeltas(timedelta(0), timedelta(days=1500)))
def test_periods_are_those_of_the_calendar(origin: datetime, duration: str | None, later: timedelta) -> None:
    """Arithmetic finds the same period as looking at every day does."""
    assert period_at(origin, duration, origin + later) == Customer(origin, duration).period(origin + later)


@pytest.mark.parametrize(
    ("start", "duration", "hides"),
    [
        (day(2025, 1, 31), "monthly", False),
        (day(2025, 2, 27), "monthly", False),
        (day(2025, 2, 28), "monthly", True),
        (day(2024, 2, 28), "monthly", False),
        (day(2024, 2, 29), "monthly", True),
        (day(2025, 4, 30), None, True),
        (day(2025, 5, 30), None, False),
        (day(2025, 4, 30), "yearly", False),
        (day(2025, 2, 28), "yearly", True),
        (day(2024, 2, 28), "yearly", False),
        (day(2024, 2, 29), "yearly", False),
        (day(2025, 2, 28), "weekly", False),
        (day(2025, 2, 28), "quarterly", False),
    ],
)
def test_which_starts_hide_their_day(start: datetime, duration: str | None, *, hides: bool) -> None:
    """The last day of a short month may stand for a later one, and for years so does 28 February."""
    assert hides_its_day(start, duration) is hides


def test_a_hidden_day_leaves_the_end_open() -> None:
    """A month that begins on 28 February lasts until 28 March, or until the 31st."""
    period = known_at(day(2025, 2, 28), "monthly", day(2025, 3, 10))

    assert period == (day(2025, 2, 28), None, day(2025, 3, 28))


def test_a_hidden_day_leaves_later_starts_open() -> None:
    """What follows it began on the 28th, or up to three days later: that is not known, whenever it is asked for."""
    assert known_at(day(2025, 2, 28), "monthly", day(2025, 3, 28)) is None
    assert known_at(day(2025, 2, 28), "monthly", day(2025, 4, 10)) is None


@pytest.mark.parametrize(
    ("at", "period"),
    [
        (day(2025, 6, 1), (day(2025, 2, 28), day(2026, 2, 28), day(2026, 2, 28))),
        (day(2026, 6, 1), (day(2026, 2, 28), day(2027, 2, 28), day(2027, 2, 28))),
        (day(2027, 6, 1), (day(2027, 2, 28), None, day(2028, 2, 28))),
        (day(2028, 6, 1), None),
        (day(2029, 6, 1), (day(2029, 2, 28), day(2030, 2, 28), day(2030, 2, 28))),
    ],
)
def test_a_hidden_leap_day_matters_in_leap_years_only(at: datetime, period: object) -> None:
    """A year that begins on 28 February may keep the 29th, which is another day once in four years."""
    assert known_at(day(2025, 2, 28), "yearly", at) == period


@given(origins, durations, st.integers(0, 40), st.timedeltas(timedelta(0), timedelta(days=1500)))
def test_what_is_known_is_true(origin: datetime, duration: str | None, number: int, later: timedelta) -> None:
    """What any start tells of later periods holds for the origin that it was reckoned from."""
    start = origin
    for _ in range(number):
        _, start = period_at(origin, duration, start) or (start, start)
    at = start + later

    known, true = known_at(start, duration, at), period_at(origin, duration, at)

    assert true is not None
    if known is None:
        assert hides_its_day(start, duration)
    else:
        assert known.start == true[0]
        assert known.end in {None, true[1]}
        assert known.lasts_until <= true[1]
        assert known.lasts_until >= true[1] - 3 * DAY
