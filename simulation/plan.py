"""What a seed stands for: who spends, when the API is down, when the daemon is stopped and started again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from simulation.cast import draw
from simulation.life import Plan
from simulation.periods import MARKS, whole
from simulation.truth import Truth
from simulation.year import after, chance

HICCUPS = 0.004
PAGE_SIZE = 40
"""So that a walk takes more than one request, and may fail half-way."""
_LIFE_DAYS = (4.0, 45.0)
_OUTAGE_EVERY_DAYS = (8.0, 50.0)
_OUTAGE_HOURS = (0.5, 14.0)
_OFF_HOURS = (1.0, 40.0)


def plan(seed: int, *, customers: int, days: float, interval: timedelta = timedelta(hours=2)) -> Plan:
    """The plan of a seed.

    Args:
        seed: Equal seeds give equal plans.
        customers: How many.
        days: How long the daemon lives, in all its lives.
        interval: From one poll to the next.
    """
    dice = Random(f"plan {seed}")  # noqa: S311 - to be repeatable
    cast, spans = draw(seed, customers, days), list(_spans(dice, days, interval / timedelta(days=1)))
    since, until = spans[0][0], spans[-1][1]
    marks = [
        (each.customer_identifier, last.start + (last.end - last.start) * share)
        for each in cast
        for last in whole(Truth(each, since, until), since, until)
        if last.start is not None and last.end is not None
        if last.end - last.start > timedelta(days=2) or chance(dice, 0.2)  # of so many days, some tell enough
        for share in MARKS
    ]
    return Plan(
        seed=seed,
        customers=cast,
        spans=spans,
        outages=list(_outages(dice, days)),
        hiccups=HICCUPS,
        interval=interval,
        page_size=PAGE_SIZE,
        marks=sorted(marks, key=lambda mark: mark[1]),
    )


def _spans(dice: Random, days: float, poll: float) -> Iterator[tuple[datetime, datetime]]:
    """Lives of the daemon. Most begin anywhere; some so that polls fall on the midnights at which periods end."""
    at = dice.uniform(0.0, 0.08)
    while at < days:
        end = min(at + dice.uniform(*_LIFE_DAYS), days)
        if end - at < 1.0:
            break
        # A poll begins at every interval from the start: in the second after its beginning it is cut short.
        cut = round((end - at) / poll) * poll + dice.uniform(0.02, 0.9) / 86_400.0
        end = at + cut if chance(dice, 0.5) else end
        yield after(at), after(end)
        off = dice.uniform(*_OFF_HOURS) / 24.0 if chance(dice, 0.3) else dice.uniform(1.0, 120.0) / 86_400.0
        at = end + off
        if chance(dice, 0.4):
            at = int(at * 24.0 + 1.0) / 24.0 + dice.uniform(-1.0, 0.2) / 86_400.0


def _outages(dice: Random, days: float) -> Iterator[tuple[datetime, datetime]]:
    at = dice.uniform(*_OUTAGE_EVERY_DAYS)
    while at < days:
        yield after(at), after(at) + timedelta(hours=dice.uniform(*_OUTAGE_HOURS))
        at += dice.uniform(*_OUTAGE_EVERY_DAYS)
