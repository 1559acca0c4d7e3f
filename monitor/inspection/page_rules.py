"""What a page says of rules: whether each holds, by its formula with the values put in, and what was said of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.text import Text

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState
from monitor.inspection.explanation import Explanation
from monitor.inspection.formula import Truth
from monitor.inspection.section import Section
from monitor.inspection.table import STYLES
from monitor.inspection.verdicts import Answer, Part, Verdict
from monitor.inspection.wording import UNKNOWN
from monitor.notify.text import SUMMARY_LIMIT, clean, moment, quantity, span
from monitor.rulebook import format_duration
from monitor.rules.rule import Direction, Rule
from monitor.store.outbox import DELIVERED, GIVEN_UP
from monitor.store.told import Delivery, Told

_TRUTH = {
    Truth.YES: "yes",
    Truth.NO: "no",
    Truth.UNKNOWN: "unknown, as something in it is null",
    Truth.OPEN: "only a reading tells",
}
_UNCONFIRMED = "a reading of the period is to confirm it first"
_NOT_DECIDED = "the daemon had not decided so by then: has it read this rules file?"
# Events of a rule that are shown: the page is about what is so.
_SHOWN = 5


def rules_sections(explanation: Explanation, now: datetime) -> Iterator[Section]:
    """A section for each rule that applies, and one for each alert of another rule."""
    alerts = {alert.rule: alert for alert in explanation.alerts}
    for verdict in explanation.verdicts or ():
        section = Section(Text.assemble(("Rule ", "bold"), (clean(verdict.entry.name), "bold"), "  ", _answer(verdict)))
        _tell_parts(section, verdict)
        alert = alerts.pop(verdict.entry.name, None)
        _tell_alert(section, explanation, verdict.entry.name, alert, now)
        if alert is None and verdict.answer is Answer.HOLDS:
            waits = explanation.sight.record.waiting_since is not None
            section.say("", _UNCONFIRMED if waits else _NOT_DECIDED)
        yield section
    for rule, alert in alerts.items():
        section = Section(Text.assemble(("Alert of rule ", "bold"), (clean(rule), "bold")))
        _tell_alert(section, explanation, rule, alert, now)
        yield section


def _answer(verdict: Verdict) -> Text:
    levels = verdict.entry.rule.levels
    match verdict.answer:
        case Answer.HOLDS:
            severity = levels[verdict.reached or 0].severity
            return Text(f"holds: {severity}", style=_style(severity))
        case Answer.UNDECIDED:
            sure = f"surely {levels[verdict.reached].severity}, " if verdict.reached is not None else ""
            maybe = levels[verdict.possible or 0].severity
            return Text(f"undecided: {sure}maybe {maybe}; only a reading of the period tells", style="yellow")
        case Answer.NEEDS_ROW:
            return Text(f"needs the row: use --ask to learn {', '.join(sorted(verdict.lacking))}", style="yellow")
        case Answer.DOES_NOT_HOLD:
            return Text("does not hold", style="dim")


def _tell_parts(section: Section, verdict: Verdict) -> None:
    rule = verdict.entry.rule
    for part in verdict.parts:
        section.say(part.key, clean(part.text, 2_000), f"= {part.filled} = {_outcome(part, rule)}")
    if rule.value is not None:
        section.say("levels", ", ".join(_level(verdict, index) for index in range(len(rule.levels))))
    if verdict.entry.for_:
        section.say("for", f"{format_duration(verdict.entry.for_)} before anybody is told")
    if verdict.lacking and verdict.answer is Answer.DOES_NOT_HOLD:
        section.say("", "whoever it is: nothing that is not known of the row could change that")


def _outcome(part: Part, rule: Rule) -> str:
    if part.lacking:
        return UNKNOWN
    if part.truth is not None:
        return _TRUTH[part.truth]
    value = part.value
    if value is None:
        return "unknown"
    least, most = quantity(value.low, rule.unit), quantity(value.high, rule.unit)
    return least if least == most else f"{least} to {most}"


def _level(verdict: Verdict, index: int) -> str:
    rule = verdict.entry.rule
    level = rule.levels[index]
    sign = "≥" if rule.direction is Direction.AT_LEAST else "≤"
    reached = " (reached)" if verdict.reached is not None and index <= verdict.reached else ""
    maybe = " (maybe)" if not reached and verdict.possible is not None and index <= verdict.possible else ""
    return f"{level.severity} {sign} {quantity(level.threshold or 0.0, rule.unit)}{reached}{maybe}"


def _tell_alert(section: Section, explanation: Explanation, rule: str, alert: KeptAlert | None, now: datetime) -> None:
    if alert is None:
        section.say("alert", "none")
    else:
        section.say("alert", *_life(alert, now))
        section.say("in words", clean(alert.summary, SUMMARY_LIMIT))
    told = [each for each in explanation.told if each.event.rule == rule]
    if told:
        section.say("events", *_events(told, now))


def _life(alert: KeptAlert, now: datetime) -> list[str]:
    life = alert.life
    level = "" if life.threshold is None else f" at the {quantity(life.threshold, alert.unit)} level"
    since = f"since {moment(life.since, near=now)} ({span(now - life.since)})"
    lines = [f"{life.state.value} {since}, {life.severity.value}{level}"]
    if life.state is not AlertState.RESOLVED and life.told is None:
        lines.append("nobody was told that it fires")
    elif life.told is not None and life.told.severity is not life.severity:
        lines.append(f"people were told of {life.told.severity.value}")
    if alert.missed:
        lines.append(f"the customer was missing from {alert.missed} complete reading{'s' if alert.missed > 1 else ''}")
    return lines


def _events(told: Sequence[Told], now: datetime) -> list[str]:
    lines = [_event(each, now) for each in told[:_SHOWN]]
    return [*lines, f"and {len(told) - _SHOWN} earlier"] if len(told) > _SHOWN else lines


def _event(told: Told, now: datetime) -> str:
    event = told.event
    level = "" if event.level is None else f" {quantity(event.level, event.unit)}"
    value = "" if event.value is None else f", at {quantity(event.value, event.unit)}"
    said = "; ".join(_delivery(delivery, now) for delivery in told.deliveries) or "not said"
    what = f"{event.kind.value}, {event.severity.value}{level} ({event.reason.value}){value}"
    return f"{moment(event.at, near=now)}: {what}; {said}"


def _delivery(delivery: Delivery, now: datetime) -> str:
    channel = clean(delivery.channel)
    when = f" {moment(delivery.finished_at, near=now)}" if delivery.finished_at is not None else ""
    if delivery.state == DELIVERED:
        return f"told to {channel}{when}"
    return f"given up for {channel}{when}" if delivery.state == GIVEN_UP else f"waiting for {channel}"


def _style(severity: str) -> str:
    return next((style for each, style in STYLES.items() if each.value == severity), "")
