"""What a reading is worth and for how long, and what comes after it."""

from datetime import datetime, timedelta

import pytest

from monitor.spending.anchor import (
    UNBOUNDED,
    UNKNOWN_END_VALIDITY,
    Anchor,
    Reading,
    fallen,
    read,
    renewed,
    same_period,
    together,
)
from monitor.spending.markup import Markup
from tests.spending.builders import DAY, HOUR, MINUTE, day

READ = day(2025, 12, 29, 10, 30)
DECEMBER, JANUARY, FEBRUARY = day(2025, 12, 1), day(2026, 1, 1), day(2026, 2, 1)
NO_MARKUP, ANY_MARKUP = Markup(1.0, 1.0), Markup()


def reading(
    *,
    at: datetime = READ,
    usage: float = 45.67,
    start: datetime | None = DECEMBER,
    end: datetime | None = None,
    duration: str | None = "monthly",
) -> Reading:
    """The documented customer's detail: 45.67 USD spent since the first of December."""
    return Reading(at, usage, start, end, duration)


def reckoned(start: datetime, end: datetime | None, *, origin: datetime | None = None, total: float = 523.45) -> Anchor:
    """The beginning of a period that nobody has read."""
    return Anchor(start, False, 0.0, 0.0, total, total, start, end, origin or start, end)


def after(anchor: Anchor, now: datetime, *, duration: str | None = "monthly", total: float = 530.0) -> Anchor:
    """The anchor after the end of its period, of a customer with 523.45 USD in the last row before it."""
    return renewed(anchor, before=523.45, total=total, now=now, duration=duration, markup=NO_MARKUP)


def bounded(low: float, high: float | None, *, usage: float, total: float, ratio: float = 1.0) -> Anchor:
    """The anchor of a reading after one of 45.67 USD at a lifetime spend that is known within bounds."""
    before = Anchor(READ, True, 45.67, 45.67, total_low=low, total_high=high, start=DECEMBER)
    return together(before, Anchor(READ + HOUR, True, usage, usage, total_low=total, start=DECEMBER), ratio)


def test_a_reading_says_what_was_spent() -> None:
    """At that instant the usage is the period cost; which lifetime spend it goes with only the next row will bound."""
    anchor = read(reading(), None, 523.45)

    assert (anchor.at, anchor.read, anchor.low, anchor.high) == (READ, True, 45.67, 45.67)
    assert (anchor.total_low, anchor.total_high) == (523.45, None)


def test_a_negative_usage_is_nothing() -> None:
    """Nobody spends less than nothing."""
    assert read(reading(usage=-3.0), None, 523.45).low == 0.0


def test_a_null_end_is_reckoned() -> None:
    """Where the API gives no end, the period ends one duration after its start."""
    anchor = read(reading(end=None), None, 523.45)

    assert (anchor.start, anchor.end, anchor.valid_until) == (DECEMBER, JANUARY, JANUARY)


def test_an_end_that_is_given_counts_more_than_the_duration() -> None:
    """A custom end is believed, whatever the duration says."""
    end = day(2026, 3, 15)

    anchor = read(reading(end=end), None, 523.45)

    assert (anchor.start, anchor.end, anchor.valid_until) == (DECEMBER, end, end)


@pytest.mark.parametrize(
    ("start", "duration"),
    [(DECEMBER, "quarterly"), (None, "monthly")],
    ids=["unknown duration", "no start"],
)
def test_without_an_end_a_reading_counts_for_an_hour(start: datetime | None, duration: str) -> None:
    """Where no end lies ahead the period may roll over at any time: a reading has no end, and counts for a while."""
    anchor = read(reading(start=start, duration=duration), None, 523.45)

    assert (anchor.start, anchor.end, anchor.valid_until) == (start, None, READ + UNKNOWN_END_VALIDITY)


@pytest.mark.parametrize(
    ("since", "counts_for"),
    [
        (timedelta(0), HOUR),
        (10 * MINUTE, HOUR),
        (HOUR, HOUR),
        (3 * HOUR, 3 * HOUR),
        (12 * HOUR, 12 * HOUR),
        (15 * HOUR, 9 * HOUR),
        (5 * DAY + HOUR, 23 * HOUR),
        (300 * DAY + 23 * HOUR + 50 * MINUTE, 10 * MINUTE),
    ],
)
def test_a_period_that_runs_on_is_believed_for_as_long_as_it_has(since: timedelta, counts_for: timedelta) -> None:
    """Past its end by arithmetic a reading counts an hour at least, and until the time of day at which it began."""
    start, ends = day(2025, 1, 1, 10, 30), day(2025, 2, 1, 10, 30)

    anchor = read(reading(at=ends + since, start=start), None, 523.45)

    assert (anchor.read, anchor.start, anchor.end) == (True, start, None)
    assert anchor.valid_until == ends + since + counts_for


