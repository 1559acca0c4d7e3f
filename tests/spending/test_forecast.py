"""What a period will have cost by its end, how surely, and when its budget runs out on the way there."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench.forecast import FITTED, HELD_OUT, cases, outcome
from monitor.spending.forecast import UNKNOWN, Forecast, exhausts_at, forecast

START = datetime(2025, 11, 1, tzinfo=UTC)
END = datetime(2025, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
Windows = tuple[float | None, float | None, float | None]
ODD = [math.nan, math.inf, -math.inf, -1.0]

amounts = st.floats(min_value=0.0, max_value=1e9)
perhaps = st.none() | amounts
shares = st.floats(min_value=0.001, max_value=0.999)
lengths = st.sampled_from([DAY, 7 * DAY, 30 * DAY, 365 * DAY])
windows = st.tuples(perhaps, perhaps, perhaps)
anything = st.none() | st.floats(allow_nan=True, allow_infinity=True)
times = st.datetimes(timezones=st.just(UTC))


def said(
    *,
    cost: float | None = 10.0,
    days: float = 10.0,
    start: datetime | None = START,
    end: datetime | None = END,
    readings: int = 3,
    spend_24h: float | None = None,
    spend_7d: float | None = None,
    spend_30d: float | None = None,
) -> Forecast:
    """The forecast for a period of 30 days, of which some have passed."""
    return forecast(
        cost=cost,
        start=start,
        end=end,
        now=START + days * DAY,
        readings=readings,
        spend_24h=spend_24h,
        spend_7d=spend_7d,
        spend_30d=spend_30d,
    )


def known(found: Forecast) -> tuple[float, float, float]:
    """Low, projected and high of a forecast that has all three."""
    assert found.low is not None
    assert found.projected is not None
    assert found.high is not None
    return found.low, found.projected, found.high


def test_the_period_goes_on_as_it_went() -> None:
    """With no window known, what was spent in a third of the period is a third of what it will cost."""
    assert said(cost=10.0, days=10).projected == pytest.approx(30.0)


def test_the_recent_rate_is_blended_with_the_periods() -> None:
    """An hour of the recent window counts for four of the period: 10 USD in 240 hours, 14 USD in the last 168."""
    rate = (10.0 + 4 * 14.0) / (240 + 4 * 168)

    assert said(cost=10.0, days=10, spend_7d=14.0).projected == pytest.approx(10.0 + 480 * rate)


@pytest.mark.parametrize(
    ("days", "spend_24h", "spend_7d", "spend_30d", "recent"),
    [
        (26, 2.0, 20.0, 90.0, (2.0, 24)),
        (25.99, 2.0, 20.0, 90.0, (20.0, 168)),
        (26, 0.0, 20.0, 90.0, (20.0, 168)),
        (26, None, 20.0, 90.0, (20.0, 168)),
        (2, 2.0, 20.0, 90.0, (20.0, 168)),
        (1.99, 2.0, 20.0, 90.0, (90.0, 720)),
        (26, 0.0, 0.0, 90.0, (90.0, 720)),
        (26, 0.0, 0.0, 0.0, (0.0, 720)),
        (2, 2.0, None, None, (2.0, 24)),
        (1.99, 2.0, 20.0, None, (20.0, 168)),
        (10, None, None, None, (0.0, 0)),
    ],
    ids=[
        "a day for the last four",
        "a week for more than four days",
        "an idle day is passed over",
        "an unknown day is passed over",
        "a week for four weeks",
        "a month for more",
        "an idle week is passed over",
        "the longest where all are idle",
        "the longest known, though too short: a day",
        "the longest known, though too short: a week",
        "none known",
    ],
)
def test_the_recent_window_is_the_shortest_that_tells(
    days: float,
    spend_24h: float | None,
    spend_7d: float | None,
    spend_30d: float | None,
    recent: tuple[float, float],
) -> None:
    """The recent window is as long as a quarter of what is left, and saw some spend; else it is the longest known."""
    spend, hours = recent
    rate = (10.0 + 4 * spend) / (24 * days + 4 * hours)

    found = said(cost=10.0, days=days, spend_24h=spend_24h, spend_7d=spend_7d, spend_30d=spend_30d)

    assert found.projected == pytest.approx(10.0 + 24 * (30 - days) * rate)


def test_the_interval_of_an_unknown_history() -> None:
    """Where only the period itself is known, the interval rests on what spenders are like: half off, day by day."""
    spread = 1.3 * math.sqrt(0.25 * math.sqrt(24) / math.sqrt(480) * (1 + 2))

    low, _, high = known(said(cost=10.0, days=10))

    assert low == pytest.approx(10.0 + 20.0 * (1 - spread))
    assert high == pytest.approx(10.0 + 20.0 * (1 + spread))


def test_the_interval_of_a_steady_history() -> None:
    """Where all that is known is at one rate, the interval is a fraction of that."""
    scatter = 0.1 * 0.25 * math.sqrt(24) / (0.1 + 4)
    spread = 1.3 * math.sqrt(scatter / math.sqrt(480) * (1 + 480 / 240))

    low, _, high = known(said(cost=10.0, days=10, spend_24h=1.0, spend_7d=7.0, spend_30d=30.0))

    assert low == pytest.approx(10.0 + 20.0 * (1 - spread))
    assert high == pytest.approx(10.0 + 20.0 * (1 + spread))


@pytest.mark.parametrize(
    ("spend_7d", "trend"),
    [(14.0, (2.0 - 1.0) / 24), (3.5, (0.5 - 1.0) / 24)],
    ids=["growing", "declining"],
)
def test_the_interval_reaches_to_where_it_goes(spend_7d: float, trend: float) -> None:
    """What has changed may go on changing: the interval reaches further, and only on that side."""
    rate = (10.0 + 4 * spend_7d) / (240 + 4 * 168)
    week_off, period_off = spend_7d / 168 / rate - 1, 10.0 / 240 / rate - 1
    scatter = 0.1 * 0.25 * math.sqrt(24) + week_off**2 * math.sqrt(168) + period_off**2 * math.sqrt(240)
    spread = 1.3 * math.sqrt(scatter / 2.1 / math.sqrt(480) * (1 + 2))
    reach = 2.5 * 2 * trend / rate

    low, _, high = known(said(cost=10.0, days=10, spend_7d=spend_7d))

    assert low == pytest.approx(10.0 + 480 * rate * max(0.0, 1 - spread + min(0.0, reach)))
    assert high == pytest.approx(10.0 + 480 * rate * (1 + spread + max(0.0, reach)))


def test_what_was_seen_before_the_period_counts() -> None:
    """A window that reaches back before the period makes its forecast surer: a week was seen, not five days."""
    scatter = 0.1 * 0.25 * math.sqrt(24) / (0.1 + 2)
    spread = 1.3 * math.sqrt(scatter / math.sqrt(600) * (1 + 600 / 168))

    _, _, high = known(said(cost=5.0, days=5, spend_7d=7.0))

    assert high == pytest.approx(5.0 + 25.0 * (1 + spread))


def test_windows_are_taken_apart() -> None:
    """The last day is part of the last week: what the interval rests on are the day and the six days before it."""
    rate = (10.0 + 4 * 7.0) / (240 + 4 * 168)
    parts = [(4.0, 24), (3.0, 144), (10.0, 240)]
    scatter = 0.1 * 0.25 * math.sqrt(24) + sum((usd / hours / rate - 1) ** 2 * math.sqrt(hours) for usd, hours in parts)
    spread = 1.3 * math.sqrt(scatter / 3.1 / math.sqrt(480) * (1 + 2))

    _, _, high = known(said(cost=10.0, days=10, spend_24h=4.0, spend_7d=7.0))

    assert high == pytest.approx(10.0 + 480 * rate * (1 + spread))


def test_four_outcomes_in_five_lie_in_the_interval() -> None:
    """For made-up spenders of many kinds, with which nothing was fitted, the 80 % interval is one of 75 to 85 %."""
    found = [outcome(case).inside for case in cases(range(1, 60, 2), {**FITTED, **HELD_OUT})]
    held = [inside for inside in found if inside is not None]

    assert 0.75 <= sum(held) / len(held) <= 0.85


@pytest.mark.parametrize(
    ("days", "readings", "projected"),
    [(2.99, 2, False), (3.0, 0, True), (2.99, 3, True), (0.001, 3, True)],
    ids=["neither", "a tenth", "three readings", "three readings at once"],
)
def test_a_forecast_takes_a_tenth_or_three_readings(days: float, readings: int, *, projected: bool) -> None:
    """Before a tenth of the period has passed or three readings were made there is nothing to go by."""
    assert (said(days=days, readings=readings).projected is not None) is projected


def test_a_busy_minute_is_not_a_busy_month() -> None:
    """What was spent in a period's first minutes is spread over a tenth of it."""
    assert said(cost=5.0, days=1 / 1440).projected == pytest.approx(5.0 + 5.0 * 10, rel=1e-3)


