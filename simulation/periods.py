"""The budget periods that a customer has lived through."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from simulation.truth import State, Truth
from simulation.year import INSTANT

MARKS = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
"""Shares of a period at which the daemon is asked what it will have cost."""


def whole(truth: Truth, since: datetime, until: datetime) -> Iterator[State]:
    """Every period that began, and ended under the same budget, between two instants: its very last state."""
    for at in sorted({since, *truth.breaks}):
        first = truth.at(at)
        if first.start != at or first.end is None or not since <= at <= first.end <= until:
            continue
        last = truth.at(first.end - INSTANT)
        if last.period == first.period:
            yield last


def lived(truth: Truth, since: datetime, until: datetime) -> Iterator[State]:
    """Every period of every budget between two instants, cut off there: the state in which most of it was used."""
    edges = [at for at in truth.breaks if since < at < until]
    instants = [since, *(each for at in edges for each in (at - INSTANT, at)), until - INSTANT]
    budgeted = (state for state in map(truth.at, instants) if state.start is not None)
    for _, states in groupby(budgeted, key=lambda state: state.period):
        yield max(states, key=lambda state: state.usage or 0.0)
