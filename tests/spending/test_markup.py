"""How much faster usage grows than the listed cost: an interval that gets narrower, and names a whole percent.

That there is no markup is believed at once; any other one once two measurements agree.
"""

from typing import TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.spending.markup import LEAST, MOST, Markup, Measurement, conclude, measure, rounding_of

ROUNDING = 1e-9

# Of figures that are all whole cents, and of others.
CENTS, DIGITS = rounding_of(45.67, 523.45), rounding_of(45.678, 523.45)

spends = st.floats(0.0, 500.0)
stretches = st.tuples(spends, spends, spends, spends, spends)

Stretch: TypeAlias = tuple[float, float, float, float, float]
"""USD spent until a row, until the reading after it, until another row, until its reading, and until the last row."""


def measured(*, usage: float, until: float) -> Markup:
    """What two stretches of the same figures tell of a markup of which nothing was known.

    Args:
        usage: USD that the usage has grown by.
        until: Lifetime spend in the last row before the reading, after 100 USD in the first.
    """
    found = stretch(usage=usage, until=until)
    return conclude(conclude(Markup(), found, until), found, until)


def stretch(
    *, usage: float, since: float = 100.0, unsure: float = 0.0, until: float = 200.0, rounding: float | None = None
) -> Measurement:
    """One of them before the row after it; with the rounding of its figures where it began with a reading."""
    found = measure(
        usage_low=usage,
        usage_high=usage,
        total_low=since,
        total_high=since + unsure,
        until=until,
        rounding=rounding,
    )
    assert found is not None
    return found


def in_turn(*usages: float, known: Markup = Markup()) -> Markup:  # noqa: B008 - is frozen
    """What stretches of 100 USD of listed cost tell, one after the other, in which so much usage was counted."""
    for usage in usages:
        known = conclude(known, stretch(usage=usage), 200.0)
    return known


def test_nothing_is_known_without_a_measurement() -> None:
    """A price is not lowered by a markup, and hardly ever doubled."""
    assert (Markup().low, Markup().high, Markup().measured) == (LEAST, MOST, False)


def test_no_markup_is_believed_at_once() -> None:
    """It is what everybody expects: one measurement that shows it is enough."""
    assert in_turn(100.0) == Markup(1.0, 1.0)


@pytest.mark.parametrize("percent", [-10, 1, 5, 20, 50, 99])
def test_any_other_one_is_only_seen_at_first(percent: int) -> None:
    """Usage that was taken back looks like it: the bounds stay as wide as they were, and hold what was seen as well."""
    usage = 100.0 + percent

    markup = in_turn(usage)

    assert not markup.measured
    assert markup.low <= LEAST
    assert markup.high >= MOST
    assert markup.low <= usage / 100.0 <= markup.high
    assert markup.seen == pytest.approx((usage / 100.0, usage / 100.0), abs=0.001)


@pytest.mark.parametrize("percent", [0, 1, 5, 20, 50, 100])
def test_a_whole_percent_is_named(percent: int) -> None:
    """Where all was spent between the rows around them, stretches of 100 USD tell one percent from the next."""
    ratio = 1 + percent / 100

    markup = measured(usage=100.0 * ratio, until=200.0)

    assert markup.measured
    assert markup.low == pytest.approx(ratio)


def test_a_rough_measurement_confirms_nothing() -> None:
    """Of 2 USD, cents are percents: it agrees with what is true and with what was disturbed, so it tells nothing."""
    rough, precise = stretch(usage=2.4, until=102.0), stretch(usage=120.0)

    twice = conclude(conclude(Markup(), rough, 102.0), rough, 102.0)
    around = conclude(conclude(conclude(Markup(), precise, 200.0), rough, 102.0), precise, 200.0)

    assert twice == Markup()
    assert around == Markup(1.2, 1.2)


def test_a_disturbed_measurement_is_not_confirmed_by_a_rough_one() -> None:
    """After one that looks like 19 %, a rough one of 20 % leaves both possible."""
    markup = conclude(in_turn(119.0), stretch(usage=2.4, until=102.0), 102.0)

    assert (markup.low, markup.high) == (LEAST, MOST)


