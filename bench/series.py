"""How long a scrape takes with series of single customers.

Run with `python bench/series.py`. Prints milliseconds, the best of several rounds: writing the series, the same by the
client library, and a whole scrape with and without compression, on a daemon with no alerts.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from monitor.polling.series import Figures, Gathered, Pick, Shown
from monitor.status import EnvironmentStatus, Status
from monitor.store.database import Store
from monitor.web.metrics import Metrics
from monitor.web.series import with_series

ROUNDS = 7
CUSTOMERS = (250, 1_000, 2_500, 10_000)
"""Of which each has four series."""
SEEN = 100_000
PAGE = 1_000
FIRING = 0.8

NOW = datetime(2025, 12, 29, 12, tzinfo=UTC)


class Library(Collector):
    """The same series by way of the client library."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family for each figure."""
        for name in ("cost", "budget", "used", "projected"):
            labels = ["environment", "organization", "customer_identifier"]
            family = GaugeMetricFamily(f"budget_monitor_customer_{name}", "A figure.", labels=labels)
            for each in self._shown.customers.values():
                family.add_metric(["prod", each.organization, each.customer_identifier], getattr(each, name))
            yield family


def page(generator: random.Random, start: int) -> list[Pick]:
    """A page of customers who are all selected."""
    picks = []
    for number in range(start, start + PAGE):
        cost, budget = generator.random() * 100, 100.0
        figures = Figures(
            organization="8264a3f4-3b1e-4c11-9d57-1f0f2f7c2a10",
            customer_identifier=f"user_{number:07}",
            firing=cost > FIRING * budget,
            cost=cost,
            budget=budget,
            used=cost / budget,
            projected=cost * 1.3,
        )
        picks.append(Pick(figures.who, figures))
    return picks


def best(run: Callable[[], object]) -> float:
    """The best time of several runs, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return min(times) * 1e3


def measure(store: Store, most: int) -> None:
    """Print one line."""
    generator, gathered = random.Random(1), Gathered(most)
    pages = [page(generator, start) for start in range(0, SEEN, PAGE)]
    begun = time.perf_counter()
    for picks in pages:
        gathered.take(picks)
    shown = gathered.shown()
    walk = (time.perf_counter() - begun) / SEEN * 1e6
    status = Status(environments={"prod": EnvironmentStatus("prod", NOW, shown=shown)})
    metrics = Metrics(store, status)
    registry = CollectorRegistry()
    registry.register(Library(shown))
    written = best(lambda: with_series(b"", {"prod": shown}))
    library = best(lambda: generate_latest(registry))
    plain = best(lambda: metrics.render("", compress=False))
    packed = best(lambda: metrics.render("", compress=True))
    size = len(metrics.render("", compress=False)[0]) / 1e6
    print(
        f"{4 * most:6} series  {written:6.1f} written  {library:6.1f} by the library  {plain:6.1f} scrape  "
        f"{packed:6.1f} compressed  {size:5.1f} MB  {walk:.2f} µs to gather one of {SEEN} customers"
    )


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'monitor.db'}")
        for most in CUSTOMERS:
            measure(store, most)
        store.close()


if __name__ == "__main__":
    main()
