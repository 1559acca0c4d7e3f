"""The demo's story: what happens to whom, and when; and the rules that tell it."""

import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.cast import CAST, CLIMBS, LEADS, RAISED, ROLLS_OVER, TESTED, UNBUDGETED, Member
from monitor.demo.customer import Customer
from monitor.demo.story import Story
from tests.demo.builders import Clock, detail_of, identifiers, listed

START = datetime(2026, 3, 10, 14, 20, 7, 123456, tzinfo=UTC)
LEVELS = (0.5, 0.8, 1.0)
starts = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given one


def cast(start: datetime = START) -> dict[tuple[str, str], Customer]:
    """The story's customers by environment and identifier."""
    return {(each.environment, each.customer_identifier): each for each in Story(start).customers()}


def played(member: Member, start: datetime = START) -> Customer:
    """One member of the cast."""
    return cast(start)[member.environment, member.customer_identifier]


def used(customer: Customer, at: datetime) -> float:
    """Share of the period's budget that is used, as the API shows it; 0 without a budget."""
    shown = detail_of(customer, at)
    return shown["total_period_usage"] / shown["period_budget"] if shown["period_budget"] else 0.0


def reaches(customer: Customer, share: float) -> float:
    """Seconds until a share of the budget is used, to a tenth."""
    return next(n / 10 for n in range(1200) if used(customer, START + timedelta(seconds=n / 10)) >= share)


@pytest.mark.parametrize(
    ("member", "share", "about"),
    [(CLIMBS, 0.5, 20), (CLIMBS, 0.8, 50), (CLIMBS, 1.0, 85), (TESTED, 0.5, 25), (TESTED, 0.8, 65)],
)
def test_levels_are_crossed_at_their_time(member: Member, share: float, about: float) -> None:
    """Each level of the story is crossed within two seconds of its time."""
    assert reaches(played(member), share) == pytest.approx(about, abs=2)


def test_the_unbudgeted_one_passes_500_usd() -> None:
    """The customer without a budget has spent 500 USD at about 35 s."""
    customer = played(UNBUDGETED)

    before, after = (customer.spend.total(START + timedelta(seconds=seconds)) for seconds in (33, 37))

    assert before < 500 <= after


def test_a_period_rolls_over_at_a_minute() -> None:
    """The one at 92 % begins a new period 60 s into the story, with nothing used."""
    customer = played(ROLLS_OVER)

    shares = [used(customer, START + timedelta(seconds=seconds)) for seconds in (0, 59.9, 60)]

    assert shares[:2] == pytest.approx([0.92, 0.935], abs=0.01)
    assert shares[2] == pytest.approx(0, abs=0.01)


def test_a_budget_is_raised() -> None:
    """The one at 95 % falls below every level when its budget is raised at 75 s."""
    customer = played(RAISED)

    shares = [used(customer, START + timedelta(seconds=seconds)) for seconds in (0, 74.9, 75)]

    assert [sum(share >= level for level in LEVELS) for share in shares] == [2, 2, 0]


def test_some_are_above_a_level_from_the_start() -> None:
    """The first look finds alerts of every severity."""
    found = {sum(used(each, START) >= level for level in LEVELS) for each in cast().values()}

    assert found == {0, 1, 2, 3}


def test_only_the_leads_cross_a_level_within_two_minutes() -> None:
    """Nobody but the leads changes level: lifetime spend far above a period's budget means nothing."""
    end = START + timedelta(seconds=120)

    def standing(customer: Customer, at: datetime) -> tuple[int, bool, bool]:
        total = customer.spend.total(at)
        unbudgeted = customer.budget(at) is None and total >= 500
        share = total / customer.total_budget if customer.total_budget else 0
        return sum(used(customer, at) >= level for level in LEVELS), unbudgeted, share >= 0.9

    moved = {key for key, each in cast().items() if standing(each, START) != standing(each, end)}

    assert moved == {(each.environment, each.customer_identifier) for each in LEADS}


def test_quiet_customers_set_the_trap() -> None:
    """At least five customers have spent more than three budgets in their life and less than half of one now."""
    trapped = [
        each
        for each in cast().values()
        if (budget := each.budget(START)) and each.spend.total(START) > 3 * budget and used(each, START) < 0.5
    ]

    assert len(trapped) >= 5