def test_a_period_that_runs_on_may_end_any_day_at_its_time_of_day() -> None:
    """A month from 28 February that goes on past 30 March ends on the 31st: no reading counts beyond midnight."""
    anchor = read(reading(at=day(2025, 3, 30, 23, 59), start=day(2025, 2, 28)), None, 523.45)

    assert (anchor.end, anchor.valid_until) == (None, day(2025, 3, 31))


def test_an_end_without_a_start() -> None:
    """A reading that only says when the period ends counts until then."""
    anchor = read(reading(start=None, end=JANUARY), None, 523.45)

    assert (anchor.start, anchor.end, anchor.valid_until) == (None, JANUARY, JANUARY)


def test_a_hidden_day_leaves_the_end_open() -> None:
    """A month from 28 February may last until 31 March: it counts until the 28th, and has no end by arithmetic."""
    anchor = read(reading(at=day(2025, 3, 5), start=day(2025, 2, 28)), None, 523.45)

    assert (anchor.start, anchor.end, anchor.valid_until) == (day(2025, 2, 28), None, day(2025, 3, 28))


def test_a_day_that_was_seen_before_is_no_longer_hidden() -> None:
    """Where the period before began on 31 January, the one from 28 February ends on 31 March."""
    before = read(reading(at=day(2025, 2, 5), start=day(2025, 1, 31)), None, 523.45)

    anchor = read(reading(at=day(2025, 3, 5), start=day(2025, 2, 28)), before, 523.45)

    assert (anchor.start, anchor.end) == (day(2025, 2, 28), day(2025, 3, 31))


def test_an_end_shows_the_day_that_a_start_hides() -> None:
    """A period from 30 April until 30 May keeps the 30th: what follows it is known."""
    anchor = read(reading(at=day(2025, 5, 5), start=day(2025, 4, 30), end=day(2025, 5, 30)), None, 523.45)

    following = after(anchor, day(2025, 6, 2))

    assert (following.start, following.end) == (day(2025, 5, 30), day(2025, 6, 30))


def test_a_day_of_other_periods_is_none_of_these() -> None:
    """Where periods are counted anew from another day, the day they had before says nothing."""
    before = read(reading(at=day(2025, 2, 5), start=day(2025, 1, 15)), None, 523.45)

    anchor = read(reading(at=day(2025, 3, 5), start=day(2025, 2, 20)), before, 523.45)

    assert (anchor.start, anchor.end) == (day(2025, 2, 20), day(2025, 3, 20))


@pytest.mark.parametrize("at", [JANUARY, JANUARY + 4 * DAY], ids=["that instant", "days later"])
def test_a_period_that_is_over_by_its_own_end_was_followed_by_nothing(at: datetime) -> None:
    """An API that still shows a period which has ended has seen nothing spent since: the next one began."""
    anchor = read(reading(at=at, end=JANUARY), None, 523.45)

    assert not anchor.read
    assert (anchor.start, anchor.end, anchor.high) == (JANUARY, FEBRUARY, 0.0)
    assert anchor.cost(530.45, NO_MARKUP) == (0.0, 7.0)


def test_a_period_that_is_over_keeps_its_day() -> None:
    """After 31 January to 28 February comes the period until 31 March, not until the 28th."""
    anchor = read(reading(at=day(2025, 3, 5), start=day(2025, 1, 31), end=day(2025, 2, 28)), None, 523.45)

    assert (anchor.start, anchor.end) == (day(2025, 2, 28), day(2025, 3, 31))


def test_a_period_that_was_over_before_the_row_is_followed_by_what_comes_after_the_row() -> None:
    """What was spent between a row and the end of the period belongs to that one: the next row bounds it from above."""
    stale = reckoned(JANUARY, FEBRUARY, total=523.45)

    anchor = read(reading(at=JANUARY + MINUTE, end=JANUARY), stale, 523.45)

    assert (anchor.start, anchor.total_low, anchor.total_high) == (JANUARY, 523.45, None)