def test_a_known_history_speaks_for_a_young_period() -> None:
    """In a period's first minutes its forecast is what the last 30 days came to."""
    assert said(cost=0.0, days=1 / 1440, spend_24h=1.0, spend_7d=7.0, spend_30d=30.0).projected == pytest.approx(
        30.0, rel=1e-3
    )


@pytest.mark.parametrize(
    "found",
    [
        said(cost=None),
        said(start=None),
        said(end=None),
        said(days=0.0),
        said(days=-1.0),
        said(end=START),
        said(end=START - DAY),
        *(said(cost=cost, spend_7d=7.0) for cost in ODD),
        *(said(cost=cost, days=31.0) for cost in ODD),
        *(said(spend_7d=spend) for spend in (math.nan, math.inf, -math.inf, -1000.0)),
        said(spend_24h=math.nan, spend_7d=7.0),
        said(cost=1e308, spend_7d=1e308),
        said(cost=1e308),
    ],
    ids=[
        "no cost",
        "no start",
        "no end",
        "at its start",
        "before its start",
        "no length",
        "an end before its start",
        "cost is no number",
        "infinite cost",
        "negative infinite cost",
        "negative cost",
        "cost is no number at the end",
        "infinite cost at the end",
        "negative infinite cost at the end",
        "negative cost at the end",
        "recent is no number",
        "infinite recent",
        "negative infinite recent",
        "negative rate",
        "another window is no number",
        "a rate too large",
        "a cost too large by the end",
    ],
)
def test_what_is_unknown_is_not_guessed(found: Forecast) -> None:
    """Without a cost, a period, or numbers that are amounts, there is no forecast."""
    assert found == UNKNOWN


