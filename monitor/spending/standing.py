"""Where a customer stands in the current budget period, exactly or within bounds."""

from datetime import datetime

import msgspec


class Standing(msgspec.Struct, frozen=True, gc=False):
    """One customer's period, as surely as it is known when a row is read.

    Attributes:
        exact: Whether the period cost rests on a reading of this period and can be stated: to the cent, but for what
            was spent between that reading and the rows before and after it.
        cost_low: USD spent in the period at least; None where the row has no total cost.
        cost_high: USD spent in the period at most; None where the row has no total cost.
        elapsed_low: Share of the period that has passed at least, 0 to 1; None where the period was read but its
            start or end is not known.
        elapsed_high: Share of the period that has passed at most, likewise.
        start: When the period began (UTC); reckoned from the period before where this one was not read.
        end: When the period ends (UTC), likewise.
        read: Whether this period was read, so that its start and end are the API's own.
        firm: Whether an alert may rest on it without another reading: it was read not long ago, its period surely goes
            on, and what the period cost has grown by since is sure.
        settled: Whether the period surely lasts until its end, so that an alert may rest on a reading of long ago.
        anchored_at: When the reading was made that it rests on; None: there was none in this period.
        spend_1h: USD spent in the last hour; None where it is not known, or nobody asks.
        spend_24h: The same of 24 hours.
        spend_7d: The same of 7 days.
        spend_30d: The same of 30 days.
    """

    exact: bool
    cost_low: float | None
    cost_high: float | None
    elapsed_low: float | None = 0.0
    elapsed_high: float | None = 1.0
    start: datetime | None = None
    end: datetime | None = None
    read: bool = False
    firm: bool = False
    settled: bool = False
    anchored_at: datetime | None = None
    spend_1h: float | None = None
    spend_24h: float | None = None
    spend_7d: float | None = None
    spend_30d: float | None = None

    @property
    def projected_min(self) -> float | None:
        """What the period will have cost by its end (USD) at least, over all that the period cost may be.

        This and all that follows is None where there is no forecast, or nobody asks; see `outlook.Outlook`.
        """
        return None

    @property
    def projected_max(self) -> float | None:
        """The same at most."""
        return None

    @property
    def likely_low_min(self) -> float | None:
        """The lower end of the forecast's interval, at least."""
        return None

    @property
    def likely_low_max(self) -> float | None:
        """The same at most."""
        return None

    @property
    def likely_high_min(self) -> float | None:
        """The upper end of the forecast's interval, at least."""
        return None

    @property
    def likely_high_max(self) -> float | None:
        """The same at most."""
        return None

    @property
    def exhausts_at(self) -> datetime | None:
        """When the period's budget runs out (UTC); None also where it does not in this period."""
        return None
