"""What is known of the customers of one page: their records, their history, and where they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from monitor.polling.known import Known, join, outlook, spends_of
from monitor.respan.models import Customer
from monitor.spending.anchor import Reading
from monitor.spending.course import standing
from monitor.spending.standing import Standing
from monitor.spending.windows import WINDOWS, Window, marks
from monitor.store.customers import Place, Record
from monitor.store.database import Transaction
from monitor.store.times import instant


@dataclass(slots=True)
class PageSight:
    """What is known of the customers of one page.

    Attributes:
        tx: The transaction.
        environment: Our label.
        places: Where their records stand.
        now: When the page was read.
    """

    tx: Transaction
    environment: str
    places: Sequence[Place]
    now: datetime
    _known: list[Known] = field(default_factory=list)
    _whole: Mapping[int, Standing] | None = None

    def join(
        self,
        rows: Sequence[Customer],
        before: Sequence[Record | None],
        reading: Reading | None,
        *,
        first: bool,
        again: bool,
        seen_before: datetime | None,
    ) -> Sequence[Known]:
        """Join the rows with what was known, and write what customers had spent before it grew.

        Args:
            rows: Of the page.
            before: The record of each; None where there is none.
            reading: Of the period of the only row.
            first: Whether the environment was never read completely before.
            again: Whether the rows were joined before.
            seen_before: When the customers were read before this.
        """
        self._known = [
            join(row, record, reading, self.now, first=first, again=again)
            for row, record in zip(rows, before, strict=True)
        ]
        grown = [index for index, each in enumerate(self._known) if each.grown_from is not None]
        if grown:
            self._number(index for index in grown if self._known[index].record.number is None)
            self.tx.history.add(
                self.environment,
                [
                    (self._known[index].record.number or 0, mark)
                    for index in grown
                    for mark in marks(self._known[index].grown_from or 0.0, _seen(before[index], seen_before), self.now)
                ],
            )
        return self._known

    def standings(self, windows: Sequence[Window], *, forecast: bool) -> list[Standing]:
        """Where all stand, with what they spent in some windows, and with a forecast if one is wanted."""
        if not windows:
            return [standing(each.course, each.total, self.now) for each in self._known]
        standings = self._looking(range(len(self._known)), windows, forecast=forecast)
        if forecast and len(windows) == len(WINDOWS):
            self._whole = standings
        return list(standings.values())

    def whole(self, indexes: Sequence[int]) -> Mapping[int, Standing]:
        """Where some stand, with all that people are told."""
        if self._whole is not None:  # The rules have asked for all of it already.
            return {index: self._whole[index] for index in indexes}
        return self._looking(indexes, WINDOWS, forecast=True) if indexes else {}

    def _number(self, unnumbered: Iterable[int]) -> None:
        """Give a number to those that have none, under which their history is kept."""
        fresh = list(unnumbered)
        if not fresh:
            return
        for number, index in enumerate(fresh, self.tx.environments.allot(self.environment, len(fresh))):
            known = self._known[index]
            self._known[index] = msgspec.structs.replace(known, record=known.record._replace(number=number))

    def _looking(self, indexes: Sequence[int], windows: Sequence[Window], *, forecast: bool) -> dict[int, Standing]:
        chosen = [self._known[index] for index in indexes]
        spends = spends_of(
            self.tx.history,
            self.environment,
            places=[self.places[index] for index in indexes],
            known=chosen,
            windows=windows,
            now=self.now,
        )
        return {
            index: outlook(each, spent, self.now, forecast=forecast)
            for index, each, spent in zip(indexes, chosen, spends, strict=True)
        }


def _seen(before: Record | None, seen_before: datetime | None) -> datetime | None:
    """When a customer was read before: all that is sure of one who was not listed is when that began."""
    missing = instant(before.missing_since) if before is not None else None
    return seen_before if missing is None or seen_before is None else min(missing, seen_before)
