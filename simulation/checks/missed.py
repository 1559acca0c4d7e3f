"""No crossing is missed: a level that holds through the answers of two polls is said by the end of the second."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from monitor.alerts.model import EventKind
from simulation.case import Case, Verdict
from simulation.checks.said import shown
from simulation.journal import Polled, Told
from simulation.rules import RULES, SLACK, TrueRule
from simulation.truth import State, Truth


@dataclass(slots=True)
class _Heard:
    """What people know of one rule for one customer, as events come in.

    Attributes:
        active: Index of the level that the alert stands at; -1: there is no alert.
        since: When a level of it was last said; None: never.
        said: The furthest level said, by period and terms.
    """

    rule: TrueRule
    truth: Truth
    active: int = -1
    since: datetime | None = None
    said: dict[tuple[datetime | None, int], int] = field(default_factory=dict)

    def take(self, told: Told) -> None:
        """Hear of an event."""
        match told.event.kind:
            case EventKind.RESOLVED | EventKind.RESET:
                self.active = -1
                return
            case _:
                self.active = self.rule.levels.index(told.event.level)
        if told.said:
            self.since = told.at
            period = self.truth.at(told.at).period
            self.said[period] = max(self.said.get(period, -1), self.active)

    def knows(self, level: int, state: State) -> bool:
        """Whether people know that a level is reached: it was said in this period, and not of another budget.

        An alert that stands through a change of its budget is not said again as long as its level is the same.
        """
        if not self.rule.per_period:
            return self.active >= level
        if self.said.get(state.period, -1) >= level:
            return True
        said_in_period = self.since is not None and state.start is not None and self.since >= state.start
        return self.active >= level and said_in_period


def nothing_missed(case: Case) -> Verdict:
    """Every level that was reached in two successful polls was said by the end of the second."""
    verdict = Verdict("crossings told by the poll after next")
    for customer, truth in case.truths.items():
        states = [(poll, truth.at(at)) for poll, at in _answered(case, customer)]
        for name, rule in RULES.items():
            events = case.told.get((customer, name), [])
            _judge(case, verdict, _Heard(rule, truth), states, events)
    return verdict


def _answered(case: Case, customer: str) -> Iterator[tuple[Polled, datetime]]:
    """The successful polls, and when a customer's row in them was true."""
    rows = case.rows(customer)
    for poll in case.journal.polls:
        at = rows.last(poll.ended)
        if poll.good and at is not None and at >= poll.began:
            yield poll, at


def _judge(case: Case, verdict: Verdict, heard: _Heard, states: list[tuple[Polled, State]], events: list[Told]) -> None:
    rule, customer = heard.rule, heard.truth.key
    counted: set[tuple[object, int]] = set()
    taken = 0
    earlier: tuple[State, int] | None = None
    for poll, state in states:
        while taken < len(events) and events[taken].at <= poll.ended:
            heard.take(events[taken])
            taken += 1
        reached = rule.reached(state, slack=-SLACK)
        level = -1 if reached is None else reached
        before, earlier = earlier, (state, level)
        if not rule.per_period:
            counted = {each for each in counted if each[1] <= level}  # What was left may be reached once more.
        if before is None or level < 0 or before[0].period != state.period:
            continue
        held = min(level, before[1])
        crossing = (state.period if rule.per_period else None, held)
        if held < 0 or crossing in counted:
            continue
        counted.add(crossing)
        verdict.judged += 1
        if not heard.knows(held, state):
            later = _later(events[taken:], rule, held)
            said = f"{rule.name} at {_threshold(rule, held)}: not said; {later}"
            verdict.add(case.violation(customer, poll.ended, said, shown(state)))


def _later(events: list[Told], rule: TrueRule, level: int) -> str:
    for told in events:
        risen = told.event.kind in (EventKind.FIRED, EventKind.ESCALATED)
        if risen and told.said and rule.levels.index(told.event.level) >= level:
            return f"said next at {told.at:%Y-%m-%d %H:%M}"
    return "never said again"


def _threshold(rule: TrueRule, level: int) -> str:
    threshold = rule.levels[level]
    return "its condition" if threshold is None else f"{threshold:g}"