def test_a_disturbed_measurement_is_not_confirmed_by_digits_of_another() -> None:
    """A stretch whose interval holds 19 % as well, but whose digits show 20 %, contradicts it."""
    markup = conclude(in_turn(119.0), stretch(usage=120.0, unsure=20.0, rounding=DIGITS), 210.0)

    assert (markup.low, markup.high) == (LEAST, MOST)
    assert markup.seen == pytest.approx((1.2, 1.2))


def test_what_lies_between_two_halves_of_a_percent_is_not_rounded() -> None:
    """7.25 % is neither 7 nor 7.5: an interval that holds no half of a percent stays one, and is narrow."""
    markup = measured(usage=1072.5, until=1100.0)

    assert markup.low < 1.0725 < markup.high
    assert markup.high - markup.low < 1e-4


def test_intervals_narrow_each_other() -> None:
    """What is believed gets narrower with every measurement, a rough one too, until one names it."""
    known = conclude(Markup(1.1, 1.3), stretch(usage=24.0, unsure=1.0, until=120.0), 120.0)
    assert (known.low, known.high) == pytest.approx((1.2, 24.0 / 19.0), abs=0.002)

    last = conclude(known, stretch(usage=120.0, since=120.0, unsure=0.0, until=220.0), 220.0)

    assert last == Markup(1.2, 1.2)


def test_two_measurements_agree_on_what_both_have_in_common() -> None:
    """One says 1.1465 to 1.1545 and another one 1.1505 to 1.159: it is 1.1505 to 1.1545."""
    first = conclude(Markup(), stretch(usage=1154.5, until=1100.0), 1106.98)
    assert first.seen == pytest.approx((1.1465, 1.1545), abs=0.0001)

    second = conclude(first, stretch(usage=1159.0, until=1100.0), 1107.39)

    assert (second.low, second.high) == pytest.approx((1.1505, 1.1545), abs=0.0001)
    assert second.seen is None


@pytest.mark.parametrize("disturbed", [105.0, 110.0, 119.0], ids=["much of it", "half of it", "little of it"])
def test_a_disturbed_measurement_does_not_mislead(disturbed: float) -> None:
    """After usage was taken back once, the true markup of 20 % stays possible, and two measurements of it name it."""
    first = in_turn(disturbed)
    second = in_turn(disturbed, 120.0)

    assert first.low <= 1.2 <= first.high
    assert second.low <= 1.2 <= second.high
    assert not second.measured
    assert in_turn(disturbed, 120.0, 120.0) == Markup(1.2, 1.2)


def test_only_the_last_measurement_is_remembered() -> None:
    """Two that agree with another one in between do not make a markup: each may have been disturbed."""
    markup = in_turn(120.0, 150.0, 120.0)

    assert not markup.measured
    assert (markup.low, markup.high) == (LEAST, MOST)
    assert markup.seen == pytest.approx((1.2, 1.2), abs=0.001)


def test_no_markup_is_believed_after_a_disturbed_measurement() -> None:
    """What looked like a markup of 10 % is forgotten with the first measurement that shows none."""
    assert in_turn(110.0, 100.0) == Markup(1.0, 1.0)


@pytest.mark.parametrize(
    ("unsure", "after", "low", "high"),
    [(10.0, 200.0, 120 / 100, 120 / 90), (0.0, 210.0, 120 / 110, 120 / 100)],
    ids=["at its beginning", "at its end"],
)
def test_what_was_spent_between_a_reading_and_its_rows_widens_the_interval(
    unsure: float, after: float, low: float, high: float
) -> None:
    """It may belong to a stretch or not: 120 USD of usage are those of 90 to 100 USD, or of 100 to 110."""
    markup = conclude(Markup(1.05, 1.45), stretch(usage=120.0, unsure=unsure), after)

    assert markup.low == pytest.approx(low, abs=0.001)
    assert markup.high == pytest.approx(high, abs=0.001)


@pytest.mark.parametrize("until", [100.0, 100.005, 90.0])
def test_too_short_a_stretch_says_nothing(until: float) -> None:
    """Where less was spent than the API rounds to there is no ratio."""
    assert measure(usage_low=1.0, usage_high=1.0, total_low=100.0, total_high=100.0, until=until) is None


@pytest.mark.parametrize("usage", [0.0, 0.01, 0.5])
def test_a_usage_that_is_not_counted_says_nothing(usage: float) -> None:
    """Where the cost grows by 100 USD and the usage by next to nothing, it is late: there is no markup of 0."""
    found = measure(usage_low=usage, usage_high=usage, total_low=100.0, total_high=100.0, until=200.0, rounding=DIGITS)

    assert found is None


