"""A customer of the stand-in: who it is, what it spends, what its budget is, each as a function of time."""

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

import msgspec

from monitor.demo.periods import Schedule

ORGANIZATION = "8264a3f4-40c7-476a-97d1-96908127ea21"
"""The organization of customers and keys that name no other."""

_INSTANT = timedelta(microseconds=1)
_TOKENS_PER_REQUEST = 850


class Spend(Protocol):
    """Lifetime spend as a function of time; it never falls."""

    def total(self, at: datetime) -> float:
        """USD spent up to and including an instant."""

    def last(self, at: datetime) -> datetime | None:
        """When money was last spent, at or before an instant; None: never."""

    def settled(self, at: datetime) -> bool:
        """Whether nothing changes after an instant, so that what was computed then stays true."""


class Ledger:
    """Spend recorded as single amounts, which may lie in the future."""

    def __init__(self, entries: Iterable[tuple[datetime, float]] = ()) -> None:
        self._entries = sorted(entries)
        self._add_up()

    def record(self, at: datetime, usd: float) -> None:
        """Note that `usd` were spent at an instant."""
        insort(self._entries, (at, usd))
        self._add_up()

    def total(self, at: datetime) -> float:
        """USD recorded up to and including an instant."""
        count = bisect_right(self._times, at)
        return self._sums[count - 1] if count else 0.0

    def last(self, at: datetime) -> datetime | None:
        """Time of the newest amount at or before an instant."""
        count = bisect_right(self._times, at)
        return self._times[count - 1] if count else None

    def settled(self, at: datetime) -> bool:
        """Whether no amount lies in the future."""
        return not self._times or self._times[-1] <= at

    def _add_up(self) -> None:
        self._times = [at for at, _ in self._entries]
        self._sums: list[float] = []
        total = 0.0
        for _, usd in self._entries:
            total += usd
            self._sums.append(total)


