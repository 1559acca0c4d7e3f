"""A page about one customer, for people: every figure with where it comes from."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from monitor.inspection.explanation import Explanation
from monitor.inspection.page_outlook import forecast_section, spent_section
from monitor.inspection.page_period import cost_section, period_section
from monitor.inspection.page_rules import rules_sections
from monitor.inspection.section import Section
from monitor.notify.text import clean, moment, percent, span, usd
from monitor.store.times import instant
from monitor.terminal import ago


def print_explanations(console: Console, explanations: Sequence[Explanation], now: datetime) -> None:
    """Print a page for each customer."""
    for number, explanation in enumerate(explanations):
        if number:
            console.print()
        for position, section in enumerate(_sections(explanation, now)):
            if position:
                console.print()
            console.print(section)


def _sections(explanation: Explanation, now: datetime) -> Iterator[Section]:
    yield _head(explanation, now)
    yield _listed(explanation, now)
    yield period_section(explanation, now)
    if explanation.sight.has_period:
        yield cost_section(explanation)
    yield spent_section(explanation, now)
    if explanation.sight.has_period:
        yield forecast_section(explanation, now)
    yield from rules_sections(explanation, now)


def _head(explanation: Explanation, now: datetime) -> Section:
    key = explanation.sight.key
    section = Section(Text.assemble((clean(key.customer_identifier), "bold"), f" · {clean(key.environment)}"))
    if key.organization:
        section.say("organization", clean(key.organization))
    section.say("as of", _as_of(explanation, now))
    if explanation.left_out:
        section.say("left out", f"by the filters of {clean(key.environment)}: no rule is about it", style="yellow")
    return section


def _as_of(explanation: Explanation, now: datetime) -> str:
    sight, complete_at = explanation.sight, explanation.progress.last_complete_at
    environment = clean(sight.environment)
    when = f"{moment(sight.as_of, near=now)} ({ago(now - sight.as_of)} ago)"
    if sight.record.missing_since is not None:
        return f"{when}: it is no longer listed, and this is how it was until then"
    if complete_at is None:
        return f"{when}; {environment} was not read completely yet"
    if sight.as_of == complete_at:
        return f"{when}, when everybody in {environment} had last been read"
    return f"{when}; everybody in {environment} had last been read at {moment(complete_at, near=now)}"


def _listed(explanation: Explanation, now: datetime) -> Section:
    sight, record, known = explanation.sight, explanation.sight.record, explanation.person
    section = Section(Text("Listed", style="bold"))
    who = [clean(each) for each in (known.row.name, known.row.email) if each]
    if who:
        section.say("name, email", ", ".join(who), _by_whom(explanation, now))
    section.say("total cost", *_total(explanation, now))
    duration = clean(record.budget_duration) if record.budget_duration else "monthly, as no duration is listed"
    section.say("period budget", "none" if record.period_budget is None else f"{usd(record.period_budget)} {duration}")
    used = explanation.figures.total_used
    spent = f", of which {percent(used.low)} is spent" if used is not None else ""
    section.say("lifetime budget", "none" if record.total_budget is None else f"{usd(record.total_budget)}{spent}")
    if sight.first_seen is not None:
        section.say("first seen", moment(sight.first_seen, near=now))
    section.say("known since", _known_since(explanation, now))
    fell = [
        f"{moment(at, near=now)}: the {correction.of.value} fell from {usd(correction.before)} to "
        f"{usd(correction.after)}"
        for at, correction in explanation.corrections
    ]
    section.say("corrections", *fell or ["none was seen"])
    return section


def _total(explanation: Explanation, now: datetime) -> list[str]:
    record, asked = explanation.sight.record, explanation.asked
    if record.total_cost is None:
        return ["none was ever listed"]
    changed = instant(record.changed_at)
    seen = f"last seen to grow on {moment(changed, near=now)}" if changed else "not seen to grow since it is known"
    lines = [f"{usd(record.total_cost)}, {seen}"]
    if record.fallen:
        lines.append(f"corrections have taken {usd(record.fallen)} off it in all")
    if asked is not None and asked.total_cost not in {None, record.total_cost}:
        lines.append(f"just now the API lists {usd(asked.total_cost or 0.0)}: the next poll takes that in")
    return lines


def _known_since(explanation: Explanation, now: datetime) -> str:
    sight, progress = explanation.sight, explanation.progress
    since = instant(sight.record.known_since)
    told = f"{moment(since, near=now)} ({span(now - since)})"
    if progress.first_complete_at is None or since <= progress.first_complete_at:
        told += f", the first reading of {clean(sight.environment)}"
    return f"{told}; it has spent nothing since" if sight.record.since_start else told


def _by_whom(explanation: Explanation, now: datetime) -> str:
    known = explanation.person
    if known.asked_at is not None:
        return "as the API lists it now"
    return f"as listed on {moment(known.told_at or now, near=now)}, kept with the alert of {clean(known.told_by or '')}"
