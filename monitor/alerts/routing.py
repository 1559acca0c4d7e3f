"""Where an event goes: the first route that matches, and those after it that a route lets through."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from monitor.alerts.model import Event, EventKind, Severity


class Route(Protocol):
    """One entry of the rules file's routes; an empty matcher matches everything."""

    @property
    def severities(self) -> Sequence[str]: ...  # noqa: D102 - the names are the rules file's
    @property
    def environments(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def rules(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def labels(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def customers(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def channels(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def continue_(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Destination:
    """One channel that an event goes to, and the route that leads there.

    Attributes:
        route: Position of the route in the rules file, from 0; events that share it are told together.
        channel: Name of the channel.
    """

    route: int
    channel: str


def destinations(event: Event, routes: Sequence[Route], channels: Sequence[str]) -> Iterator[Destination]:
    """Where `event` goes, each channel once.

    Args:
        event: What happened.
        routes: In the order of the rules file.
        channels: All channels; without any route everything goes to each of them.
    """
    if not routes:
        yield from (Destination(0, channel) for channel in channels)
        return
    reached: set[str] = set()
    for position, route in enumerate(routes):
        if not matches(event, route):
            continue
        for channel in route.channels:
            if channel not in reached:
                reached.add(channel)
                yield Destination(position, channel)
        if not route.continue_:
            return


def matches(event: Event, route: Route) -> bool:
    """Whether every matcher of `route` matches `event`; what customers chose is only ever compared with globs."""
    return (
        (not route.severities or not _severities(event).isdisjoint(route.severities))
        and (not route.environments or event.key.environment in route.environments)
        and (not route.rules or event.rule in route.rules)
        and all(event.labels.get(name) == value for name, value in route.labels.items())
        and (
            not route.customers
            # What is about all customers is about none of them: "*" would match it.
            or (
                event.key.is_customer
                and any(fnmatchcase(event.key.customer_identifier, pattern) for pattern in route.customers)
            )
        )
    )


def _severities(event: Event) -> frozenset[Severity]:
    """Whoever was told of a level must hear that it was left, whatever it fell to and whatever it was by then."""
    if event.kind in {EventKind.FIRED, EventKind.ESCALATED}:
        return frozenset({event.severity})
    return event.heard | {event.severity}
