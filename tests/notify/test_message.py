"""Which events a message shows, and what it counts."""

import itertools

import pytest

from monitor.alerts.model import Severity
from monitor.notify.message import MOST_EVENTS, Message, Notice, compose
from tests.notify.builders import NOW, budget_raised, critical, event, new_period, unbudgeted


def test_what_matters_most_comes_first() -> None:
    """Severity, then firing before ended, then the highest value decide the order, whatever order events come in."""
    expected = [critical(), event(value=0.9, identifier="b"), event(), budget_raised(value=5.0), unbudgeted()]

    for order in itertools.permutations(expected):
        assert list(compose(order, id="m").events) == expected


def test_more_than_twenty_are_counted() -> None:
    """The twenty highest are shown, and the count is of all."""
    message = compose([event(identifier=f"c-{n:02}", value=n / 10) for n in range(33)], id="m")

    assert [message.events[0].value, message.events[-1].value] == [3.2, 1.3]
    assert (len(message.events), message.total, message.hidden) == (MOST_EVENTS, 33, 13)


def test_the_tally_is_of_all_events() -> None:
    """Severities of what fires and the ways in which alerts ended are counted, the worst first."""
    message = compose([new_period(), event(), budget_raised(), critical(), event(identifier="b")], id="m")

    assert message.tally == (("critical", 1), ("warning", 2), ("resolved", 1), ("reset", 1))


@pytest.mark.parametrize(
    ("message", "severity"),
    [
        (compose([event(), budget_raised(severity=Severity.CRITICAL)], id="m"), Severity.WARNING),
        (compose([budget_raised()], id="m"), None),
        (Message(id="m", notice=Notice(title="t", body="b", severity=Severity.INFO, at=NOW)), Severity.INFO),
    ],
)
def test_a_message_is_as_severe_as_what_still_fires(message: Message, severity: Severity | None) -> None:
    """What has ended does not colour a message."""
    assert message.severity is severity


def test_a_message_of_nothing_is_refused() -> None:
    """There is always something to tell."""
    with pytest.raises(ValueError, match="at least one event"):
        compose([], id="m")
