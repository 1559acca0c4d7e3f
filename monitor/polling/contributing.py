"""What a page changes of what customers add to the rules over all of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import itemgetter

from monitor.respan.models import Customer
from monitor.rules.contribution import Contributor, Formula
from monitor.rules.runtime import timestamp
from monitor.spending.standing import Standing
from monitor.store.contributions import Contributed, Key, Series
from monitor.store.customers import Place
from monitor.store.database import Transaction

Block = Sequence[Contributor | None]
"""Whose numbers stand in which slot; None: nobody's."""


@dataclass(frozen=True, slots=True)
class Page:
    """Customers of one organization, in the order in which the table keeps them.

    Attributes:
        organization: Theirs.
        first_seen: Microseconds since 1970 UTC.
        identifiers: Theirs.
        rows: What was listed.
        standings: Where they stand.
    """

    organization: str
    first_seen: Sequence[int]
    identifiers: Sequence[str]
    rows: Sequence[Customer]
    standings: Sequence[Standing]


class Contributing:
    """The formulas of one environment.

    Args:
        formulas: Those of its rules, each once or more.
        environment: Our label.
    """

    def __init__(self, formulas: Iterable[Formula], environment: str) -> None:
        self._environment = environment
        self._contributors = {formula.text: Contributor(formula) for formula in formulas}

    def take(
        self,
        tx: Transaction,
        rows: Sequence[Customer],
        standings: Sequence[Standing],
        places: Sequence[Place],
        now: datetime,
    ) -> int:
        """Write what the rows change; how many customers add something else than before.

        Args:
            tx: The transaction of the page.
            rows: Each customer once, within the filters.
            standings: Where they stand, in the same order.
            places: Where their records stand, likewise.
            now: When the rows were read.
        """
        if not self._contributors or not rows:
            return 0
        blocks = self._blocks(tx.contributions.series(self._environment))
        moment = timestamp(now)
        count = 0
        for page in by_organization(rows, standings, places):
            for number, block in blocks.items():
                fresh = _added(block, page, moment)
                # A page in the order in which customers were first seen is one stretch of the table, with few others in
                # it. Any other is written without a look at what is there.
                stored = tx.contributions.stretch(
                    number, len(block), page.organization, page.first_seen[0], page.first_seen[-1]
                )
                if fresh != stored:
                    changed, ended = (
                        overwrite(fresh, page, block) if stored is None else compare(stored, fresh, page, block)
                    )
                    tx.contributions.write(number, page.organization, changed, ended)
                    count += len(changed) + len(ended)
        return count

    def _blocks(self, series: dict[str, Series]) -> dict[int, list[Contributor | None]]:
        blocks: dict[int, list[Contributor | None]] = {}
        for text, contributor in self._contributors.items():
            known = series[text]
            block = blocks.setdefault(known.block, [])
            block += [None] * (known.slot + 1 - len(block))
            block[known.slot] = contributor
        return blocks


def by_organization(rows: Sequence[Customer], standings: Sequence[Standing], places: Sequence[Place]) -> Iterator[Page]:
    """The customers of a page, at least one, in the order of the table."""
    ordered = sorted(zip(places, rows, standings, strict=True), key=itemgetter(0))
    sorted_places, sorted_rows, sorted_standings = zip(*ordered, strict=True)
    first_seen, identifiers, organizations = zip(*sorted_places, strict=True)
    names = set(organizations)
    if len(names) == 1:
        yield Page(organizations[0], first_seen, identifiers, sorted_rows, sorted_standings)
        return
    for name in sorted(names):
        of = [organization == name for organization in organizations]
        columns = (first_seen, identifiers, sorted_rows, sorted_standings)
        yield Page(name, *(list(compress(column, of)) for column in columns))


def compare(
    stored: Sequence[Contributed], fresh: Sequence[Contributed], page: Page, block: Block
) -> tuple[list[Contributed], list[Key]]:
    """What is to be written, and who adds nothing any more.

    Args:
        stored: What was known of these customers, and maybe of others, who are left alone.
        fresh: What those of the page add now who add anything.
        page: Theirs.
        block: The formulas.
    """
    known, current = set(stored), set(fresh)
    changed = {row[:2]: row for row in current - known}
    before = {row[:2]: row for row in known - current}
    nothing = (None,) * 2 * len(block)
    lapsing = {key: row for key, row in before.items() if _lapses(row, changed.get(key, (*key, *nothing)))}
    ended: list[Key] = []
    if lapsing:
        customers = zip(page.first_seen, page.identifiers, strict=True)
        rows = {key: row for key, row in zip(customers, page.rows, strict=True) if key in lapsing}
        for key, row in rows.items():
            kept = _with_untold(lapsing[key], changed.get(key, (*key, *nothing)), row, block)
            changed[key] = kept
            if kept[2:] == nothing:
                del changed[key]
                ended.append(key)
    return list(changed.values()), ended


def overwrite(fresh: Sequence[Contributed], page: Page, block: Block) -> tuple[list[Contributed], list[Key]]:
    """The same where nobody knows what is stored: customers whose rows do not tell all are left as they are."""
    added = {row[:2]: row for row in fresh}
    changed: list[Contributed] = []
    ended: list[Key] = []
    for key, row in zip(zip(page.first_seen, page.identifiers, strict=True), page.rows, strict=True):
        found = added.get(key)
        highs = found[3::2] if found is not None else (None,) * len(block)
        if all(high is not None or _tells(contributor, row) for high, contributor in zip(highs, block, strict=True)):
            if found is not None:
                changed.append(found)
            else:
                ended.append(key)
    return changed, ended


def _added(block: Block, page: Page, now: float) -> list[Contributed]:
    """What the customers add who add anything."""
    nothing = [None] * len(page.rows)
    columns = [
        ends
        for contributor in block
        for ends in (contributor.contribute(page.rows, page.standings, now) if contributor else (nothing, nothing))
    ]
    rows = list(zip(page.first_seen, page.identifiers, *columns, strict=True))
    if any(None not in highs for highs in columns[1::2]):
        return rows
    none = (None,) * len(columns)
    return [row for row in rows if row[2:] != none]


def _lapses(before: Contributed, after: Contributed) -> bool:
    """Whether a customer adds nothing any more where it added something."""
    return any(old is not None and new is None for old, new in zip(before[3::2], after[3::2], strict=True))


def _with_untold(before: Contributed, after: Contributed, row: Customer, block: Block) -> Contributed:
    """What a customer adds, with what it added before where the row says nothing of that."""
    ends = list(after)
    for slot, contributor in enumerate(block):
        at = 2 + 2 * slot
        if after[at + 1] is None and not _tells(contributor, row):
            ends[at : at + 2] = before[at : at + 2]
    return tuple(ends)


def _tells(contributor: Contributor | None, row: Customer) -> bool:
    return contributor is None or contributor.tells(row)
