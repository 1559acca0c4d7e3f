"""What a reader is told of one event, and the title of a message."""

from datetime import timedelta

import pytest

from monitor.alerts.model import Event, EventKind, Reason, Severity
from monitor.notify.message import Message, Notice, compose
from monitor.notify.wording import Tone, lateness, tell, title
from tests.notify.builders import NOW, budget_raised, critical, event, facts, new_period, unbudgeted


def test_the_figures_of_the_documented_customer() -> None:
    """Spent of budget, share and period are told as the facts have them."""
    told = tell(event())

    assert (told.spent, told.share, told.period) == ("$81.20 of $100.00", "81.2 %", "monthly, since 1 Dec UTC")


@pytest.mark.parametrize(
    ("happened", "change"),
    [
        (event(), "reached the 80 % level"),
        (critical(), "warning → critical: reached the 100 % level"),
        (
            critical(kind=EventKind.DEESCALATED, severity=Severity.WARNING, previous_severity=Severity.CRITICAL,
                     reason=Reason.LEVEL_LEFT, value=0.95),
            "critical → warning: the level above was left, now at 95 %",
        ),
        (event(kind=EventKind.RESOLVED, reason=Reason.LEVEL_LEFT, value=0.4567),
         "no level is reached any more, now at 45.7 %"),
        (event(kind=EventKind.RESOLVED, reason=Reason.CONDITION_ENDED), "the condition no longer holds"),
        (event(kind=EventKind.RESOLVED, reason=Reason.GONE), "gone: no longer listed"),
        (budget_raised(), "budget raised from $100.00 to $250.00"),
        (new_period(), "a new budget period began on 29 Dec UTC"),
        (unbudgeted(), "the condition holds"),
        (critical(reason=Reason.BUDGET_CHANGED,
                  facts=facts(period_budget=50.0, previous_budget=None, budget_changed=True)),
         "warning → critical: budget set to $50.00"),
        (event(kind=EventKind.RESOLVED, reason=Reason.BUDGET_CHANGED,
               facts=facts(period_budget=None, previous_budget=80.0, budget_changed=True)),
         "budget removed, was $80.00"),
        (event(facts=facts(previous_budget=200.0, budget_changed=True)),
         "reached the 80 % level; budget lowered from $200.00 to $100.00"),
    ],
)  # fmt: skip
def test_what_changed_is_said(happened: Event, change: str) -> None:
    """Every kind and reason has its words, and a changed budget is named with both amounts."""
    assert tell(happened).change == change


def test_what_is_not_known_is_left_out() -> None:
    """Unknown spend, budget, period and value give no line at all."""
    told = tell(
        event(value=None, about=facts(email=None, period_cost=None, period_start=None, budget_duration=None))
    )  # fmt: skip

    assert (told.spent, told.share, told.filled, told.period, told.figure, told.email) == (None,) * 6


def test_a_budget_of_nothing_has_no_share() -> None:
    """Spend over a budget of 0 is no percentage, and says why."""
    told = tell(event(value=float("inf"), about=facts(period_budget=0.0)))

    assert (told.spent, told.share, told.figure) == ("$81.20 of $0.00", "no share: the budget is $0", "a budget of $0")


def test_spend_just_under_the_budget_does_not_read_as_the_budget() -> None:
    """Rounding to cents must not claim that the budget is used up."""
    assert tell(event(about=facts(period_cost=99.9991))).spent == "$99.9991 of $100.00"


@pytest.mark.parametrize(
    ("happened", "tone", "word"),
    [
        (critical(), Tone.CRITICAL, "Critical"),
        (budget_raised(), Tone.ENDED, "Resolved"),
        (new_period(), Tone.ENDED, "New period"),
        (event(kind=EventKind.RESOLVED, reason=Reason.GONE), Tone.ENDED, "Gone"),
    ],
)
def test_how_bad_it_is_stands_first(happened: Event, tone: Tone, word: str) -> None:
    """A word and a colour of one meaning."""
    assert (tell(happened).tone, tell(happened).word) == (tone, word)


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (compose([critical()], id="m"), "Critical: Acme Robotics GmbH up to 102.3 % · period-budget · prod"),
        (compose([event()], id="m"), "Warning: John Doe at 81.2 % · period-budget · prod"),
        (compose([budget_raised()], id="m"), "Resolved: Blue Whale Ltd now 32.5 % · period-budget · prod"),
        (compose([new_period()], id="m"), "New period: Nordlicht · period-budget · prod"),
        (compose([unbudgeted()], id="m"), "Info: shadow@corp.example · unbudgeted-spender · prod"),
        (compose([critical(), event(), budget_raised()], id="m"),
         "3 alerts: 1 critical, 1 warning, 1 resolved · period-budget · prod"),
        (compose([event(found_at_start=True), unbudgeted(found_at_start=True)], id="m"),
         "Found at start · 2 alerts: 1 warning, 1 info · 2 rules · prod"),
        (Message(id="m", notice=Notice(title="prod: the API\nrefuses the key", body="", severity=Severity.CRITICAL,
                                       at=NOW)),
         "Critical: prod: the API refuses the key"),
    ],
)  # fmt: skip
def test_the_title_says_it_at_a_glance(message: Message, line: str) -> None:
    """How bad, who or how many, what, by which rule, where."""
    assert title(message) == line


def test_a_late_message_says_when_it_was_decided() -> None:
    """A message that waited says so; one that did not is silent about it."""
    late = compose([event()], id="m", late_by=timedelta(hours=3, minutes=12))

    assert lateness(late) == "Delivered 3 h 12 min late: this was decided on 29 Dec 2025 10:30 UTC."
    assert lateness(compose([event()], id="m")) is None
