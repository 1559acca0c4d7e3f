"""Times as the database holds them: whole microseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta
from typing import overload

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@overload
def micros(time: datetime) -> int: ...
@overload
def micros(time: datetime | None) -> int | None: ...
def micros(time: datetime | None) -> int | None:
    """Microseconds since 1970 UTC of an aware time; exact for every year that a datetime can hold."""
    return None if time is None else (time - _EPOCH) // timedelta(microseconds=1)


@overload
def instant(since_epoch: int) -> datetime: ...
@overload
def instant(since_epoch: int | None) -> datetime | None: ...
def instant(since_epoch: int | None) -> datetime | None:
    """The time that `micros` gave, UTC."""
    return None if since_epoch is None else _EPOCH + timedelta(microseconds=since_epoch)
