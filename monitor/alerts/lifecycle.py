"""The life of an alert, decided from what is known now and what was said before.

`advance` takes an alert, an observation of its customer, and the time; it gives the alert as it is from now on and the
changes that came of it, each with its reason. It reads no clock and writes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypedDict

from monitor.alerts.model import AlertState, EventKind, Reason
from monitor.alerts.state import Alert, Change, Mark, Observation, Terms, Transition, furthest

# Two starts of periods that lie closer than this are the same one: arithmetic may say midnight where the API says an
# hour. Half of the shortest period.
SAME_START = timedelta(hours=12)


class _Period(TypedDict):
    period_start: datetime | None
    reckoned: bool


def advance(alert: Alert | None, seen: Observation, terms: Terms, now: datetime) -> Transition:
    """The next state of an alert.

    Args:
        alert: Its state so far; None: inactive.
        seen: What a fresh row says.
        terms: What the rule asks.
        now: When the row was read, UTC; never earlier than the times in `alert`.
    """
    alert = _rebase(alert, seen, terms)
    ended: tuple[Change, ...] = ()
    if alert is not None and terms.per_period and seen.period_start is not None:
        if alert.period_start is not None and seen.period_start - alert.period_start >= SAME_START:
            if alert.state is AlertState.FIRING:
                ended = (_end(alert, EventKind.RESET, Reason.NEW_PERIOD),)
            alert = None
        elif alert.period_start is None or (alert.reckoned and not seen.reckoned):
            alert = replace(alert, period_start=seen.period_start, reckoned=seen.reckoned)
    if alert is None or alert.budget == seen.budget:
        following = _step(alert, seen, terms, now)
        return Transition(following.alert, ended + following.changes)
    # Another budget makes every level another amount of money: what was said of the old amounts no longer counts.
    following = _step(replace(alert, said=frozenset()), seen, terms, now)
    if following.alert is not None and not following.changes and following.alert.budget == alert.budget:
        return Transition(replace(following.alert, said=alert.said))  # Not settled yet, and it may be changed back.
    return Transition(
        following.alert,
        tuple(
            replace(change, reason=Reason.BUDGET_CHANGED, budget_changed=True, previous_budget=alert.budget)
            for change in following.changes
        ),
    )


def gone(alert: Alert, now: datetime) -> Transition:
    """The end of an alert whose customer was missing from two complete walks."""
    if alert.state is AlertState.RESOLVED:
        return Transition(alert)
    kept = _remember(alert, now)
    if alert.state is AlertState.PENDING:
        return Transition(kept)
    return Transition(kept, (_end(alert, EventKind.RESOLVED, Reason.GONE),))


def _step(alert: Alert | None, seen: Observation, terms: Terms, now: datetime) -> Transition:
    """One step within a period, under one budget."""
    marks = _marks(alert, seen, terms, now)
    firing = alert if alert is not None and alert.state is AlertState.FIRING else None
    current = terms.nearest(firing.threshold) if firing is not None else None
    risen = furthest(
        index
        for index, mark in enumerate(marks)
        if _reached(index, seen) and mark.reached_at is not None and now - mark.reached_at >= terms.hold
    )
    held = furthest(
        index
        for index, mark in enumerate(marks)
        if current is not None
        and index <= current
        and (mark.reached_at is not None or mark.left_at is not None or not _left(index, seen))
    )
    level = furthest(index for index in (risen, held) if index is not None)
    clocks = tuple(mark for mark in marks if mark.reached_at is not None or mark.left_at is not None)
    # A row that leaves a level open has not settled what another budget means: a later one does, and says so.
    settled = all(_reached(index, seen) or _left(index, seen) for index in range(len(terms.levels)))
    decided = seen.budget if alert is None or settled else alert.budget

    if level is not None and firing is not None and current is not None:
        if level == current:
            return Transition(replace(firing, marks=clocks, budget=decided))
        return _move(replace(firing, marks=clocks, budget=seen.budget), terms, current, level)
    if level is not None:
        return _fire(alert, seen, terms, level, clocks)
    if firing is not None:
        reason = Reason.CONDITION_ENDED if firing.threshold is None else Reason.LEVEL_LEFT
        kept = _remember(replace(firing, budget=decided), now)
        return Transition(kept, (_end(firing, EventKind.RESOLVED, reason),))
    return Transition(_pending_or_remembered(alert, seen, terms, marks, decided))


def _marks(alert: Alert | None, seen: Observation, terms: Terms, now: datetime) -> list[Mark]:
    """Every level's clock after this observation; a level that is undecided keeps its clock as it was."""
    before = {mark.threshold: mark for mark in alert.marks} if alert is not None else {}
    marks = []
    for index, level in enumerate(terms.levels):
        mark = before.get(level.threshold, Mark(threshold=level.threshold))
        if _reached(index, seen):
            mark = replace(mark, reached_at=mark.reached_at or now, left_at=None)
        elif _left(index, seen):
            left_at = mark.left_at or (now if mark.reached_at is not None else None)
            expired = left_at is not None and now - left_at >= terms.keep
            mark = replace(mark, reached_at=None, left_at=None if expired else left_at)
        marks.append(mark)
    return marks