def test_an_api_that_is_behind_is_not_believed_while_nothing_was_spent() -> None:
    """Without an end in the reading, the next period has begun by arithmetic: what is over says nothing of it."""
    anchor = read(reading(at=JANUARY + HOUR), reckoned(JANUARY, FEBRUARY, total=523.45), 523.45)

    assert not anchor.read
    assert (anchor.start, anchor.end, anchor.high) == (JANUARY, FEBRUARY, 0.0)


def test_the_api_wins_over_arithmetic_once_something_was_spent() -> None:
    """With the first request a lazy period would have rolled over: it lasts longer than arithmetic says."""
    anchor = read(reading(at=JANUARY + HOUR), reckoned(JANUARY, FEBRUARY, total=523.45), 524.0)

    assert (anchor.read, anchor.start, anchor.end, anchor.low) == (True, DECEMBER, None, 45.67)


def test_a_period_that_was_extended_by_hand() -> None:
    """A new end that lies ahead puts the period before back in its place."""
    anchor = read(reading(at=JANUARY + HOUR, end=day(2026, 1, 15)), reckoned(JANUARY, FEBRUARY), 523.45)

    assert (anchor.read, anchor.start, anchor.end) == (True, DECEMBER, day(2026, 1, 15))


def test_the_next_period_begins_between_two_rows() -> None:
    """Nothing was spent in it then, and the lifetime spend lay between those of the rows."""
    anchor = after(read(reading(end=JANUARY), None, 523.45), JANUARY + HOUR)

    assert not anchor.read
    assert (anchor.at, anchor.start, anchor.end, anchor.valid_until) == (JANUARY, JANUARY, FEBRUARY, FEBRUARY)
    assert (anchor.low, anchor.high, anchor.total_low, anchor.total_high) == (0.0, 0.0, 523.45, 530.0)


def test_several_periods_may_have_passed() -> None:
    """However long nobody looked, it is the period of now that is reckoned."""
    anchor = after(read(reading(end=JANUARY), None, 523.45), day(2026, 6, 10))

    assert (anchor.start, anchor.end) == (day(2026, 6, 1), day(2026, 7, 1))


def test_periods_after_a_custom_end_count_from_there() -> None:
    """After a first period from 1 December to 15 January come those from the 15th."""
    anchor = after(read(reading(end=day(2026, 1, 15)), None, 523.45), day(2026, 3, 1))

    assert (anchor.start, anchor.end) == (day(2026, 2, 15), day(2026, 3, 15))


def test_a_custom_end_may_hide_the_day_of_what_follows() -> None:
    """Whether periods that begin on 28 February keep the 28th or a later day, nobody has said."""
    anchor = read(reading(at=day(2025, 2, 20), start=day(2025, 1, 10), end=day(2025, 2, 28)), None, 523.45)

    following = after(anchor, day(2025, 3, 5))

    assert (following.start, following.end, following.valid_until) == (day(2025, 2, 28), None, day(2025, 3, 28))


def test_a_hidden_day_is_not_rolled_over_by_arithmetic() -> None:
    """From 28 March on, the month from 28 February may be over or not: only what may have been spent is known."""
    custom = read(reading(at=day(2025, 2, 20), start=day(2025, 1, 10), end=day(2025, 2, 28)), None, 523.45)
    anchor = read(reading(at=day(2025, 3, 5), start=day(2025, 2, 28)), after(custom, day(2025, 3, 4)), 523.45)
    assert anchor.regular

    following = after(anchor, day(2025, 3, 28), total=530.0)

    assert (following.read, following.start, following.end, following.valid_until) == (False, None, None, None)
    assert following.cost(531.0, NO_MARKUP) == pytest.approx((0.0, 45.67 + 531.0 - 523.45))


def test_a_leap_day_that_was_not_seen_is_not_reckoned_with() -> None:
    """Of years from 28 February nobody knows when the one in a leap year begins, however many have passed before."""
    told = reading(at=day(2025, 6, 1), start=day(2025, 2, 28), end=day(2026, 2, 28), duration="yearly")
    anchor = read(told, None, 523.45)

    following = after(anchor, day(2027, 6, 1), duration="yearly")
    at_last = after(following, day(2028, 2, 28, 12), duration="yearly")

    assert (following.start, following.end, following.valid_until) == (day(2027, 2, 28), None, day(2028, 2, 28))
    assert at_last.start is None


