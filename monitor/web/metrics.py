"""The daemon's metrics. No label holds anything that a customer chose."""

import gzip
from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.alerts.model import AlertState
from monitor.notify.dispatcher import Delivery
from monitor.polling.ledger import Outcome
from monitor.polling.poller import Poll
from monitor.respan.client import RequestOutcome
from monitor.status import Status
from monitor.store.database import Store
from monitor.store.errors import StoreError

disable_created_metrics()  # type: ignore[no-untyped-call]

_PREFIX = "budget_monitor"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LATENCIES = (1, 5, 15, 30, 60, 300, 900, 3600, 14400, 86400)


class Metrics:
    """Every family, and how what happens is counted."""

    def __init__(self, store: Store, status: Status) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        build = Info(f"{_PREFIX}_build", "Version of the running program.", registry=self.registry)
        build.info({"version": __version__})
        self._polls = self._counter(
            "polls", "Polls that ended, by result: complete, incomplete, or failed.", "environment", "result"
        )
        self._poll_seconds = Histogram(
            f"{_PREFIX}_poll_duration_seconds",
            "Time from the start of a poll to its end, readings and waiting for the pace included.",
            ["environment"],
            buckets=(0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600),
            registry=self.registry,
        )
        self._requests = self._counter(
            "api_requests",
            "Requests to the API, by endpoint and HTTP status or failure.",
            "environment",
            "endpoint",
            "status",
        )
        self._request_seconds = Histogram(
            f"{_PREFIX}_api_request_duration_seconds",
            "Time from sending a request to the end of its answer.",
            ["endpoint"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._waits = self._counter(
            "api_wait_seconds", "Time that requests waited for the pace the API allows.", "environment"
        )
        self._rows = self._counter(
            "rows",
            "Rows of the customer list, by what became of them: taken, repeated, filtered, malformed.",
            "environment",
            "result",
        )
        self._readings = self._counter(
            "period_readings",
            "Readings of one customer's budget period, by result: read or failed.",
            "environment",
            "result",
        )
        self._events = self._counter(
            "events",
            "Changes of alerts, by kind and severity, those that are not said included.",
            "environment",
            "rule",
            "kind",
            "severity",
        )
        self._notifications = self._counter(
            "notifications",
            "Attempts to deliver a message, by outcome: delivered, refused (tried again), given_up.",
            "channel",
            "outcome",
            "reason",
        )
        self._latency = Histogram(
            f"{_PREFIX}_notification_latency_seconds",
            "Time from the decision to the channel's yes.",
            ["channel"],
            buckets=_LATENCIES,
            registry=self.registry,
        )
        self._reloads = self._counter(
            "rules_reloads", "Reloads of the rules file, by result: taken or refused.", "result"
        )
        self.registry.register(_StateCollector(store, status))

    def observe_request(self, outcome: RequestOutcome) -> None:
        """Count one request to the API."""
        self._requests.labels(outcome.environment, outcome.endpoint, outcome.status).inc()
        self._request_seconds.labels(outcome.endpoint).observe(outcome.seconds)
        self._waits.labels(outcome.environment).inc(outcome.waited)

    def observe_outcome(self, outcome: Outcome) -> None:
        """Count what one transaction has decided."""
        for event, _ in outcome.events:
            self._events.labels(event.key.environment, event.rule, event.kind, event.severity).inc()

    def observe_poll(self, poll: Poll, seconds: float) -> None:
        """Count a poll that ended."""
        walk, name = poll.walk, poll.environment
        result = "complete" if walk.complete else "incomplete" if poll.pages else "failed"
        self._polls.labels(name, result).inc()
        self._poll_seconds.labels(name).observe(seconds)
        for became, count in (
            ("taken", walk.customers),
            ("repeated", walk.repeated),
            ("filtered", walk.filtered),
            ("malformed", walk.malformed),
        ):
            self._rows.labels(name, became).inc(count)
        self._readings.labels(name, "read").inc(poll.readings)
        self._readings.labels(name, "failed").inc(poll.failed_readings)

    def observe_delivery(self, delivery: Delivery) -> None:
        """Count one attempt to deliver a message."""
        self._notifications.labels(delivery.channel, delivery.outcome, delivery.reason).inc()
        if delivery.outcome == "delivered":
            self._latency.labels(delivery.channel).observe(delivery.latency)

    def observe_reload(self, *, taken: bool) -> None:
        """Count a reload of the rules file."""
        self._reloads.labels("taken" if taken else "refused").inc()

    def render(self, accept: str, *, compress: bool) -> tuple[bytes, dict[str, str]]:
        """The exposition in the format that the scraper asks for, with the headers that go with it.

        Blocks while it reads the database: call it off the event loop.
        """
        encode, content_type = choose_encoder(accept)
        body: bytes = encode(self.registry)
        headers = {"content-type": content_type}
        if compress:
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=1)
        return body, headers

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", documentation, labels, registry=self.registry)


class _StateCollector(Collector):
    """What is true at the time of the scrape, read from the store and the status rather than kept up to date."""

    def __init__(self, store: Store, status: Status) -> None:
        self._store = store
        self._status = status

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: the registry must not read the database to learn the names."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges. A database that fails leaves its own out, and says so in `budget_monitor_database_up`."""
        yield from self._environments()
        up = _gauge("database_up", "1 where the database answers, else 0.")
        try:
            stored = list(self._stored())
        except StoreError:
            up.add_metric([], 0)
        else:
            up.add_metric([], 0 if self._status.store_error else 1)
            yield from stored
        yield up
        loaded = _gauge("rules_last_reload_success", "1 where the rules file as it is now is in force, else 0.")
        loaded.add_metric([], 0 if self._status.rules_error else 1)
        yield loaded
        since = _gauge("rules_loaded_timestamp_seconds", "When the rules in force were loaded.")
        since.add_metric([], _timestamp(self._status.rules_loaded_at))
        yield since

    def _environments(self) -> Iterator[GaugeMetricFamily]:
        customers = _gauge("customers", "Customers within the filters, as of the last complete reading.", "environment")
        spend = _gauge(
            "spend_usd", "Sum of the customers' lifetime spend, as of the last complete reading.", "environment"
        )
        undecided = _gauge(
            "undecided_customers", "Customers of whom more must be read to decide a rule.", "environment"
        )
        success = _gauge(
            "last_success_timestamp_seconds",
            "When every customer was last read; 0 before the first time.",
            "environment",
        )
        refused = _gauge("credentials_refused", "1 where the API refuses the key, else 0.", "environment")
        for status in self._status.environments.values():
            if status.customers is not None:
                customers.add_metric([status.name], status.customers)
                spend.add_metric([status.name], status.spend)
                undecided.add_metric([status.name], status.undecided)
            success.add_metric([status.name], _timestamp(status.last_complete_at))
            refused.add_metric([status.name], int(status.refused))
        yield from (customers, spend, undecided, success, refused)

    def _stored(self) -> Iterator[GaugeMetricFamily]:
        alerts = _gauge("alerts", "Alerts that are pending or firing.", "environment", "rule", "state", "severity")
        depth = _gauge("outbox_messages", "Messages that their channel has not accepted yet.", "channel")
        oldest = _gauge(
            "outbox_oldest_timestamp_seconds",
            "When the oldest message was decided that its channel has not accepted.",
            "channel",
        )
        with self._store.read() as tx:
            for environment, rule, state, severity, count in tx.alerts.count():
                if state != AlertState.RESOLVED:
                    alerts.add_metric([environment, rule, state, severity], count)
            for channel, count, decided_at in tx.outbox.depth():
                depth.add_metric([channel], count)
                oldest.add_metric([channel], decided_at.timestamp())
        yield from (alerts, depth, oldest)


def _gauge(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", documentation, labels=labels)


def _timestamp(time: datetime | None) -> float:
    return 0.0 if time is None else time.timestamp()
