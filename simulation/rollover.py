"""A month's end for an organization: the budgets of all its customers begin anew within one minute."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from monitor.alerts.model import EventKind
from monitor.demo.customer import Customer
from simulation.case import Case, Verdict
from simulation.checks.figures import costs_right, facts_right
from simulation.checks.repeated import nothing_repeated
from simulation.checks.said import nothing_false
from simulation.checks.stored import nothing_lost
from simulation.course import Steps
from simulation.life import Plan
from simulation.rules import RULES, SLACK
from simulation.truth import Truth
from simulation.year import START

TURN = START + timedelta(days=31)
"""When the periods end, within a minute from here."""

INTERVAL = timedelta(seconds=30)
CHECKS = (nothing_false, nothing_repeated, costs_right, facts_right, nothing_lost)

# Enough for a walk every half minute over fifty pages, and for as many readings in between.
_REQUESTS_PER_MINUTE = 600
_BEFORE, _AFTER = timedelta(minutes=75), timedelta(minutes=90)
_MINUTE = timedelta(minutes=1)
_BUDGET = 100.0

# Share of the customers, and how much of their budgets they have used by the end of the month.
_STATES = ((0.02, (1.0, 1.3)), (0.03, (0.8, 1.0)), (0.1, (0.5, 0.8)), (0.35, (0.2, 0.49)), (0.5, (0.0, 0.02)))
_SPENDING = 0.02
_LONG_LIVED = 0.3


def rollover_plan(customers: int) -> Plan:
    """An organization that has spent for a month, from an hour before its end to an hour and a half after."""
    dice = Random(f"rollover {customers}")  # noqa: S311 - to be repeatable
    return Plan(
        seed=0,
        customers=[_customer(dice, number) for number in range(customers)],
        spans=[(TURN - _BEFORE, TURN + _AFTER)],
        interval=INTERVAL,
        requests_per_minute=_REQUESTS_PER_MINUTE,
        instant=True,
    )


@dataclass(frozen=True, slots=True)
class Storm:
    """How the daemon met the month's end.

    Attributes:
        customers: How many there are.
        verdicts: Of the checks.
        busiest: Most requests in any minute; more than `allowed` is a storm.
        allowed: Requests a minute.
        before: Details asked for before the turn, as the daemon gets to know everybody ...
        after: ... and after it.
        peak_after: Most of them in any minute after the turn.
        reset: Alerts that ended because a period began.
        crossings: Levels reached in the new period.
        untold: Those of them that were not said by the end.
        slowest: The longest that one took to be said.
    """

    customers: int
    verdicts: Sequence[Verdict]
    busiest: int
    allowed: int
    before: int
    after: int
    peak_after: int
    reset: int
    crossings: int
    untold: int
    slowest: timedelta

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.untold) or self.busiest > self.allowed or any(each.violations for each in self.verdicts)


def judge_rollover(case: Case) -> Storm:
    """Look at a run of `rollover_plan`."""
    requests = case.journal.requests
    details = [request.sent for request in requests if request.customer is not None]
    after = [at for at in details if at >= TURN]
    delays = list(_delays(case))
    known = [delay for delay in delays if delay is not None]
    return Storm(
        customers=len(case.truths),
        verdicts=[check(case) for check in CHECKS],
        busiest=_peak([request.sent for request in requests]),
        allowed=case.plan.requests_per_minute,
        before=len(details) - len(after),
        after=len(after),
        peak_after=_peak(after),
        reset=sum(told.event.kind is EventKind.RESET for told in case.journal.told),
        crossings=len(delays),
        untold=len(delays) - len(known),
        slowest=max(known, default=timedelta(0)),
    )


def rollover_table(storm: Storm) -> Iterator[str]:
    """What came of it, line by line."""
    yield f"{storm.customers} customers, all of whose budget periods end in the minute after {TURN:%Y-%m-%d %H:%M}:"
    yield f"{'what was checked':42} {'judged':>8} {'violated':>9}"
    for verdict in storm.verdicts:
        yield f"{verdict.check:42} {verdict.judged:8} {len(verdict.violations):9}"
    yield f"{'levels of the new period, told at last':42} {storm.crossings:8} {storm.untold:9}"
    yield f"the slowest of them took {storm.slowest.total_seconds():.0f} s; {storm.reset} alerts ended with a period"
    yield f"requests in the busiest minute: {storm.busiest} of {storm.allowed}"
    yield f"details asked for: {storm.before} before it; {storm.after} after it, at most {storm.peak_after} a minute"


def _customer(dice: Random, number: int) -> Customer:
    began = START + timedelta(seconds=number % 60)
    (low, high) = dice.choices([used for _, used in _STATES], [share for share, _ in _STATES])[0]
    used = dice.uniform(low, high) * _BUDGET
    amounts = [((began - START).total_seconds() + 1.0, used)] if used else []
    if dice.random() < _LONG_LIVED:
        amounts.insert(0, (-86_400.0, 3 * _BUDGET))
    if dice.random() < _SPENDING:
        first = (TURN - _BEFORE - START).total_seconds()
        end = (TURN + _AFTER - START).total_seconds()
        usd, every = dice.uniform(0.1, 2.0), dice.uniform(20.0, 300.0)
        amounts += [(first + step * every, usd) for step in range(int((end - first) / every))]
    return Customer(
        customer_identifier=f"user_{number}",
        first_seen=began - timedelta(days=dice.randrange(1, 300)),
        spend=Steps(amounts, smooth=False),
        period_budget=_BUDGET,
        period_anchor=began,
        reports_period_end=number % 2 == 0,
        reports_older_fields=False,
    )


def _peak(instants: Sequence[datetime]) -> int:
    """Most of them in any window of a minute."""
    return max(
        (
            count + 1 - bisect_left(instants, at - _MINUTE + timedelta(microseconds=1))
            for count, at in enumerate(instants)
        ),
        default=0,
    )


def _delays(case: Case) -> Iterator[timedelta | None]:
    """How long each level of the new period took to be said, from the poll that first showed it; None: it was not."""
    polls = [poll for poll in case.journal.polls if poll.began >= TURN + _MINUTE]
    rule = RULES["period-budget"]
    for truth in case.truths.values():
        if not polls or rule.reached(truth.at(polls[-2].began), slack=-SLACK) is None:
            continue
        said = {
            told.event.level: told.at
            for told in case.told.get((truth.key, rule.name), ())
            if told.said and told.event.kind in (EventKind.FIRED, EventKind.ESCALATED) and told.at >= TURN + _MINUTE
        }
        for index in range(len(rule.levels)):
            shown = _first(truth, [poll.began for poll in polls[:-1]], index)
            if shown is None:
                continue
            told = [at for other, at in said.items() if rule.levels.index(other) >= index]
            yield max(min(told) - shown, timedelta(0)) if told else None


def _first(truth: Truth, instants: Sequence[datetime], level: int) -> datetime | None:
    """The first instant at which a level is reached; spend only rises here."""
    rule = RULES["period-budget"]

    def reached(at: datetime) -> bool:
        index = rule.reached(truth.at(at), slack=-SLACK)
        return index is not None and index >= level

    count = bisect_left(instants, True, key=reached)
    return instants[count] if count < len(instants) else None
