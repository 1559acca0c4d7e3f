"""What a listing shows of each customer, and what of it can be spared where there is little room."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.inspection.listing import Entry
from monitor.inspection.ranking import Over, SortKey
from monitor.inspection.wording import NONE, amount, multiple, portion, short
from monitor.notify.text import clean, usd


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: Above it.
        cell: What stands in it, by the customer and the time.
        told: The same where there are no columns; empty: it is told in another way there.
        right: Whether it holds figures, which stand under each other by their ends.
        sort: The key by whose order it is what one looks for.
        spare: How soon it is left out where the terminal is too narrow, least first; None: never.
        asked: Whether it is shown only where it is sorted by.
        rare: Whether it is shown only where somebody has something in it.
    """

    title: str
    cell: Callable[[Entry, datetime], str]
    told: str = ""
    right: bool = True
    sort: SortKey | None = None
    spare: int | None = None
    asked: bool = False
    rare: bool = False


def _usd(value: float | None) -> str:
    return NONE if value is None else usd(value)


def _used(entry: Entry, _now: datetime) -> str:
    return portion(entry.figures.period_used, exact=entry.figures.exact)


def _over(entry: Entry, _now: datetime) -> str:
    return NONE if entry.over is None else "surely" if entry.over is Over.SURELY else "maybe"


def _pace(entry: Entry, _now: datetime) -> str:
    return multiple(entry.figures.pace, exact=entry.figures.exact)


def _left(entry: Entry, _now: datetime) -> str:
    return amount(entry.figures.period_remaining, exact=entry.figures.exact, of_high=True)


def _cost(entry: Entry, _now: datetime) -> str:
    return amount(entry.figures.period_cost, exact=entry.figures.exact)


def _budget(entry: Entry, _now: datetime) -> str:
    return _usd(entry.sight.record.period_budget)


def _duration(entry: Entry, _now: datetime) -> str:
    record = entry.sight.record
    return NONE if record.period_budget is None else clean(record.budget_duration or NONE, 10)


def _elapsed(entry: Entry, now: datetime) -> str:
    until = entry.sight.period_until
    return "all of it" if until is not None and until <= now else portion(entry.figures.period_elapsed)


def _projected(entry: Entry, _now: datetime) -> str:
    return amount(entry.figures.projected_period_cost, exact=entry.figures.exact)


def _runs_out(entry: Entry, now: datetime) -> str:
    standing = entry.sight.standing
    if standing.exhausts_at is not None and standing.exhausts_at <= entry.sight.as_of:
        return "already"
    return short(standing.exhausts_at if standing.exact else None, now)


def _alert(entry: Entry, _now: datetime) -> str:
    return NONE if entry.alert is None else entry.alert.value


def _unlisted(entry: Entry, now: datetime) -> str:
    return NONE if entry.sight.record.missing_since is None else short(entry.sight.as_of, now)


CUSTOMER = Column("customer", lambda entry, _: clean(entry.sight.place.customer_identifier), right=False)
ENVIRONMENT = Column("environment", lambda entry, _: clean(entry.sight.environment), right=False)
USED = Column("used", _used)
ALERT = Column("alert", _alert, right=False)
COST = Column("period cost", _cost)
BUDGET = Column("budget", _budget)
DURATION = Column("each", _duration, right=False, spare=4)

COLUMNS = (
    USED,
    Column("over", _over, "{} over", right=False, rare=True),
    Column("pace", _pace, "pace {}", sort=SortKey.PACE, asked=True),
    Column("left", _left, "{} left", sort=SortKey.PERIOD_REMAINING, asked=True),
    Column(
        "last 24 h",
        lambda entry, _: _usd(entry.sight.standing.spend_24h),
        "{} in 24 h",
        sort=SortKey.SPEND_24H,
        asked=True,
    ),
    CUSTOMER,
    ENVIRONMENT,
    ALERT,
    COST,
    BUDGET,
    DURATION,
    Column("elapsed", _elapsed, "{} elapsed", spare=2),
    Column("projected", _projected, "{} projected", sort=SortKey.PROJECTED, spare=3),
    Column("runs out, UTC", _runs_out, "out of budget: {}", spare=5),
    Column(
        "total cost", lambda entry, _: _usd(entry.sight.record.total_cost), "{} ever", sort=SortKey.TOTAL_COST, spare=1
    ),
    Column("not listed since", _unlisted, "not listed since {}", right=False, rare=True),
)
