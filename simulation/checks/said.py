"""Whatever is said was so at some instant between the start of the walk and the decision."""

from collections.abc import Sequence
from datetime import datetime

from monitor.alerts.model import EventKind, Reason
from simulation.case import Case, Verdict
from simulation.journal import Told
from simulation.rules import RULES, SLACK, TrueRule
from simulation.truth import State, Truth

_ROSE = (EventKind.FIRED, EventKind.ESCALATED)


def nothing_false(case: Case) -> Verdict:
    """No alert says what is not so: neither that a level is reached, nor that it was left, nor that a period began."""
    verdict = Verdict("said and true")
    for (customer, name), events in case.told.items():
        truth, rule = case.truths[customer], RULES[name]
        before: Told | None = None
        for told in events:
            if told.said:
                verdict.judged += 1
                wrong = _wrong(told, before, truth, rule)
                if wrong:
                    fired = [before.at] if before is not None and told.event.kind is EventKind.RESET else []
                    verdict.add(case.violation(customer, told.at, described(told), wrong, rests_on=fired))
            before = told if told.event.kind is EventKind.FIRED or before is None else before
    return verdict


def nothing_false_unsaid(case: Case) -> Verdict:
    """What is recorded without being said, as that a level is reached again, is so too: pages and metrics show it."""
    verdict = Verdict("recorded, not said, and true")
    for told in case.journal.told:
        if told.said or told.event.kind not in _ROSE:
            continue
        verdict.judged += 1
        wrong = _wrong(told, None, case.truths[told.customer], RULES[told.event.rule])
        if wrong:
            verdict.add(case.violation(told.customer, told.at, described(told), wrong))
    return verdict


def reasons_true(case: Case) -> Verdict:
    """Where an event says that the budget was changed, it was, since the last event of an earlier poll."""
    verdict = Verdict("budget changes that were told")
    for (customer, _), events in case.told.items():
        since, before = case.journal.began, None
        for told in events:
            if before is not None and before.began != told.began:
                since = before.at
            before = told
            if told.event.reason is Reason.BUDGET_CHANGED or told.event.facts.budget_changed:
                verdict.judged += 1
                terms = {state.terms for state in case.truths[customer].within(since, told.at)}
                if len(terms) < 2:  # noqa: PLR2004 - before and after
                    true = f"no budget was changed since {since:%Y-%m-%d %H:%M}"
                    verdict.add(case.violation(customer, told.at, described(told), true))
    return verdict


def described(told: Told) -> str:
    """An event in a line."""
    event = told.event
    level = "" if event.level is None else f" at {event.level:g}"
    value = "" if event.value is None else f", value {event.value:.6g}"
    cost = "" if event.facts.period_cost is None else f", period cost {event.facts.period_cost:.6f}"
    silent = "" if told.said else " (not said)"
    return f"{event.rule} {event.kind.value}{level} ({event.reason.value}{value}{cost}){silent}"


def shown(state: State) -> str:
    """What is true, in a line."""
    if state.usage is None or state.start is None or state.end is None:
        return f"no budget, {state.total_cost:.6f} in total"
    period = f"{state.start:%Y-%m-%d %H:%M} to {state.end:%Y-%m-%d %H:%M}"
    return f"{state.usage:.6f} of {state.budget:g} used, {state.total_cost:.6f} in total, period {period}"


def _wrong(told: Told, fired: Told | None, truth: Truth, rule: TrueRule) -> str:
    """What is wrong with an event; empty: nothing is."""
    states = truth.within(told.began, told.at)
    event = told.event
    if event.kind is EventKind.RESET:
        return _not_begun(states, fired, truth)
    index = rule.levels.index(event.level)
    generous = [_rank(rule, state, SLACK) for state in states]
    strict = [_rank(rule, state, -SLACK) for state in states]
    match event.kind:
        case EventKind.FIRED | EventKind.ESCALATED:
            right = max(generous) >= index
        case EventKind.DEESCALATED:
            right = any(low <= index <= high for low, high in zip(strict, generous, strict=True))
        case _:
            right = min(strict) < index and event.reason is not Reason.GONE
    return "" if right else shown(truth.at(told.at))


def _not_begun(states: Sequence[State], fired: Told | None, truth: Truth) -> str:
    if fired is None:
        return "nothing had fired"
    then = [state.start for state in truth.within(fired.began, fired.at) if state.start is not None]
    now = [state.start for state in states if state.start is not None]
    if not then or not now or max(now) <= min(then):
        return f"no period has begun since it fired at {_minute(fired.at)}: {shown(states[-1])}"
    return ""


def _rank(rule: TrueRule, state: State, slack: float) -> int:
    """Index of the furthest level reached; -1: none."""
    reached = rule.reached(state, slack=slack)
    return -1 if reached is None else reached


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
