"""Laws of the period cost, on any reading and any row."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.spending.anchor import Anchor, anchor, standing
from monitor.spending.period import DURATIONS

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
money = st.floats(0, 1e9)
instants = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda distance: NOW + distance)
totals = st.none() | money


@st.composite
def anchors(draw: st.DrawFn) -> Anchor:
    """Any reading that the API may give."""
    return anchor(
        read_at=draw(instants),
        usage=draw(st.floats(-10, 1e9)),
        total_cost=draw(totals),
        start=draw(st.none() | instants),
        end=draw(st.none() | instants),
        duration=draw(st.sampled_from([*DURATIONS, "quarterly", None])),
    )


@given(st.none() | anchors(), totals, instants)
def test_cost_is_never_negative(found: Anchor | None, total_cost: float | None, now: datetime) -> None:
    """Nobody spends less than nothing, and the bounds are in order."""
    where = standing(found, total_cost, now)

    assert (where.cost_low is None) == (where.cost_high is None) == (total_cost is None)
    if where.cost_low is not None and where.cost_high is not None:
        assert 0 <= where.cost_low <= where.cost_high


@given(st.none() | anchors(), totals, instants)
def test_exact_has_no_width(found: Anchor | None, total_cost: float | None, now: datetime) -> None:
    """What is exact has equal bounds; what is not gives neither start nor end."""
    where = standing(found, total_cost, now)

    if where.exact:
        assert where.cost_low == where.cost_high is not None
        assert where.elapsed_low == where.elapsed_high
    else:
        assert (where.start, where.end) == (None, None)
        assert (where.elapsed_low, where.elapsed_high) == (0.0, 1.0)


@given(anchors(), money, money, instants)
def test_cost_grows_with_total_cost(found: Anchor, total_cost: float, more: float, now: datetime) -> None:
    """A row with a higher total cost never shows a lower period cost, as long as both are exact."""
    low, high = standing(found, total_cost, now), standing(found, total_cost + more, now)

    if low.exact and high.exact:
        assert low.cost_low is not None
        assert high.cost_low is not None
        assert low.cost_low <= high.cost_low


@given(anchors(), totals, instants, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_what_expired_stays_expired(
    found: Anchor, total_cost: float | None, now: datetime, later: timedelta
) -> None:  # fmt: skip
    """A reading that no longer counts does not count again."""
    if not standing(found, total_cost, now).exact:
        assert not standing(found, total_cost, now + later).exact


@given(anchors(), money, instants)
def test_a_share_is_a_share(found: Anchor, total_cost: float, now: datetime) -> None:
    """The share of the period that has passed lies between none and all of it."""
    where = standing(found, total_cost, now)

    if where.elapsed_low is not None:
        assert 0 <= where.elapsed_low <= 1
