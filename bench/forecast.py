"""How good the forecast is. (draft)"""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

DURATIONS = {"daily": 24.0, "weekly": 168.0, "monthly": 730.0, "yearly": 8760.0}
# Hours between two points of a simulated bill: about 1,500 of them, however long the period.
STEPS = {"daily": 0.5, "weekly": 1.0, "monthly": 1.0, "yearly": 6.0}
POINTS = (0.25, 0.5, 0.75)
WINDOWS = (1.0, 24.0, 168.0, 720.0)
HISTORY = 720.0


def _log_uniform(dice, low, high):
    return math.exp(dice.uniform(math.log(low), math.log(high)))


def _noisy(dice, rates, step):
    """Noise of the hour and of the day around given rates."""
    hourly = dice.uniform(0.1, 0.8) / math.sqrt(max(step, 1.0))
    daily = dice.uniform(0.0, 0.3)
    per_day = max(round(24 / step), 1)
    today = 1.0
    spends = []
    for i, rate in enumerate(rates):
        if i % per_day == 0:
            today = math.exp(dice.gauss(-daily * daily / 2, daily))
        spends.append(rate * today * math.exp(dice.gauss(-hourly * hourly / 2, hourly)) * step if rate else 0.0)
    return spends


def steady(dice, times, length, step):
    return _noisy(dice, [1.0] * len(times), step)


def rhythm(dice, times, length, step):
    amplitude = dice.uniform(0.3, 1.0)
    weekend = dice.uniform(0.05, 0.9)
    phase = dice.uniform(0, 168)
    rates = []
    for t in times:
        hour = (t + phase) % 168
        rate = 1 + amplitude * math.sin(2 * math.pi * hour / 24)
        rates.append(rate * (weekend if hour >= 120 else 1.0))
    return _noisy(dice, rates, step)


def bursty(dice, times, length, step):
    gap = _log_uniform(dice, 1, 72)
    spread = dice.uniform(0.3, 1.2)
    spends = [0.0] * len(times)
    first = times[0]
    t = dice.expovariate(1 / gap)
    while (i := int(t / step)) < len(spends):
        spends[i] += math.exp(dice.gauss(0, spread))
        t += dice.expovariate(1 / gap)
    return spends


def trending(dice, times, length, step):
    factor = _log_uniform(dice, 1.3, 4)
    if dice.random() < 0.5:
        factor = 1 / factor
    span = max(length, 720.0)
    return _noisy(dice, [factor ** (t / span) for t in times], step)


def awakening(dice, times, length, step):
    begins = dice.uniform(-0.5, 1) * length
    return _noisy(dice, [1.0 if t >= begins else 0.0 for t in times], step)


def stop_start(dice, times, length, step):
    on = _log_uniform(dice, 4, 240)
    off = _log_uniform(dice, 4, 240)
    active = dice.random() < on / (on + off)
    left = dice.expovariate(1 / (on if active else off))
    rates = []
    for _ in times:
        rates.append(1.0 if active else 0.0)
        left -= step
        while left <= 0:
            active = not active
            left += dice.expovariate(1 / (on if active else off))
    return _noisy(dice, rates, step)


def wandering(dice, times, length, step):
    daily = dice.uniform(0.03, 0.2) * math.sqrt(step / 24)
    level = 0.0
    rates = []
    for _ in times:
        level += dice.gauss(0, daily)
        rates.append(math.exp(level))
    return _noisy(dice, rates, step)


PATTERNS = {
    "steady": steady,
    "rhythm": rhythm,
    "bursty": bursty,
    "trending": trending,
    "idle, then active": awakening,
    "stop-start": stop_start,
    "wandering": wandering,
}


@dataclass(slots=True)
class Case:
    pattern: str
    duration: str
    point: float
    elapsed: float
    length: float
    cost: float
    spends: tuple
    final: float


def cases(seed: int) -> Iterator[Case]:
    for duration, length in DURATIONS.items():
        step = STEPS[duration]
        for pattern, spender in PATTERNS.items():
            dice = random.Random(f"{seed} {pattern} {duration}")
            n = int((HISTORY + length) / step)
            times = [i * step - HISTORY for i in range(n)]
            bill = [0.0, *accumulate(spender(dice, times, length, step))]
            total = lambda t: bill[min(max(round((t + HISTORY) / step), 0), n)]
            known = HISTORY if dice.random() < 0.5 else _log_uniform(dice, 1, HISTORY)
            begun = total(0)
            for point in POINTS:
                now = length * point
                now = round(now / step) * step
                here = total(now)
                spends = tuple(
                    here - total(now - w) if (w >= step and w <= now + known) else None for w in WINDOWS
                )
                yield Case(pattern, duration, point, now, length, here - begun, spends, total(length) - begun)
