"""Where an event goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from monitor.alerts.model import CustomerKey, Event, EventKind, Severity
from monitor.alerts.routing import Destination, destinations, matches
from tests.notify.builders import event

CHANNELS = ("finops", "growth", "pager")


@dataclass(frozen=True)
class Route:
    """A route that matches everything and leads to one channel, unless it says otherwise."""

    channels: tuple[str, ...] = ("finops",)
    severities: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    customers: tuple[str, ...] = ()
    continue_: bool = False


def reached(about: Event, *routes: Route) -> list[tuple[int, str]]:
    """Route and channel of everything that an event goes to."""
    return [(to.route, to.channel) for to in destinations(about, routes, CHANNELS)]


def test_without_routes_everything_goes_everywhere() -> None:
    """A file without routes sends every event to every channel."""
    assert list(destinations(event(), (), CHANNELS)) == [Destination(0, channel) for channel in CHANNELS]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (Route(), True),
        (Route(severities=("info", "warning")), True),
        (Route(severities=("critical",)), False),
        (Route(environments=("prod", "eu")), True),
        (Route(environments=("test",)), False),
        (Route(rules=("period-budget",)), True),
        (Route(rules=("unbudgeted-spender",)), False),
        (Route(labels={"team": "growth"}), True),
        (Route(labels={"team": "growth", "tier": "gold"}), False),
        (Route(labels={"team": "core"}), False),
        (Route(customers=("user_*",)), True),
        (Route(customers=("acme-*", "user_12[0-9]")), True),
        (Route(customers=("USER_*",)), False),
        (Route(severities=("warning",), environments=("prod",), customers=("other",)), False),
    ],
)
def test_every_matcher_must_match(route: Route, expected: bool) -> None:  # noqa: FBT001 - a table of cases
    """A route matches where each of its matchers does: any of its values, and all of its labels."""
    about = event(identifier="user_123", labels={"team": "growth"})

    assert matches(about, route) is expected


def test_a_glob_in_a_customers_name_is_only_text() -> None:
    """What a customer chose for a name never matches as a pattern."""
    about = event(key=CustomerKey("prod", "", "*"))

    assert not matches(about, Route(customers=("acme",)))


def test_the_first_match_wins() -> None:
    """Routes after the first one that matches are not asked."""
    routes = (Route(("pager",), severities=("critical",)), Route(("finops",)), Route(("growth",)))

    assert reached(event(), *routes) == [(1, "finops")]


def test_continue_asks_the_routes_after() -> None:
    """`continue` lets an event on, up to the next route that matches without it."""
    routes = (Route(("pager",), continue_=True), Route(("finops",)), Route(("growth",)))

    assert reached(event(), *routes) == [(0, "pager"), (1, "finops")]


def test_a_channel_is_reached_once() -> None:
    """Two routes that lead to the same channel tell it once, by the first of them."""
    routes = (Route(("finops", "finops"), continue_=True), Route(("pager", "finops")))

    assert reached(event(), *routes) == [(0, "finops"), (1, "pager")]


def test_no_match_tells_nobody() -> None:
    """Where routes are given and none matches, nobody is told."""
    assert reached(event(), Route(severities=("critical",))) == []


def test_a_route_without_channels_ends_the_search() -> None:
    """A route without channels keeps an event from those after it."""
    assert reached(event(), Route(()), Route(("finops",))) == []


@pytest.mark.parametrize("kind", [EventKind.RESOLVED, EventKind.RESET, EventKind.DEESCALATED])
def test_an_end_goes_to_whoever_was_told(kind: EventKind) -> None:
    """Whoever heard that it was critical hears that it is not, though the alert was milder in the end."""
    about = event(kind=kind, severity=Severity.INFO, heard=frozenset({Severity.CRITICAL, Severity.INFO}))

    assert matches(about, Route(severities=("critical",)))
    assert not matches(about, Route(severities=("warning",)))


def test_a_rise_goes_by_its_new_severity() -> None:
    """An escalation is the matter of whoever wants to hear of the level reached, not of those told before."""
    about = event(kind=EventKind.ESCALATED, severity=Severity.CRITICAL, heard=frozenset({Severity.WARNING}))

    assert matches(about, Route(severities=("critical",)))
    assert not matches(about, Route(severities=("warning",)))
