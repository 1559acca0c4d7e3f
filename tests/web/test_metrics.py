"""What is counted, under which names, and what no label ever says."""

import re
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from monitor.alerts.model import AlertState
from monitor.demo.customer import Customer
from monitor.notify.channels import ChannelError
from monitor.notify.dispatcher import Delivery
from monitor.polling.poller import Poll
from monitor.respan.client import RequestOutcome
from monitor.respan.errors import Unavailable
from monitor.status import EnvironmentStatus
from monitor.store.outbox import Envelope
from tests.endtoend.builders import Recorder, customer, passing, running, world
from tests.web.builders import NOW, event, kept, poll, read_status, site

PREFIXES = re.compile("budget_monitor_|process_|python_")
ASKED_FOR = {
    "polls": {"budget_monitor_polls_total", "budget_monitor_poll_duration_seconds_count"},
    "API requests by endpoint and status": {"budget_monitor_api_requests_total"},
    "rate-limit waits": {"budget_monitor_api_wait_seconds_total"},
    "customers": {"budget_monitor_customers"},
    "spend per environment": {"budget_monitor_spend_usd"},
    "alerts": {"budget_monitor_alerts"},
    "events": {"budget_monitor_events_total"},
    "notifications by channel and outcome": {"budget_monitor_notifications_total"},
    "outbox depth and oldest age": {"budget_monitor_outbox_messages", "budget_monitor_outbox_oldest_timestamp_seconds"},
    "undecided customers": {"budget_monitor_undecided_customers"},
    "skipped and filtered rows": {"budget_monitor_rows_total"},
    "last success per environment": {"budget_monitor_last_success_timestamp_seconds"},
    "build info": {"budget_monitor_build_info"},
}


def parsed(text: str) -> list[Metric]:
    """The families of a scrape."""
    return list(text_string_to_metric_families(text))


