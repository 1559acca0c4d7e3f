"""A forecast taken apart adds up to the forecast."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.inspection.projection import Reason, projection
from monitor.inspection.sight import Sight
from monitor.polling.known import Known, outlook
from monitor.spending.forecast import RECENT_WEIGHT
from monitor.spending.markup import Markup
from tests.inspection.builders import DAY, JANUARY, MEASURED, NOW, course, sight

spends = st.none() | st.just(0.0) | st.floats(0.01, 1e4)


def ahead(**fields: Any) -> Sight:  # noqa: ANN401 - spends, and fields of a sight
    """A customer with what it spent lately and a forecast."""
    spent = {name: fields.pop(name, None) for name in ("spend_24h", "spend_7d", "spend_30d")}
    seen = sight(**{"known": course()} | fields)
    where = outlook(Known(seen.record, seen.course, seen.record.total_cost), spent, seen.as_of, forecast=True)
    return msgspec.structs.replace(seen, standing=where)


@given(
    st.fixed_dictionaries({"spend_24h": spends, "spend_7d": spends, "spend_30d": spends}),
    st.sampled_from([MEASURED, Markup(1.2, 1.2), Markup()]),
    st.integers(1, 30),
    st.sampled_from([523.45, 600.0]),
)
def test_what_is_shown_adds_up(
    spent: dict[str, float | None], markup: Markup, days_left: int, total_cost: float
) -> None:
    """Cost and rate come to what is projected, and what the rate is made of comes to the rate."""
    seen = ahead(
        **spent,
        known=course(markup, end=NOW + days_left * DAY, valid_until=NOW + days_left * DAY),
        total_cost=total_cost,
    )

    made = projection(seen)

    assert made.reason is Reason.MADE
    assert made.projected == seen.standing.projected_min
    assert made.cost + made.rate * made.left == pytest.approx(made.projected)
    recent, hours = (made.recent, made.window.length / timedelta(hours=1)) if made.window else (0.0, 0.0)
    assert recent is not None
    assert made.rate == pytest.approx((made.cost + RECENT_WEIGHT * recent) / (made.elapsed + RECENT_WEIGHT * hours))


def test_the_window_is_the_one_that_tells() -> None:
    """Of three windows that are known it is that which the forecast went by."""
    made = projection(ahead(spend_24h=3.0, spend_7d=70.0, spend_30d=100.0))

    assert made.window is not None
    assert (made.window.field, made.recent) == ("spend_24h", 3.0)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"period_budget": None}, Reason.NO_BUDGET),
        ({"total_cost": None}, Reason.NO_COST),
        ({"known": course(start=None, end=None)}, Reason.NO_PERIOD),
        ({"known": course(end=JANUARY + 400 * DAY, valid_until=None)}, Reason.TOO_EARLY),
    ],
)
def test_why_there_is_none(fields: dict[str, Any], reason: Reason) -> None:
    """Where nothing is forecast, it is said what is missing."""
    made = projection(ahead(**fields))

    assert (made.reason, made.projected) == (reason, None)
