"""A page about customers as JSON, with the same reasons under the names that stand for them."""

from collections.abc import Mapping
from datetime import datetime

from monitor.alerts.model import AlertState
from monitor.inspection.explanation import Explanation
from monitor.inspection.listing import Entry
from monitor.inspection.listing_json import Json, entry_json, time, within
from monitor.inspection.period_cost import Sum
from monitor.inspection.spent import Spent
from monitor.inspection.verdicts import Part, Verdict
from monitor.report import alert_json, event_json
from monitor.spending.anchor import UNBOUNDED
from monitor.store.times import instant
from monitor.store.told import Told


def explanation_json(explanation: Explanation, now: datetime) -> Json:
    """One customer: what a listing has, and where it comes from."""
    sight, record = explanation.sight, explanation.sight.record
    firing = [alert.life.severity for alert in explanation.alerts if alert.life.state is AlertState.FIRING]
    worst = max(firing, key=lambda severity: severity.rank, default=None)
    listed = entry_json(Entry(sight, explanation.figures, worst, None), now)
    return {
        **{name: value for name, value in listed.items() if name != "over" and not name.startswith("spend_")},
        "first_seen": time(sight.first_seen),
        "known_since": time(instant(record.known_since)),
        "changed_at": time(instant(record.changed_at)),
        "complete_at": time(explanation.progress.last_complete_at),
        "corrections": [
            {"at": time(at), "figure": found.of.value, "before": found.before, "after": found.after}
            for at, found in explanation.corrections
        ],
        "anchor": _anchor(explanation),
        "readings": sight.course.readings,
        "markup": {"low": sight.course.markup.low, "high": sight.course.markup.high},
        "period_cost_basis": explanation.cost.basis.value,
        "period_cost_doubts": [doubt.value for doubt in explanation.cost.doubts],
        "period_cost_low": _sum(explanation.cost.low),
        "period_cost_high": _sum(explanation.cost.high),
        "spent": {spent.field: _spent(spent) for spent in explanation.spent},
        "forecast": _forecast(explanation),
        "row": _row(explanation),
        "asked_at": time(explanation.person.asked_at),
        "left_out": explanation.left_out,
        "rules": None if explanation.verdicts is None else [_rule(verdict) for verdict in explanation.verdicts],
        "alerts": [alert_json(alert) for alert in explanation.alerts],
        "events": [_event(told) for told in explanation.told],
    }


def _anchor(explanation: Explanation) -> Json | None:
    anchor = explanation.sight.course.anchor
    if anchor is None:
        return None
    return {
        "at": time(anchor.at),
        "read": anchor.read,
        "usage": {"low": anchor.low, "high": None if anchor.high >= UNBOUNDED else anchor.high},
        "total_cost": {"low": anchor.total_low, "high": anchor.total_high},
        "period_start": time(anchor.start),
        "period_end": time(anchor.end),
        "first_period_start": time(anchor.origin),
        "valid_until": time(anchor.valid_until),
        "regular": anchor.regular,
    }


def _sum(of: Sum | None) -> Json | None:
    if of is None:
        return None
    return {"base": of.base, "total_cost": of.total, "since": of.since, "ratio": of.ratio, "result": of.result}


def _spent(spent: Spent) -> Json:
    mark = spent.mark
    return {
        "usd": spent.usd,
        "since": time(spent.began),
        "ground": spent.ground.value,
        "mark": None if mark is None else {"at": time(mark.at), "spent": mark.spent},
    }


def _forecast(explanation: Explanation) -> Json:
    made = explanation.projection
    return {
        "reason": made.reason.value,
        "projected": made.projected,
        "low": made.low,
        "high": made.high,
        "rate": made.rate,
        "hours_elapsed": made.elapsed,
        "hours_left": made.left,
        "window": None if made.window is None else made.window.field,
        "recent": made.recent,
    }


def _row(explanation: Explanation) -> Mapping[str, object]:
    """The fields of the row that are known."""
    known = explanation.person
    fields = {name: getattr(known.row, name) for name in sorted(known.known)}
    return {name: time(value) if isinstance(value, datetime) else value for name, value in fields.items()}


def _rule(verdict: Verdict) -> Json:
    levels = verdict.entry.rule.levels
    reached = None if verdict.reached is None else levels[verdict.reached]
    possible = None if verdict.possible is None else levels[verdict.possible]
    return {
        "rule": verdict.entry.name,
        "answer": verdict.answer.value,
        "severity": None if reached is None else reached.severity,
        "level": None if reached is None else reached.threshold,
        "possible_severity": None if possible is None else possible.severity,
        "possible_level": None if possible is None else possible.threshold,
        "needs": sorted(verdict.lacking),
        "formulas": {part.key: _part(part) for part in verdict.parts},
    }


def _part(part: Part) -> Json:
    answer = within(part.value) if part.truth is None else part.truth.value
    return {"text": part.text, "filled": part.filled, "result": answer}


def _event(told: Told) -> Json:
    deliveries = [
        {"channel": each.channel, "state": each.state, "at": time(each.finished_at)} for each in told.deliveries
    ]
    return {**event_json(told.event), "deliveries": deliveries}
