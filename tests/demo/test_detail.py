"""The detail endpoint: what was spent in the period, and how periods roll over."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.customer import Correction, Customer, Ledger
from monitor.demo.periods import Schedule, period_at
from monitor.demo.world import World
from tests.demo.builders import NOW, Clock, client, customer, world


async def ask(of: World, identifier: str = "user_123", **params: str) -> httpx.Response:
    """The answer of the detail endpoint."""
    async with client(of) as http:
        return await http.get(f"/api/users/{quote(identifier, safe='')}/", params=params)


async def detail(of: World, identifier: str = "user_123") -> dict[str, Any]:
    """The detail of a customer that is there."""
    answer = await ask(of, identifier)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_documented_example() -> None:
    """The detail tells what was spent in the period, not in the customer's life."""
    found = await detail(world([customer(reports_period_end=False, total_budget=1000)]))

    told = ["total_period_usage", "period_budget", "budget_duration", "period_start", "period_end", "total_budget"]
    assert [found[field] for field in told] == [45.67, 100, "monthly", "2025-12-01T00:00:00Z", None, 1000]


async def test_older_fields_are_there() -> None:
    """The fields of older pages are there too."""
    found = await detail(world([customer()]))

    assert {"total_usage", "metadata", "markup_percentage", "is_test", "organization_name", "updated_at"} <= set(found)


async def test_the_end_of_the_period() -> None:
    """Where it is told, the period ends one duration after its start."""
    assert (await detail(world([customer()])))["period_end"] == "2026-01-01T00:00:00Z"


async def test_without_a_budget_there_is_no_period() -> None:
    """A customer without a budget has null for usage, start and end of a period."""
    found = await detail(world([customer(period_budget=None)]))

    assert [found[field] for field in ("total_period_usage", "period_start", "period_end")] == [None, None, None]


async def test_a_budget_of_nothing_is_a_budget() -> None:
    """With a budget of 0 the period and its usage are told."""
    found = await detail(world([customer(period_budget=0)]))

    assert (found["period_budget"], found["total_period_usage"]) == (0, 45.67)


async def test_markup_raises_reported_usage() -> None:
    """A markup of 20 % raises the usage of the period to 1.2 times the change in total cost."""
    of = world([customer(markup_percentage=20, period_usage=0)])

    of.spend("user_123", 10)

    assert (await detail(of))["total_period_usage"] == 12


async def test_a_period_rolls_over_by_itself() -> None:
    """Once the period has ended, start and end move on and usage begins again at nothing."""
    clock = Clock()
    of = world([customer()], clock=clock)

    clock.time = datetime(2026, 1, 1, tzinfo=UTC)
    found = await detail(of)

    told = (found["period_start"], found["period_end"], found["total_period_usage"])
    assert told == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", 0)


async def test_usage_counts_from_the_new_start() -> None:
    """Only what was spent in the new period counts in it."""
    clock = Clock()
    of = world([customer()], clock=clock)
    of.spend("user_123", 3, at=datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC))
    of.spend("user_123", 4, at=datetime(2026, 1, 1, tzinfo=UTC))

    clock.time = datetime(2026, 1, 2, tzinfo=UTC)

    assert (await detail(of))["total_period_usage"] == 4


async def test_a_first_budget_begins_its_period_today() -> None:
    """The period of a first budget starts on the day it was set."""
    of = world([Customer(customer_identifier="user_123")])

    of.set_budget("user_123", 50)

    assert (await detail(of))["period_start"] == "2025-12-29T00:00:00Z"


async def test_a_raised_budget_keeps_its_period() -> None:
    """Another amount changes neither start nor usage of the period."""
    of = world([customer()])

    of.set_budget("user_123", 200)
    found = await detail(of)

    told = (found["period_budget"], found["period_start"], found["total_period_usage"])
    assert told == (200, "2025-12-01T00:00:00Z", 45.67)


@pytest.mark.parametrize(
    "identifier", ["a/b", "müller 100%", "user@x.example", "パンダ", "a?b#c&d", "list", "a+b", "…"]
)
async def test_an_identifier_is_any_text(identifier: str) -> None:
    """An identifier that was percent-encoded is found as it is, slashes and all."""
    found = await detail(world([customer(identifier)]), identifier)

    assert found["customer_identifier"] == identifier


async def test_an_unencoded_slash_is_no_identifier() -> None:
    """A slash that was not encoded separates paths, so nothing is found."""
    async with client(world([customer("a/b")])) as http:
        answer = await http.get("/api/users/a/b/")

    assert answer.status_code == 404


async def test_an_absent_customer_is_not_found() -> None:
    """A customer that is not there is a 404 with a detail."""
    answer = await ask(world(), "nobody")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


async def test_a_customer_is_found_in_its_environment_only() -> None:
    """A customer of prod is not found in test."""
    answer = await ask(world([customer()]), environment="test")

    assert answer.status_code == 404


