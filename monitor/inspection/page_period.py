"""What a page says of a period: when it is, and what was spent in it."""

import math
from datetime import datetime

from rich.text import Text

from monitor.inspection.explanation import Explanation
from monitor.inspection.period_cost import Basis, Doubt, PeriodCost, Sum
from monitor.inspection.section import Section
from monitor.inspection.wording import MINUS, TIMES, amount, in_full, multiple, portion, ratio
from monitor.notify.text import moment, percent, span, usd
from monitor.spending.anchor import UNBOUNDED, Anchor
from monitor.spending.markup import CENT
from monitor.spending.period import DEFAULT_DURATION, period_at
from monitor.store.times import instant

_BASIS = {
    Basis.READ: "it rests on a reading of this period",
    Basis.RECKONED: "this period was not read: nothing was spent yet when it began, which is known by arithmetic",
    Basis.NOT_READ: "no period was ever read: all that was ever spent may have been spent in this one",
    Basis.PERIOD_UNKNOWN: "the last period that is known may be over",
    Basis.PERIOD_ENDED: "the period had ended by then: in the next one it is this at most",
    Basis.CORRECTED: "the total cost fell, and nothing but a reading tells how much of this period that was",
    Basis.NO_TOTAL: "no total cost was ever listed",
    Basis.NO_BUDGET: "there is no period budget, and so no period",
}
_DOUBTS = {
    Doubt.MARKUP: "as it is not measured by how much usage grows with the total cost",
    Doubt.BETWEEN_ROWS: "as what it rests on, and the rows before and after that, are not from one instant",
    Doubt.UNREAD: "as no reading says what was spent in this period",
    Doubt.FALLEN: "as the total cost fell",
}


def period_section(explanation: Explanation, now: datetime) -> Section:
    """When the period is, and what is known of it."""
    sight, anchor = explanation.sight, explanation.sight.course.anchor
    section = Section(Text("Period", style="bold"))
    if not sight.has_period:
        section.say("none", _BASIS[Basis.NO_BUDGET])
        return section
    if anchor is None:
        section.say("began", "not known: it was never read")
    else:
        section.say("began", _began(anchor, explanation, now))
        section.say("ends", *_ends(anchor, explanation, now))
        if sight.standing.elapsed_low is not None and sight.standing.start is not None:
            section.say("elapsed", f"{percent(sight.standing.elapsed_low)} at that time")
        section.say("rests on", *_anchored(anchor, now))
        readings = sight.course.readings
        section.say("readings", f"{readings} in this period" if readings else "none in this period")
    markup = sight.course.markup
    if markup.measured:
        measured = f"measured: usage grows by {ratio(markup.low)} when the total cost grows by 1"
    else:
        measured = (
            f"not measured: usage grows by {ratio(markup.low)} to {ratio(markup.high)} when the total cost grows by 1"
        )
    section.say("markup", measured)
    waiting = instant(sight.record.waiting_since)
    if waiting is not None:
        section.say(
            "waits",
            f"for a reading since {moment(waiting, near=now)}: a rule cannot be decided without",
            style="yellow",
        )
    return section


def cost_section(explanation: Explanation) -> Section:
    """What was spent in the period, as a sum."""
    found, cost, standing = explanation.figures, explanation.cost, explanation.sight.standing
    section = Section(Text.assemble(("Period cost", "bold"), f"  {amount(found.period_cost, exact=found.exact)}"))
    section.say("why", _BASIS[cost.basis])
    if found.period_cost is None:
        return section
    _tell_sums(section, cost)
    if found.exact:
        section.say("exact", "but for what was spent while it was read")
        if cost.doubts:
            section.say("", "what is stated is the least that it can be")
        if not standing.firm:
            why = "this one was made a while ago" if standing.end or standing.settled else "its period may be over"
            section.say("", f"an alert would be confirmed by a reading first: {why}")
    elif cost.doubts:
        section.say("bounded", *(_DOUBTS[doubt] for doubt in cost.doubts))
    budget = explanation.sight.record.period_budget
    if budget is not None and found.period_used is not None:
        section.say("used", f"{portion(found.period_used, exact=found.exact)} of {usd(budget)}")
        left = amount(found.period_remaining, exact=found.exact, of_high=True)
        section.say("remaining", left)
    if found.pace is not None and found.period_used is not None and found.period_elapsed is not None:
        shares = f"{portion(found.period_used, exact=found.exact)} used / {portion(found.period_elapsed)} elapsed"
        section.say("pace", f"{multiple(found.pace, exact=found.exact)} = {shares}")
    return section


