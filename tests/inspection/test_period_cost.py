"""A period cost taken apart: the sums are those that rules are judged by, and every doubt has its name."""

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.inspection.bounds import bounds
from monitor.inspection.period_cost import Basis, Doubt, period_cost
from monitor.spending.anchor import UNBOUNDED, Anchor
from monitor.spending.course import BLANK, Course
from monitor.spending.markup import Markup
from tests.inspection.builders import DECEMBER, HOUR, JANUARY, MEASURED, NOW, course, sight

money = st.floats(0.0, 1e6).map(lambda usd: round(usd, 6))
moments = st.integers(-1_000, 1_000).map(lambda hours: NOW + timedelta(hours=hours))


@st.composite
def anchors(draw: st.DrawFn) -> Anchor:
    """Any anchor that the daemon may have kept."""
    usage, total = draw(money), draw(money)
    start: datetime | None = draw(st.none() | st.just(DECEMBER))
    return Anchor(
        at=draw(moments),
        read=draw(st.booleans()),
        low=usage,
        high=draw(st.sampled_from([usage, usage + 1.0, UNBOUNDED])),
        total_low=total,
        total_high=draw(st.none() | st.sampled_from([total, total + 0.5])),
        start=start,
        end=JANUARY if start else None,
        origin=start,
        valid_until=draw(st.none() | moments),
    )


@given(st.none() | anchors(), st.sampled_from([Markup(), MEASURED, Markup(1.2, 1.2)]), st.none() | money)
def test_the_sums_are_what_rules_are_judged_by(anchor: Anchor | None, markup: Markup, total: float | None) -> None:
    """Whatever is known, the sums that are shown come to the bounds that the daemon works with."""
    seen = sight(known=Course(anchor, markup), total_cost=total)
    expected = bounds(seen.standing.cost_low, seen.standing.cost_high)

    shown = period_cost(seen)

    if expected is None:
        assert shown.basis is Basis.NO_TOTAL
    else:
        assert (shown.low.result if shown.low else 0.0) == pytest.approx(expected.low)
        assert (shown.high.result if shown.high else math.inf) == pytest.approx(expected.high)


def test_a_reading_carried_forward() -> None:
    """It is the usage that was read, and what the total cost has grown by since, times the ratio."""
    shown = period_cost(sight(known=course(Markup(1.2, 1.2)), total_cost=533.45))

    assert shown.low == shown.high
    assert shown.low is not None
    assert (shown.low.base, shown.low.total, shown.low.since, shown.low.ratio) == (45.67, 533.45, 523.45, 1.2)
    assert shown.low.result == pytest.approx(57.67)
    assert (shown.basis, shown.doubts) == (Basis.READ, ())


@pytest.mark.parametrize(
    ("known", "basis", "doubts"),
    [
        (BLANK, Basis.NOT_READ, (Doubt.UNREAD,)),
        (course(Markup()), Basis.READ, (Doubt.MARKUP,)),
        (course(total_high=523.85), Basis.READ, (Doubt.BETWEEN_ROWS,)),
        (course(read=False, usage=0.0), Basis.RECKONED, (Doubt.UNREAD,)),
        (course(read=False, usage=0.0, start=None, end=None, valid_until=None), Basis.PERIOD_UNKNOWN, (Doubt.UNREAD,)),
        (course(valid_until=NOW - HOUR), Basis.PERIOD_ENDED, (Doubt.UNREAD,)),
        (course(read=False, low=0.0, high=UNBOUNDED), Basis.CORRECTED, (Doubt.FALLEN,)),
    ],
)
def test_each_ground_and_each_doubt_has_its_name(known: Course, basis: Basis, doubts: tuple[Doubt, ...]) -> None:
    """What a period cost rests on, and why it is no better known."""
    shown = period_cost(sight(known=known, total_cost=533.45))

    assert (shown.basis, shown.doubts) == (basis, doubts)


def test_a_markup_matters_once_something_was_spent() -> None:
    """Until then the period cost is what was read, whatever the markup is."""
    assert period_cost(sight(known=course(Markup()))).doubts == ()


def test_without_a_budget_there_is_nothing_to_take_apart() -> None:
    """There is no period."""
    assert period_cost(sight(period_budget=None)).basis is Basis.NO_BUDGET
