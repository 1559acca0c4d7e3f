"""The customers of a seed: whose budgets, periods, habits and mishaps are as varied as those of a real organization."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from monitor.demo.customer import Customer
from simulation.course import HABITS, HISTORY, spend, steady
from simulation.mishaps import change_budget, correct
from simulation.year import START, after, chance, midnight

HOURS = {"daily": 24.0, "weekly": 168.0, "monthly": 730.0, "yearly": 8766.0}
AMOUNTS = {
    "daily": (5.0, 20.0, 60.0),
    "weekly": (25.0, 100.0, 400.0),
    "monthly": (50.0, 100.0, 250.0, 1_000.0, 5_000.0),
    "yearly": (1_000.0, 12_000.0),
}
IDENTIFIERS = (
    "acme/eu west", "søren@fjordbank.example", "パンダ 7", "100% robots", "a?b#c&d=e", "list", "…", "a//b", " tail ",
    "O'Brien \"Q\"", "🦊", "..", "%2e", "x" * 60, "a+b@c.example", "Ångström", "0",
)  # fmt: skip

_DURATIONS = {"monthly": 0.45, "weekly": 0.2, "daily": 0.2, "yearly": 0.15}

# Every seed has customers whose months begin on days that short months do not have, and one of 29 February.
_SPECIAL = (
    ("monthly", datetime(2027, 5, 31, tzinfo=UTC)),
    ("monthly", datetime(2027, 6, 30, tzinfo=UTC)),
    ("monthly", datetime(2027, 3, 29, 9, 30, tzinfo=UTC)),
    ("yearly", datetime(2024, 2, 29, tzinfo=UTC)),
    ("monthly", datetime(2027, 1, 31, 23, 59, 30, tzinfo=UTC)),
)


def draw(seed: int, count: int, days: float) -> list[Customer]:
    """The customers of a seed; those first seen after `START` are newcomers.

    Args:
        seed: Equal seeds give equal customers.
        count: How many.
        days: What happens to them happens within so many days.
    """
    return [_customer(seed, number, days) for number in range(count)]


def _customer(seed: int, number: int, days: float) -> Customer:
    dice = Random(f"{seed}/{number}")  # noqa: S311 - to be repeatable
    special = _SPECIAL[number] if number < len(_SPECIAL) else None
    newcomer = special is None and chance(dice, 0.12)
    budgeted = special is not None or chance(dice, 0.9)
    quiet = chance(dice, 0.25)
    own = special is None and chance(dice, 0.15)
    duration, anchor = special or _periods(dice, number + 15 * seed, newcomer=newcomer, own=own, days=days)
    age = timedelta(days=dice.randrange(2 * HISTORY), seconds=dice.randrange(86_400))
    first_seen = anchor if newcomer else anchor - age
    budget = dice.choice(AMOUNTS[duration])
    used = dice.uniform(0.02, 0.12) if quiet else dice.lognormvariate(-0.1, 0.5)
    customer = Customer(
        customer_identifier=_identifier(number),
        name=None if chance(dice, 0.2) else f"Customer {number}",
        email=None if chance(dice, 0.2) else f"team{number}@customer{number}.example",
        first_seen=first_seen,
        period_budget=budget if budgeted else None,
        budget_duration=duration,
        total_budget=round(budget * dice.uniform(5, 50)) if chance(dice, 0.3) else None,
        period_anchor=anchor,
        first_period_end=anchor + timedelta(days=dice.choice((3, 10, 20, 45, 75))) if own else None,
        markup_percentage=dice.choice((20.0, 5.0, 50.0)) if chance(dice, 0.2) else 0.0,
        reports_period_end=chance(dice, 0.6),
        reports_older_fields=chance(dice, 0.4),
        spaced_timestamps=chance(dice, 0.3),
    )
    habit = steady(dice) if quiet else dice.choice(HABITS)(dice)
    spent = spend(
        dice,
        habit,
        usd_a_day=used * budget / HOURS[duration] * 24.0 / customer.markup,
        a_day=dice.choice((2.0, 10.0, 30.0, 100.0)),
        began=first_seen,
        lifetime=0.0 if newcomer else budget * dice.choice((0.0, 0.5, 3.0, 20.0)),
        smooth=chance(dice, 0.4),
    )
    customer = replace(customer, spend=spent)
    if budgeted and chance(dice, 0.25):
        customer = change_budget(customer, dice, days)
    if budgeted and chance(dice, 0.15):
        customer = correct(customer, dice, days)
    return customer


def _periods(dice: Random, turn: int, *, newcomer: bool, own: bool, days: float) -> tuple[str, datetime]:
    """A duration, and when some period began; days of the month take their turns."""
    duration = dice.choices(list(_DURATIONS), list(_DURATIONS.values()))[0]
    hour = timedelta(seconds=dice.randrange(86_400)) if chance(dice, 0.3) else timedelta(0)
    if newcomer:
        return duration, midnight(after(dice.uniform(0.05, 0.8) * days)) + hour
    if own:
        return duration, midnight(after(dice.uniform(-8, -1))) + hour
    anchor = midnight(after(-dice.uniform(1, HOURS[duration] / 24.0 + 1))) + hour
    if duration in ("monthly", "yearly"):
        anchor = _on_day(anchor, turn % 31 + 1)
    return duration, anchor


def _on_day(anchor: datetime, day: int) -> datetime:
    """The last time before an anchor when it was a day of the month that not every month has."""
    while True:
        if day <= monthrange(anchor.year, anchor.month)[1] and anchor.replace(day=day) < START:
            return anchor.replace(day=day)
        anchor = anchor.replace(day=1) - timedelta(days=1)


def _identifier(number: int) -> str:
    odd, rest = divmod(number, 3)
    return IDENTIFIERS[odd] if rest == 0 and odd < len(IDENTIFIERS) else f"user_{number}"