def day(text: str) -> datetime:
    """Midnight of a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("anchor", "duration", "at", "start", "end"),
    [
        ("2024-03-09", "monthly", "2024-03-09", "2024-03-09", "2024-04-09"),
        ("2024-03-09", "monthly", "2024-05-08", "2024-04-09", "2024-05-09"),
        ("2025-01-31", "monthly", "2025-02-27", "2025-01-31", "2025-02-28"),
        ("2025-01-31", "monthly", "2025-02-28", "2025-02-28", "2025-03-31"),
        ("2025-01-31", "monthly", "2025-04-30", "2025-04-30", "2025-05-31"),
        ("2024-02-29", "yearly", "2025-02-28", "2025-02-28", "2026-02-28"),
        ("2025-12-20", "daily", "2025-12-29", "2025-12-29", "2025-12-30"),
        ("2025-12-20", "weekly", "2025-12-29", "2025-12-27", "2026-01-03"),
        ("2025-12-09", None, "2025-12-29", "2025-12-09", "2026-01-09"),
    ],
)
def test_periods_are_anchored(anchor: str, duration: str, at: str, start: str, end: str) -> None:
    """Periods count from their anchor and keep its day of the month where the month has it."""
    assert period_at(day(anchor), duration, day(at)) == (day(start), day(end))


@given(
    anchor=st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - given one
    after=st.timedeltas(timedelta(days=-2000), timedelta(days=4000)),
    duration=st.sampled_from(["daily", "weekly", "monthly", "yearly"]),
)
def test_periods_leave_no_gap(anchor: datetime, after: timedelta, duration: str) -> None:
    """Every instant lies in a period, and the next period starts where it ends."""
    start, end = period_at(anchor, duration, anchor + after)

    assert start <= anchor + after < end
    assert period_at(anchor, duration, end)[0] == end


@given(
    amounts=st.lists(st.tuples(st.integers(-500, 500), st.floats(0, 1000)), max_size=20),
    moments=st.lists(st.integers(-600, 600), min_size=2, max_size=2),
)
def test_recorded_spend_never_falls(amounts: list[tuple[int, float]], moments: list[int]) -> None:
    """Later, at least as much was spent, in whatever order it was recorded."""
    ledger = Ledger()
    for seconds, usd in amounts:
        ledger.record(NOW + timedelta(seconds=seconds), usd)

    early, late = (NOW + timedelta(seconds=seconds) for seconds in sorted(moments))

    assert ledger.total(early) <= ledger.total(late)


async def detail_at(of: Customer, at: datetime) -> dict[str, Any]:
    """What the detail endpoint says of a customer at an instant."""
    return await detail(world([of], clock=Clock(at)))


async def test_a_first_period_may_have_an_end_of_its_own() -> None:
    """A custom first period lasts until its own end, whatever its duration says."""
    of = customer(first_period_end=day("2026-01-15"))

    told = [await detail_at(of, at) for at in (NOW, day("2026-01-14"))]

    assert [(each["period_start"], each["period_end"]) for each in told] == [
        ("2025-12-01T00:00:00Z", "2026-01-15T00:00:00Z")
    ] * 2


async def test_periods_after_a_custom_one_count_from_its_end() -> None:
    """What follows a custom first period has the usual length and is anchored to that period's end."""
    of = customer(first_period_end=day("2026-01-15"))

    found = await detail_at(of, day("2026-02-20"))

    assert (found["period_start"], found["period_end"]) == ("2026-02-15T00:00:00Z", "2026-03-15T00:00:00Z")


async def test_another_schedule_begins_another_period() -> None:
    """From its change on, another duration and anchor decide where the period begins, and what counts in it."""
    weekly = Schedule(day("2025-12-28"), "weekly")
    of = customer(schedule_changes=((day("2025-12-28"), weekly),))

    found = await detail_at(of, NOW)

    told = [found[field] for field in ("budget_duration", "period_start", "period_end", "total_period_usage")]
    assert told == ["weekly", "2025-12-28T00:00:00Z", "2026-01-04T00:00:00Z", 0]


@pytest.mark.parametrize(("listed", "used"), [(5.0, 5.0), (5.0, 0.0), (0.0, 5.0)])
async def test_a_correction_takes_back_what_it_says(listed: float, used: float) -> None:
    """Charges are taken off the listed total, off the period's usage with its markup, or off both."""
    taken_back = Correction(at=NOW, total_cost=listed, period_usage=used)
    of = customer(corrections=(taken_back,), markup_percentage=20)

    before, after = [await detail_at(of, at) for at in (NOW - timedelta(seconds=1), NOW)]

    assert before["total_usage"] - after["total_usage"] == pytest.approx(1.2 * listed)
    assert before["total_period_usage"] - after["total_period_usage"] == pytest.approx(1.2 * used)


async def test_a_correction_says_nothing_of_later_periods() -> None:
    """Usage that was taken back in one period is not taken off the next one."""
    of = customer(corrections=(Correction(at=NOW, period_usage=5.0),))
    moved = world([of], clock=Clock(day("2026-01-02")))
    moved.spend("user_123", 7, at=day("2026-01-01"))

    assert (await detail(moved))["total_period_usage"] == 7


async def test_the_documented_detail_lacks_the_older_fields() -> None:
    """Without the older fields the answer has those of the documented example, and no others."""
    found = await detail(world([customer(reports_older_fields=False)]))

    assert not {"total_usage", "metadata", "markup_percentage", "is_test"} & set(found)


async def test_a_new_budget_ends_a_changed_schedule() -> None:
    """Setting a budget by hand keeps the schedule of then, and forgets the changes that were to come."""
    weekly = Schedule(day("2025-12-28"), "weekly")
    of = world([customer(schedule_changes=((day("2025-12-28"), weekly), (day("2026-06-01"), weekly)))])

    of.set_budget("user_123", 200)
    found = await detail(of)

    assert (found["budget_duration"], found["period_start"]) == ("weekly", "2025-12-28T00:00:00Z")
