"""When the simulated year is, and how chance is asked."""

from datetime import UTC, datetime, timedelta
from random import Random

START = datetime(2027, 7, 1, tzinfo=UTC)
"""Before it customers have lived; the daemon has not. A year from here has a 29 February in it."""

DAYS = 366
"""How long spend is drawn for; a run may be shorter."""

INSTANT = timedelta(microseconds=1)


def midnight(at: datetime) -> datetime:
    """The beginning of a day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def after(days: float) -> datetime:
    """An instant, in days since `START`."""
    return START + timedelta(days=days)


def chance(dice: Random, share: float) -> bool:
    """Whether something comes true that does in a share of cases."""
    return dice.random() < share
