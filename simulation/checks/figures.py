"""Every figure in an alert is right: the period's cost to a cent and what the readings leave open, the rest exactly."""

from collections.abc import Iterator
from datetime import datetime

from simulation.case import UNTOLD_END, Case, Verdict, untold_ends
from simulation.checks.said import described, shown
from simulation.journal import Told
from simulation.truth import Truth
from simulation.year import INSTANT

CENT = 0.01
_EXACT = 1e-6


def costs_right(case: Case) -> Verdict:
    """A stated period cost is off by a cent at most, and by what was spent around the reading that it rests on."""
    verdict = Verdict("period costs stated")
    for told in case.journal.told:
        cost = told.event.facts.period_cost
        if cost is None:
            continue
        verdict.judged += 1
        truth = case.truths[told.customer]
        open_, reading = _left_open(case, truth, told)
        off = _off(case, truth, told, cost)
        if off is None or off > CENT + open_:
            true = f"{shown(truth.at(told.at))}; {open_:.6f} spent around the reading at {reading}"
            verdict.add(case.violation(told.customer, told.at, described(told), true))
    return verdict


def facts_right(case: Case) -> Verdict:
    """Budget, total cost, and the start and end of the period are stated as they are, or not at all."""
    verdict = Verdict("budgets, totals and periods stated")
    for told in case.journal.told:
        facts, truth = told.event.facts, case.truths[told.customer]
        verdict.judged += 1
        rows = case.rows(told.customer).between(told.began, told.at)
        states = truth.within(told.began, told.at)
        wrong = [
            name
            for name, stated, true in (
                ("period start", facts.period_start, [state.start for state in states]),
                ("period end", facts.period_end, [state.end for state in states]),
            )
            if stated is not None and stated not in true
        ]
        if facts.period_budget not in {state.budget for state in states}:
            wrong.append("budget")
        totals = [truth.at(row).total_cost for row in rows]
        if facts.total_cost is None or not any(abs(facts.total_cost - total) <= _EXACT for total in totals):
            wrong.append("total cost")
        for name in wrong:
            stated = getattr(facts, {"budget": "period_budget"}.get(name, name.replace(" ", "_")))
            said = f"{name} {stated} ({described(told)})"
            excuse = UNTOLD_END if name == "period end" and told.at < max(untold_ends(truth) or (told.at,)) else ""
            verdict.add(case.violation(told.customer, told.at, said, shown(truth.at(told.at)), excuse=excuse))
    return verdict


def errors_of_costs(case: Case) -> list[float]:
    """By which share of the budget each stated period cost was off, whatever it may be off by."""
    errors = []
    for told in case.journal.told:
        facts, truth = told.event.facts, case.truths[told.customer]
        off = None if facts.period_cost is None else _off(case, truth, told, facts.period_cost)
        if off is not None and facts.period_budget:
            errors.append(off / facts.period_budget)
    return errors


def _off(case: Case, truth: Truth, told: Told, cost: float) -> float | None:
    """USD between a stated cost and the usage of the answers that it may come from; None: there was no budget then."""
    usages = [usage for usage in (truth.at(at).usage for at in _instants(case, told)) if usage is not None]
    return min((abs(cost - usage) for usage in usages), default=None)


def _instants(case: Case, told: Told) -> Iterator[datetime]:
    """Instants of the answers from which a figure may come, and that of the decision, which may lie in a new period."""
    yield from case.rows(told.customer).between(told.began, told.at)
    yield from case.details(told.customer).between(told.began, told.at)
    yield told.at


def _left_open(case: Case, truth: Truth, told: Told) -> tuple[float, str]:
    """USD spent between the rows next to the reading that a figure rests on, and when that was."""
    reading = getattr(told.event.facts, "anchored_at", None) or case.details(told.customer).last(told.at)
    if reading is None:
        return 0.0, "no time: there was none"
    rows = case.rows(told.customer)
    before = rows.last(reading)
    after = rows.first(reading + INSTANT)
    since = reading if before is None else before
    until = told.at if after is None or after > told.at else after
    return truth.spent(since, until), f"{reading:%Y-%m-%d %H:%M:%S}"
