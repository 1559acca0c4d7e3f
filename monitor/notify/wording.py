"""The words of a message, the same on every channel: what a reader is told of one event, and the title of them all.

Pure. Customer text comes out cleaned but not yet escaped: the renderer of a format does that.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from monitor.alerts.model import Event, EventKind, Facts, Reason, Severity
from monitor.notify.message import ENDED, Message
from monitor.notify.outlook import outlook
from monitor.notify.text import SUMMARY_LIMIT, clean, moment, percent, quantity, span, usd


class Tone(StrEnum):
    """How something is coloured."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    ENDED = "ended"


SIGN: Final = {Tone.CRITICAL: "🔴", Tone.WARNING: "🟠", Tone.INFO: "🔵", Tone.ENDED: "🟢"}
"""One sign for each tone, which colour-blind readers tell apart by the word that always follows."""


def tone(severity: Severity | None) -> Tone:
    """The tone of a severity; None stands for what has ended."""
    return Tone.ENDED if severity is None else Tone(severity.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a reader is told of one event. What is not known is None, and is left out rather than invented.

    Attributes:
        tone: Its colour.
        word: How bad, in a word: "Critical", "Resolved", "New period", "Gone".
        customer: Name, or identifier where there is no name; "environment prod" where it is about all customers.
        about_all: Whether it is about all customers of an environment or an organization.
        identifier: The customer's identifier, where the name is another.
        email: The customer's address.
        environment: Our label of the environment; None where the customer's place says it, or it is of several.
        rule: Name of the rule.
        figure: The figure that stands beside the name: the rule's value, else the share used.
        summary: The rule's sentence.
        spent: "$81.20 of $100.00".
        share: "81.2 %": spent in the period over the period's budget.
        filled: The share as a number from 0 to 1, to draw a bar with.
        period: "monthly, since 1 Dec UTC".
        outlook: "83 % used with 61 % of the month gone; at this rate it runs out on Tue 25 Nov, 6 days early".
        change: What changed, and why.
        at: When it was decided.
    """

    tone: Tone
    word: str
    customer: str
    about_all: bool
    identifier: str | None
    email: str | None
    environment: str | None
    rule: str
    figure: str | None
    summary: str
    spent: str | None
    share: str | None
    filled: float | None
    period: str | None
    outlook: str | None
    change: str
    at: str

    @property
    def place(self) -> str:
        """The rule, and the environment if it is to be named."""
        return f"{self.rule} · {self.environment}" if self.environment else self.rule


def tell(event: Event) -> Telling:
    """Put one event into words."""
    facts = event.facts
    about_all = not event.key.is_customer
    customer = clean(facts.customer)
    identifier = customer if about_all else clean(event.key.customer_identifier)
    share, filled = _share(facts)
    return Telling(
        tone=tone(None if event.kind in ENDED else event.severity),
        word=_word(event),
        customer=customer,
        about_all=about_all,
        identifier=identifier if identifier != customer else None,
        email=clean(facts.email) if facts.email and facts.email.strip() else None,
        environment=None if about_all else clean(event.key.environment),
        rule=clean(event.rule),
        figure=_figure(event) or share,
        summary=clean(event.summary, SUMMARY_LIMIT),
        spent=_spent(facts),
        share=share,
        filled=filled,
        period=_period(event),
        outlook=outlook(event) if event.kind not in ENDED else None,
        change=_change(event),
        at=moment(event.at),
    )


def title(message: Message) -> str:
    """One line for a subject or a headline: how bad, who or how many, what, by which rule, where."""
    if message.notice is not None:
        return f"{message.notice.severity.value.capitalize()}: {clean(message.notice.title, SUMMARY_LIMIT)}"
    alone = message.total == 1
    # Where it is about all customers, whose they are stands in the customer's place.
    named = (event.key.environment for event in message.events if not alone or event.key.is_customer)
    environments = ", ".join(dict.fromkeys(clean(environment) for environment in named if environment))
    rules = list(dict.fromkeys(clean(event.rule) for event in message.events))
    where = " · ".join(filter(None, (rules[0] if len(rules) == 1 else f"{len(rules)} rules", environments)))
    prefix = "Found at start · " if any(event.found_at_start for event in message.events) else ""
    if alone:
        told = tell(message.events[0])
        return f"{prefix}{told.word}: {told.customer}{_headline_figure(message.events[0], told)} · {where}"
    counts = ", ".join(f"{count} {'new period' if word == 'reset' else word}" for word, count in message.tally)
    return f"{prefix}{message.total} alerts{f': {counts}' if counts else ''} · {where}"


def lateness(message: Message) -> str | None:
    """The sentence of a message that comes late; None for one that does not."""
    if message.late_by is None or message.decided_at is None:
        return None
    return f"Delivered {span(message.late_by)} late: this was decided on {moment(message.decided_at)}."


def remainder(hidden: int) -> str:
    """The line that stands for the events that did not fit."""
    return f"… and {hidden} more alert{'' if hidden == 1 else 's'}"


def _word(event: Event) -> str:
    if event.reason is Reason.GONE:
        return "Gone"
    return {EventKind.RESOLVED: "Resolved", EventKind.RESET: "New period"}.get(
        event.kind, event.severity.value.capitalize()
    )


def _headline_figure(event: Event, told: Telling) -> str:
    if told.figure is None or event.reason is Reason.GONE or event.kind is EventKind.RESET:
        return ""
    before = {EventKind.ESCALATED: "up to", EventKind.DEESCALATED: "down to", EventKind.RESOLVED: "now"}
    return f" {before.get(event.kind, 'at')} {told.figure}"


def _figure(event: Event) -> str | None:
    value = event.value
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        # Spend over a budget of nothing; an infinite percentage would explain less.
        return "a budget of $0" if event.facts.period_budget == 0 else None
    return " ".join(filter(None, (quantity(value, event.unit), event.facts.bound)))


def _share(facts: Facts) -> tuple[str | None, float | None]:
    cost, budget, high = facts.period_cost, facts.period_budget, facts.period_cost_high
    if cost is None or budget is None or budget < 0:
        return None, None
    if budget == 0:
        return ("no share: the budget is $0", 1.0) if cost > 0 else (None, None)
    share = percent(cost / budget)
    if high is not None:
        share = f"{share} to {percent(high / budget)}"
    return share, min(1.0, max(0.0, cost / budget))


def _spent(facts: Facts) -> str | None:
    cost, budget = facts.period_cost, facts.period_budget
    if cost is None:
        return None
    shown = usd(cost) if facts.period_cost_high is None else f"{usd(cost)} to {usd(facts.period_cost_high)}"
    if budget is None:
        return f"{shown}, no budget"
    if cost != budget and shown == usd(budget) and abs(cost - budget) > 1e-6:  # noqa: PLR2004 - noise of a float
        shown = f"${cost:,.6f}".rstrip("0")
    return f"{shown} of {usd(budget)}"


def _period(event: Event) -> str | None:
    facts = event.facts
    duration = clean(facts.budget_duration, 20) if facts.budget_duration and facts.period_budget is not None else None
    if facts.period_start is None:
        return duration
    since = f"since {moment(facts.period_start, near=event.at)}"
    return f"{duration}, {since}" if duration else since


def _change(event: Event) -> str:
    """What changed, as a clause: "warning → critical: reached 100 %"."""
    match event.kind:
        case EventKind.ESCALATED | EventKind.DEESCALATED:
            way = "up" if event.kind is EventKind.ESCALATED else "down"
            origin = f"{event.previous_severity.value} → " if event.previous_severity else f"{way} to "
            return f"{origin}{event.severity.value}: {_cause(event)}"
        case EventKind.RESET:
            start = event.facts.period_start
            return f"a new budget period began{f' on {moment(start, near=event.at)}' if start else ''}"
        case _:
            return _cause(event)


def _cause(event: Event) -> str:
    level = f"the {quantity(event.level, event.unit)} level" if event.level is not None else "a level"
    now = _figure(event)
    match event.reason:
        case Reason.LEVEL_REACHED:
            cause = f"reached {level}"
        case Reason.CONDITION_HOLDS:
            cause = "the condition holds"
        case Reason.LEVEL_LEFT:
            left = "no level is reached any more" if event.kind is EventKind.RESOLVED else "the level above was left"
            cause = f"{left}{f', now at {now}' if now else ''}"
        case Reason.CONDITION_ENDED:
            cause = "the condition no longer holds"
        case Reason.BUDGET_CHANGED:
            return _budget_change(event.facts)
        case Reason.NEW_PERIOD:
            cause = "a new budget period began"
        case Reason.GONE:
            cause = "gone: no longer listed"
    return f"{cause}; {_budget_change(event.facts)}" if event.facts.budget_changed else cause


def _budget_change(facts: Facts) -> str:
    before, after = facts.previous_budget, facts.period_budget
    if not facts.budget_changed or before == after:
        return "budget changed"
    if before is None or after is None:
        return f"budget set to {usd(after)}" if after is not None else f"budget removed, was {usd(before or 0.0)}"
    return f"budget {'raised' if after > before else 'lowered'} from {usd(before)} to {usd(after)}"
