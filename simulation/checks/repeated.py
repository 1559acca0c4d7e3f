"""No level is said twice in a period under the same budget, over restarts too."""

from datetime import datetime

from monitor.alerts.model import EventKind
from simulation.case import Case, Verdict
from simulation.checks.said import described
from simulation.journal import Told
from simulation.rules import RULES, TrueRule
from simulation.truth import Truth

_ROSE = (EventKind.FIRED, EventKind.ESCALATED)


def nothing_repeated(case: Case) -> Verdict:
    """A level is said once, and not after a further one. What speaks of no period may have ended in between."""
    verdict = Verdict("levels said once a period")
    for (customer, name), events in case.told.items():
        rule, truth = RULES[name], case.truths[customer]
        last: dict[object, Told] = {}
        resets: list[datetime] = []
        for told in events:
            if told.event.kind is EventKind.RESET:
                resets.append(told.at)
            if not rule.per_period and told.event.kind in (EventKind.RESOLVED, EventKind.DEESCALATED):
                last.clear()
            if not told.said or told.event.kind not in _ROSE:
                continue
            verdict.judged += 1
            period = _period(rule, truth, told)
            if period is None:
                continue  # Said at the very turn of two periods: which of them it speaks of is open.
            before = last.get(period)
            if before is not None and _level(rule, told) <= _level(rule, before):
                true = f"said at {before.at:%Y-%m-%d %H:%M:%S}: {described(before)}"
                verdict.add(
                    case.violation(customer, told.at, described(told), true, rests_on=(before.at, *resets[-1:]))
                )
            else:
                last[period] = told
    return verdict


def _period(rule: TrueRule, truth: Truth, told: Told) -> object:
    """What the level is said once in; None where that cannot be told."""
    if not rule.per_period:
        return "life"
    periods = {state.period for state in truth.within(told.began, told.at)}
    return periods.pop() if len(periods) == 1 else None


def _level(rule: TrueRule, told: Told) -> int:
    return rule.levels.index(told.event.level)