def test_a_usage_that_may_not_be_counted_leaves_a_ratio() -> None:
    """A stretch that holds a ratio of nothing as well still has one to divide by."""
    found = measure(usage_low=0.0, usage_high=50.0, total_low=100.0, total_high=110.0, until=200.0)
    assert found is not None

    assert 0.0 < conclude(Markup(), found, 200.0).low < 0.5


def test_a_usage_that_fell_says_nothing() -> None:
    """A correction is no markup."""
    assert measure(usage_low=-2.0, usage_high=-1.0, total_low=100.0, total_high=100.0, until=200.0) is None


def test_a_measurement_that_contradicts_widens_the_interval() -> None:
    """A markup that was changed from 20 to 50 % may be either, until the next measurement."""
    changed = in_turn(150.0, known=Markup(1.2, 1.2))

    assert not changed.measured
    assert changed.low == 1.2
    assert changed.high == pytest.approx(1.5, abs=0.001)


def test_the_measurement_after_it_settles_it() -> None:
    """The second one of the new markup names it, and the old one is out."""
    settled = in_turn(150.0, 149.99, known=Markup(1.2, 1.2))

    assert settled.measured
    assert settled.low == pytest.approx(1.5)


def test_a_markup_that_was_only_disturbed_is_named_again() -> None:
    """After one measurement that contradicts it, another one that does not is enough."""
    assert in_turn(110.0, 120.0, known=Markup(1.2, 1.2)) == Markup(1.2, 1.2)


def test_a_markup_that_has_changed_beyond_what_contradicted_is_settled_by_two_that_agree() -> None:
    """From none over 20 % to 50 %: what is known holds all that was shown, until two measurements agree."""
    unsure = in_turn(120.0, 150.0, known=Markup(1.0, 1.0))

    assert (unsure.low, unsure.high) == pytest.approx((1.0, 1.5), abs=0.001)
    assert conclude(unsure, stretch(usage=150.0), 200.0) == Markup(1.5, 1.5)


def test_a_measurement_that_agrees_changes_nothing() -> None:
    """A markup that is named stays so, however rough the next measurement is."""
    assert conclude(Markup(1.2, 1.2), stretch(usage=2.4, until=102.0), 102.0) == Markup(1.2, 1.2)


def test_a_ratio_below_1_is_believed_in_the_end() -> None:
    """Where usage grows more slowly than the cost, two measurements name the ratio though none was thought of."""
    first = in_turn(80.0)
    assert first.low == pytest.approx(0.8, abs=0.001)
    assert first.high == MOST

    second = in_turn(80.0, 80.0)

    assert second.measured
    assert second.low == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("usage", "length", "rounding"),
    [(100.0, 100.0, CENTS), (32.0, 32.0, CENTS), (99.99, 100.0, CENTS), (0.5, 0.5, DIGITS), (100.0, 100.0, DIGITS)],
    ids=["cents", "few of them", "one cent less", "digits", "many of them"],
)
def test_no_markup_is_named_to_the_last_digits(usage: float, length: float, rounding: float) -> None:
    """Two readings and the rows before them show it, though more was spent around them than between."""
    found = stretch(usage=usage, unsure=0.4 * length, until=100.0 + length, rounding=rounding)

    named = conclude(Markup(), found, 100.0 + 2.0 * length)

    assert named == Markup(1.0, 1.0)


@pytest.mark.parametrize(
    ("usage", "length", "rounding"),
    [
        (100.0, 100.0, None),
        (30.0, 30.0, CENTS),
        (99.96, 100.0, CENTS),
        (100.1, 100.0, DIGITS),
        (10.01, 10.0, DIGITS),
        (0.015, 0.015, DIGITS),
    ],
    ids=["from no reading", "too few cents", "off by cents", "off by digits", "off by a few of them", "too few digits"],
)
def test_what_may_be_an_accident_names_nothing(usage: float, length: float, rounding: float | None) -> None:
    """A ratio that rounding may have made, or what was spent around the readings, is kept as an interval."""
    found = stretch(usage=usage, unsure=0.2 * length, until=100.0 + length, rounding=rounding)

    markup = conclude(Markup(), found, 100.0 + 2.0 * length)

    assert found.exactly is None
    assert not markup.measured
    assert markup.high > 1.2


