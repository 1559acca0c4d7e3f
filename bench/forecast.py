"""How good the forecast of a period is, by kind of spender. Run it with `python bench/forecast.py [--sweep] [SEEDS]`.

Made-up bills of seven kinds of spender and of all durations are cut at a quarter, half and three quarters of a period,
and what the forecast says there is held against what the period came to cost. Even seeds are for choosing the constants
of monitor/spending/forecast.py: `--sweep` shows what other values do to them. The tables are of the odd seeds, and
of one kind of spender that no constant was chosen by. Two histories in three reach back 30 days, the others to any time
between an hour and 30 days ago.
"""

import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from monitor.spending import forecast as method
from monitor.spending.forecast import Forecast, forecast

START = datetime(2026, 1, 1, tzinfo=UTC)
# Hours of a period, and between two points of its bill: about 1,500 of them, however long it is.
DURATIONS = {"daily": (24.0, 0.5), "weekly": (168.0, 1.0), "monthly": (730.0, 1.0), "yearly": (8760.0, 6.0)}
POINTS = (0.25, 0.5, 0.75)
WINDOWS = (24.0, 168.0, 720.0)
WEEKEND = (5, 6)
HISTORY = WINDOWS[-1]
SEEDS = 400

# For each constant, values on both sides of the one in use.
SWEEP = {
    "RECENT_SHARE": (0.125, 0.5),
    "RECENT_WEIGHT": (0.0, 1.0, 2.0, 8.0, 16.0, 1e9),
    "PRIOR": (0.25**2 * math.sqrt(24), 1.0**2 * math.sqrt(24)),
    "PRIOR_WEIGHT": (0.02, 0.5, 1.0),
    "REACH": (0.9, 1.0, 1.2, 1.28),
    "TREND": (0.0, 1.0, 1.5, 3.0, 4.0),
}

Spender = Callable[[Random, Sequence[float], float, float], list[float]]


def log_uniform(dice: Random, low: float, high: float) -> float:
    """A number between two others, each order of magnitude as likely as the next."""
    return math.exp(dice.uniform(math.log(low), math.log(high)))


def noisy(dice: Random, rates: Iterable[float], step: float) -> list[float]:
    """Spends at given rates, with the noise of the hour and of the day."""
    hourly = dice.uniform(0.1, 0.8) / math.sqrt(max(step, 1.0))
    daily = dice.uniform(0.0, 0.3)
    steps_of_day = round(24 / step)
    today = 1.0
    spends = []
    for number, rate in enumerate(rates):
        if number % steps_of_day == 0:
            today = math.exp(dice.gauss(-daily * daily / 2, daily))
        spends.append(rate * step * today * math.exp(dice.gauss(-hourly * hourly / 2, hourly)) if rate else 0.0)
    return spends


def steady(dice: Random, times: Sequence[float], _length: float, step: float) -> list[float]:
    """The same at any time, but for noise."""
    return noisy(dice, [1.0] * len(times), step)


