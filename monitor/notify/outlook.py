"""Where a period is heading, in a sentence: how much is used, how much of its time is gone, and when it runs out."""

from datetime import datetime, timedelta

from monitor.alerts.model import Event, Facts
from monitor.notify.text import percent, span, usd

_NOUN = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_DAY = timedelta(days=1)


def outlook(event: Event) -> str | None:
    """`83 % used with 61 % of the month gone; at this rate it runs out on Tue 25 Nov, 6 days early`.

    None where the budget, what was spent of it, or the time that is gone is not known.
    """
    facts = event.facts
    cost, budget, elapsed = facts.period_cost, facts.period_budget, facts.period_elapsed
    if cost is None or elapsed is None or budget is None or budget <= 0:
        return None
    noun = _NOUN.get(facts.budget_duration or "monthly", "period")
    now = f"{percent(cost / budget)} used with {percent(round(elapsed, 2))} of the {noun} gone"
    ahead = _ahead(facts, event.at, noun)
    return f"{now}; at this rate {ahead}" if ahead else now


def _ahead(facts: Facts, at: datetime, noun: str) -> str | None:
    runs_out, end = facts.exhausts_at, facts.period_end
    if runs_out is not None and end is not None and at < runs_out < end:
        return f"it runs out on {_day(runs_out, near=end - runs_out)}, {_early(end - runs_out)} early"
    if facts.projected_period_cost is not None:
        return f"the {noun} comes to {usd(facts.projected_period_cost)}"
    return None


def _day(at: datetime, *, near: timedelta) -> str:
    """A day; with the hour where it matters."""
    hour = f" {at:%H:%M} UTC" if near < 2 * _DAY else ""
    return f"{at:%a} {at.day} {at:%b}{hour}"


def _early(length: timedelta) -> str:
    days = round(length / _DAY)
    if length < 2 * _DAY:
        return span(timedelta(hours=max(1, round(length / timedelta(hours=1)))))
    return f"{days} days"
