"""Figures between bounds, and what is reckoned from them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.inspection.bounds import Bounds, bounds, rate, rest, share
from monitor.spending.anchor import UNBOUNDED

costs = st.floats(0.0, 1e9)
within = st.tuples(costs, costs).map(lambda ends: Bounds(min(ends), max(ends)))


@given(within, st.floats(0.0, 1.0), st.floats(-1e6, 1e6).filter(lambda whole: abs(whole) > 1e-3))
def test_whatever_is_between_stays_between(of: Bounds, where: float, whole: float) -> None:
    """A share and a rest of any figure within the bounds lie within the bounds of the share and the rest."""
    figure = of.low + where * (of.high - of.low)
    part, left = share(of, whole), rest(of, whole)

    assert part is not None
    assert left is not None
    assert part.low - 1e-6 <= figure / whole <= part.high + 1e-6
    assert left.low - 1e-6 <= whole - figure <= left.high + 1e-6


@given(within, st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_rate_of_whatever_is_between(of: Bounds, ends: tuple[float, float], where: float, when: float) -> None:
    """So does one figure over another."""
    over = Bounds(min(ends), max(ends))
    figure, divisor = of.low + where * (of.high - of.low), over.low + when * (over.high - over.low)
    found = rate(of, over)

    if divisor > 1e-9:
        assert found is not None
        assert found.low <= figure / divisor * (1 + 1e-9)
        assert figure / divisor <= found.high * (1 + 1e-9)


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (Bounds(1.0, 2.0), Bounds(math.inf, math.inf)),
        (Bounds(0.0, 2.0), Bounds(0.0, math.inf)),
        (Bounds(0.0, 0.0), None),
    ],
)
def test_a_budget_of_nothing(cost: Bounds, expected: Bounds | None) -> None:
    """Any spend is infinitely much of it; of no spend nobody can tell."""
    assert share(cost, 0.0) == expected


def test_what_has_no_limit_is_infinite() -> None:
    """The most that anybody spends stands for no limit at all."""
    assert bounds(12.0, UNBOUNDED + 3.0) == Bounds(12.0, math.inf)
    assert bounds(None, None) is None


def test_a_threshold_is_reached_as_in_rules() -> None:
    """A sum that is short of it by rounding reaches it."""
    assert Bounds(0.1 + 0.2 - 1e-16, 0.3).certainly(0.3)
    assert Bounds(0.2, 0.8 - 1e-12).possibly(0.8)
    assert not Bounds(0.2, 0.7999).possibly(0.8)