def rhythm(dice: Random, times: Sequence[float], _length: float, step: float) -> list[float]:
    """More by day than by night, less at weekends."""
    swing = dice.uniform(0.3, 1.0)
    weekend = dice.uniform(0.05, 0.9)
    monday = dice.uniform(0.0, 168.0)
    hours = [(hour + monday) % 168 for hour in times]
    rates = (
        (1 + swing * math.sin(2 * math.pi * hour / 24)) * (weekend if hour // 24 in WEEKEND else 1.0) for hour in hours
    )
    return noisy(dice, rates, step)


def bursty(dice: Random, times: Sequence[float], _length: float, step: float) -> list[float]:
    """Nothing but bursts of different size, at random times (a compound Poisson process)."""
    gap = log_uniform(dice, 1, 72)
    sizes = dice.uniform(0.3, 1.2)
    spends = [0.0] * len(times)
    hour = dice.expovariate(1 / gap)
    while (number := int(hour / step)) < len(spends):
        spends[number] += math.exp(dice.gauss(0, sizes))
        hour += dice.expovariate(1 / gap)
    return spends


def trending(dice: Random, times: Sequence[float], length: float, step: float) -> list[float]:
    """Growing or declining by a factor of 1.3 to 4 in a month, or in the period if it is longer."""
    factor = log_uniform(dice, 1.3, 4) ** dice.choice((1, -1))
    return noisy(dice, [factor ** (hour / max(length, HISTORY)) for hour in times], step)


def awakening(dice: Random, times: Sequence[float], length: float, step: float) -> list[float]:
    """Nothing, until some time before the period or within it; steady then."""
    begins = dice.uniform(-0.5, 1.0) * length
    return noisy(dice, [1.0 if hour >= begins else 0.0 for hour in times], step)


def stop_start(dice: Random, times: Sequence[float], _length: float, step: float) -> list[float]:
    """Steady for a while, nothing for a while; each while is some hours to some weeks."""
    whiles = (log_uniform(dice, 4, 240), log_uniform(dice, 4, 240))
    active = dice.random() < whiles[1] / sum(whiles)
    left = dice.expovariate(1 / whiles[active])
    rates = []
    for _ in times:
        rates.append(float(active))
        left -= step
        while left <= 0:
            active = not active
            left += dice.expovariate(1 / whiles[active])
    return noisy(dice, rates, step)


def wandering(dice: Random, times: Sequence[float], _length: float, step: float) -> list[float]:
    """A rate that goes up and down by 3 to 20 % a day, at random, and never comes back for any reason."""
    change = dice.uniform(0.03, 0.2) * math.sqrt(step / 24)
    levels = accumulate(dice.gauss(0, change) for _ in times)
    return noisy(dice, map(math.exp, levels), step)


FITTED: dict[str, Spender] = {
    "steady": steady,
    "rhythm": rhythm,
    "bursty": bursty,
    "trending": trending,
    "idle, then active": awakening,
    "stop-start": stop_start,
}
HELD_OUT: dict[str, Spender] = {"wandering": wandering}


@dataclass(frozen=True, slots=True)
class Case:
    """One moment of one bill.

    Attributes:
        spender: Which kind.
        duration: Of the period.
        point: Which share of the period has passed.
        cost: Spent in the period so far.
        recent: Spent in each of the windows; None where the history does not reach back as far.
        final: What the period came to cost.
    """

    spender: str
    duration: str
    point: float
    cost: float
    recent: tuple[float | None, ...]
    final: float

    def forecast(self) -> Forecast:
        """What would have been said."""
        length = timedelta(hours=DURATIONS[self.duration][0])
        day, week, month = self.recent
        return forecast(
            cost=self.cost,
            start=START,
            end=START + length,
            now=START + length * self.point,
            readings=0,
            spend_24h=day,
            spend_7d=week,
            spend_30d=month,
        )


def cases(seeds: Iterable[int], spenders: dict[str, Spender]) -> Iterator[Case]:
    """Moments of bills."""
    for seed in seeds:
        for duration, (length, step) in DURATIONS.items():
            times = [number * step - HISTORY for number in range(round((HISTORY + length) / step))]
            for name, spender in spenders.items():
                dice = Random(f"{seed} {name} {duration}")
                bill = [0.0, *accumulate(spender(dice, times, length, step))]
                known = HISTORY if dice.random() < 2 / 3 else log_uniform(dice, 1.0, HISTORY)
                start = round(HISTORY / step)
                for point in POINTS:
                    now = start + round(length * point / step)
                    recent = tuple(
                        bill[now] - bill[now - round(window / step)] if window <= known else None for window in WINDOWS
                    )
                    yield Case(name, duration, point, bill[now] - bill[start], recent, bill[-1] - bill[start])


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one forecast came out.

    Attributes:
        error: Distance of the projection from the final cost, as a share of it; None where nothing was spent.
        inside: Whether the interval holds the final cost; None where there was none.
        width: Of the interval, as a share of the final cost; None where there is neither.
    """

    error: float | None
    inside: bool | None
    width: float | None


def outcome(case: Case) -> Outcome:
    """How the forecast for a case came out."""
    said = case.forecast()
    if said.projected is None:
        raise AssertionError(f"no forecast for {case}")
    error = abs(said.projected - case.final) / case.final if case.final else None
    if said.low is None or said.high is None:
        return Outcome(error, None, None)
    rounding = 1e-9 * said.high
    inside = said.low - rounding <= case.final <= said.high + rounding
    return Outcome(error, inside, (said.high - said.low) / case.final if case.final else None)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lie."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def cell(found: Sequence[Outcome]) -> str:
    """Median and 90th percentile of the error, and how many outcomes the intervals hold, in per cent."""
    errors = [each.error for each in found if each.error is not None]
    held = [each.inside for each in found if each.inside is not None]
    share = f"{100 * sum(held) / len(held):5.0f}" if held else "    -"
    return f"{100 * quantile(errors, 0.5):7.1f}{100 * quantile(errors, 0.9):6.0f}{share}"


def report(judged: Sequence[tuple[Case, Outcome]]) -> None:
    """Print errors and coverage by kind of spender, duration and point, and by each alone."""
    table: dict[tuple[str, str, float], list[Outcome]] = defaultdict(list)
    alone: dict[str, list[Outcome]] = defaultdict(list)
    for case, found in judged:
        table[case.spender, case.duration, case.point].append(found)
        known = sum(spend is not None for spend in case.recent)
        for group in (case.spender, case.duration, f"at {case.point:.0%}", f"{known} of 3 windows known", "all"):
            alone[group].append(found)
    print(
        "Per cent of the final cost: median and 90th percentile of the error; per cent of outcomes in the interval.\n"
    )
    print(f"{'':28}" + "".join(f"{f'at {point:.0%}':>18}" for point in POINTS))
    for spender in {case.spender: None for case, _ in judged}:
        for duration in DURATIONS:
            cells = "".join(cell(table[spender, duration, point]) for point in POINTS)
            print(f"{spender:20}{duration:8}{cells}")
    print(f"\n{'':28}{'error':>13}{'inside':>8}{'cases':>8}{'without interval':>18}")
    for group in sorted(alone, key=lambda name: (name == "all", "%" in name, "windows" in name)):
        found_here = alone[group]
        without = sum(each.inside is None for each in found_here)
        print(f"{group:28}{cell(found_here)}{len(found_here):8}{100 * without / len(found_here):17.0f} %")


def sweep(all_cases: Sequence[Case]) -> None:
    """Print what other values of each constant would do, one at a time."""
    print(f"{'':28}mean error  inside  median width | inside, by kind of spender: {', '.join(FITTED)}")
    show("as it is", all_cases)
    for name, values in SWEEP.items():
        usual = getattr(method, name)
        for value in values:
            setattr(method, name, value)
            show(f"{name} {value:.4g}, not {usual:.4g}", all_cases)
        setattr(method, name, usual)


def show(what: str, all_cases: Sequence[Case]) -> None:
    """Print one line of a sweep. Errors of more than all count as all: one burst is not to outweigh the rest."""
    judged = [(case.spender, outcome(case)) for case in all_cases]
    errors = [min(found.error, 1.0) for _, found in judged if found.error is not None]
    error = sum(errors) / len(errors)
    held: dict[str, list[bool]] = defaultdict(list)
    for spender, found in judged:
        if found.inside is not None:
            held[spender].append(found.inside)
            held["all"].append(found.inside)
    width = quantile([found.width for _, found in judged if found.width is not None], 0.5)
    inside = "".join(f"{100 * sum(held[spender]) / len(held[spender]):6.1f}" for spender in ("all", *FITTED))
    print(f"{what:28}{100 * error:10.2f}{inside[:6]:>8}{100 * width:14.1f} |{inside[6:]}")


def main(arguments: Sequence[str]) -> None:
    """Judge the forecast and print it."""
    began = time.perf_counter()
    numbers = [int(argument) for argument in arguments if argument.isdigit()]
    seeds = numbers[0] if numbers else SEEDS
    if "--sweep" in arguments:
        sweep(list(cases(range(0, seeds, 2), FITTED)))
    else:
        all_cases = list(cases(range(1, seeds, 2), {**FITTED, **HELD_OUT}))
        called = time.perf_counter()
        for case in all_cases:
            case.forecast()
        each = (time.perf_counter() - called) / len(all_cases)
        report([(case, outcome(case)) for case in all_cases])
        print(f"\n{1e6 * each:.1f} µs a forecast, with what calls it.", end=" ")
    print(f"{time.perf_counter() - began:.0f} s in all.")


if __name__ == "__main__":
    main(sys.argv[1:])
