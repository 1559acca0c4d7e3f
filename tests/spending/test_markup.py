"""How much faster usage grows than the listed cost: an interval that gets narrower, and names a whole percent."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.spending.markup import LEAST, MOST, Markup, Measurement, conclude, measure

ROUNDING = 1e-9

spends = st.floats(0.0, 500.0)


def measured(
    *, usage: float, since: float = 100.0, unsure: float = 0.0, until: float, after: float | None = None
) -> Markup:
    """What one stretch tells of a markup of which nothing was known.

    Args:
        usage: USD that the usage has grown by.
        since: Lifetime spend in the row before the stretch, USD.
        unsure: USD spent until the row after that.
        until: Lifetime spend in the last row before the reading.
        after: The same in the row after it; None: nothing was spent meanwhile.
    """
    return conclude(Markup(), stretch(usage=usage, since=since, unsure=unsure, until=until), after or until)


def stretch(*, usage: float, since: float = 100.0, unsure: float = 0.0, until: float) -> Measurement:
    """The same before the row after it."""
    found = measure(usage_low=usage, usage_high=usage, total_low=since, total_high=since + unsure, until=until)
    assert found is not None
    return found


def test_nothing_is_known_without_a_measurement() -> None:
    """A price is not lowered by a markup, and hardly ever doubled."""
    assert (Markup().low, Markup().high, Markup().measured) == (LEAST, MOST, False)


@pytest.mark.parametrize("percent", [0, 1, 5, 20, 50, 100])
def test_a_whole_percent_is_named(percent: int) -> None:
    """Where all was spent between the rows around it, 100 USD tell one percent from the next."""
    ratio = 1 + percent / 100

    markup = measured(usage=100.0 * ratio, until=200.0)

    assert markup.measured
    assert markup.low == pytest.approx(ratio)


def test_of_two_percents_none_is_named() -> None:
    """Of 2 USD that were spent, cents are percents: the interval is kept."""
    markup = measured(usage=2.4, until=102.0)

    assert not markup.measured
    assert markup.low == pytest.approx(2.39 / 2.01)
    assert markup.high == pytest.approx(2.41 / 1.99)


def test_what_lies_between_two_halves_of_a_percent_is_not_rounded() -> None:
    """7.25 % is neither 7 nor 7.5: an interval that holds no half of a percent stays one, and is narrow."""
    markup = measured(usage=1072.5, until=1100.0)

    assert markup.low < 1.0725 < markup.high
    assert markup.high - markup.low < 1e-4


def test_intervals_narrow_each_other() -> None:
    """What one measurement leaves open another one tells."""
    first = measured(usage=24.0, unsure=1.0, until=120.0)
    assert not first.measured

    second = conclude(first, stretch(usage=120.0, since=120.0, unsure=0.0, until=220.0), 220.0)

    assert second == Markup(1.2, 1.2)


@pytest.mark.parametrize(
    ("unsure", "after", "low", "high"),
    [(10.0, 200.0, 120 / 100, 120 / 90), (0.0, 210.0, 120 / 110, 120 / 100)],
    ids=["at its beginning", "at its end"],
)
def test_what_was_spent_between_a_reading_and_its_rows_widens_the_interval(
    unsure: float, after: float, low: float, high: float
) -> None:
    """It may belong to the stretch or not: 120 USD of usage are those of 90 to 100 USD, or of 100 to 110."""
    markup = measured(usage=120.0, unsure=unsure, until=200.0, after=after)

    assert markup.low == pytest.approx(low, abs=0.001)
    assert markup.high == pytest.approx(high, abs=0.001)


@pytest.mark.parametrize("until", [100.0, 100.005, 90.0])
def test_too_short_a_stretch_says_nothing(until: float) -> None:
    """Where less was spent than the API rounds to there is no ratio."""
    assert measure(usage_low=1.0, usage_high=1.0, total_low=100.0, total_high=100.0, until=until) is None


def test_a_usage_that_fell_says_nothing() -> None:
    """A correction is no markup."""
    assert measure(usage_low=-2.0, usage_high=-1.0, total_low=100.0, total_high=100.0, until=200.0) is None


def test_a_measurement_that_contradicts_widens_the_interval() -> None:
    """A markup that was changed from 20 to 50 % may be either, until the next measurement."""
    changed = conclude(Markup(1.2, 1.2), stretch(usage=150.0, until=200.0), 200.0)

    assert not changed.measured
    assert changed.low == 1.2
    assert changed.high == pytest.approx(1.5, abs=0.001)


def test_the_measurement_after_it_settles_it() -> None:
    """The second one of the new markup names it, and the old one is out."""
    changed = conclude(Markup(1.2, 1.2), stretch(usage=150.0, until=200.0), 200.0)

    settled = conclude(changed, stretch(usage=149.99, until=200.0), 200.0)

    assert settled.measured
    assert settled.low == pytest.approx(1.5)


def test_a_measurement_that_agrees_changes_nothing() -> None:
    """A markup that is named stays so, however rough the next measurement is."""
    assert conclude(Markup(1.2, 1.2), stretch(usage=2.4, until=102.0), 102.0) == Markup(1.2, 1.2)


def test_a_ratio_below_1_is_believed_in_the_end() -> None:
    """Where usage grows more slowly than the cost, two measurements name the ratio though none was thought of."""
    first = conclude(Markup(), stretch(usage=80.0, until=200.0), 200.0)
    assert first.low == pytest.approx(0.8, abs=0.001)
    assert first.high == MOST

    second = conclude(first, stretch(usage=80.0, until=200.0), 200.0)

    assert second.measured
    assert second.low == pytest.approx(0.8)


@given(percent=st.integers(100, 200), amounts=st.tuples(spends, spends, spends, spends, spends), cents=st.booleans())
def test_the_interval_holds_the_ratio(
    percent: int, amounts: tuple[float, float, float, float, float], *, cents: bool
) -> None:
    """Whatever is spent in and around a stretch, and though usage be rounded to the cent, the ratio is not lost."""
    before, begun, between, ended, after = amounts
    ratio = percent / 100
    usage = ratio * (begun + between + ended)
    usage = round(usage, 2) if cents else usage
    last = 100.0 + before + begun + between
    found = measure(usage_low=usage, usage_high=usage, total_low=100.0, total_high=100.0 + before + begun, until=last)
    assume(found is not None)
    assert found is not None

    markup = conclude(Markup(), found, last + ended + after)

    assert markup.low - ROUNDING <= ratio <= markup.high + ROUNDING