@pytest.mark.parametrize("now", [JANUARY, JANUARY + HOUR, day(2026, 6, 10)])
def test_an_end_that_nobody_has_shown_may_be_none(now: datetime) -> None:
    """At the end by arithmetic of a first period it may be over or not: nothing of the period is known but its most."""
    anchor = after(read(reading(), None, 523.45), now)

    assert (anchor.read, anchor.start, anchor.end, anchor.valid_until) == (False, None, None, None)
    assert anchor.cost(531.0, NO_MARKUP) == pytest.approx((0.0, 45.67 + 531.0 - 523.45))


@pytest.mark.parametrize(
    "told",
    [reading(end=day(2026, 1, 15)), reading(start=None, end=JANUARY), reading(at=JANUARY + HOUR, end=JANUARY)],
    ids=["one that is set by hand", "one without a start", "one that has passed"],
)
def test_an_end_that_is_told_shows_that_periods_end(told: Reading) -> None:
    """Whoever says when a period ends, or that it has ended, leaves nothing to arithmetic."""
    assert read(told, None, 523.45).regular


def test_one_period_shows_nothing() -> None:
    """However often it is read, a period without an end may have one that somebody has set."""
    first = read(reading(at=READ - DAY), None, 523.45)

    second = read(reading(), first, 523.45)

    assert (first.regular, second.regular) == (False, False)


@pytest.mark.parametrize(
    ("start", "regular"),
    [(JANUARY, True), (day(2026, 3, 1), True), (day(2026, 1, 15), False), (day(2025, 12, 20), False)],
    ids=["the next one", "one later on", "one that began too late", "one that began too early"],
)
def test_a_second_period_shows_it_where_arithmetic_expects_it(start: datetime, *, regular: bool) -> None:
    """It begins where the first one lets it: periods last what their duration says, from this one on."""
    first = read(reading(at=day(2025, 12, 15)), None, 523.45)
    later = reading(at=start + HOUR, start=start)

    assert read(later, first, 523.45).regular is regular
    assert read(later, after(first, start + HOUR), 523.45).regular is regular


def test_after_a_custom_end_the_third_period_shows_it() -> None:
    """The second one begins where nobody expected it, and the third a month after that."""
    first = read(reading(at=day(2025, 12, 15)), None, 523.45)
    second = read(reading(at=day(2025, 12, 25), start=day(2025, 12, 20)), first, 523.45)

    third = read(reading(at=day(2026, 1, 21), start=day(2026, 1, 20)), after(second, day(2026, 1, 21)), 523.45)

    assert (second.regular, third.regular) == (False, True)
    assert (third.start, third.end) == (day(2026, 1, 20), day(2026, 2, 20))


def test_a_custom_end_that_was_taken_back_hides_nothing() -> None:
    """Read in September with its end of then, and again without: that it goes on since August is what the API says."""
    told = Reading(day(2025, 8, 20), 40.0, day(2025, 8, 1), day(2025, 9, 20), "monthly")
    untold = Reading(day(2025, 9, 10), 120.0, day(2025, 8, 1), None, "monthly")

    anchor = read(untold, read(told, None, 100.0), 180.0)

    assert (anchor.read, anchor.start, anchor.low, anchor.regular) == (True, day(2025, 8, 1), 120.0, False)


def test_an_end_that_hides_its_day_is_not_taken_to_have_passed() -> None:
    """From 30 April over 30 June: on 30 July the API decides whether the period ends on a 30th or a 31st."""
    april = read(reading(at=day(2025, 5, 2), start=day(2025, 4, 30)), None, 300.0)
    june = read(reading(at=day(2025, 7, 2), start=day(2025, 6, 30)), after(april, day(2025, 7, 1)), 400.0)

    anchor = read(Reading(day(2025, 7, 30, 0, 1), 90.0, day(2025, 6, 30), None, "monthly"), june, 480.0)

    assert (anchor.read, anchor.low) == (True, 90.0)


def test_what_was_shown_stays_so() -> None:
    """Over later periods, whether they are read or not, and though a total cost falls."""
    shown = read(reading(end=JANUARY), None, 523.45)

    rolled_over = after(shown, JANUARY + HOUR)
    corrected = fallen(rolled_over, 400.0, JANUARY + DAY)
    again = read(reading(at=JANUARY + 2 * DAY, start=JANUARY), corrected, 400.0)

    assert (rolled_over.regular, corrected.regular, again.regular) == (True, True, True)
    assert after(again, FEBRUARY).start == FEBRUARY