def _reached(index: int, seen: Observation) -> bool:
    """Whether the row shows that the level is reached."""
    return seen.reached is not None and index <= seen.reached


def _left(index: int, seen: Observation) -> bool:
    """Whether the row shows that the level is not reached."""
    return seen.exact and (seen.possible is None or index > seen.possible)


def _pending_or_remembered(
    alert: Alert | None, seen: Observation, terms: Terms, marks: list[Mark], budget: float | None
) -> Alert | None:
    waiting = [(index, mark) for index, mark in enumerate(marks) if mark.reached_at is not None]
    if waiting:
        level = terms.levels[waiting[-1][0]]
        return Alert(
            state=AlertState.PENDING,
            threshold=level.threshold,
            severity=level.severity,
            since=min(mark.reached_at for _, mark in waiting if mark.reached_at is not None),
            marks=tuple(mark for _, mark in waiting),
            said=alert.said if alert is not None else frozenset(),
            **_period(alert, seen),
            budget=budget,
        )
    if alert is None or not alert.said:
        return None
    return replace(alert, state=AlertState.RESOLVED, marks=(), budget=budget)


def _fire(alert: Alert | None, seen: Observation, terms: Terms, index: int, clocks: tuple[Mark, ...]) -> Transition:
    level = terms.levels[index]
    since = clocks[index].reached_at
    assert since is not None, "a level rises only once its clock runs"  # noqa: S101 - tells the type checker
    said = alert.said if alert is not None else frozenset()
    known = _known(index, terms, said)
    firing = Alert(
        state=AlertState.FIRING,
        threshold=level.threshold,
        severity=level.severity,
        since=since,
        marks=clocks,
        told=None if known else level,
        heard=frozenset() if known else frozenset({level.severity}),
        said=said | {level.threshold},
        **_period(alert, seen),
        budget=seen.budget,
    )
    change = Change(
        kind=EventKind.FIRED,
        reason=Reason.CONDITION_HOLDS if level.threshold is None else Reason.LEVEL_REACHED,
        threshold=level.threshold,
        severity=level.severity,
        since=since,
        said=not known,
    )
    return Transition(firing, (change,))


def _move(alert: Alert, terms: Terms, current: int, index: int) -> Transition:
    """From one level to another while it fires."""
    level = terms.levels[index]
    rises = index > current
    if rises:
        said = not _known(index, terms, alert.said)
    else:
        believed = terms.nearest(alert.told.threshold) if alert.told is not None else None
        said = believed is not None and believed > index
    change = Change(
        kind=EventKind.ESCALATED if rises else EventKind.DEESCALATED,
        reason=Reason.LEVEL_REACHED if rises else Reason.LEVEL_LEFT,
        threshold=level.threshold,
        severity=level.severity,
        since=alert.since,
        previous_severity=alert.severity,
        heard=alert.heard,
        said=said,
    )
    moved = replace(
        alert,
        threshold=level.threshold,
        severity=level.severity,
        told=level if said else alert.told,
        heard=alert.heard | {level.severity} if said else alert.heard,
        said=alert.said | {level.threshold},
    )
    return Transition(moved, (change,))


def _known(index: int, terms: Terms, said: frozenset[float | None]) -> bool:
    """Whether people were told of this level in this period: of itself, or of one further on."""
    return terms.per_period and any(level.threshold in said for level in terms.levels[index:])


def _end(alert: Alert, kind: EventKind, reason: Reason) -> Change:
    return Change(
        kind=kind,
        reason=reason,
        threshold=alert.threshold,
        severity=alert.severity,
        since=alert.since,
        heard=alert.heard,
        said=alert.told is not None,
    )


def _remember(alert: Alert, now: datetime) -> Alert | None:
    """What stays of an alert that ended: what was said, so that it is not said again in the same period."""
    if not alert.said or alert.period_start is None:
        return None
    return replace(alert, state=AlertState.RESOLVED, since=now, marks=(), told=None, heard=frozenset())


def _rebase(alert: Alert | None, seen: Observation, terms: Terms) -> Alert | None:
    """The alert under the rule as it reads now. Its levels may have been edited, and an edit is no news of anybody.

    A level that is gone is replaced by the closest one, as long as that is reached by then, or else by the nearest that
    is no further; people are taken to know of it. Where there is none, the alert ends without a word.
    """
    if alert is None or alert.state is AlertState.RESOLVED:
        return alert
    index = terms.closest(alert.threshold)
    if index is not None and terms.levels[index].threshold == alert.threshold:
        return replace(alert, severity=terms.levels[index].severity)
    if index is None or not _reached(index, seen):
        index = terms.nearest(alert.threshold)
    if index is None:
        return None
    level = terms.levels[index]
    return replace(
        alert,
        threshold=level.threshold,
        severity=level.severity,
        marks=tuple(Mark(threshold=below.threshold, reached_at=alert.since) for below in terms.levels[: index + 1]),
        told=level if alert.told is not None else None,
        said=alert.said | {level.threshold} if alert.told is not None else alert.said,
    )


def _period(alert: Alert | None, seen: Observation) -> _Period:
    of = alert if alert is not None and alert.period_start is not None else seen
    return {"period_start": of.period_start, "reckoned": of.reckoned}
