"""One reading of a period, what it is worth, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.spending.anchor import UNKNOWN_END_VALIDITY, Anchor, anchor, settle, standing, unknown

READ = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
DECEMBER = datetime(2025, 12, 1, tzinfo=UTC)
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def reading(
    *,
    usage: float = 45.67,
    total_cost: float | None = 523.45,
    start: datetime | None = DECEMBER,
    end: datetime | None = None,
    duration: str | None = "monthly",
) -> Anchor:
    """The documented customer's detail: 45.67 USD spent since the first of December."""
    return anchor(read_at=READ, usage=usage, total_cost=total_cost, start=start, end=end, duration=duration)


def test_a_null_end_is_reckoned() -> None:
    """Where the API gives no end, the period ends one duration after its start."""
    found = reading(end=None)

    assert (found.period_end, found.valid_until) == (JANUARY, JANUARY)


def test_an_explicit_end_counts_more_than_the_duration() -> None:
    """A custom end is believed, whatever the duration says."""
    end = datetime(2026, 3, 15, tzinfo=UTC)

    found = reading(end=end)

    assert (found.period_end, found.valid_until) == (end, end)


def test_an_end_in_the_past_is_never_exact() -> None:
    """A period that is over by the API's own word says nothing of now."""
    found = reading(end=READ - MINUTE)

    assert found.valid_until == READ
    assert not standing(found, 523.45, READ).exact


@pytest.mark.parametrize(
    ("start", "duration"),
    [
        (DECEMBER, "quarterly"),
        (None, "monthly"),
        (datetime(2025, 1, 1, tzinfo=UTC), "monthly"),
    ],
    ids=["unknown duration", "no start", "runs on past its arithmetic end"],
)
def test_without_an_end_a_reading_counts_for_an_hour(start: datetime | None, duration: str) -> None:
    """Where no end lies ahead, the period may roll over at any time: a reading has no end, and counts for a while."""
    found = reading(start=start, duration=duration)

    assert found.valid_until == READ + UNKNOWN_END_VALIDITY
    assert found.period_end is None
    assert standing(found, 523.45, READ + UNKNOWN_END_VALIDITY - MINUTE).exact
    assert not standing(found, 523.45, READ + UNKNOWN_END_VALIDITY).exact


def test_the_first_row_after_a_reading_settles_it() -> None:
    """A reading without a total cost belongs to that of the first row read after it."""
    settled = settle(reading(total_cost=None), 530.0, READ + MINUTE)

    assert settled.total_cost == 530.0
    assert settle(settled, 540.0, READ + 2 * MINUTE).total_cost == 530.0


@pytest.mark.parametrize("read_at", [READ - MINUTE, READ])
def test_an_older_row_settles_nothing(read_at: datetime) -> None:
    """A row read before the reading would count twice what was spent between the two."""
    assert settle(reading(total_cost=None), 500.0, read_at).total_cost is None


def test_a_row_without_a_total_cost_settles_nothing() -> None:
    """A null total cost is no lifetime spend of zero."""
    assert settle(reading(total_cost=None), None, READ + MINUTE).total_cost is None


def test_exact_is_usage_and_what_was_spent_since() -> None:
    """The period cost is what was read plus what the total cost has grown by."""
    where = standing(reading(usage=45.67, total_cost=523.45), 533.45, READ + MINUTE)

    assert where.exact
    assert where.cost_low == where.cost_high == pytest.approx(55.67)
    assert (where.start, where.end) == (DECEMBER, JANUARY)


def test_an_unsettled_reading_is_its_usage() -> None:
    """Until a row settles it, nothing was spent since the reading, for all that is known."""
    assert standing(reading(total_cost=None), 1000.0, READ).cost_high == 45.67


def test_at_the_end_of_the_period_the_reading_expires() -> None:
    """From the very instant that the period ends, only bounds are known: it may have rolled over."""
    found = reading()

    assert standing(found, 523.45, JANUARY - timedelta(microseconds=1)).exact
    assert standing(found, 523.45, JANUARY) == unknown(523.45)


@pytest.mark.parametrize(("total_cost", "low", "high"), [(523.45, 0.0, 523.45), (0.0, 0.0, 0.0), (None, None, None)])
def test_without_a_reading_only_bounds_are_known(
    total_cost: float | None, low: float | None, high: float | None
) -> None:
    """What was spent in the period lies between nothing and everything; without a total cost nothing is known."""
    where = standing(None, total_cost, READ)

    assert (where.exact, where.cost_low, where.cost_high) == (False, low, high)
    assert (where.elapsed_low, where.elapsed_high) == (0.0, 1.0)
    assert (where.start, where.end) == (None, None)


def test_a_fallen_total_cost_needs_a_new_reading() -> None:
    """A lifetime total that falls was corrected: what it says of the period cannot be known from the old reading."""
    assert standing(reading(total_cost=523.45), 400.0, READ + MINUTE) == unknown(400.0)


def test_rounding_is_no_correction() -> None:
    """A total cost that falls by less than rounding leaves the standing exact."""
    where = standing(reading(usage=0.0, total_cost=523.45), 523.45 - 1e-9, READ + MINUTE)

    assert where.exact
    assert where.cost_low == 0.0


def test_a_row_without_a_total_cost_is_not_exact() -> None:
    """With a null total cost nobody knows what was spent since the reading."""
    assert standing(reading(), None, READ + MINUTE) == unknown(None)


@pytest.mark.parametrize(
    ("now", "share"),
    [
        (DECEMBER, 0.0),
        (DECEMBER + (JANUARY - DECEMBER) / 4, 0.25),
        (DECEMBER - timedelta(days=1), 0.0),
    ],
    ids=["at its start", "after a quarter", "before its start"],
)
def test_elapsed_is_the_share_of_the_period(now: datetime, share: float) -> None:
    """How much of the period has passed, never below none of it."""
    where = standing(reading(), 523.45, now)

    assert where.elapsed_low == where.elapsed_high == pytest.approx(share)


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, JANUARY), (datetime(2026, 2, 1, tzinfo=UTC), JANUARY)],
    ids=["no start", "an end before its start"],
)
def test_without_a_length_nothing_has_elapsed(start: datetime | None, end: datetime) -> None:
    """Where the period has no known length, its share is unknown, while the cost is exact."""
    where = standing(reading(start=start, end=end), 523.45, READ)

    assert where.exact
    assert (where.elapsed_low, where.elapsed_high) == (None, None)
