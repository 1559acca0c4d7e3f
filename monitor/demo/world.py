"""Everything the stand-in knows: customers, keys and the request limit. It has no clock: time is asked of its maker."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.demo.customer import ORGANIZATION, Customer, Ledger, Row
from monitor.demo.limit import SlidingWindow
from monitor.demo.periods import Schedule
from monitor.demo.query import Listed, Query, UnknownFilters, ordered

KEY = "demo-key"
"""The API key of `ORGANIZATION` where no other keys are given."""

_REMEMBERED_LISTINGS = 8


@dataclass(slots=True)
class _Account:
    """A customer, what was recorded since it came, and its row if nothing can change it but us."""

    customer: Customer
    recorded: Ledger = field(default_factory=Ledger)
    row: Listed | None = None

    def total(self, at: datetime) -> float:
        return self.customer.spend.total(at) + self.recorded.total(at)

    def last(self, at: datetime) -> datetime | None:
        times = [time for time in (self.customer.spend.last(at), self.recorded.last(at)) if time is not None]
        return max(times, default=None)

    def settled(self, at: datetime) -> bool:
        moving = not self.customer.spend.settled(at) or not self.recorded.settled(at)
        return not moving and not self.customer.changes_after(at)


@dataclass(slots=True)
class _Listings:
    """Sorted answers of one organization's environment, and when they stop being true."""

    accounts: dict[str, _Account] = field(default_factory=dict)
    settled: bool = False
    sorted_at: datetime | None = None
    known: dict[tuple[Query, str], list[Row]] = field(default_factory=dict)

    def forget(self) -> None:
        self.settled = False
        self.known.clear()


class World:
    """The state behind the API: what it answers is a function of this object and of `now` alone.

    Its methods may be called from another thread than the one that serves it.

    Attributes:
        now: The time, UTC.
        keys: Organization of each API key.
        unknown_filters: What happens to a filter on an unknown field.
        retry_after_header: Whether a 429 carries the header beside the body.
        activity_grain: How coarse `last_active_timeframe` is; 0: exact.
    """

    def __init__(
        self,
        customers: Iterable[Customer],
        now: Callable[[], datetime],
        *,
        limit: int | None = 60,
        keys: Mapping[str, str] | None = None,
        unknown_filters: UnknownFilters = "drop",
        retry_after_header: bool = False,
        activity_grain: timedelta = timedelta(0),
    ) -> None:
        self.now = now
        self.keys = {KEY: ORGANIZATION} if keys is None else dict(keys)
        self.unknown_filters = unknown_filters
        self.retry_after_header = retry_after_header
        self.activity_grain = activity_grain
        self._window = SlidingWindow(limit)
        self._listings: defaultdict[tuple[str, str], _Listings] = defaultdict(_Listings)
        self._lock = threading.RLock()
        self.add(*customers)

    def add(self, *customers: Customer) -> None:
        """Let customers appear; one with the key of another takes its place."""
        with self._lock:
            for customer in customers:
                listings = self._listings[customer.organization, customer.environment]
                listings.accounts[customer.customer_identifier] = _Account(customer)
                listings.forget()

    def remove(self, customer_identifier: str, *, environment: str = "prod", organization: str = ORGANIZATION) -> None:
        """Let a customer vanish.

        Raises:
            KeyError: If there is no such customer.
        """
        with self._lock:
            listings = self._listings[organization, environment]
            del listings.accounts[customer_identifier]
            listings.forget()

    def spend(
        self,
        customer_identifier: str,
        usd: float,
        *,
        at: datetime | None = None,
        environment: str = "prod",
        organization: str = ORGANIZATION,
    ) -> None:
        """Let a customer spend `usd`, now or at another time.

        Raises:
            KeyError: If there is no such customer.
        """
        with self._lock:
            account = self._account(customer_identifier, environment, organization)
            account.recorded.record(self.now() if at is None else at, usd)

    def set_budget(
        self,
        customer_identifier: str,
        period_budget: float | None,
        *,
        budget_duration: str | None = None,
        environment: str = "prod",
        organization: str = ORGANIZATION,
    ) -> None:
        """Give a customer another period budget (USD; None: none) from now on.

        A first budget begins its period today, as the API does; a changed one keeps the period.

        Raises:
            KeyError: If there is no such customer.
        """
        with self._lock:
            account = self._account(customer_identifier, environment, organization)
            now, customer = self.now(), account.customer
            schedule = customer.schedule(now)
            if customer.budget(now) is None:
                schedule = Schedule(now.replace(hour=0, minute=0, second=0, microsecond=0), schedule.duration)
            account.customer = replace(
                customer,
                period_budget=period_budget,
                budget_changes=(),
                budget_duration=budget_duration or schedule.duration,
                period_anchor=schedule.anchor,
                first_period_end=schedule.first_end,
                schedule_changes=(),
            )

    def admit(self, organization: str) -> int | None:
        """Count a request against the organization's limit; None, or seconds until it would be admitted."""
        with self._lock:
            return self._window.admit(organization, self.now())

    def rows(self, organization: str, environment: str, query: Query, sort_by: str) -> list[Row]:
        """All rows that match, sorted; remembered for as long as they stay true."""
        with self._lock:
            now, listings = self.now(), self._listings[organization, environment]
            if not listings.settled and listings.sorted_at != now:
                listings.known.clear()
            known = listings.known.get((query, sort_by))
            if known is None:
                listed = [self._listed(account, now) for account in listings.accounts.values()]
                known = [each.row for each in ordered((each for each in listed if query.holds(each.row)), sort_by)]
                if len(listings.known) >= _REMEMBERED_LISTINGS:
                    listings.known.clear()
                listings.known[query, sort_by] = known
                listings.sorted_at = now
                listings.settled = all(account.row is not None for account in listings.accounts.values())
            return known

    def detail(self, organization: str, environment: str, customer_identifier: str) -> dict[str, object] | None:
        """What the detail endpoint says of a customer; None: not there."""
        with self._lock:
            account = self._listings[organization, environment].accounts.get(customer_identifier)
            return None if account is None else account.customer.detail(self.now(), account)

    def _account(self, customer_identifier: str, environment: str, organization: str) -> _Account:
        """Find an account that is about to change."""
        listings = self._listings[organization, environment]
        account = listings.accounts[customer_identifier]
        account.row = None
        listings.forget()
        return account

    def _listed(self, account: _Account, now: datetime) -> Listed:
        if account.row is not None:
            return account.row
        customer = account.customer
        listed = Listed(customer.row(now, account, grain=self.activity_grain), customer.first_seen, account.last(now))
        if account.settled(now):
            account.row = listed
        return listed
