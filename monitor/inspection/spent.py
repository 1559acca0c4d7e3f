"""What a customer spent in the last hour, day, week and month, and what that rests on."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from monitor.inspection.sight import Sight
from monitor.spending.windows import WINDOWS, Mark
from monitor.store.history import History
from monitor.store.times import instant


class Ground(StrEnum):
    """What a spend of late rests on, or why it is not known."""

    UNCHANGED = "unchanged"
    """The total cost has not changed since the window began."""
    MARK = "mark"
    """What had been spent when the window began is kept."""
    WHOLE_LIFE = "whole life"
    """The customer was first seen in the window: all of its spend falls into it."""
    KNOWN_TOO_SHORTLY = "known too shortly"
    """It was first listed to us in the window, and had been there before."""
    NOBODY_LOOKED = "nobody looked"
    """Between two readings of everybody there lay hours, and the window begins in them."""


class Spent(msgspec.Struct, frozen=True, gc=False):
    """One window.

    Attributes:
        field: Its name in rules.
        began: When it began (UTC).
        usd: What was spent in it; None: not known.
        ground: Why.
        mark: What it rests on: the lifetime spend at the mark that counts for when it began.
    """

    field: str
    began: datetime
    usd: float | None
    ground: Ground
    mark: Mark | None = None


def spent_lately(history: History, sight: Sight) -> list[Spent]:
    """All windows.

    Args:
        history: Where the marks are.
        sight: As `look_closer` gives it.
    """
    number = sight.record.number
    marks = [] if number is None else history.of(sight.environment, number)
    return list(_windows(sight, marks))


def _windows(sight: Sight, marks: Sequence[Mark]) -> Iterator[Spent]:
    record = sight.record
    for window in WINDOWS:
        began = window.begins(sight.as_of)
        usd: float | None = getattr(sight.standing, window.field)
        changed = instant(record.changed_at)
        if instant(record.known_since) > began:
            yield Spent(window.field, began, usd, Ground.KNOWN_TOO_SHORTLY if usd is None else Ground.WHOLE_LIFE)
        elif changed is None or changed <= began:
            yield Spent(window.field, began, usd, Ground.UNCHANGED)
        else:
            # A mark holds for every hour since the mark before it.
            mark = next((mark for mark in marks if mark.at >= began), None)
            known = mark is not None and mark.spent is not None
            yield Spent(window.field, began, usd, Ground.MARK if known else Ground.NOBODY_LOOKED, mark)
