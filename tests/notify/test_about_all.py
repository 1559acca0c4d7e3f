"""Messages about all customers of an environment or an organization: whose they are stands in the customer's place."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from monitor.alerts.model import CustomerKey, Event, EventKind, Facts, Reason, Severity
from monitor.alerts.routing import destinations
from monitor.notify import console, mail, slack
from monitor.notify.message import Message, compose
from monitor.notify.plain import plain_text
from monitor.notify.wording import tell, title
from tests.alerts.test_routing import Route
from tests.notify.builders import NOW, event

ORGANIZATION = "8264a3f4-40c7-476a-97d1-96908127ea21"


def about_all(key: CustomerKey | None = None, *, bound: str = "", **changes: Any) -> Event:  # noqa: ANN401 - any field
    """An environment has spent more than a level."""
    key = key or CustomerKey("prod", "", "")
    whose = f"environment {key.environment}" if key.environment else f"organization {key.organization}"
    facts = Facts(
        customer=whose,
        email=None,
        read_at=NOW,
        total_cost=None,
        total_budget=None,
        period_cost=None,
        period_budget=None,
        budget_duration=None,
        period_start=None,
        period_end=None,
        bound=bound,
    )
    known = {
        "about": facts,
        "key": key,
        "rule": "daily-spend",
        "level": 1000.0,
        "value": 1234.0,
        "unit": "USD",
        "summary": f"{whose} spent $1,234.00 in the last 24 h",
    }
    return event(**{**known, **changes})


OF_ORGANIZATION = about_all(CustomerKey("", ORGANIZATION, ""))


def to_slack(message: Message) -> str:
    """All text that Slack shows."""
    return str(slack.payload(message))


def to_terminal(message: Message) -> str:
    """What a terminal shows."""
    output = io.StringIO()
    Console(file=output, width=200).print(console.render(message))
    return output.getvalue()


RENDERERS: list[Callable[[Message], str]] = [plain_text, to_slack, to_terminal, mail.html]


@pytest.mark.parametrize(
    ("happened", "line"),
    [
        (about_all(), "Warning: environment prod at $1,234.00 · daily-spend"),
        (OF_ORGANIZATION, f"Warning: organization {ORGANIZATION} at $1,234.00 · daily-spend"),
        (about_all(bound="or more"), "Warning: environment prod at $1,234.00 or more · daily-spend"),
        (
            about_all(kind=EventKind.RESOLVED, reason=Reason.LEVEL_LEFT, value=900.0),
            "Resolved: environment prod now $900.00 · daily-spend",
        ),
        (
            about_all(unit="", level=None, value=None, reason=Reason.CONDITION_HOLDS),
            "Warning: environment prod · daily-spend",
        ),
    ],
)
def test_the_title_names_whose_it_is(happened: Event, line: str) -> None:
    """How bad, whose, how far, by which rule; no place is named twice, and a bound is called one."""
    assert title(compose([happened], id="m")) == line


def test_the_title_of_several_names_the_environments_there_are() -> None:
    """An organization is in no one environment."""
    one, other = about_all(), about_all(CustomerKey("test", "", ""))

    assert title(compose([one, other, OF_ORGANIZATION], id="m")) == "3 alerts: 3 warning · daily-spend · prod, test"
    assert title(compose([OF_ORGANIZATION, OF_ORGANIZATION], id="m")) == "2 alerts: 2 warning · daily-spend"


def test_nothing_of_a_customer_is_told() -> None:
    """There is no identifier, no mail address, no share, no period."""
    told = tell(about_all())

    assert (told.customer, told.place) == ("environment prod", "daily-spend")
    assert (told.identifier, told.email, told.environment, told.spent, told.share, told.period) == (None,) * 6


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("happened", [about_all(), OF_ORGANIZATION])
def test_every_format_shows_a_single_one(render: Callable[[Message], str], happened: Event) -> None:
    """Whose it is, the sentence and the rule are there; no customer is spoken of, and nothing reads "(blank)"."""
    shown = render(compose([happened], id="m"))

    for part in (happened.facts.customer, "$1,234.00 in the last 24 h", "daily-spend"):
        assert part in shown
    for part in ("(blank)", "None", "Customer", "·  ·", "· ·"):
        assert part not in shown


@pytest.mark.parametrize("render", RENDERERS)
def test_every_format_shows_it_beside_alerts_of_customers(render: Callable[[Message], str]) -> None:
    """In one message with others it still says whose it is."""
    shown = render(compose([about_all(severity=Severity.CRITICAL), OF_ORGANIZATION, event()], id="m"))

    for part in ("environment prod", f"organization {ORGANIZATION}", "John Doe"):
        assert part in shown
    assert "(blank)" not in shown


def test_a_plain_text_calls_it_by_what_it_is() -> None:
    """Where a customer would be named, the scope is."""
    assert "Scope:    environment prod\nRule:     daily-spend\n" in plain_text(compose([about_all()], id="m"))


@pytest.mark.parametrize(
    ("route", "matches"),
    [
        (Route(), True),
        (Route(rules=("daily-spend",)), True),
        (Route(customers=("*",)), False),
        (Route(customers=("",)), False),
        (Route(environments=("prod",)), True),
    ],
)
def test_no_route_for_customers_matches(route: Route, matches: bool) -> None:  # noqa: FBT001 - a table of cases
    """What is about all customers is about none of them, whatever the glob."""
    assert bool(list(destinations(about_all(), [route], ["finops"]))) is matches


def test_an_organization_is_in_no_environment() -> None:
    """A route for an environment does not match what is about an organization."""
    assert list(destinations(OF_ORGANIZATION, [Route(environments=("prod",))], ["finops"])) == []
