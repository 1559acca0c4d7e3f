"""What is known of a customer once its row is joined with what was known before: its record, and where it stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from monitor.respan.models import Customer
from monitor.spending.anchor import Reading
from monitor.spending.course import BLANK, Correction, Course, after_reading, after_row, fell, standing
from monitor.spending.outlook import looking_ahead
from monitor.spending.standing import Standing
from monitor.spending.windows import Window, spend
from monitor.store.customers import Place, Record, read_course, written_course
from monitor.store.history import History
from monitor.store.times import micros


class Known(msgspec.Struct, frozen=True, gc=False):
    """What is known of one customer.

    Attributes:
        record: As it is to be kept; the one from before where nothing is new.
        course: What is known of its period.
        total: Lifetime spend that the row lists, USD.
        grown_from: Lifetime spend before it grew with this row, USD; None: it did not.
        corrections: Figures that fell.
    """

    record: Record
    course: Course
    total: float | None
    grown_from: float | None = None
    corrections: tuple[Correction, ...] = ()


def join(
    row: Customer, before: Record | None, reading: Reading | None, now: datetime, *, first: bool, again: bool = False
) -> Known:
    """Join a row with what was known.

    Args:
        row: Of the list.
        before: The customer's record; None: there is none.
        reading: Of its period, made after the row.
        now: When the row, or the reading, was read.
        first: Whether the environment was never read completely before.
        again: Whether the row was joined before: it is older than `now`, and tells nothing of what came after it.
    """
    total = row.total_cost
    if before is None:
        record = Record(
            total,
            row.period_budget,
            row.budget_duration,
            row.total_budget,
            since_start=first,
            has_alerts=False,
            known_since=micros(now),
        )
        if reading is None:
            return Known(record, BLANK, total)
        course, _ = after_reading(BLANK, reading, total)
        return Known(record._replace(course=written_course(course)), course, total)
    record, grown_from, corrections = _updated(row, before, now)
    course = known = read_course(before.course)
    first_or_last_budget = (before.period_budget is None) is not (row.period_budget is None)
    if first_or_last_budget or before.budget_duration != row.budget_duration:
        # What was read is of another kind of period, or there is none any more.
        course = Course(markup=course.markup)
    if not again:
        course = after_row(course, before=before.total_cost, total=total, now=now, duration=row.budget_duration)
    if reading is not None:
        course, correction = after_reading(course, reading, total)
        corrections = (*corrections, correction) if correction else corrections
    if course is not known:
        record = record._replace(course=written_course(course))
    return Known(record, course, total, grown_from, corrections)


def spends_of(
    history: History,
    environment: str,
    *,
    places: Sequence[Place],
    known: Sequence[Known],
    windows: Sequence[Window],
    now: datetime,
) -> list[dict[str, float | None]]:
    """What customers have spent in some windows, USD by the names of the windows; None: not known."""
    begun = [(window.field, at, micros(at)) for window in windows for at in (window.begins(now),)]
    earliest = min((began for _, _, began in begun), default=0)
    nothing: dict[str, float | None] = {name: 0.0 for name, _, _ in begun}
    spends: list[dict[str, float | None]] = []
    looked_up: list[tuple[int, str]] = []
    wanted: list[tuple[int, datetime]] = []
    for index, (place, each) in enumerate(zip(places, known, strict=True)):
        record = each.record
        changed, since = record.changed_at, record.known_since
        if since <= earliest and (changed is None or changed <= earliest):
            spends.append(nothing)  # As of most: they are all given the same one.
            continue
        spends.append({})
        for name, at, began in begun:
            if since > began:
                # Nobody was there before it was first seen, so all that it has spent was spent since.
                whole = place.first_seen >= began and record.total_cost is not None
                spends[index][name] = record.spent if whole else None
            elif changed is None or changed <= began:
                spends[index][name] = 0.0
            elif record.number is not None:
                looked_up.append((index, name))
                wanted.append((record.number, at))
            else:
                spends[index][name] = None
    for (index, name), then in zip(looked_up, history.at(environment, wanted), strict=True):
        spends[index][name] = spend(known[index].record.spent, then)
    return spends


def outlook(known: Known, spends: Mapping[str, float | None], now: datetime, *, forecast: bool) -> Standing:
    """Where a customer stands, with what it spent lately, and with a forecast if one is wanted."""
    if forecast:
        return looking_ahead(known.course, known.total, now, spends, known.record.period_budget)
    return msgspec.structs.replace(standing(known.course, known.total, now), **spends)


def _updated(row: Customer, before: Record, now: datetime) -> tuple[Record, float | None, tuple[Correction, ...]]:
    """The record with what the row lists; from what the total has grown, and what was corrected."""
    # A total that is not listed is not known; the last one is kept, so that the next is compared with it.
    total = before.total_cost if row.total_cost is None else row.total_cost
    if before[:4] == (total, row.period_budget, row.budget_duration, row.total_budget) and before.missing_since is None:
        return before, None, ()
    record = before._replace(
        total_cost=total,
        period_budget=row.period_budget,
        budget_duration=row.budget_duration,
        total_budget=row.total_budget,
        missing_since=None,
        since_start=bool(before.since_start) and before.total_cost == total,
    )
    if before.total_cost is None and total is not None:
        return record._replace(known_since=micros(now)), None, ()  # Of what was spent before nobody knows when.
    if before.total_cost is None or total is None or total == before.total_cost:
        return record, None, ()
    correction = fell(before.total_cost, total)
    if correction is not None:
        return record._replace(fallen=before.fallen + before.total_cost - total), None, (correction,)
    return record._replace(changed_at=micros(now)), before.spent, ()
