"""How customers of the simulation spend: uneven steps along a rate that has the habits of real spenders."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from simulation.year import DAYS, START

Habit = Callable[[float], float]
"""What multiplies a customer's rate at a time, in days since `START`; negative before it."""

HISTORY = 400
"""Days before `START` for which spend is known step by step; what was spent earlier is one sum."""

_DAY = 86_400.0
_BUSY = 3.0
_FASTER = 6.0


class Steps:
    """Spend as a function of time: single amounts, or the straight lines between them.

    Args:
        amounts: (seconds since `START`, USD), in order of time.
        smooth: Spend goes on all the time between one amount and the next, as that of a thousand requests a minute.
    """

    def __init__(self, amounts: Iterable[tuple[float, float]], *, smooth: bool) -> None:
        self._seconds = array("d")
        self._sums = array("d")
        self._smooth = smooth
        total = 0.0
        for at, usd in amounts:
            total += usd
            self._seconds.append(at)
            self._sums.append(total)

    def total(self, at: datetime) -> float:
        """USD spent up to and including an instant."""
        seconds = (at - START).total_seconds()
        count = bisect_right(self._seconds, seconds)
        if count == 0:
            return 0.0
        before = self._sums[count - 1]
        if not self._smooth or count == len(self._sums):
            return before
        since, until = self._seconds[count - 1], self._seconds[count]
        return before + (self._sums[count] - before) * (seconds - since) / (until - since)

    def last(self, at: datetime) -> datetime | None:
        """When money was last spent at or before an instant."""
        count = bisect_right(self._seconds, (at - START).total_seconds())
        return START + timedelta(seconds=self._seconds[count - 1]) if count else None

    def settled(self, at: datetime) -> bool:
        """Whether no amount lies in the future."""
        return not self._seconds or START + timedelta(seconds=self._seconds[-1]) <= at


def spend(
    dice: Random, habit: Habit, *, usd_a_day: float, a_day: float, began: datetime, lifetime: float, smooth: bool
) -> Steps:
    """What a customer spends until the simulation is over.

    Args:
        dice: Draws when and how much.
        habit: Of the spender.
        usd_a_day: Spent on a day on which the habit is 1.
        a_day: Amounts on such a day; more while the customer is busy.
        began: When it first spent.
        lifetime: USD spent before the steps that are known one by one.
        smooth: See `Steps`.
    """
    first = max((began - START).total_seconds() / _DAY, -float(HISTORY))
    amounts = [(first * _DAY, lifetime)] if lifetime else []
    day = first
    while day < DAYS:
        pace = min(a_day, 1.0) if day < 0 else a_day
        often = pace * (_FASTER if habit(day) > _BUSY else 1.0)
        gap = min(dice.expovariate(often), 3.0)
        day += gap
        usd = usd_a_day * habit(day) * gap * dice.uniform(0.4, 1.6)
        if usd > 0.0:
            amounts.append((day * _DAY, usd))
    return Steps(amounts, smooth=smooth)


def steady(_dice: Random) -> Habit:
    """The same every day."""
    return lambda _day: 1.0


def weekdays(_dice: Random) -> Habit:
    """Nothing on Saturdays and Sundays."""
    first = START.weekday()
    return lambda day: 0.0 if (int(day // 1) + first) % 7 >= 5 else 1.4  # noqa: PLR2004 - as Python counts days


def growing(_dice: Random) -> Habit:
    """Five times as much at the end of the year as at its beginning."""
    return lambda day: 0.4 + 1.6 * max(day, 0.0) / DAYS


def stopping(dice: Random) -> Habit:
    """Nothing more from some day on."""
    last = dice.uniform(60, DAYS)
    return lambda day: 1.0 if day < last else 0.0


def bursts(dice: Random) -> Habit:
    """Little, and now and then as much in hours as otherwise in weeks."""
    return _spans(dice, quiet=0.4, busy=12.0, quiet_days=(2.0, 20.0), busy_days=(0.1, 1.0))


def idle_stretches(dice: Random) -> Habit:
    """Weeks of spend and weeks of nothing."""
    return _spans(dice, quiet=0.0, busy=1.8, quiet_days=(5.0, 40.0), busy_days=(5.0, 25.0))


HABITS = (steady, weekdays, growing, stopping, bursts, idle_stretches)


def _spans(
    dice: Random, *, quiet: float, busy: float, quiet_days: tuple[float, float], busy_days: tuple[float, float]
) -> Habit:
    edges = [-float(HISTORY) - dice.uniform(0, 30)]
    while edges[-1] < DAYS + 1:
        edges += [edges[-1] + dice.uniform(*quiet_days)]
        edges += [edges[-1] + dice.uniform(*busy_days)]
    assert all(one < other for one, other in pairwise(edges))  # noqa: S101 - or bisecting them would mean nothing
    return lambda day: busy if bisect_right(edges, day) % 2 == 0 else quiet
