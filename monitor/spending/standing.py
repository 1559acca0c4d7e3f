"""Where a customer stands in the current budget period, exactly or within bounds."""

from datetime import datetime

import msgspec


class Standing(msgspec.Struct, frozen=True, gc=False):
    """One customer's period, as surely as it is known when a row is read.

    Attributes:
        exact: Whether the period cost rests on a reading of this period; then `cost_low == cost_high` and
            `elapsed_low == elapsed_high`. Otherwise the true values lie between the bounds, `start` and `end`
            are unknown and None.
        cost_low: USD spent in the period at least; None where the row has no total cost.
        cost_high: USD spent in the period at most; None where the row has no total cost.
        elapsed_low: Share of the period that has passed at least, 0 to 1; None where the period was read but its
            start or end is not known.
        elapsed_high: Share of the period that has passed at most, likewise.
        start: When the period began (UTC).
        end: When the period ends (UTC).
    """

    exact: bool
    cost_low: float | None
    cost_high: float | None
    elapsed_low: float | None
    elapsed_high: float | None
    start: datetime | None
    end: datetime | None
