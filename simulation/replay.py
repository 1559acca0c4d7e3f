"""Everything that happened to one customer in a run, in order: for whoever looks into a violation."""

from collections.abc import Iterator
from datetime import datetime

from simulation.case import Case
from simulation.checks.said import described, shown
from simulation.truth import Truth


def replay(case: Case, customer: str) -> Iterator[str]:
    """Tell it line by line.

    Args:
        case: The run.
        customer: Identifier.

    Raises:
        KeyError: There is no such customer.
    """
    truth = case.truths[customer]
    who = truth.customer
    yield (
        f"{who.customer_identifier!r}: {who.period_budget} USD {who.budget_duration}, periods from {who.period_anchor}"
        f"{f', the first until {who.first_period_end}' if who.first_period_end else ''}"
        f", markup {who.markup_percentage:g} %"
        f"{'' if who.reports_period_end else ', ends are not told'}"
        f"{'' if who.reports_older_fields else ', total usage is not told'}"
    )
    for at, line in sorted(_lines(case, truth), key=lambda each: each[0]):
        yield f"{at:%Y-%m-%d %H:%M:%S.%f}  {line}"


def _lines(case: Case, truth: Truth) -> Iterator[tuple[datetime, str]]:
    yield from _planned(case, truth)
    journal = case.journal
    for request in journal.requests:
        if request.customer == truth.key:
            at = request.answered or request.sent
            yield at, f"detail {'read' if request.good else 'failed'}: {shown(truth.at(at))}"
    for told in journal.told:
        if told.customer == truth.key:
            row = case.rows(truth.key).last(told.at)
            true = f"; the row of {row:%H:%M:%S.%f}: {shown(truth.at(row))}" if row is not None else ""
            yield told.at, f"EVENT {described(told)}{true}"


def _planned(case: Case, truth: Truth) -> Iterator[tuple[datetime, str]]:
    """What happens whether or not anybody watches."""
    customer = truth.customer
    yield from ((at, f"-- {shown(truth.at(at))}") for at in truth.breaks)
    yield from ((at, f"-- budget changed to {budget}") for at, budget in customer.budget_changes)
    yield from ((at, f"-- {each.duration} periods from {each.anchor}") for at, each in customer.schedule_changes)
    for each in customer.corrections:
        yield each.at, f"-- taken back: {each.total_cost:.6f} of the total, {each.period_usage:.6f} of the usage"
    for spans, begins, ends in (
        (case.plan.spans, "-- the daemon starts", "-- the daemon is stopped"),
        (case.plan.outages, "-- the API is down", "-- the API is up again"),
    ):
        for since, until in spans:
            yield since, begins
            yield until, ends
