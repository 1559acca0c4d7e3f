"""Laws of the lifecycle, on any rule and any sequence of rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.lifecycle import advance, gone
from monitor.alerts.model import AlertState
from monitor.alerts.state import Alert, Change, Observation, Terms
from tests.alerts.builders import (
    DECEMBER,
    DEESCALATED,
    ESCALATED,
    FIRED,
    JANUARY,
    MINUTE,
    NOW,
    RESET,
    RESOLVED,
    standing_condition,
    terms,
)

PERIODS = (DECEMBER, JANUARY, JANUARY.replace(month=2))
GONE = None


@dataclass(frozen=True)
class Step:
    """A row after some minutes; without an observation, the customer is gone."""

    minutes: int
    seen: Observation | None


class Taken(NamedTuple):
    """One step with what came before it and what came of it."""

    step: Step
    before: Alert | None
    changes: tuple[Change, ...]
    after: Alert | None


@st.composite
def rules(draw: st.DrawFn) -> Terms:
    """Any rule: with or without levels, about a period or not, up or down, with any patience."""
    if draw(st.integers(0, 5)) == 0:
        return standing_condition()
    descending = draw(st.booleans())
    thresholds = (1.0, 0.5, 0.0) if descending else (0.5, 0.8, 1.0)
    return terms(
        *thresholds[: draw(st.integers(1, 3))],
        hold=draw(st.sampled_from([0, 2, 5])) * MINUTE,
        keep=draw(st.sampled_from([0, 2, 5])) * MINUTE,
        per_period=draw(st.booleans()),
        descending=descending,
    )


@st.composite
def steps(draw: st.DrawFn, rule: Terms, *, decided: bool = False) -> list[Step]:
    """Rows in order of time: exact ones, bounded ones, and ones that tell nothing; periods only ever begin."""
    levels = [None, *range(len(rule.levels))]
    taken = []
    period = 0
    for _ in range(draw(st.integers(1, 25))):
        low, high = sorted((draw(st.sampled_from(levels)), draw(st.sampled_from(levels))), key=_height)
        exact = decided or draw(st.integers(0, 2)) > 0
        period = min(period + (draw(st.integers(0, 7)) == 0), len(PERIODS) - 1)
        seen = Observation(
            reached=high if decided else low,
            possible=high,
            exact=exact,
            period_start=PERIODS[period] if exact and rule.per_period else None,
            budget=draw(st.sampled_from([100.0, 100.0, 100.0, 200.0, None])),
        )
        taken.append(Step(draw(st.integers(0, 6)), seen))
    return taken


def with_gone(rule: Terms) -> st.SearchStrategy[list[Step]]:
    """The same, and now and then the customer is gone."""
    return st.lists(
        st.one_of(steps(rule), st.just([Step(1, GONE)])), max_size=4
    ).map(lambda parts: [step for part in parts for step in part])  # fmt: skip


def play(rule: Terms, sequence: list[Step], *, through_json: bool = False) -> Iterator[Taken]:
    """Live through a sequence; through JSON, the alert is put away and taken out again after every step."""
    alert: Alert | None = None
    now: datetime = NOW
    for step in sequence:
        before = alert
        now += timedelta(minutes=step.minutes)
        if step.seen is not None:
            following = advance(alert, step.seen, rule, now)
        elif alert is not None:
            following = gone(alert, now)
        else:
            continue
        alert = following.alert
        if alert is not None and through_json:
            alert = msgspec.json.decode(msgspec.json.encode(alert, order="deterministic"), type=Alert)
        yield Taken(step, before, following.changes, alert)


@given(st.data())
def test_no_level_is_said_twice_in_a_period(data: st.DataObject) -> None:
    """A rule about the period says that a level is reached at most once in a period, under one budget."""
    rule = data.draw(rules().filter(lambda rule: rule.per_period))
    said: set[float | None] = set()
    period, budget = None, None

    for taken in play(rule, data.draw(steps(rule))):
        assert taken.step.seen is not None
        begun = taken.step.seen.period_start or period
        if (begun, taken.step.seen.budget) != (period, budget):
            said.clear()
        period, budget = begun, taken.step.seen.budget
        for change in taken.changes:
            if change.said and change.kind in {FIRED, ESCALATED}:
                assert change.threshold not in said
                said.add(change.threshold)


@given(st.data())
def test_no_event_without_evidence(data: st.DataObject) -> None:
    """Rises go to levels that are surely reached; falls, ends and resets rest on exact rows that show them."""
    rule = data.draw(rules())

    for taken in play(rule, data.draw(steps(rule))):
        seen = taken.step.seen
        assert seen is not None
        for change in taken.changes:
            index = [level.threshold for level in rule.levels].index(change.threshold)
            if change.kind in {FIRED, ESCALATED}:
                assert index <= _height(seen.reached)
                continue
            assert seen.exact
            assert taken.before is not None
            if change.kind is DEESCALATED:
                assert rule.nearest(taken.before.threshold) > _height(seen.possible)  # type: ignore[operator]
            elif change.kind is RESOLVED:
                assert seen.possible is None
            else:
                assert change.kind is RESET
                assert seen.period_start is not None
                assert taken.before.period_start is not None
                assert seen.period_start > taken.before.period_start


@given(st.data())
def test_people_believe_what_they_were_told(data: st.DataObject) -> None:
    """What follows from the messages alone is what the alert takes people to believe."""
    rule = data.draw(rules())
    believed: float | str | None = "nothing"

    for taken in play(rule, data.draw(with_gone(rule))):
        for change in taken.changes:
            if change.said:
                believed = "nothing" if change.kind in {RESOLVED, RESET} else change.threshold
        told = taken.after.told if taken.after is not None else None
        assert believed == ("nothing" if told is None else told.threshold)


@given(st.data())
def test_a_level_people_believe_in_is_no_milder_than_the_one_that_fires(data: st.DataObject) -> None:
    """What fires beyond what people were told was said before: nobody is left believing less than ever was true."""
    rule = data.draw(rules().filter(lambda rule: rule.per_period))

    for taken in play(rule, data.draw(steps(rule))):
        alert = taken.after
        if alert is None or alert.state is not AlertState.FIRING or alert.budget != taken.step.seen.budget:  # type: ignore[union-attr]
            continue
        believed = _height(rule.nearest(alert.told.threshold)) if alert.told is not None else -1
        fires = _height(rule.nearest(alert.threshold))
        furthest = max((_height(rule.nearest(threshold)) for threshold in alert.said), default=-1)
        assert fires <= max(believed, furthest)


@given(st.data())
def test_a_restart_changes_nothing(data: st.DataObject) -> None:
    """An alert that is written and read again after every row lives the same life."""
    rule = data.draw(rules())
    sequence = data.draw(with_gone(rule))

    kept = [(taken.changes, taken.after) for taken in play(rule, sequence)]
    reread = [(taken.changes, taken.after) for taken in play(rule, sequence, through_json=True)]

    assert reread == kept


@given(st.data())
def test_without_patience_the_alert_follows_the_value(data: st.DataObject) -> None:
    """With neither `for` nor `keep_firing_for`, an exact row leaves the alert at the level that it shows."""
    rule = data.draw(rules().filter(lambda rule: not rule.hold and not rule.keep))

    for taken in play(rule, data.draw(steps(rule, decided=True))):
        seen, alert = taken.step.seen, taken.after
        assert seen is not None
        fires = alert is not None and alert.state is AlertState.FIRING
        assert fires == (seen.reached is not None)
        if fires and alert is not None and seen.reached is not None:
            assert (alert.threshold, alert.severity) == (
                rule.levels[seen.reached].threshold,
                rule.levels[seen.reached].severity,
            )


@given(st.data())
def test_the_same_row_again_is_no_event(data: st.DataObject) -> None:
    """A row read twice at the same instant changes nothing the second time."""
    rule = data.draw(rules())
    *_, last = play(rule, data.draw(steps(rule)))
    assert last.step.seen is not None
    now = NOW + timedelta(days=1)
    settled = advance(last.after, last.step.seen, rule, now).alert

    assert advance(settled, last.step.seen, rule, now).changes == ()


def _height(index: int | None) -> int:
    return -1 if index is None else index
