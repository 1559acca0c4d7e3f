"""Where a period is heading, as far as it is known where it stands."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.spending.anchor import UNBOUNDED, Anchor
from monitor.spending.course import Course
from monitor.spending.forecast import UNKNOWN, Forecast, forecast
from monitor.spending.markup import Markup
from monitor.spending.outlook import looking_ahead
from monitor.spending.standing import Standing
from tests.spending.builders import DAY, HOUR, day

START, END = day(2025, 11, 1), day(2025, 12, 1)
TEN_DAYS = START + 10 * DAY
TOTAL = 523.45
NO_MARKUP = Markup(1.0, 1.0)
Spends = Mapping[str, float | None]

amounts = st.just(0.0) | st.floats(0.01, 1000.0)
shares = st.floats(0.0, 1.0)


def stands(low: float, high: float | None = None, *, exact: bool | None = None) -> Anchor:
    """A customer in the month of November; a cost within bounds was reckoned."""
    known = high is None if exact is None else exact
    most = low if high is None else high
    return Anchor(START, known, low, most, total_low=TOTAL, total_high=TOTAL, start=START, end=END)


def heads(
    anchor: Anchor,
    spends: Spends | None = None,
    *,
    total: float | None = TOTAL,
    now: datetime = TEN_DAYS,
    markup: Markup = NO_MARKUP,
    readings: int = 1,
    budget: float | None = 100.0,
) -> Standing:
    """Where it is heading, after ten days unless another time is given; nothing was spent since it stood there."""
    return looking_ahead(Course(anchor, markup, readings=readings), total, now, spends or {}, budget)


def unread(high: float) -> Anchor:
    """A customer of whom nobody knows when its period began, and what it has cost at most."""
    return Anchor(TEN_DAYS, read=False, low=0.0, high=high, total_low=TOTAL, total_high=TOTAL)


def least(standing: Standing) -> Forecast:
    """The least of each figure."""
    return Forecast(standing.projected_min, standing.likely_low_min, standing.likely_high_min)


def most(standing: Standing) -> Forecast:
    """The most of each figure."""
    return Forecast(standing.projected_max, standing.likely_low_max, standing.likely_high_max)


def lies_between(found: Forecast, standing: Standing) -> bool:
    """Whether each figure of a forecast that is known lies between the least and the most of it."""
    figures = zip(_figures(found), _figures(least(standing)), _figures(most(standing)), strict=True)
    return all(
        figure is None
        or (low is not None and high is not None and low * (1 - 1e-9) <= figure <= high * (1 + 1e-9) + 1e-9)
        for figure, low, high in figures
    )


def _figures(found: Forecast) -> tuple[float | None, float | None, float | None]:
    return found.projected, found.low, found.high


def multiplied(spends: Spends, ratio: float) -> dict[str, float | None]:
    """Spends in the measure of the period cost."""
    return {name: None if usd is None else usd * ratio for name, usd in spends.items()}


@st.composite
def recent(draw: st.DrawFn) -> dict[str, float | None]:
    """What was spent in windows of which each holds the one before it; any may be unknown."""
    day_ = draw(amounts)
    week = day_ + draw(amounts)
    month = week + draw(amounts)
    known = {"spend_24h": day_, "spend_7d": week, "spend_30d": month}
    return {name: usd if draw(st.booleans()) else None for name, usd in known.items()}


def test_an_exact_cost_has_one_forecast() -> None:
    """It is that of the cost, the period and what was spent lately."""
    spends = {"spend_1h": 0.1, "spend_24h": 3.0, "spend_7d": 20.0, "spend_30d": 25.0}

    where = heads(stands(25.0), spends)

    found = forecast(
        cost=25.0, start=START, end=END, now=TEN_DAYS, readings=1, spend_24h=3.0, spend_7d=20.0, spend_30d=25.0
    )
    assert found != UNKNOWN
    assert least(where) == most(where) == found
    assert (where.spend_1h, where.spend_24h, where.spend_7d, where.spend_30d) == (0.1, 3.0, 20.0, 25.0)


def test_recent_spend_is_taken_with_its_markup() -> None:
    """Listed cost grows more slowly than the period cost that it is compared with."""
    spends = {"spend_24h": 2.5, "spend_7d": 10.0}

    marked_up = heads(stands(25.0), spends, markup=Markup(1.2, 1.2))

    assert most(marked_up) == most(heads(stands(25.0), multiplied(spends, 1.2)))
    assert marked_up.spend_24h == 2.5


@pytest.mark.parametrize("budget", [100.0, None])
def test_without_a_total_there_is_no_forecast(budget: float | None) -> None:
    """What was spent lately is told all the same."""
    where = heads(stands(25.0), {"spend_24h": 2.5}, total=None, budget=budget)

    assert least(where) == most(where) == UNKNOWN
    assert where.spend_24h == 2.5


def test_without_a_budget_there_is_no_period() -> None:
    """And so no forecast of one."""
    where = heads(stands(25.0), {"spend_24h": 2.5}, budget=None)

    assert least(where) == most(where) == UNKNOWN
    assert where.spend_24h == 2.5


def test_without_an_end_there_is_no_forecast() -> None:
    """Of a period whose end is not known nobody can say what it will have cost by then."""
    open_ended = msgspec.structs.replace(stands(25.0), end=None)

    assert most(heads(open_ended)) == UNKNOWN


def test_a_budget_runs_out_on_the_way() -> None:
    """25 USD in ten days of thirty: a budget of 50 USD is spent after twenty."""
    where = heads(stands(25.0), budget=50.0)

    assert where.projected_min == pytest.approx(75.0)
    assert where.exhausts_at is not None
    assert abs(where.exhausts_at - (START + 20 * DAY)) < timedelta(seconds=1)


def test_a_budget_that_lasts_does_not_run_out() -> None:
    """At the rate of now it will be spent after the period's end, if ever."""
    assert heads(stands(25.0), budget=100.0).exhausts_at is None


