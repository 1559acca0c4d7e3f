"""What a page changes of what customers contribute to the rules over all of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

from monitor.respan.models import Customer
from monitor.rules.contribution import Contribution, Contributor, Formula, Item
from monitor.rules.runtime import timestamp
from monitor.spending.standing import Standing
from monitor.store.contributions import Key
from monitor.store.customers import Place
from monitor.store.database import Transaction


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
        """Write what the rows change; how many contributions that are.

        Args:
            tx: The transaction of the page.
            rows: Each customer once, within the filters.
            standings: Where they stand, in the same order.
            places: Where their records stand, likewise.
            now: When the rows were read.
        """
        if not self._contributors or not rows:
            return 0
        series = tx.contributions.series(self._environment)
        moment = timestamp(now)
        count = 0
        for organization, items in _by_organization(rows, standings, places).items():
            first, last = items[0][0], items[-1][0]
            for text, contributor in self._contributors.items():
                number = series[text].id
                fresh = contributor.contribute(items, moment)
                # A page in the order in which customers were first seen is one stretch of the table, with few others in
                # it. Any other is written without a look at what is there.
                stored = tx.contributions.stretch(number, organization, first, last)
                if fresh != stored:
                    changed, ended = compare(stored, fresh, items, contributor)
                    tx.contributions.write(number, organization, changed, ended)
                    count += len(changed) + len(ended)
        return count


def compare(
    stored: Sequence[Contribution] | None,
    fresh: Sequence[Contribution],
    items: Sequence[Item],
    contributor: Contributor,
) -> tuple[list[Contribution], list[Key]]:
    """What is to be written, and whose contributions have ended.

    Args:
        stored: What was known of these customers and maybe of others, who are left alone; None: nobody has looked.
        fresh: What they contribute now.
        items: The customers.
        contributor: The formula.
    """
    if stored is None:
        contributing = {(seen, identifier) for seen, identifier, _, _ in fresh}
        lapsed = {(seen, identifier) for seen, identifier, _, _ in items} - contributing
        changed = list(fresh)
    else:
        known, current = set(stored), set(fresh)
        changed = list(current - known)
        lapsed = {(seen, identifier) for seen, identifier, _, _ in known - current}
        lapsed.difference_update((seen, identifier) for seen, identifier, _, _ in changed)
    if not lapsed:
        return changed, []
    rows = {(seen, identifier): row for seen, identifier, row, _ in items if (seen, identifier) in lapsed}
    return changed, [key for key, row in rows.items() if contributor.tells(row)]


def _by_organization(
    rows: Sequence[Customer], standings: Sequence[Standing], places: Sequence[Place]
) -> dict[str, list[Item]]:
    """The customers of each organization, in the order in which the table keeps them."""
    groups: dict[str, list[Item]] = {}
    ordered = sorted(zip(places, rows, standings, strict=True), key=itemgetter(0))
    for (first_seen, identifier, organization), row, standing in ordered:
        groups.setdefault(organization, []).append((first_seen, identifier, row, standing))
    return groups
