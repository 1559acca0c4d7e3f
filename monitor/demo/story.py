"""The two minutes that the demo shows, and the quiet life after them: spend as a pure function of time."""

import zlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from monitor.demo.cast import CAST, Member
from monitor.demo.customer import Customer
from monitor.demo.world import World

# Below half of a step, or the jitter of one step could overtake the next, and spend would fall.
_JITTER = 0.4


class Course:
    """Spend along a line through known points, in uneven steps as requests make it; the same at every run.

    Step `i` lasts from `i * every` to `(i + 1) * every` seconds; all of its spend falls on one instant in it.

    Args:
        start: Where the seconds count from.
        points: (seconds, USD spent until then), rising in both; seconds before the start are negative.
        slope: USD a second after the last point.
        every: Length of a step, seconds.
        seed: Makes the course differ from others.
    """

    def __init__(
        self, start: datetime, points: Sequence[tuple[float, float]], *, slope: float, every: float, seed: str
    ) -> None:
        self._start = start
        self._seconds = [seconds for seconds, _ in points]
        self._usd = [usd for _, usd in points]
        self._slope = slope
        self._every = every
        self._seed = seed

    def total(self, at: datetime) -> float:
        """USD spent up to an instant."""
        steps = self._steps_done(at)
        return self._line((steps + _JITTER * (2 * _noise(self._seed, "amount", steps) - 1)) * self._every)

    def last(self, at: datetime) -> datetime | None:
        """When money was last spent; None before the first point."""
        instant = self._instant(self._steps_done(at) - 1)
        return None if instant < self._seconds[0] else self._start + timedelta(seconds=instant)

    def settled(self, at: datetime) -> bool:  # noqa: ARG002 - what it is asked for; a course has no end
        """Never: it goes on."""
        return False

    def _steps_done(self, at: datetime) -> int:
        """How many steps have spent their money, counted from the start (negative before it)."""
        seconds = (at - self._start).total_seconds()
        step = int(seconds // self._every)
        return step + 1 if self._instant(step) <= seconds else step

    def _instant(self, step: int) -> float:
        return (step + _noise(self._seed, "instant", step)) * self._every

    def _line(self, seconds: float) -> float:
        """USD at a point of the line."""
        after = bisect_right(self._seconds, seconds)
        if after == 0:
            return 0.0
        before = after - 1
        if after == len(self._seconds):
            return self._usd[before] + self._slope * (seconds - self._seconds[before])
        share = (seconds - self._seconds[before]) / (self._seconds[after] - self._seconds[before])
        return self._usd[before] + share * (self._usd[after] - self._usd[before])


class Story:
    """The demo's customers from a given start on.

    At about 20, 50 and 85 s one climbs through 50, 80 and 100 % of its budget; at 35 s one without a budget has spent
    500 USD; at 60 s one at 92 % begins a new period; at 75 s one at 95 % has its budget raised; in test, one passes
    50 % at 25 s and 80 % at 65 s. Several are above a level from the start. After 120 s everybody spends slowly.

    Args:
        start: When it begins (UTC).
    """

    def __init__(self, start: datetime) -> None:
        self.start = start

    def customers(self) -> list[Customer]:
        """The whole cast; what each spends is fixed for all time."""
        return [self._customer(member) for member in CAST]

    def world(self, now: Callable[[], datetime], *, limit: int | None = 60) -> World:
        """Put the cast behind an API with the default key.

        Args:
            now: The time, UTC; real in the demo, made up in tests.
            limit: Requests a minute.
        """
        return World(self.customers(), now, limit=limit)

    def _customer(self, member: Member) -> Customer:
        seed = f"{member.environment}/{member.customer_identifier}"
        anchor = self.start - member.period_age
        if member.period_age == timedelta(days=member.period_age.days):
            # A budget that was set days ago began at a midnight, as the API has it.
            anchor = anchor.replace(hour=0, minute=0, second=0, microsecond=0)
        earlier = timedelta(days=member.age_days, seconds=int(_noise(seed, "age", 0) * 86_400))
        first_seen = min((self.start - earlier).replace(microsecond=0), anchor)
        raised = member.raised
        return Customer(
            customer_identifier=member.customer_identifier,
            environment=member.environment,
            name=member.name,
            email=member.email,
            first_seen=first_seen,
            spend=Course(
                self.start,
                self._points(member, first_seen, anchor),
                slope=member.hourly / 3_600,
                every=member.every,
                seed=seed,
            ),
            period_budget=member.budget,
            budget_changes=() if raised is None else ((self.start + timedelta(seconds=raised[0]), raised[1]),),
            budget_duration=member.duration,
            total_budget=member.total_budget,
            period_anchor=anchor,
            spaced_timestamps=member.spaced_timestamps,
        )

    def _points(self, member: Member, first_seen: datetime, anchor: datetime) -> list[tuple[float, float]]:
        """Where the line passes: first day, start of the period, start of the story, course."""
        before = {(first_seen - self.start).total_seconds(): 0.0}
        if member.budget is not None and member.used < member.lifetime:
            before[(anchor - self.start).total_seconds()] = member.lifetime - member.used
        course = [(seconds, member.lifetime + usd) for seconds, usd in member.course]
        return [*before.items(), (0.0, member.lifetime), *course]


def _noise(seed: str, purpose: str, number: int) -> float:
    """A number in [0, 1) that is always the same for the same arguments."""
    return zlib.crc32(f"{seed} {purpose} {number}".encode()) / 2**32