def test_after_a_fall_nothing_is_too_much() -> None:
    """Where the period cost has no upper bound neither has its forecast, which is what was surely spent at least."""
    where = heads(stands(10.0, UNBOUNDED))

    assert where.projected_min == pytest.approx(30.0)
    assert (where.likely_low_min, where.likely_high_min) == (10.0, where.projected_min)
    assert most(where) == Forecast(UNBOUNDED, UNBOUNDED, UNBOUNDED)


@given(
    low=amounts,
    more=amounts,
    spends=recent(),
    ratios=st.sampled_from([(1.0, 1.0), (1.2, 1.2), (1.0, 2.0), (1.1, 1.3)]),
    elapsed=st.floats(0.1, 1.0),
    share=shares,
    ratio_share=shares,
)
@example(  # Between its ends the interval is wider than at the upper one.
    low=10.0,
    more=10.0,
    spends={"spend_24h": 0.0, "spend_7d": 20.0, "spend_30d": None},
    ratios=(1.0, 1.0),
    elapsed=0.25,
    share=0.1,
    ratio_share=0.0,
)
def test_bounds_hold_for_every_cost_between_them(  # noqa: PLR0917 - drawn by name
    low: float,
    more: float,
    spends: dict[str, float | None],
    ratios: tuple[float, float],
    elapsed: float,
    share: float,
    ratio_share: float,
) -> None:
    """Whatever the cost and the markup really are, the forecast of that lies within what is said of it."""
    now = START + elapsed * (END - START)

    where = heads(stands(low, low + more, exact=False), spends, markup=Markup(*ratios), readings=0, now=now)

    true = low + share * more
    marked_up = multiplied(spends, ratios[0] + ratio_share * (ratios[1] - ratios[0]))
    assert lies_between(forecast(cost=true, start=START, end=END, now=now, readings=0, **marked_up), where)


@given(
    high=amounts,
    spends=recent(),
    ratios=st.sampled_from([(1.0, 1.0), (1.2, 1.2), (1.0, 2.0)]),
    length=st.sampled_from([DAY, 7 * DAY, 31 * DAY, 366 * DAY]) | st.timedeltas(HOUR, 366 * DAY),
    elapsed=st.floats(0.1, 1.0),
    share=shares | st.just(1.0),
)
@example(  # No more can come than of a year's tenth with all of a month's spend in it.
    high=1.0,
    spends={"spend_24h": None, "spend_7d": None, "spend_30d": 100.0},
    ratios=(1.0, 2.0),
    length=366 * DAY,
    elapsed=0.101,
    share=1.0,
)
def test_bounds_hold_whenever_the_period_began(  # noqa: PLR0917 - drawn by name
    high: float,
    spends: dict[str, float | None],
    ratios: tuple[float, float],
    length: timedelta,
    elapsed: float,
    share: float,
) -> None:
    """Of a period that was never read neither start nor length are known: its forecast is bounded all the same."""
    where = heads(unread(high), spends, markup=Markup(*ratios), readings=0)

    start = TEN_DAYS - elapsed * length
    marked_up = multiplied(spends, ratios[1])
    found = forecast(cost=high * share, start=start, end=start + length, now=TEN_DAYS, readings=0, **marked_up)
    assert lies_between(found, where)


def test_who_never_spent_is_not_expected_to() -> None:
    """Without any spend the forecast of any period is nothing: no reading is needed to tell."""
    where = heads(unread(0.0), {"spend_24h": 0.0, "spend_30d": 0.0})

    assert most(where) == Forecast(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("spends", "times"),
    [({}, 10.0), ({"spend_24h": 0.0}, 9.2), ({"spend_7d": 0.0}, 6.1), ({"spend_30d": 0.0}, 3.2)],
    ids=["nothing", "a day", "a week", "a month"],
)
def test_the_longer_somebody_was_watched_the_less_can_come(spends: Spends, times: float) -> None:
    """Who was never watched may have spent all of it in a tenth of a year, who was idle for a month may not."""
    where = heads(unread(100.0), spends)

    assert where.projected_max is not None
    assert where.projected_max / 100.0 == pytest.approx(times, abs=0.1)
    assert where.likely_high_max == UNBOUNDED


def test_narrow_bounds_have_a_narrow_outlook() -> None:
    """What is known to a percent is forecast to ten."""
    where = heads(stands(25.0, 25.25), {"spend_24h": 2.5, "spend_7d": 17.5, "spend_30d": 60.0})

    for low, high in zip(_figures(least(where)), _figures(most(where)), strict=True):
        assert low is not None
        assert high is not None
        assert low < high < low * 1.1
