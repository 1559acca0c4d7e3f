"""How good the daemon's projections are: their error, how often the interval held, which overruns it foretold."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean, median

from simulation.case import Case
from simulation.journal import Projected
from simulation.periods import MARKS, whole
from simulation.truth import State, Truth

SHOWN = (0.25, 0.5, 0.75)
"""Shares of a period for which errors are reported."""

AHEAD = 0.1
"""Share of a period by which an overrun is to be foretold."""

# USD below which what a period came to has no meaningful relative error.
_WORTH = 0.01

# Share of a period by which the poll may come late after a mark, as when the API is down.
_LATE = 0.1


@dataclass(slots=True)
class Foresight:
    """What came of all projections.

    Attributes:
        errors: By share of the period: (projected - came to) / came to.
        asked: By share of the period: how often the daemon was asked.
        held: How often the outcome lay within the interval ...
        intervals: ... of so many.
        overruns: Periods that came to their budget or more, whose projections were asked for.
        foretold: Those of them that were projected at least a tenth of the period ahead.
        warned: Periods of which an overrun was projected while they had not come to it ...
        mistaken: ... and those of them that never did.
    """

    errors: defaultdict[float, list[float]] = field(default_factory=lambda: defaultdict(list))
    asked: defaultdict[float, int] = field(default_factory=lambda: defaultdict(int))
    held: int = 0
    intervals: int = 0
    overruns: int = 0
    foretold: int = 0
    warned: int = 0
    mistaken: int = 0

    def extend(self, other: "Foresight") -> None:
        """Add that of another run."""
        for share, errors in other.errors.items():
            self.errors[share] += errors
        for share, count in other.asked.items():
            self.asked[share] += count
        for name in ("held", "intervals", "overruns", "foretold", "warned", "mistaken"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def error(self, share: float) -> tuple[float, float] | None:
        """Median and mean of the absolute error at a share of the period; None without projections."""
        sizes = [abs(error) for error in self.errors[share]]
        return (median(sizes), fmean(sizes)) if sizes else None


def foresight(case: Case) -> Foresight:
    """Judge all projections of a run."""
    found = Foresight()
    by_mark = {(each.customer, each.mark): each for each in case.journal.projected}
    for truth in case.truths.values():
        for last in whole(truth, case.journal.began, case.journal.ended):
            _judge(found, truth, last, by_mark)
    return found


def _judge(found: Foresight, truth: Truth, last: State, by_mark: dict[tuple[str, datetime], Projected]) -> None:
    if last.start is None or last.end is None or last.usage is None or last.budget is None:
        return
    length, cost = last.end - last.start, last.usage
    overrun = _overrun(truth, last.start, last.end, last.budget)
    asked = foretold = warned = False
    for share in MARKS:
        mark = last.start + length * share
        told = by_mark.get((truth.key, mark))
        if told is None or told.at - mark > length * _LATE:
            continue
        asked = True
        found.asked[share] += 1
        if told.forecast is None:
            continue
        projected, low, high = told.forecast
        if cost > _WORTH:
            found.errors[share].append(projected / cost - 1.0)
        if share in SHOWN:
            found.intervals += 1
            found.held += low <= cost <= high
        if projected >= last.budget and (overrun is None or told.at < overrun):
            warned = True
            foretold = foretold or (overrun is not None and told.at <= overrun - length * AHEAD)
    found.overruns += asked and overrun is not None
    found.foretold += foretold
    found.warned += warned
    found.mistaken += warned and overrun is None


def _overrun(truth: Truth, start: datetime, end: datetime, budget: float) -> datetime | None:
    """When a period's usage first came to its budget, to a minute; None: it did not stay so until the end."""
    low, high = start, end - timedelta(microseconds=1)
    if (truth.at(high).usage or 0.0) < budget:
        return None
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        low, high = (low, middle) if (truth.at(middle).usage or 0.0) >= budget else (middle, high)
    return high