@pytest.mark.parametrize("days", [30.0, 31.0])
def test_a_period_that_is_over_costs_what_it_cost(days: float) -> None:
    """From the end of the period on there is nothing left to foretell."""
    assert said(cost=10.0, days=days, spend_7d=70.0) == Forecast(10.0, 10.0, 10.0)


@pytest.mark.parametrize("spends", [(None, None, None), (0.0, None, None), (0.0, 0.0, 0.0)])
def test_where_nothing_was_spent_there_is_no_interval(spends: Windows) -> None:
    """Where no spend was seen none is projected, and no interval pretends to know."""
    day, week, month = spends

    assert said(cost=0.0, spend_24h=day, spend_7d=week, spend_30d=month) == Forecast(0.0, None, None)


@given(cost=amounts, length=lengths, share=shares, spends=windows)
def test_the_order_of_a_forecast(cost: float, length: timedelta, share: float, spends: Windows) -> None:
    """What was spent is the least, and the projection lies in its interval, whatever the windows say."""
    day, week, month = spends
    now = START + length * share

    found = forecast(
        cost=cost,
        start=START,
        end=START + length,
        now=now,
        readings=3,
        spend_24h=day,
        spend_7d=week,
        spend_30d=month,
    )

    assume(found.low is not None)
    low, projected, high = known(found)
    assert 0.0 <= cost <= low <= projected <= high < math.inf


@given(
    cost=st.floats(0.01, 1e6),
    factor=st.floats(1e-6, 1e6),
    days=st.floats(3.1, 29.9),
    spends=st.tuples(*(st.none() | st.floats(0.01, 1e6) for _ in range(3))),
)
def test_the_currency_does_not_matter(cost: float, factor: float, days: float, spends: Windows) -> None:
    """A forecast in cents is a hundred times the one in dollars."""

    def scaled(factor: float) -> tuple[float, float, float]:
        day, week, month = (None if spend is None else spend * factor for spend in spends)
        return known(said(cost=cost * factor, days=days, spend_24h=day, spend_7d=week, spend_30d=month))

    assert scaled(factor) == pytest.approx([factor * each for each in scaled(1.0)], rel=1e-9)