def value(text: str, name: str, **labels: str) -> float:
    """The only sample with this name and these labels."""
    (found,) = [
        sample.value
        for family in parsed(text)
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    return found


async def scrape_after_a_poll(*customers: Customer) -> str:
    """What the daemon exposes once it has polled customers and told a channel, while another channel refuses."""
    refusal = ChannelError("no", kind="auth", permanent=True)
    channels = Recorder("finops"), Recorder("broken", refusal=lambda: refusal)
    with tempfile.TemporaryDirectory() as folder:
        async with running(world(*customers, limit=None), Path(folder), *channels) as run:
            await passing(1)
            return (await run.http.get("/metrics")).text


@pytest.mark.looptime
async def test_all_that_was_asked_for_is_there() -> None:
    """After one poll and one delivery every family is exposed, with a sample."""
    text = await scrape_after_a_poll(customer(period_usage=81.2))

    names = {sample.name for family in parsed(text) for sample in family.samples}
    assert {what: wanted - names for what, wanted in ASKED_FOR.items() if not wanted <= names} == {}


@pytest.mark.looptime
async def test_every_name_carries_the_prefix() -> None:
    """No family of ours can be taken for another program's."""
    text = await scrape_after_a_poll(customer(period_usage=81.2))

    assert {family.name for family in parsed(text) if not PREFIXES.match(family.name)} == set()


@pytest.mark.looptime
async def test_the_figures_are_those_of_the_poll() -> None:
    """Customers, spend, alerts, messages: counted as they are."""
    text = await scrape_after_a_poll(customer(period_usage=81.2), customer("other", total_cost=5.5, period_usage=1.0))

    assert value(text, "budget_monitor_customers", environment="prod") == 2
    assert value(text, "budget_monitor_spend_usd", environment="prod") == pytest.approx(528.95)
    assert value(text, "budget_monitor_undecided_customers", environment="prod") == 0
    assert value(text, "budget_monitor_api_requests_total", environment="prod", endpoint="list", status="200") == 1
    assert value(text, "budget_monitor_api_requests_total", environment="prod", endpoint="detail", status="200") == 1
    firing = {"environment": "prod", "rule": "period-budget", "state": "firing", "severity": "warning"}
    assert value(text, "budget_monitor_alerts", **firing) == 1
    told = {"environment": "prod", "rule": "period-budget", "kind": "fired", "severity": "warning"}
    assert value(text, "budget_monitor_events_total", **told) == 1
    assert value(text, "budget_monitor_outbox_messages", channel="broken") >= 1
    assert value(text, "budget_monitor_database_up") == 1


VOCABULARY = {
    "environment": r"prod",
    "rule": r"period-budget|unbudgeted-spender",
    "channel": r"finops|broken",
    "endpoint": r"list|detail",
    "status": r"\d{3}|timeout|connect_error|disconnected|bad_answer|bad_request|cancelled",
    "result": r"complete|incomplete|failed|taken|refused|repeated|filtered|malformed|read|confirmed|unconfirmed",
    "figure": r"total_cost|period_usage",
    "kind": r"fired|escalated|deescalated|resolved|reset",
    "severity": r"info|warning|critical",
    "state": r"pending|firing",
    "outcome": r"delivered|refused|given_up",
    "reason": r"|auth|not_found|rate_limited|client|server|network|unknown",
    "le": r"[\d.]+|\+Inf",
    "version": r"\d+\.\d+.*",
    "implementation": r"CPython",
    "major": r"\d+",
    "minor": r"\d+",
    "patchlevel": r"\d+",
}

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@pytest.mark.looptime
@given(identifier=texts, name=st.none() | texts, email=st.none() | texts)
@example(identifier='a"} 1\nbudget_monitor_customers{environment="evil', name="\\", email="{}")
@example(identifier="../../list", name="prod\n", email='",x="')
@settings(max_examples=25, deadline=None)
async def test_no_label_holds_what_a_customer_chose(identifier: str, name: str | None, email: str | None) -> None:
    """Whatever a customer is called, each label's value is one of the few that we or the rules file chose."""
    hostile = customer(identifier, name=name, email=email, period_usage=81.2)

    text = await scrape_after_a_poll(hostile)

    samples = [sample for family in parsed(text) for sample in family.samples]
    strange = {
        (label, said)
        for sample in samples
        for label, said in sample.labels.items()
        if not re.fullmatch(VOCABULARY[label], said)
    }
    assert strange == set()
    assert value(text, "budget_monitor_customers", environment="prod") == 1


async def test_a_scrape_before_the_first_poll_claims_nothing(tmp_path: Path) -> None:
    """Of an environment that was never read there is no number of customers: 0 would be a lie."""
    status = read_status()
    status.environments = {"prod": EnvironmentStatus("prod", NOW)}
    async with site(tmp_path, status=status) as web:
        text = (await web.get("/metrics")).text

    assert value(text, "budget_monitor_last_success_timestamp_seconds", environment="prod") == 0
    assert "budget_monitor_customers{" not in text
    assert "budget_monitor_spend_usd{" not in text


@pytest.mark.parametrize(
    ("ended", "result"),
    [
        (poll(), "complete"),
        (poll(complete=False, distinct=2), "incomplete"),
        (poll(complete=False, pages=0, error=Unavailable("prod", "listing", "timeout")), "failed"),
    ],
)
async def test_polls_are_counted_by_how_they_ended(tmp_path: Path, ended: Poll, result: str) -> None:
    """Complete, incomplete and failed polls are told from each other."""
    async with site(tmp_path) as web:
        web.metrics.observe_poll(ended, 0.5)
        text = (await web.get("/metrics")).text

    assert value(text, "budget_monitor_polls_total", environment="prod", result=result) == 1
    assert value(text, "budget_monitor_poll_duration_seconds_count", environment="prod") == 1


async def test_rows_are_counted_by_what_became_of_them(tmp_path: Path) -> None:
    """Taken, repeated, filtered and malformed rows add up to what was listed."""
    async with site(tmp_path) as web:
        web.metrics.observe_poll(poll(customers=7, repeated=1, filtered=2, malformed=3), 0.5)
        text = (await web.get("/metrics")).text

    became = {"taken": 7, "repeated": 1, "filtered": 2, "malformed": 3}
    assert {
        name: value(text, "budget_monitor_rows_total", environment="prod", result=name) for name in became
    } == became


async def test_waiting_for_the_pace_is_counted(tmp_path: Path) -> None:
    """The seconds that requests waited add up."""
    async with site(tmp_path) as web:
        for waited in (1.5, 2.0):
            web.metrics.observe_request(
                RequestOutcome(environment="prod", endpoint="list", status="429", seconds=0.1, waited=waited)
            )
        text = (await web.get("/metrics")).text

    assert value(text, "budget_monitor_api_wait_seconds_total", environment="prod") == 3.5
    assert value(text, "budget_monitor_api_request_duration_seconds_count", endpoint="list") == 2


async def test_deliveries_are_counted_by_channel_and_outcome(tmp_path: Path) -> None:
    """A refusal says why; only what was accepted has a latency."""
    async with site(tmp_path) as web:
        web.metrics.observe_delivery(Delivery(channel="finops", outcome="refused", reason="auth"))
        web.metrics.observe_delivery(Delivery(channel="finops", outcome="delivered", latency=2.0))
        text = (await web.get("/metrics")).text

    sent = "budget_monitor_notifications_total"
    assert value(text, sent, channel="finops", outcome="refused", reason="auth") == 1
    assert value(text, sent, channel="finops", outcome="delivered", reason="") == 1
    assert value(text, "budget_monitor_notification_latency_seconds_sum", channel="finops") == 2.0


async def test_the_outbox_is_measured_per_channel(tmp_path: Path) -> None:
    """How many messages a channel has not accepted, and since when the oldest waits."""
    async with site(tmp_path) as web:
        with web.store.write() as tx:
            for minutes in (5, 0):
                envelope = Envelope(channel="finops", batch=f"prod:{minutes}", route=0, rule="period-budget")
                tx.outbox.record(event(), [envelope], NOW - timedelta(minutes=minutes))
        text = (await web.get("/metrics")).text

    oldest = (NOW - timedelta(minutes=5)).timestamp()
    assert value(text, "budget_monitor_outbox_messages", channel="finops") == 2
    assert value(text, "budget_monitor_outbox_oldest_timestamp_seconds", channel="finops") == oldest


async def test_resolved_alerts_are_not_counted(tmp_path: Path) -> None:
    """Pending and firing ones are, by state and severity."""
    async with site(tmp_path, alerts=[kept(state.value, state=state) for state in AlertState]) as web:
        text = (await web.get("/metrics")).text

    states = {
        sample.labels["state"] for family in parsed(text) for sample in family.samples if "state" in sample.labels
    }
    assert states == {"pending", "firing"}


@pytest.mark.parametrize(("taken", "result"), [(True, "taken"), (False, "refused")])
async def test_reloads_are_counted(tmp_path: Path, *, taken: bool, result: str) -> None:
    """A rules file that was refused shows, as a count and as a state."""
    status = read_status(rules_error=None if taken else "rules.toml:3:1: no such key")
    async with site(tmp_path, status=status) as web:
        web.metrics.observe_reload(taken=taken)
        text = (await web.get("/metrics")).text

    assert value(text, "budget_monitor_rules_reloads_total", result=result) == 1
    assert value(text, "budget_monitor_rules_last_reload_success") == int(taken)
    assert value(text, "budget_monitor_rules_loaded_timestamp_seconds") == NOW.timestamp()


async def test_a_refused_key_shows(tmp_path: Path) -> None:
    """An alert can be made of a key that the API refuses."""
    status = read_status()
    status.environments["prod"].refused = True
    async with site(tmp_path, status=status) as web:
        text = (await web.get("/metrics")).text

    assert value(text, "budget_monitor_credentials_refused", environment="prod") == 1
