"""The daemon's metrics. No label holds anything that a customer chose, but for those of `monitor.web.series`."""

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
from monitor.web import families
from monitor.web.families import Family
from monitor.web.series import with_series

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Every family, and how what happens is counted."""

    def __init__(self, store: Store, status: Status) -> None:
        self._status = status
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        Info(families.BUILD.name, families.BUILD.documentation, registry=self.registry).info({"version": __version__})
        self._polls = self._counter(families.POLLS)
        self._poll_seconds = self._histogram(families.POLL_SECONDS)
        self._requests = self._counter(families.REQUESTS)
        self._request_seconds = self._histogram(families.REQUEST_SECONDS)
        self._waits = self._counter(families.WAIT_SECONDS)
        self._rows = self._counter(families.ROWS)
        self._readings = self._counter(families.READINGS)
        self._confirmations = self._counter(families.CONFIRMATIONS)
        self._corrections = self._counter(families.CORRECTIONS)
        self._events = self._counter(families.EVENTS)
        self._notifications = self._counter(families.NOTIFICATIONS)
        self._latency = self._histogram(families.LATENCY)
        self._reloads = self._counter(families.RELOADS)
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
        for key, correction in outcome.corrections:
            self._corrections.labels(key.environment, correction.of.replace(" ", "_")).inc()

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
        self._confirmations.labels(name, "confirmed").inc(poll.confirmed)
        self._confirmations.labels(name, "unconfirmed").inc(poll.unconfirmed)

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
        shown = {name: each.shown for name, each in self._status.environments.items() if each.shown is not None}
        body = with_series(encode(self.registry), shown)
        headers = {"content-type": content_type}
        if compress:
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=1)
        return body, headers

    def _counter(self, family: Family) -> Counter:
        return Counter(family.name, family.documentation, family.labels, registry=self.registry)

    def _histogram(self, family: Family) -> Histogram:
        return Histogram(
            family.name, family.documentation, family.labels, buckets=family.buckets, registry=self.registry
        )


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
        up = _gauge(families.DATABASE_UP)
        try:
            stored = list(self._stored())
        except StoreError:
            up.add_metric([], 0)
        else:
            up.add_metric([], 0 if self._status.store_error else 1)
            yield from stored
        yield up
        loaded = _gauge(families.RULES_SUCCESS)
        loaded.add_metric([], 0 if self._status.rules_error else 1)
        yield loaded
        since = _gauge(families.RULES_LOADED)
        since.add_metric([], _timestamp(self._status.rules_loaded_at))
        yield since

    def _environments(self) -> Iterator[GaugeMetricFamily]:
        customers, spend = _gauge(families.CUSTOMERS), _gauge(families.SPEND)
        undecided, success = _gauge(families.UNDECIDED), _gauge(families.LAST_SUCCESS)
        refused, waiting = _gauge(families.REFUSED), _gauge(families.WAITING)
        stale, sent, limit = (
            _gauge(families.STALE_AFTER),
            _gauge(families.REQUESTS_LAST_MINUTE),
            _gauge(families.REQUESTS_LIMIT),
        )
        for status in self._status.environments.values():
            if status.customers is not None:
                customers.add_metric([status.name], status.customers)
                spend.add_metric([status.name], status.spend)
                undecided.add_metric([status.name], status.undecided)
            if status.waiting_since is not None:
                waiting.add_metric([status.name], _timestamp(status.waiting_since))
            success.add_metric([status.name], _timestamp(status.last_complete_at))
            stale.add_metric([status.name], status.patience(self._status.interval).total_seconds())
            refused.add_metric([status.name], int(status.refused))
            if status.pace is not None:
                sent.add_metric([status.name], status.pace.in_window)
                limit.add_metric([status.name], status.pace.limit)
        yield from (customers, spend, undecided, waiting, success, stale, refused, sent, limit)

    def _stored(self) -> Iterator[GaugeMetricFamily]:
        alerts = _gauge(families.ALERTS)
        depth, oldest = _gauge(families.OUTBOX), _gauge(families.OUTBOX_OLDEST)
        with self._store.read() as tx:
            for environment, rule, state, severity, count in tx.alerts.count():
                if state != AlertState.RESOLVED:
                    alerts.add_metric([environment, rule, state, severity], count)
            for channel, count, decided_at in tx.outbox.depth():
                depth.add_metric([channel], count)
                oldest.add_metric([channel], decided_at.timestamp())
        yield from (alerts, depth, oldest)


def _gauge(family: Family) -> GaugeMetricFamily:
    return GaugeMetricFamily(family.name, family.documentation, labels=family.labels)


def _timestamp(time: datetime | None) -> float:
    return 0.0 if time is None else time.timestamp()