@given(cost=amounts, length=lengths, spends=windows)
def test_a_forecast_ends_at_the_cost(cost: float, length: timedelta, spends: Windows) -> None:
    """As the period ends, its forecast and both ends of the interval become what it has cost."""
    day, week, month = spends
    end = START + length

    found = forecast(
        cost=cost,
        start=START,
        end=end,
        now=end - INSTANT,
        readings=3,
        spend_24h=day,
        spend_7d=week,
        spend_30d=month,
    )

    assume(found.low is not None)
    a_trifle = 1e-5 * (cost + sum(spend for spend in spends if spend))
    assert known(found) == pytest.approx((cost, cost, cost), abs=a_trifle)


@given(
    cost=anything,
    span=st.tuples(times, times, times),
    readings=st.integers(),
    spends=st.tuples(anything, anything, anything),
)
def test_no_input_is_too_odd(
    cost: float | None, span: tuple[datetime, datetime, datetime], readings: int, spends: Windows
) -> None:
    """Whatever comes in, what comes out is a number or nothing: no error, no infinity."""
    start, now, end = span
    day, week, month = spends

    found = forecast(
        cost=cost, start=start, end=end, now=now, readings=readings, spend_24h=day, spend_7d=week, spend_30d=month
    )

    assert all(each is None or math.isfinite(each) for each in (found.projected, found.low, found.high))


def runs_out(
    *,
    cost: float | None = 10.0,
    budget: float | None = 20.0,
    projected: float | None = 50.0,
    end: datetime | None = END,
) -> datetime | None:
    """When the budget runs out of a customer who has spent 10 of 20 USD at noon of 21 November."""
    return exhausts_at(cost=cost, budget=budget, projected=projected, now=START + 20 * DAY, end=end)


@pytest.mark.parametrize(
    ("projected", "days"),
    [(50.0, 22.5), (30.0, 25.0), (20.0 + 1e-3, 30 - 0.001), (1e300, 20.0)],
    ids=["a quarter of what is to come", "half of it", "just before the end", "at once"],
)
def test_a_budget_runs_out_on_the_way(projected: float, days: float) -> None:
    """The budget runs out when as much of the projected rest is spent as was left of it."""
    found = runs_out(projected=projected)

    assert found is not None
    assert (found - START) / DAY == pytest.approx(days, abs=1e-6)


@pytest.mark.parametrize(
    "found",
    [
        runs_out(projected=19.99),
        runs_out(projected=20.0),
        runs_out(projected=20.0 + 1e-12),
        runs_out(cost=None),
        runs_out(budget=None),
        runs_out(projected=None),
        runs_out(end=None),
        runs_out(end=START + 19 * DAY),
        *(runs_out(cost=odd) for odd in ODD),
        *(runs_out(budget=odd) for odd in ODD),
        *(runs_out(projected=odd) for odd in ODD),
    ],
)
def test_a_budget_that_lasts_has_no_such_time(found: datetime | None) -> None:
    """There is no time where the budget lasts until the end of the period, and where nobody can tell."""
    assert found is None


@pytest.mark.parametrize(
    ("cost", "budget", "projected"),
    [(20.0, 20.0, 30.0), (25.0, 20.0, None), (0.0, 0.0, 0.0)],
    ids=["just now", "long ago, with no forecast", "a budget of nothing"],
)
def test_a_budget_that_has_run_out_has_run_out_by_now(cost: float, budget: float, projected: float | None) -> None:
    """Once the budget is spent the time is now, whatever is projected."""
    assert runs_out(cost=cost, budget=budget, projected=projected) == START + 20 * DAY


@given(cost=amounts, budget=amounts, projected=amounts, share=shares)
def test_running_out_lies_between_now_and_the_end(cost: float, budget: float, projected: float, share: float) -> None:
    """A budget runs out from now on and before the end, and only if it is not above what is projected."""
    now = START + (END - START) * share

    found = exhausts_at(cost=cost, budget=budget, projected=projected, now=now, end=END)

    assert found is None or (now <= found < END and budget <= max(cost, projected))