@given(start=starts)
def test_the_story_is_the_same_whenever_it_starts(start: datetime) -> None:
    """At any date, leap days and short months too, everybody starts with what the cast says was used."""
    shown = cast(start)

    shares = [used(shown[each.environment, each.customer_identifier], start) for each in CAST]

    assert shares == pytest.approx([each.used / each.budget if each.budget else 0 for each in CAST], abs=0.01)


@given(member=st.sampled_from(CAST), seconds=st.floats(-1e6, 1e6), steps=st.floats(0, 3) | st.floats(0, 1e5))
def test_spend_never_falls(member: Member, seconds: float, steps: float) -> None:
    """A few requests later, or many, at least as much was spent: before the story, in it and after it."""
    customer = played(member)

    early, late = (
        customer.spend.total(START + timedelta(seconds=each)) for each in (seconds, seconds + steps * member.every)
    )

    assert 0 <= early <= late


@pytest.mark.parametrize("member", LEADS, ids=lambda member: member.customer_identifier)
def test_spend_rises_from_request_to_request(member: Member) -> None:
    """However uneven the requests of the story are, none takes money back."""
    customer = played(member)

    totals = [customer.spend.total(START + timedelta(seconds=n * member.every / 4)) for n in range(500)]

    assert totals == sorted(totals)


@given(member=st.sampled_from(CAST), seconds=st.floats(0, 1e6))
def test_money_moves_when_the_customer_was_last_active(member: Member, seconds: float) -> None:
    """The time of last activity is the instant since which nothing was spent."""
    customer = played(member)
    at = START + timedelta(seconds=seconds)

    last = customer.spend.last(at)

    assert last is not None
    assert last <= at
    assert customer.spend.total(last + timedelta(microseconds=1)) == customer.spend.total(at)


def test_two_tellings_are_the_same() -> None:
    """The story is a function of its start: another instance says the same to the last cent."""
    at = START + timedelta(seconds=77)

    first, second = ({key: each.spend.total(at) for key, each in cast().items()} for _ in range(2))

    assert first == second


def test_life_goes_on() -> None:
    """An hour later everybody has spent a little more, and nobody a fortune."""
    end = START + timedelta(seconds=120)

    grown = [each.spend.total(end + timedelta(hours=1)) - each.spend.total(end) for each in cast().values()]

    assert min(grown) > 0
    assert max(grown) < 60


def test_the_cast_is_as_large_as_promised() -> None:
    """About 40 customers are in prod and a few in test, and no two are the same."""
    keys = [(each.environment, each.customer_identifier) for each in CAST]

    assert len(set(keys)) == len(keys)
    assert 36 <= sum(environment == "prod" for environment, _ in keys) <= 44
    assert 3 <= sum(environment == "test" for environment, _ in keys) <= 6


def test_readings_fit_into_the_limit() -> None:
    """The customers that need a detail reading at the start leave room in a minute of polling every 3 s."""
    needed = sum(
        each.spend.total(START) > min(LEVELS) * budget
        for each in cast().values()
        if (budget := each.budget(START)) is not None
    )

    assert 10 <= needed <= 15


async def test_the_world_serves_the_story() -> None:
    """Through the API the list grows with the clock."""
    clock = Clock(START)
    world = Story(START).world(clock)
    before = await listed(world, sort_by="-last_active_timeframe", page_size=1000)

    clock.advance(60)
    after = await listed(world, sort_by="-last_active_timeframe", page_size=1000)

    grown = sum(row["total_cost"] for row in after["results"]) - sum(row["total_cost"] for row in before["results"])
    assert sorted(identifiers(before)) == sorted(identifiers(after))
    assert 800 < grown < 1200


def test_the_rules_watch_what_the_story_tells() -> None:
    """The packaged rules have the levels, the environments and the pace that the story is made for."""
    rules = tomllib.loads(files("monitor.demo").joinpath("rules.toml").read_text("utf-8"))

    assert rules["poll"] == {"interval": "3s", "requests_per_minute": 60}
    assert [each["name"] for each in rules["environments"]] == ["prod", "test"]
    assert [each["name"] for each in rules["rules"]] == ["period-budget", "unbudgeted-spender", "total-budget"]
    assert tuple(level["at_least"] for level in rules["rules"][0]["levels"]) == LEVELS
    assert rules["channels"] == [{"name": "console", "url": "console://"}]
