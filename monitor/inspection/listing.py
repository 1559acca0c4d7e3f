"""All customers of the database, in order, a stretch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from sys import intern

import msgspec

from monitor.alerts.model import AlertState, CustomerKey, Severity
from monitor.inspection.figures import Figures, figures
from monitor.inspection.ranking import Order, Over, SortKey, first, order, over
from monitor.inspection.sight import Sight, look_closer, see
from monitor.spending.windows import WINDOWS
from monitor.store.customers import Place
from monitor.store.database import Store, Transaction

# Customers that are looked at together.
STRETCH = 1000

_WINDOWS = {SortKey.PROJECTED: WINDOWS, SortKey.SPEND_24H: [each for each in WINDOWS if each.field == "spend_24h"]}


class UnknownEnvironment(ValueError):  # noqa: N818 - named after what is so
    """The database has no such environment; the sentence names those that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked for.

    Attributes:
        environment: Our label; None: all.
        over: Only who has used such a share of the period's budget, surely or possibly; None: everybody.
        sort: What to sort by.
        limit: At most so many; None: all.
    """

    environment: str | None = None
    over: float | None = None
    sort: SortKey = SortKey.PERIOD_USED
    limit: int | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One customer of a listing.

    Attributes:
        sight: What is known.
        figures: In numbers.
        alert: The worst severity at which an alert fires; None: none does.
        over: Whether the share that was asked for is used.
    """

    sight: Sight
    figures: Figures
    alert: Severity | None
    over: Over | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found.

    Attributes:
        complete_at: When everybody had last been read, by environment; None: not yet.
        matched: How many customers there are that were asked for.
        entries: The first of them in order, in stretches; each is read from the database when it is taken.
    """

    complete_at: dict[str, datetime | None]
    matched: int
    entries: Iterator[list[Entry]]


def environments(tx: Transaction, only: str | None) -> dict[str, datetime | None]:
    """The environments of the database, or one of them, and when everybody had last been read there.

    Raises:
        UnknownEnvironment: There is no such one.
    """
    names = tx.environments.names()
    if only is not None and only not in names:
        known = f"it has: {', '.join(names)}" if names else "nothing has been read yet"
        raise UnknownEnvironment(f"the database has no environment {only!r}; {known}")
    return {name: tx.environments.load(name).last_complete_at for name in names if only in {None, name}}


def find(store: Store, query: Query) -> Listing:
    """Look at every customer, and remember where the first ones in order are to be found.

    Raises:
        UnknownEnvironment: There is no such environment.
    """
    matched = 0

    def orders(tx: Transaction) -> Iterator[Order]:
        nonlocal matched
        for environment, complete_at in complete.items():
            for stretch in _stretches(tx, environment, complete_at, query.sort):
                for sight in stretch:
                    found = figures(sight)
                    if query.over is None or over(found, query.over) is not None:
                        matched += 1
                        yield order(sight, found, query.sort)

    with store.read() as tx:
        complete = environments(tx, query.environment)
        chosen = first(orders(tx), query.limit)
    return Listing(complete, matched, _entries(store, complete, chosen, query.over))


def _stretches(
    tx: Transaction, environment: str, complete_at: datetime | None, key: SortKey
) -> Iterator[Sequence[Sight]]:
    after: Place | None = None
    while records := tx.customers.all(environment, after, STRETCH):
        after = records[-1][0]
        sights = [
            see(environment, place._replace(organization=intern(place.organization)), record, complete_at)
            for place, record in records
        ]
        yield look_closer(tx.history, sights, _WINDOWS[key]) if key in _WINDOWS else sights


def _entries(
    store: Store, complete: dict[str, datetime | None], chosen: Sequence[Order], share: float | None
) -> Iterator[list[Entry]]:
    """The customers at some places. Each stretch has a view of its own, which is let go before anybody waits for it.

    A reader that takes its time, such as a pager, would otherwise keep the database from tidying up.
    """
    for start in range(0, len(chosen), STRETCH):
        stretch = chosen[start : start + STRETCH]
        found: dict[Order, Entry] = {}
        with store.read() as tx:
            for environment, group in groupby(
                sorted(stretch, key=lambda each: each.environment), lambda each: each.environment
            ):
                orders = list(group)
                records = tx.customers.load(environment, [each.place for each in orders])
                known = [(each, record) for each, record in zip(orders, records, strict=True) if record is not None]
                sights = [see(environment, each.place, record, complete[environment]) for each, record in known]
                sights = look_closer(tx.history, sights)
                firing = _firing(tx, environment, sights)
                for (each, _), sight in zip(known, sights, strict=True):
                    numbers = figures(sight)
                    found[each] = Entry(sight, numbers, firing.get(sight.key), over(numbers, share))
        yield [found[each] for each in stretch if each in found]


def _firing(tx: Transaction, environment: str, sights: Sequence[Sight]) -> dict[CustomerKey, Severity]:
    """The worst severity at which alerts of some customers fire."""
    worst: dict[CustomerKey, Severity] = {}
    flagged = [sight.place.customer_identifier for sight in sights if sight.record.has_alerts]
    for alert in tx.alerts.of_customers(environment, flagged):
        severity = alert.life.severity
        if alert.life.state is AlertState.FIRING:
            worst[alert.key] = max(worst.get(alert.key, severity), severity, key=lambda each: each.rank)
    return worst