class Row(msgspec.Struct, gc=False, kw_only=True):
    """One result of the list, under the documented names and in their order; times are text, USD is rounded to 1e-6."""

    id: str
    customer_identifier: str
    unique_organization_id: str
    environment: str
    name: str | None
    email: str | None
    first_seen: str
    last_active_timeframe: str | None
    active_days: int
    number_of_requests: int
    total_requests: int
    total_tokens: int
    tokens: int
    total_cost: float
    cost: float
    average_latency: float | None
    average_ttft: float | None
    average_monthly_cost: float | None
    period_budget: float | None
    budget_duration: str | None
    total_budget: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Charges taken back: nobody says so, the figures are just lower from then on.

    Attributes:
        at: From when on.
        total_cost: USD taken off the lifetime spend that the list shows.
        period_usage: USD, before any markup, taken off the usage of the period that holds `at`.
    """

    at: datetime
    total_cost: float = 0.0
    period_usage: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as its owner and the gateway know it.

    Attributes:
        customer_identifier: Any string.
        environment: prod or test.
        organization: Whom its API key belongs to.
        name: Shown name.
        email: Shown address.
        first_seen: When its first request came.
        spend: Lifetime spend, USD.
        period_budget: USD for one period; None: no budget, so no period either.
        budget_changes: Later period budgets, (from when, USD), in order of time.
        budget_duration: daily, weekly, monthly, yearly; or what a test wants the API to say.
        total_budget: Lifetime budget, USD.
        period_anchor: When some period began; None: midnight of the day it was first seen.
        first_period_end: Where the period that begins at the anchor was given an end of its own; see `Schedule`.
        schedule_changes: Later durations and anchors, (from when, schedule), in order of time.
        corrections: Charges taken back, in order of time.
        markup_percentage: Raises the usage that the detail endpoint reports (20: times 1.2), not the listed total cost.
        usd_per_request: What one request costs; the number of requests and tokens follow from it.
        spaced_timestamps: Writes `2024-06-07 17:35:34.452434+00:00` instead of `2024-06-07T17:35:34Z`.
        reports_period_end: Without it the detail's `period_end` is null, as in the documented example.
        reports_older_fields: Without it the detail has what the documented example has: no `total_usage`, no markup.
    """

    customer_identifier: str
    environment: str = "prod"
    organization: str = ORGANIZATION
    name: str | None = None
    email: str | None = None
    first_seen: datetime = datetime(2025, 1, 1, tzinfo=UTC)
    spend: Spend = field(default_factory=Ledger)
    period_budget: float | None = None
    budget_changes: tuple[tuple[datetime, float | None], ...] = ()
    budget_duration: str | None = "monthly"
    total_budget: float | None = None
    period_anchor: datetime | None = None
    first_period_end: datetime | None = None
    schedule_changes: tuple[tuple[datetime, Schedule], ...] = ()
    corrections: tuple[Correction, ...] = ()
    markup_percentage: float = 0.0
    usd_per_request: float = 0.034
    spaced_timestamps: bool = False
    reports_period_end: bool = True
    reports_older_fields: bool = True

    @classmethod
    def standing(
        cls,
        customer_identifier: str,
        *,
        total_cost: float,
        period_usage: float,
        period_start: datetime,
        **fields: Any,  # noqa: ANN401 - the other attributes of this class, typed above
    ) -> Self:
        """Build a customer from the two figures that the API shows of it.

        Args:
            customer_identifier: Any string.
            total_cost: Lifetime spend, USD.
            period_usage: USD of it that were spent in the period.
            period_start: When the period began, and the anchor of those that follow.
            **fields: Any other attribute.
        """
        entries = [(period_start - _INSTANT, total_cost - period_usage), (period_start, period_usage)]
        return cls(
            customer_identifier=customer_identifier,
            spend=Ledger((at, usd) for at, usd in entries if usd),
            period_anchor=period_start,
            **fields,
        )

    @property
    def key(self) -> tuple[str, str, str]:
        """Who it is: (organization, environment, customer identifier)."""
        return self.organization, self.environment, self.customer_identifier

    @property
    def row_id(self) -> str:
        """The API's `id` of a listed row."""
        return f"{self.customer_identifier}{self.environment}{self.organization}"

    def budget(self, at: datetime) -> float | None:
        """Period budget in force at an instant, USD."""
        known = [usd for since, usd in self.budget_changes if since <= at]
        return known[-1] if known else self.period_budget

    def period(self, at: datetime) -> tuple[datetime, datetime] | None:
        """Start and end of the period that holds an instant; None without a budget."""
        return None if self.budget(at) is None else self.schedule(at).period(at)

    def schedule(self, at: datetime) -> Schedule:
        """How periods follow each other, as of an instant."""
        changed = [schedule for since, schedule in self.schedule_changes if since <= at]
        if changed:
            return changed[-1]
        anchor = self.period_anchor or self.first_seen.replace(hour=0, minute=0, second=0, microsecond=0)
        return Schedule(anchor, self.budget_duration, self.first_period_end)

    def total_cost(self, at: datetime, spend: Spend) -> float:
        """Lifetime spend as the list shows it at an instant, USD."""
        taken_back = sum(each.total_cost for each in self.corrections if each.at <= at)
        return round(max(spend.total(at) - taken_back, 0.0), 6)

    def period_usage(self, at: datetime, spend: Spend) -> float | None:
        """Usage of the period as the detail shows it at an instant, USD; None without a budget."""
        period = self.period(at)
        if period is None:
            return None
        taken_back = sum(each.period_usage for each in self.corrections if period[0] <= each.at <= at)
        spent = spend.total(at) - spend.total(period[0] - _INSTANT)
        return round(max(spent - taken_back, 0.0) * self.markup, 6)

    def changes_after(self, at: datetime) -> bool:
        """Whether its budget, its periods or its charges are changed at a later time."""
        changes = [since for since, _ in (*self.budget_changes, *self.schedule_changes)]
        return any(since > at for since in (*changes, *(each.at for each in self.corrections)))

    def row(self, at: datetime, spend: Spend, *, grain: timedelta = timedelta(0)) -> Row:
        """What the list shows at an instant.

        Args:
            at: The instant.
            spend: The customer's spend with whatever was recorded since it was made.
            grain: How coarse `last_active_timeframe` is; 0: to the microsecond.
        """
        cost = self.total_cost(at, spend)
        requests = round(cost / self.usd_per_request)
        last = spend.last(at)
        active_days = 0 if last is None else max(1, (last - self.first_seen).days)
        if last is not None and grain:
            last -= (last - datetime.min.replace(tzinfo=UTC)) % grain
        return Row(
            id=self.row_id,
            customer_identifier=self.customer_identifier,
            unique_organization_id=self.organization,
            environment=self.environment,
            name=self.name,
            email=self.email,
            first_seen=self.written(self.first_seen),
            last_active_timeframe=None if last is None else self.written(last),
            active_days=active_days,
            number_of_requests=requests,
            total_requests=requests,
            total_tokens=requests * _TOKENS_PER_REQUEST,
            tokens=requests * _TOKENS_PER_REQUEST,
            total_cost=cost,
            cost=cost,
            average_latency=1.23 if requests else None,
            average_ttft=0.45 if requests else None,
            average_monthly_cost=round(cost / active_days, 2) if active_days else None,
            period_budget=self.budget(at),
            budget_duration=self.schedule(at).duration,
            total_budget=self.total_budget,
        )

    def detail(self, at: datetime, spend: Spend) -> dict[str, object]:
        """What the detail endpoint shows at an instant."""
        period = self.period(at)
        total = round(self.total_cost(at, spend) * self.markup, 6)
        older = {"markup_percentage": self.markup_percentage, "is_test": self.environment == "test", "metadata": {}}
        return {
            "id": self.customer_identifier,
            "name": self.name,
            "email": self.email,
            "customer_identifier": self.customer_identifier,
            "environment": self.environment,
            "total_budget": self.total_budget,
            "period_budget": self.budget(at),
            "organization_name": "Acme Inc",
            "total_period_usage": self.period_usage(at, spend),
            "period_start": None if period is None else self.written(period[0]),
            "period_end": None if period is None or not self.reports_period_end else self.written(period[1]),
            "budget_duration": self.schedule(at).duration,
            "updated_at": self.written(spend.last(at) or self.first_seen),
            **(older | {"total_usage": total} if self.reports_older_fields else {}),
        }

    @property
    def markup(self) -> float:
        """What usage is multiplied by."""
        return 1 + self.markup_percentage / 100

    def written(self, at: datetime) -> str:
        """A timestamp in this customer's form; both forms are in use."""
        if self.spaced_timestamps:
            return at.strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
        return at.isoformat().replace("+00:00", "Z")