def _tell_sums(section: Section, cost: PeriodCost) -> None:
    if cost.low is not None and cost.high is not None and _same(cost.low, cost.high):
        section.say("sum", _written(cost.low))
        return
    section.say("at least", "$0.00" if cost.low is None else _written(cost.low))
    section.say("at most", "without limit" if cost.high is None else _written(cost.high))


def _began(anchor: Anchor, explanation: Explanation, now: datetime) -> str:
    if anchor.start is None:
        return "not known" if not anchor.read else "not known: the API gave no beginning"
    when = moment(anchor.start, near=now)
    if anchor.read:
        return f"{when}, as the API says"
    return f"{when}, by arithmetic: a period after the one before{_original(anchor, explanation, now)}"


def _ends(anchor: Anchor, explanation: Explanation, now: datetime) -> list[str]:
    until = explanation.sight.period_until
    ended = [f"it has ended since, {span(now - until)} ago"] if until is not None and until <= now else []
    if anchor.end is None:
        if anchor.valid_until is None:
            return ["not known"]
        return [f"not known; what is known holds until {moment(anchor.valid_until, near=now)}", *ended]
    when = moment(anchor.end, near=now)
    duration = explanation.sight.record.budget_duration
    holding = period_at(anchor.origin or anchor.start or anchor.end, duration, anchor.start or anchor.end)
    if holding is None or holding[1] != anchor.end:
        return [f"{when}, as the API says", *ended]
    length = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}[duration or DEFAULT_DURATION]
    unproven = [] if anchor.regular else ["unless it was set otherwise: the API tells no end, and no second period yet"]
    return [f"{when}, a {length} after it began{_original(anchor, explanation, now)}", *unproven, *ended]


def _original(anchor: Anchor, explanation: Explanation, now: datetime) -> str:
    """From which day periods are counted, where it is another than that on which this one began."""
    if anchor.origin is None or anchor.start is None or anchor.origin == anchor.start:
        return ""
    return f", counted from {moment(anchor.origin, near=now)}" if explanation.sight.has_period else ""


def _anchored(anchor: Anchor, now: datetime) -> list[str]:
    when = moment(anchor.at, near=now)
    if anchor.high >= UNBOUNDED:
        return [f"the row of {when}, in which the total cost had fallen to {in_full(anchor.total_low)}"]
    what = in_full(anchor.high) if anchor.low == anchor.high else f"{in_full(anchor.low)} to {in_full(anchor.high)}"
    kind = "a reading of" if anchor.read else "the beginning of the period on" if anchor.start else "the row of"
    lines = [f"{kind} {when}: {what} spent in the period by then"]
    if anchor.total_high is None:
        lines.append(f"total cost {in_full(anchor.total_low)} or more at that time; none was listed since")
    elif anchor.total_high == anchor.total_low:
        lines.append(f"total cost {in_full(anchor.total_low)} at that time")
    else:
        before, after = in_full(anchor.total_low), in_full(anchor.total_high)
        lines.append(f"total cost {before} to {after} at that time, by the rows and readings around it")
    return lines


def _written(total: Sum) -> str:
    grown = f"({in_full(total.total)} {MINUS} {in_full(total.since)}) {TIMES} {ratio(total.ratio)}"
    return f"{in_full(total.base)} + {grown} = {in_full(total.result)}"


def _same(one: Sum, other: Sum) -> bool:
    return math.isclose(one.result, other.result, abs_tol=CENT / 100)