def test_periods_that_are_counted_anew_have_to_show_it_again() -> None:
    """A period that begins in the middle of another one was begun by somebody, who may end it as well."""
    shown = read(reading(end=JANUARY), None, 523.45)

    anew = read(reading(at=day(2025, 12, 25), start=day(2025, 12, 20)), shown, 523.45)

    assert not anew.regular


@pytest.mark.parametrize(
    ("ratio", "usage"), [(1.0, 45.67 + 8.0), (1.2, 45.67 + 9.6)], ids=["no markup", "a markup of 20 percent"]
)
def test_a_reading_is_bounded_by_the_one_before_it(ratio: float, usage: float) -> None:
    """8 USD after a lifetime spend of 520 to 523 USD it was 528 to 531, and no less than in the row of 530 before."""
    anchor = bounded(520.0, 523.0, usage=usage, total=530.0, ratio=ratio)

    assert (anchor.total_low, anchor.most) == pytest.approx((530.0, 531.0))
    assert (anchor.low, anchor.high, anchor.total_high) == (usage, usage, None)


def test_what_was_spent_after_a_row_is_told_by_the_reading_before_it() -> None:
    """8 USD after 520 to 523 USD are at least 528 USD, though the row before the reading had only 525."""
    assert bounded(520.0, 523.0, usage=53.67, total=525.0).total_low == pytest.approx(528.0)


@pytest.mark.parametrize(
    ("high", "usage"), [(None, 65.67), (523.0, 50.0)], ids=["no row between", "usage that was taken back"]
)
def test_what_bounds_nothing_leaves_a_reading_as_it_is(high: float | None, usage: float) -> None:
    """Without a row between two readings, or with less usage than the rows around them let be, each stands alone."""
    anchor = bounded(520.0, high, usage=usage, total=530.0)

    assert (anchor.total_low, anchor.total_high, anchor.most) == (530.0, None, None)


def test_of_an_unknown_duration_only_the_last_end_is_known() -> None:
    """What was spent since the last row before it is all that the period can have cost."""
    anchor = after(read(reading(end=JANUARY, duration="quarterly"), None, 523.45), FEBRUARY, duration="quarterly")

    assert (anchor.start, anchor.end) == (None, None)
    assert anchor.cost(530.0, NO_MARKUP) == pytest.approx((0.0, 530.0 - 523.45))


def test_a_fallen_total_says_nothing_of_the_period() -> None:
    """Between nothing and anything was spent in it, until it is read again; when it began is still known."""
    anchor = fallen(read(reading(), None, 523.45), 400.0, READ + HOUR)

    assert not anchor.read
    assert (anchor.low, anchor.high, anchor.total_low, anchor.total_high) == (0.0, UNBOUNDED, 400.0, 400.0)
    assert (anchor.start, anchor.end) == (DECEMBER, JANUARY)


def test_a_fallen_total_of_a_customer_who_was_never_read() -> None:
    """Of its period nothing at all is known."""
    anchor = fallen(None, 400.0, READ)

    assert (anchor.read, anchor.start, anchor.low, anchor.high) == (False, None, 0.0, UNBOUNDED)


@pytest.mark.parametrize(
    ("total", "low", "high"),
    [(523.45, 45.67, 45.67), (524.45, 45.67, 47.67), (525.45, 45.67, 49.67), (526.45, 46.67, 51.67)],
)
def test_what_was_spent_since_a_reading(total: float, low: float, high: float) -> None:
    """Without a markup since the row after it at least, and with the highest one since the row before it at most."""
    anchor = Anchor(READ, True, 45.67, 45.67, total_low=523.45, total_high=525.45, start=DECEMBER)

    assert anchor.cost(total, ANY_MARKUP) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("distance", "same"),
    [(timedelta(0), True), (timedelta(hours=11), True), (-timedelta(hours=11), True), (DAY, False), (-DAY, False)],
)
def test_starts_that_lie_close_are_one(distance: timedelta, *, same: bool) -> None:
    """The API may name an hour where arithmetic says midnight; the next day's is another period."""
    assert same_period(reckoned(DECEMBER, JANUARY), reckoned(DECEMBER + distance, JANUARY)) is same


def test_periods_without_a_start_are_one_where_both_were_read() -> None:
    """A reading without a start is of the same period as the one before it, and of no period that was reckoned."""
    one = read(reading(start=None), None, 523.45)

    assert same_period(one, read(reading(start=None, at=READ + MINUTE), None, 523.45))
    assert not same_period(one, fallen(None, 400.0, READ))
    assert not same_period(one, reckoned(DECEMBER, JANUARY))
