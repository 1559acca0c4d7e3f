"""The series of single customers: what they say, whom they name, and that no name can break a scrape."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from monitor.polling.series import Figures, Shown
from monitor.web.series import LONGEST, label, with_series
from tests.endtoend.builders import PERIOD_BUDGET, Running, customer, passing, rules, running, world
from tests.web.builders import read_status, site

COST = "budget_monitor_customer_period_cost_usd"
METRICS = '[metrics]\ncustomers = "period_used >= 0.5"\n'
TWO = ("prod", "test")


def figures(identifier: str = "acme", **changes: float | str | None) -> Figures:
    """A customer who has used 81.2 of 100 USD."""
    fields: dict[str, object] = {
        "organization": "org",
        "customer_identifier": identifier,
        "firing": True,
        "cost": 81.2,
        "budget": 100.0,
        "used": 0.812,
        "projected": 130.5,
    }
    return Figures(**(fields | changes))  # type: ignore[arg-type]


def shown(*customers: Figures, left_out: int = 0) -> Shown:
    """What is shown of an environment."""
    return Shown({each.who: each for each in customers}, left_out, most=1000)


def parsed(*customers: Figures, left_out: int = 0) -> list[Metric]:
    """The families of an exposition that holds nothing else."""
    text = with_series(b"", {"prod": shown(*customers, left_out=left_out)}).decode()
    return list(text_string_to_metric_families(text))


def samples(families: list[Metric]) -> dict[tuple[str, str | None], float]:
    """Values by name and customer."""
    return {
        (each.name, each.labels.get("customer_identifier")): each.value
        for family in families
        for each in family.samples
    }


def test_each_customer_has_four_figures() -> None:
    """Cost, budget, share used and projection; and it is said how many were left out."""
    prefix = "budget_monitor_customer"

    assert samples(parsed(figures(), left_out=3)) == {
        (f"{prefix}_period_cost_usd", "acme"): 81.2,
        (f"{prefix}_period_budget_usd", "acme"): 100.0,
        (f"{prefix}_period_used_ratio", "acme"): 0.812,
        (f"{prefix}_projected_cost_usd", "acme"): 130.5,
        (f"{prefix}_series_left_out", None): 3.0,
    }


def test_a_figure_that_is_not_known_has_no_series() -> None:
    """Nothing is claimed of a projection that there is not."""
    names = {name for name, _ in samples(parsed(figures(projected=None, budget=None, used=None)))}

    assert names == {COST, "budget_monitor_customer_series_left_out"}


def test_a_share_of_nothing_is_infinite() -> None:
    """Any spend of a budget of 0 is written as Prometheus writes it."""
    used = samples(parsed(figures(used=float("inf"))))["budget_monitor_customer_period_used_ratio", "acme"]

    assert used == float("inf")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=LONGEST - 1)


@given(organization=texts, identifier=texts)
def test_a_label_says_what_the_customer_chose_and_nothing_else(organization: str, identifier: str) -> None:
    """Quotes, backslashes and line ends neither end a label nor begin a line."""
    families = parsed(figures(identifier, organization=organization))

    cost = next(family for family in families if family.name == COST)
    ((_, labels, value, *_),) = cost.samples
    assert labels == {"environment": "prod", "organization": organization, "customer_identifier": identifier}
    assert value == 81.2
    assert sum(len(family.samples) for family in families) == 5


@given(st.lists(st.text(st.sampled_from('ab"'), min_size=LONGEST - 2, max_size=LONGEST + 30), max_size=6, unique=True))
def test_a_long_label_is_shortened_to_one_of_its_own(identifiers: list[str]) -> None:
    """No value has more than its share of characters, and two customers never become one."""
    labels = [label(identifier) for identifier in identifiers]

    assert all(len(each.replace('\\"', '"')) <= LONGEST for each in labels)
    assert len(set(labels)) == len(identifiers)


def test_nobody_can_take_the_shortened_name_of_another() -> None:
    """Who is called what somebody else's label says has another label."""
    short = label("a" * 1000)

    assert len(short) == LONGEST
    assert label(short) != short


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text; version=1.0.0"])
async def test_either_format_stays_whole(tmp_path: Path, accept: str) -> None:
    """The series stand before the end of OpenMetrics, and beside all others."""
    status = read_status()
    status.environments["prod"].shown = shown(figures('a"\n# EOF\n'))
    async with site(tmp_path, status=status) as web:
        text = (await web.get("/metrics", headers={"accept": accept})).text

    parse = text_string_to_metric_families if accept == "text/plain" else openmetrics
    found = {each.name: each.labels for family in parse(text) for each in family.samples}
    assert found[COST]["customer_identifier"] == 'a"\n# EOF\n'
    assert "budget_monitor_customers" in found


async def named(run: Running) -> set[tuple[str, str]]:
    """Environment and identifier of whom the metrics show."""
    text = (await run.http.get("/metrics")).text
    return {
        (each.labels["environment"], each.labels["customer_identifier"])
        for family in text_string_to_metric_families(text)
        for each in family.samples
        if "customer_identifier" in each.labels
    }


def asking(*environments: str, metrics: str = METRICS) -> str:
    """A rules file that asks for series."""
    return rules(PERIOD_BUDGET, metrics, environments=environments, channels={})


@pytest.mark.looptime
async def test_a_customer_who_is_gone_has_no_series(tmp_path: Path) -> None:
    """Series come with a poll and go with one."""
    of = world(customer("acme", period_usage=81.2), customer("idle", period_usage=1.0))
    async with running(of, tmp_path, text=asking("prod")) as run:
        await passing(1)
        before = await named(run)
        of.remove("acme")
        await passing(30)

        assert (before, await named(run)) == ({("prod", "acme")}, set())


@pytest.mark.looptime
async def test_an_environment_that_is_taken_out_has_no_series(tmp_path: Path) -> None:
    """Nothing is left of it from the moment the new rules are in force."""
    of = world(
        customer("acme", period_usage=81.2),
        customer("acme", period_usage=81.2, environment="test"),
    )
    async with running(of, tmp_path, text=asking(*TWO)) as run:
        await passing(1)
        before = await named(run)
        run.rules = asking("prod")
        await run.daemon.reload()

        assert (before, await named(run)) == ({("prod", "acme"), ("test", "acme")}, {("prod", "acme")})


@pytest.mark.looptime
@pytest.mark.parametrize("metrics", ["", METRICS.replace("0.5", "0.9")])
async def test_who_is_not_asked_for_any_more_has_no_series(tmp_path: Path, metrics: str) -> None:
    """Taking the choice back works at once, not with the next poll."""
    async with running(world(customer(period_usage=81.2)), tmp_path, text=asking("prod")) as run:
        await passing(1)
        before = await named(run)
        run.rules = asking("prod", metrics=metrics)
        await run.daemon.reload()

        assert (before, await named(run)) == ({("prod", "user_123")}, set())


@pytest.mark.looptime
async def test_no_more_are_named_than_the_cap_allows(tmp_path: Path) -> None:
    """Of three who fire, the two who used the most are named, and one is counted."""
    of = world(*(customer(f"user_{used}", period_usage=used) for used in (60.0, 90.0, 70.0)))
    async with running(of, tmp_path, text=asking("prod", metrics=f"{METRICS}most = 2\n")) as run:
        await passing(1)

        assert await named(run) == {("prod", "user_90.0"), ("prod", "user_70.0")}
        assert await run.metric("budget_monitor_customer_series_left_out") == 1
