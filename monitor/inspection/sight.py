"""One customer as the database has it, and the instant for which that holds."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec

from monitor.alerts.model import CustomerKey
from monitor.polling.known import Known, outlook, spends_of
from monitor.spending.course import Course, standing
from monitor.spending.standing import Standing
from monitor.spending.windows import WINDOWS, Window
from monitor.store.customers import Place, Record, read_course
from monitor.store.history import History
from monitor.store.times import instant


class Sight(msgspec.Struct, frozen=True, gc=False):
    """One customer.

    Attributes:
        environment: Our label.
        place: Where its record stands.
        record: What was listed.
        course: What is known of its period.
        as_of: When all of this was so (UTC).
        standing: Where it stood then.
    """

    environment: str
    place: Place
    record: Record
    course: Course
    as_of: datetime
    standing: Standing

    @property
    def key(self) -> CustomerKey:
        """Who it is."""
        return CustomerKey(self.environment, self.place.organization, self.place.customer_identifier)

    @property
    def first_seen(self) -> datetime | None:
        """When it made its first request, as listed (UTC); None: the API does not say."""
        return instant(self.place.first_seen) if self.place.first_seen else None

    @property
    def period_until(self) -> datetime | None:
        """When its period ends, or after when nothing that is known of it holds; None: there is no such time."""
        anchor = self.course.anchor
        return self.standing.end or (anchor.valid_until if anchor is not None else None)

    @property
    def has_period(self) -> bool:
        """Whether it has a period to speak of: one of its own, or a budget for one."""
        return self.record.period_budget is not None or self.course.anchor is not None


def see(environment: str, place: Place, record: Record, complete_at: datetime | None) -> Sight:
    """Look at one customer.

    Args:
        environment: Our label.
        place: Where its record stands.
        record: What the database has of it.
        complete_at: When everybody had last been read; None: not yet.
    """
    course = read_course(record.course)
    as_of = _as_of(record, course, complete_at)
    return Sight(environment, place, record, course, as_of, standing(course, record.total_cost, as_of))


def look_closer(history: History, sights: Sequence[Sight], windows: Sequence[Window] = WINDOWS) -> list[Sight]:
    """The same customers of one environment, with what they spent lately, and with forecasts.

    Args:
        history: What they had spent at earlier times.
        sights: As `see` gives them.
        windows: Those that are wanted; a forecast needs all of them.
    """
    found = list(sights)
    together: dict[datetime, list[int]] = defaultdict(list)
    for index, sight in enumerate(sights):
        together[sight.as_of].append(index)
    for as_of, indexes in together.items():
        known = [
            Known(sights[index].record, sights[index].course, sights[index].record.total_cost) for index in indexes
        ]
        spends = spends_of(
            history,
            sights[indexes[0]].environment,
            places=[sights[index].place for index in indexes],
            known=known,
            windows=windows,
            now=as_of,
        )
        for index, each, spent in zip(indexes, known, spends, strict=True):
            where = outlook(each, spent, as_of, forecast=windows is WINDOWS)
            found[index] = msgspec.structs.replace(sights[index], standing=where)
    return found


def _as_of(record: Record, course: Course, complete_at: datetime | None) -> datetime:
    """When everybody had last been read, or what came later where the next reading of everybody is under way.

    Of a customer who is no longer listed nothing is known from then on.
    """
    times = [complete_at, instant(record.known_since), instant(record.changed_at)]
    if course.anchor is not None:
        times.append(course.anchor.at)
    latest = max(time for time in times if time is not None)
    missing = instant(record.missing_since)
    return latest if missing is None else min(latest, missing)
