"""What a page says of what was spent lately, and of where the period is heading."""

from datetime import datetime, timedelta

from rich.text import Text

from monitor.inspection.explanation import Explanation
from monitor.inspection.projection import Reason
from monitor.inspection.section import Section
from monitor.inspection.spent import Ground, Spent
from monitor.inspection.wording import MINUS, TIMES, amount, in_full
from monitor.notify.text import moment, usd
from monitor.spending.forecast import FIRST_READINGS, RECENT_WEIGHT
from monitor.store.times import instant

_WINDOWS = {
    "spend_1h": "last hour",
    "spend_24h": "last 24 hours",
    "spend_7d": "last 7 days",
    "spend_30d": "last 30 days",
}
_HOURS = {"spend_24h": "24 hours", "spend_7d": "7 days", "spend_30d": "30 days"}


def spent_section(explanation: Explanation, now: datetime) -> Section:
    """What was spent lately, and what that rests on."""
    section = Section(Text("Spent lately", style="bold"))
    for spent in explanation.spent:
        section.say(_WINDOWS[spent.field], _window(spent, explanation, now))
    return section


def forecast_section(explanation: Explanation, now: datetime) -> Section:
    """What the period will have cost."""
    made, found = explanation.projection, explanation.figures
    section = Section(Text("Forecast", style="bold"))
    match made.reason:
        case Reason.NO_BUDGET:
            section.say("none", "there is no period budget, and so no period")
        case Reason.NO_COST:
            section.say("none", "what was spent so far is not known")
        case Reason.NO_PERIOD:
            section.say("none", "it is not known when the period began, or when it ends")
        case Reason.TOO_EARLY:
            readings = explanation.sight.course.readings
            section.say(
                "none",
                f"neither has a tenth of the period passed, nor was it read {FIRST_READINGS} times ({readings} so far)",
            )
        case Reason.MADE:
            _tell_forecast(section, explanation, now)
    if made.reason is Reason.MADE and not found.exact and found.projected_period_cost is not None:
        section.say("bounded", f"{amount(found.projected_period_cost)}, as the period cost is")
    return section


def _tell_forecast(section: Section, explanation: Explanation, now: datetime) -> None:
    made, exact = explanation.projection, explanation.figures.exact
    hourly, left = in_full(made.rate), f"{made.left:,.1f} hours left"
    section.say(
        "projected",
        f"{usd(made.projected or 0.0)} = {in_full(made.cost)} + {hourly} an hour {TIMES} {left}"
        + ("" if exact else ", from the least that the period cost can be"),
    )
    if made.window is not None and made.recent is not None:
        hours = made.window.length / timedelta(hours=1)
        weight = f"{RECENT_WEIGHT:g} {TIMES}"
        marked_up = " with the markup" if explanation.sight.course.markup.low != 1.0 else ""
        section.say(
            "rate",
            f"{hourly} an hour = ({in_full(made.cost)} + {weight} {in_full(made.recent)}{marked_up} of the last "
            f"{_HOURS[made.window.field]}) / ({made.elapsed:,.1f} hours elapsed + {weight} {hours:g} hours)",
        )
    else:
        section.say("rate", f"{hourly} an hour: that of the period so far, as nothing is known of late")
    if made.low is not None and made.high is not None:
        section.say("likely", f"four in five end between {usd(made.low)} and {usd(made.high)}")
    if made.exhausts_at is not None and made.exhausts_at <= explanation.sight.as_of:
        section.say("budget", "it has run out already", style="red")
    elif made.exhausts_at is not None:
        before = "" if exact else " at the latest"
        section.say("budget", f"it runs out on {moment(made.exhausts_at, near=now)}{before}", style="yellow")
    else:
        section.say("budget", "at that rate it lasts until the period ends")


def _window(spent: Spent, explanation: Explanation, now: datetime) -> str:
    sight = explanation.sight
    began = moment(spent.began, near=now)
    known = moment(instant(sight.record.known_since), near=now)
    usd_spent = "" if spent.usd is None else in_full(spent.usd)
    match spent.ground:
        case Ground.UNCHANGED:
            return f"{usd_spent}: the total cost has not grown since {began}"
        case Ground.WHOLE_LIFE:
            return f"{usd_spent}: all that it ever spent, as it was first seen since {began}"
        case Ground.KNOWN_TOO_SHORTLY:
            return f"not known: the window begins at {began}, and it is known since {known} only"
        case Ground.NOBODY_LOOKED:
            return f"not known: nobody looked around {began}, when the window begins"
        case Ground.MARK:
            then = spent.mark.spent if spent.mark is not None else None
            total = in_full(sight.record.spent)
            return f"{usd_spent} = {total} {MINUS} {in_full(then or 0.0)} at {began}"