def test_a_stretch_whose_usage_is_not_known_names_nothing() -> None:
    """Where it began with a period cost that was known within bounds there are no last digits to go by."""
    found = measure(usage_low=100.0, usage_high=101.0, total_low=100.0, total_high=110.0, until=200.0, rounding=DIGITS)

    assert found is not None
    assert found.exactly is None


def test_another_markup_is_not_named_by_one_stretch() -> None:
    """However exact its digits are, it is seen, and named once another measurement agrees."""
    found = stretch(usage=120.0, unsure=20.0, rounding=DIGITS)

    first = conclude(Markup(), found, 210.0)
    second = conclude(first, found, 210.0)

    assert found.exactly == pytest.approx(1.2)
    assert (first.low, first.high) == (LEAST, MOST)
    assert second.measured
    assert second.low == pytest.approx(1.2)


def test_a_wide_measurement_that_may_be_no_markup_names_no_other() -> None:
    """A first measurement that holds none as well is believed as far as that: what its digits show may be disturbed."""
    found = stretch(usage=112.0, unsure=40.0, rounding=DIGITS)

    markup = conclude(Markup(), found, 300.0)

    assert found.exactly == pytest.approx(1.12)
    assert (markup.low, markup.measured) == (1.0, False)
    assert markup.high == pytest.approx(1.867, abs=0.001)


def test_a_rough_measurement_spares_no_confirmation() -> None:
    """After one that holds none as well as 20 %, a disturbed one of 10 % is seen, and not believed."""
    rough = conclude(Markup(), stretch(usage=112.0, unsure=40.0), 300.0)
    assert rough.high < MOST

    disturbed = conclude(rough, stretch(usage=110.0), 200.0)
    true = conclude(disturbed, stretch(usage=120.0), 200.0)

    assert (disturbed.low, disturbed.measured, true.measured) == (1.0, False, False)
    assert true.high >= 1.2
    assert conclude(true, stretch(usage=120.0), 200.0) == Markup(1.2, 1.2)


def test_a_rough_measurement_forgets_nothing() -> None:
    """What was seen before it is confirmed by a precise one after it."""
    seen = in_turn(120.0)

    rough = conclude(seen, stretch(usage=112.0, unsure=40.0), 300.0)

    assert conclude(rough, stretch(usage=120.0), 200.0) == Markup(1.2, 1.2)


def test_digits_that_the_interval_does_not_hold_are_not_believed() -> None:
    """What was known before rules them out: it stays as it was."""
    found = stretch(usage=100.0, unsure=40.0, rounding=DIGITS)

    assert conclude(Markup(1.1, 1.3), found, 200.0) == Markup(1.1, 1.3)


@pytest.mark.parametrize(
    ("figures", "rounding"),
    [((45.67, 523.45, 0.0), 0.02), ((45.67, 523.45, 0.1 + 0.2), 0.02), ((45.67, 523.45, 0.300001), 1e-5)],
    ids=["cents", "a sum of cents", "digits"],
)
def test_figures_that_are_all_whole_cents_are_rounded(figures: tuple[float, ...], rounding: float) -> None:
    """Half a cent each of four of them; a single one with more digits shows that only what floats lose is missing."""
    assert rounding_of(*figures) == rounding


@given(percent=st.integers(100, 200), one=stretches, another=stretches, cents=st.booleans(), repeated=st.integers(1, 3))
def test_the_interval_holds_the_ratio(
    percent: int, one: Stretch, another: Stretch, repeated: int, *, cents: bool
) -> None:
    """Whatever is spent in and around stretches, and though usage be rounded to the cent, the ratio is not lost."""
    ratio = percent / 100
    known = Markup()
    for before, begun, between, ended, after in [one, another] * repeated:
        usage = ratio * (begun + between + ended)
        usage = round(usage, 2) if cents else usage
        begins, last = 100.0 + before + begun, 100.0 + before + begun + between
        found = measure(usage_low=usage, usage_high=usage, total_low=100.0, total_high=begins, until=last)
        assume(found is not None)
        assert found is not None

        known = conclude(known, found, last + ended + after)

        assert known.low - ROUNDING <= ratio <= known.high + ROUNDING
