"""What was spent in the last hour, day, week and month, by what the total cost was when they began.

Totals are kept at full hours, and later at midnights, so a window begins at the mark before it: it is as long as its
name says and up to an hour, or a day, longer. What is not known is None.
"""

from datetime import UTC, datetime, timedelta

import msgspec

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Window(msgspec.Struct, frozen=True, gc=False):
    """One of them.

    Attributes:
        field: The name of what was spent in it.
        length: At least so long.
        grain: It begins at a multiple of this.
    """

    field: str
    length: timedelta
    grain: timedelta

    def begins(self, now: datetime) -> datetime:
        """When the window that ends now has begun."""
        return _floor(now - self.length, self.grain)


WINDOWS = (
    Window("spend_1h", HOUR, HOUR),
    Window("spend_24h", DAY, HOUR),
    Window("spend_7d", 7 * DAY, HOUR),
    Window("spend_30d", 30 * DAY, DAY),
)

# A row counts as what a customer's total was at a mark if it was read so short a time before it.
GAP = timedelta(minutes=90)


class Mark(msgspec.Struct, frozen=True, gc=False):
    """What a customer had spent at a full hour.

    Attributes:
        at: The hour.
        spent: USD of lifetime spend; None: nobody knows, as nobody looked between the hours before and this one.
    """

    at: datetime
    spent: float | None


def marks(spent: float, seen_at: datetime | None, now: datetime) -> list[Mark]:
    """The marks to write when a row shows that a total has grown; those that are there already stay as they are.

    A mark says what was spent by then, and holds for every hour since the mark before it.

    Args:
        spent: Lifetime spend in the row before, USD.
        seen_at: When that was read.
        now: When the row was read.
    """
    hour, day = _floor(now, HOUR), _floor(now, DAY)
    if seen_at is not None and hour - seen_at <= GAP:
        return [Mark(hour, spent)] if hour == day else [Mark(hour, spent), Mark(day, spent)]
    if seen_at is None:
        return [Mark(hour, None), Mark(day, None)]
    # Whenever it was spent, it was after the last hour, and the last midnight, at which somebody had looked.
    known = {_floor(seen_at, HOUR): spent, _floor(seen_at, DAY): spent}
    unknown = {at: None for at in (hour, day) if at > seen_at}
    return [Mark(at, value) for at, value in {**unknown, **known}.items()]


def spend(spent: float, then: float | None) -> float | None:
    """USD spent since a mark."""
    return None if then is None else max(spent - then, 0.0)


def _floor(time: datetime, grain: timedelta) -> datetime:
    return _EPOCH + (time - _EPOCH) // grain * grain
