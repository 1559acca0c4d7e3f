"""What was spent in the last hour, day, week and month, by the marks that growing totals leave."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.spending.windows import GAP, WINDOWS, Mark, Window, marks, spend
from tests.spending.builders import DAY, HOUR, MINUTE, day

NOW = day(2025, 12, 29, 10, 30)
TEN, MIDNIGHT = day(2025, 12, 29, 10), day(2025, 12, 29)
ROUNDING = 1e-6

by_name = {window.field: window for window in WINDOWS}


class Marks:
    """The marks of one customer, kept as the store does: the first that is written stays."""

    def __init__(self) -> None:
        self._spent: dict[datetime, float | None] = {}

    def write(self, written: list[Mark]) -> None:
        """Write marks."""
        for mark in written:
            self._spent.setdefault(mark.at, mark.spent)

    def at(self, time: datetime) -> float | None:
        """What was spent by a time, as far as a mark from then on tells."""
        later = [at for at in self._spent if at >= time]
        return self._spent[min(later)] if later else None

    def forget(self, before: datetime) -> None:
        """Forget the full hours before a time; midnights stay."""
        self._spent = {at: spent for at, spent in self._spent.items() if at >= before or at.hour == 0}


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("spend_1h", day(2025, 12, 29, 9)),
        ("spend_24h", day(2025, 12, 28, 10)),
        ("spend_7d", day(2025, 12, 22, 10)),
        ("spend_30d", day(2025, 11, 29)),
    ],
)
def test_a_window_begins_at_the_mark_before_it(name: str, begins: datetime) -> None:
    """It is as long as its name says and up to an hour longer, the longest one up to a day."""
    assert by_name[name].begins(NOW) == begins


def test_a_window_that_ends_at_a_mark_is_as_long_as_its_name_says() -> None:
    """At a full hour it is an hour."""
    assert by_name["spend_1h"].begins(TEN) == TEN - HOUR


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.field)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - the zone follows
def test_a_window_is_never_too_short(window: Window, time: datetime) -> None:
    """Whenever it ends."""
    now = time.replace(tzinfo=NOW.tzinfo)

    assert window.length <= now - window.begins(now) < window.length + window.grain


def test_the_first_change_of_an_hour_marks_the_hour_and_the_day() -> None:
    """Both hold what was spent before it, as nothing was since."""
    assert marks(523.45, NOW - MINUTE, NOW) == [Mark(TEN, 523.45), Mark(MIDNIGHT, 523.45)]


def test_after_midnight_both_are_one() -> None:
    """The first hour of a day is its midnight."""
    assert marks(523.45, MIDNIGHT - MINUTE, MIDNIGHT + MINUTE) == [Mark(MIDNIGHT, 523.45)]


def test_a_row_is_near_enough_to_a_mark() -> None:
    """What a customer had spent at ten is known from a row of half past eight, not from one before that."""
    assert marks(523.45, TEN - GAP, NOW)[0] == Mark(TEN, 523.45)
    assert marks(523.45, TEN - GAP - MINUTE, NOW)[0] == Mark(TEN, None)


def test_a_gap_is_marked_at_both_of_its_ends() -> None:
    """What was spent at night, while nobody looked, was spent after the last look, and by now: no more is known."""
    seen_at = day(2025, 12, 27, 20, 15)

    assert marks(523.45, seen_at, NOW) == [
        Mark(TEN, None),
        Mark(MIDNIGHT, None),
        Mark(day(2025, 12, 27, 20), 523.45),
        Mark(day(2025, 12, 27), 523.45),
    ]


def test_a_gap_within_a_day_leaves_its_midnight_known() -> None:
    """Somebody had looked since then, and nothing had been spent."""
    assert sorted(marks(523.45, day(2025, 12, 29, 3, 15), NOW), key=lambda mark: mark.at) == [
        Mark(MIDNIGHT, 523.45),
        Mark(day(2025, 12, 29, 3), 523.45),
        Mark(TEN, None),
    ]


def test_who_was_never_seen_has_no_past() -> None:
    """Where nobody had ever looked, nobody knows what was spent by when."""
    assert marks(523.45, None, NOW) == [Mark(TEN, None), Mark(MIDNIGHT, None)]


@pytest.mark.parametrize(("then", "spent"), [(500.0, 23.45), (523.45, 0.0), (524.0, 0.0), (None, None)])
def test_what_was_spent_since_a_mark(then: float | None, spent: float | None) -> None:
    """The difference, never below nothing; unknown since what is unknown."""
    assert spend(523.45, then) == (None if spent is None else pytest.approx(spent))


@given(
    st.lists(
        st.tuples(
            st.sampled_from([MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 7 * HOUR, 3 * DAY])
            | st.timedeltas(MINUTE, 40 * MINUTE),
            st.just(0.0) | st.floats(0.01, 100.0),
            st.floats(0.0, 1.0),
        ),
        min_size=1,
        max_size=40,
    ),
    st.timedeltas(timedelta(0), DAY),
)
def test_a_window_holds_what_was_spent_in_it(polls: list[tuple[timedelta, float, float]], began: timedelta) -> None:
    """What is said of a window is no less than what was spent in it, and no more than that and of a gap before it."""
    now = changed_at = day(2025, 12, 1) + began
    kept, total, seen_at = Marks(), 0.0, now
    spends: list[tuple[datetime, float]] = []
    for gap, usd, when in polls:
        now += gap
        if usd:
            spends.append((seen_at + when * gap, usd))
            kept.write(marks(total, seen_at, now))
            kept.forget(now - 8 * DAY)
            total, changed_at = total + usd, now
        seen_at = now
        for window in WINDOWS:
            begins = window.begins(now)
            said = 0.0 if changed_at <= begins else spend(total, kept.at(begins))
            if said is not None:
                assert said >= sum(usd for at, usd in spends if at > begins) - ROUNDING
                assert said <= sum(usd for at, usd in spends if at >= begins - GAP) + ROUNDING
