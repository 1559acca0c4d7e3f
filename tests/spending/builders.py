"""Made-up customers of whom everything is true, and somebody who only sees what the API says of them."""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.spending.anchor import Reading
from monitor.spending.course import BLANK, Correction, Course, after_reading, after_row, standing
from monitor.spending.markup import Markup
from monitor.spending.standing import Standing

LONGEST = 31  # days of a month
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# Of the documented customer.
READ = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
DECEMBER, JANUARY, FEBRUARY = (datetime(*month, 1, tzinfo=UTC) for month in ((2025, 12), (2026, 1), (2026, 2)))

# What a period of each kind lasts, about.
ABOUT = {"daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY, "quarterly": 91 * DAY, "yearly": 365 * DAY}


def day(year: int, month: int, day_of_month: int, hour: int = 0, minute: int = 0) -> datetime:
    """A time, UTC."""
    return datetime(year, month, day_of_month, hour, minute, tzinfo=UTC)


@dataclass(slots=True)
class Customer:
    """A customer whose every spend is known.

    Attributes:
        origin: When the first period began; the others keep its day of the month and its time of day.
        duration: The API's `budget_duration`.
        ratio: What usage grows by when the total cost grows by one.
        tells_end: Whether the detail gives `period_end`.
        lazy: Whether a period that is over stays in the detail until something is spent in the next one.
        cents: Whether the detail rounds usage to the cent.
        spends: Time and USD of each, oldest first.
        usage_taken_back: Time and USD of what was taken off the usage, oldest first.
        first_end: When the first period ends, as somebody has set it, and from when the others are counted then; None:
            as its duration says.
    """

    origin: datetime = field(default_factory=lambda: day(2025, 1, 1))
    duration: str | None = "monthly"
    ratio: float = 1.0
    tells_end: bool = True
    lazy: bool = False
    cents: bool = False
    spends: list[tuple[datetime, float]] = field(default_factory=list)
    usage_taken_back: list[tuple[datetime, float]] = field(default_factory=list)
    first_end: datetime | None = None
    _edges: list[datetime] = field(default_factory=list)

    def total(self) -> float:
        """Lifetime spend by now, USD; what was taken back is a negative spend."""
        return sum(usd for _, usd in self.spends)

    def period(self, at: datetime) -> tuple[datetime, datetime]:
        """The period that holds an instant: every day is looked at, nothing is reckoned."""
        while not self._edges or self._edges[-1] <= at:
            self._edges.extend(self._more_edges())
        after = bisect_left(self._edges, at + timedelta(microseconds=1))
        return self._edges[after - 1], self._edges[after]

    def cost(self, at: datetime) -> float:
        """USD spent in the period that holds an instant, as the API counts usage."""
        return self._usage(self.period(at))

    def reading(self, at: datetime) -> Reading:
        """What the detail says."""
        start, end = self.period(at)
        if self.lazy:
            start, end = self.period(max([self.origin, *(spent_at for spent_at, _ in self.spends)]))
        usage = self._usage((start, end))
        return Reading(
            at, round(usage, 2) if self.cents else usage, start, end if self.tells_end else None, self.duration
        )

    def shows_its_day(self, at: datetime) -> bool:
        """Whether a reading shows which day of the month all periods begin on: no shorter month can have moved it."""
        start, end = self.period(at)
        edges = (start, end) if self.tells_end else (start,)
        if self.duration == "yearly":
            return any((edge.month, edge.day) != (2, 28) for edge in edges)
        is_last = ((edge + DAY).day == 1 and edge.day < LONGEST for edge in edges)
        return self.duration in {"daily", "weekly"} or not all(is_last)

    def _usage(self, period: tuple[datetime, datetime]) -> float:
        start, end = period
        spent = sum(usd for at, usd in self.spends if start <= at < end and usd > 0.0) * self.ratio
        return max(spent - sum(usd for at, usd in self.usage_taken_back if start <= at < end), 0.0)

    def _more_edges(self) -> Iterator[datetime]:
        """The edges of another few years, by looking at each day."""
        if not self._edges and self.first_end is not None:
            return iter((self.origin, self.first_end))
        since = self._edges[-1] + DAY if self._edges else self.origin
        days = (since + number * DAY for number in range(800))
        return (each for each in days if self._begins(each))

    def _begins(self, at: datetime) -> bool:
        """Whether a period begins on a day."""
        counted_from = self.first_end or self.origin
        if self.duration == "daily":
            return True
        if self.duration == "weekly":
            return (at - counted_from).days % 7 == 0
        months = (at.year - counted_from.year) * 12 + at.month - counted_from.month
        every = {"yearly": 12, "quarterly": 3}.get(self.duration or "", 1)
        return months % every == 0 and at.day == min(counted_from.day, monthrange(at.year, at.month)[1])


@dataclass(slots=True)
class Watcher:
    """What is known of a customer, row by row and reading by reading, as the daemon does it.

    Attributes:
        duration: The API's `budget_duration`, as the rows list it.
        course: What is known.
        total: Lifetime spend of the last row, USD.
        correction: What the last row or reading showed to have fallen.
    """

    duration: str | None = "monthly"
    course: Course = BLANK
    total: float | None = None
    correction: Correction | None = None

    def row(self, total: float | None, now: datetime) -> Standing:
        """Take a row."""
        self.course = after_row(self.course, before=self.total, total=total, now=now, duration=self.duration)
        self.total = self.total if total is None else total
        return standing(self.course, total, now)

    def read(self, reading: Reading) -> Standing:
        """Take a reading, which goes with the last row."""
        self.course, self.correction = after_reading(self.course, reading, self.total)
        return standing(self.course, self.total, reading.at)


def reading(
    usage: float = 45.67,
    at: datetime = READ,
    *,
    start: datetime | None = DECEMBER,
    end: datetime | None = None,
    duration: str | None = "monthly",
) -> Reading:
    """The documented customer's detail: 45.67 USD spent since the first of December."""
    return Reading(at, usage, start, end, duration)


def watched(total: float | None = 523.45, found: Reading | None = None) -> Watcher:
    """The documented customer after a row, a reading, and another row a minute later with the same total."""
    watcher = Watcher()
    found = found or reading()
    watcher.row(total, found.at - SECOND)
    watcher.read(found)
    watcher.row(total, found.at + MINUTE)
    return watcher


def without_markup(total: float = 523.45, found: Reading | None = None) -> Watcher:
    """The same where it is known that there is no markup."""
    watcher = watched(total, found)
    watcher.course = Course(watcher.course.anchor, Markup(1.0, 1.0), readings=1)
    return watcher


def bounds(where: Standing) -> tuple[float, float]:
    """The least and the most that the period cost is."""
    assert where.cost_low is not None
    assert where.cost_high is not None
    return where.cost_low, where.cost_high
