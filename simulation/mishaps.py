"""What happens to customers of the simulation: their budgets are changed, and charges are taken back."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from monitor.demo.customer import Correction, Customer
from monitor.demo.periods import Schedule
from simulation.year import after, chance, midnight

_HOURS = {"daily": 24.0, "weekly": 168.0, "monthly": 730.0, "yearly": 8766.0}

# Days. A budget that is away for less could come back unseen while the daemon or the API is down.
_AWAY = (4.0, 20.0)
_APART = 25.0


def change_budget(customer: Customer, dice: Random, days: float) -> Customer:
    """Raise, lower or remove a budget, or give it another duration, up to three times."""
    at = dice.uniform(2, _APART)
    first = (customer.first_seen - after(0)).total_seconds() / 86_400
    at += max(first, 0.0)
    for _ in range(dice.randrange(1, 4)):
        if at > days:
            break
        match dice.choice(("amount", "amount", "removed", "duration", "both")):
            case "amount":
                customer = _amount(customer, after(at), dice)
            case "removed":
                away = dice.uniform(*_AWAY)
                customer = _removed(customer, after(at), after(at + away), dice)
                at += away
            case "duration":
                customer = _duration(customer, after(at), dice)
            case _:
                customer = _duration(_amount(customer, after(at), dice), after(at), dice)
        at += dice.uniform(_APART, 6 * _APART)
    return customer


def _amount(customer: Customer, at: datetime, dice: Random) -> Customer:
    amount = (customer.budget(at) or 0.0) * dice.choice((0.4, 0.75, 1.5, 3.0))
    return replace(customer, budget_changes=(*customer.budget_changes, (at, round(amount, 2))))


def _removed(customer: Customer, at: datetime, again: datetime, dice: Random) -> Customer:
    """A budget that is set anew begins its periods on that day."""
    amount, schedule = customer.budget(at), Schedule(midnight(again), customer.schedule(at).duration)
    customer = replace(
        customer,
        budget_changes=(*customer.budget_changes, (at, None), (again, amount)),
        schedule_changes=(*customer.schedule_changes, (again, schedule)),
    )
    return _amount(customer, again, dice) if chance(dice, 0.5) else customer


def _duration(customer: Customer, at: datetime, dice: Random) -> Customer:
    """Another duration, from the old anchor or from the day of the change, with an amount that is worth as much."""
    before = customer.schedule(at)
    duration = dice.choice([each for each in _HOURS if each != before.duration])
    anchor = before.anchor if chance(dice, 0.5) else midnight(at)
    worth = (customer.budget(at) or 0.0) * _HOURS[duration] / _HOURS[before.duration or "monthly"]
    return replace(
        customer,
        budget_changes=(*customer.budget_changes, (at, round(max(worth, 1.0), 2))),
        schedule_changes=(*customer.schedule_changes, (at, Schedule(anchor, duration))),
    )


def correct(customer: Customer, dice: Random, days: float) -> Customer:
    """Take back a part of what a period has used, up to four times.

    The listed total and the usage fall together, or one of them falls alone.
    """
    first = max((customer.first_seen - after(0)).total_seconds() / 86_400, 0.0)
    for day in sorted(dice.uniform(first, days) for _ in range(dice.randrange(1, 5))):
        at = after(day) + timedelta(microseconds=1)
        usd = (customer.period_usage(at, customer.spend) or 0.0) / customer.markup * dice.uniform(0.05, 0.6)
        listed, used = dice.choice(((usd, usd), (usd, usd), (usd, 0.0), (0.0, usd)))
        if usd > 0.0:
            correction = Correction(at=at, total_cost=listed, period_usage=used)
            customer = replace(customer, corrections=(*customer.corrections, correction))
    return customer
