"""One reading of a customer's period, and the period cost that is carried forward from it.

`total_cost` is lifetime spend; only a reading of the detail endpoint says what was spent in the period. From that
anchor on, the period cost is the usage that was read plus what the total cost has grown by since.
"""

from datetime import datetime, timedelta

import msgspec

from monitor.spending.period import period_end
from monitor.spending.standing import Standing

# How long a reading counts when the API gives no end that lies ahead of it (an unknown duration, no start at all, or a
# period that runs on past its arithmetic end): long enough to spare requests, short enough to notice a rollover.
UNKNOWN_END_VALIDITY = timedelta(hours=1)

# USD. A total cost that falls by less than this is rounding of sums of many small costs, not a correction.
TOLERANCE = 1e-6


class Anchor(msgspec.Struct, frozen=True, gc=False):
    """One reading of the detail endpoint.

    Attributes:
        read_at: When it was read (UTC).
        usage: USD spent in the period, as read.
        total_cost: USD of lifetime spend that `usage` corresponds to; None until a row read after the reading
            gives it. Row and reading are not from the same instant: what was spent between them is missing from the
            period cost, never counted twice, until the next reading.
        period_start: When the period began; None where the API does not say.
        period_end: When it ends, as read or by arithmetic; None where neither is known.
        valid_until: The reading says nothing of any later instant: the period may have rolled over.
    """

    read_at: datetime
    usage: float
    total_cost: float | None
    period_start: datetime | None
    period_end: datetime | None
    valid_until: datetime


def anchor(
    *,
    read_at: datetime,
    usage: float,
    total_cost: float | None,
    start: datetime | None,
    end: datetime | None,
    duration: str | None,
) -> Anchor:
    """The anchor that a reading gives.

    Args:
        read_at: When it was read, UTC.
        usage: `total_period_usage`, USD.
        total_cost: Lifetime spend at the same instant, where the answer carries it.
        start: `period_start`.
        end: `period_end`; often null.
        duration: `budget_duration`.
    """
    if end is not None:
        # An end in the past is a period that is over by the API's own word: the reading is kept, and is never exact.
        return Anchor(read_at, usage, total_cost, start, end, max(end, read_at))
    reckoned = period_end(start, duration) if start is not None else None
    if reckoned is None or reckoned <= read_at:
        return Anchor(read_at, usage, total_cost, start, None, read_at + UNKNOWN_END_VALIDITY)
    return Anchor(read_at, usage, total_cost, start, reckoned, reckoned)


def settle(found: Anchor, total_cost: float | None, read_at: datetime) -> Anchor:
    """The anchor, joined with the first row that was read after it."""
    if found.total_cost is not None or total_cost is None or read_at <= found.read_at:
        return found
    return msgspec.structs.replace(found, total_cost=total_cost)


def standing(found: Anchor | None, total_cost: float | None, now: datetime) -> Standing:
    """Where a customer stands, by its last anchor and the total cost of a fresh row.

    Without an anchor that holds now, all that is sure is that the period cost lies between nothing and everything.

    Args:
        found: The last anchor, settled with this row; None where there was no reading.
        total_cost: Lifetime spend of the row, USD.
        now: When the row was read, UTC.
    """
    if found is None or now >= found.valid_until or total_cost is None:
        return unknown(total_cost)
    grown = 0.0 if found.total_cost is None else total_cost - found.total_cost
    if grown < -TOLERANCE:
        return unknown(total_cost)  # A reset or a correction of the lifetime total: only a new reading tells.
    cost = max(found.usage + grown, 0.0)
    elapsed = _elapsed(found, now)
    return Standing(True, cost, cost, elapsed, elapsed, found.period_start, found.period_end)


def unknown(total_cost: float | None) -> Standing:
    """The standing of a customer whose period was not read."""
    return Standing(False, None if total_cost is None else 0.0, total_cost, 0.0, 1.0, None, None)


def _elapsed(found: Anchor, now: datetime) -> float | None:
    if found.period_start is None or found.period_end is None or found.period_end <= found.period_start:
        return None
    share = (now - found.period_start) / (found.period_end - found.period_start)
    return min(max(share, 0.0), 1.0)
