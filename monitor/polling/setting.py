"""What the rows of an environment are judged by, as the rules file has it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import msgspec

from monitor.alerts.routing import Route
from monitor.polling.aggregates import Aggregates
from monitor.polling.judge import Judge, judges
from monitor.polling.series import Selection
from monitor.rulebook.book import Environment, Rulebook
from monitor.spending.windows import WINDOWS, Window

# Fields for which a forecast has to be made.
FORECASTS = ("projected_period_cost", "projected_low", "projected_high", "exhausts_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the rows of an environment are judged by.

    Attributes:
        environment: Our label.
        filters: Fingerprint of its filters.
        judges: The rules that apply.
        aggregates: The rules over all customers.
        routes: Where events go.
        channels: Names of all channels.
        windows: Those that a rule reads, or a forecast that it reads.
        forecasts: Whether a rule reads a forecast.
        selection: Whose figures the metrics show; None: nobody's.
    """

    environment: str
    filters: str
    judges: Sequence[Judge]
    aggregates: Aggregates
    routes: Sequence[Route]
    channels: Sequence[str]
    windows: Sequence[Window] = ()
    forecasts: bool = False
    selection: Selection | None = None

    @classmethod
    def of(cls, book: Rulebook, environment: Environment) -> Self:
        """That of one of the environments of a rules file."""
        filters = fingerprint(environment)
        applying = judges(book.rules, environment.name, filters)
        aggregates = Aggregates(book.aggregates, environment.name)
        shown = book.customer_series
        reads = aggregates.reads.union(*(judge.reads for judge in applying), shown.condition.fields if shown else ())
        forecasts = not reads.isdisjoint(FORECASTS)
        return cls(
            environment=environment.name,
            filters=filters,
            judges=applying,
            aggregates=aggregates,
            routes=book.routes,
            channels=[channel.name for channel in book.channels],
            windows=WINDOWS if forecasts else tuple(window for window in WINDOWS if window.field in reads),
            forecasts=forecasts,
            selection=Selection(shown.condition, shown.most) if shown is not None else None,
        )


def fingerprint(environment: Environment) -> str:
    """What is asked for: the same for the same filters and API environment, in any run of the program."""
    asked = (environment.environment, environment.filters.to_body())
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()[:12]
