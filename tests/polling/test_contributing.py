"""What a page changes of what customers add: no more than it tells, and nothing of those who are not on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.polling.contributing import Block, Contributing, Page, by_organization, compare, overwrite
from monitor.respan.models import Customer
from monitor.rules.contribution import Contributor, Formula, Kind
from monitor.spending.standing import Standing
from monitor.store.contributions import LONGEST, Contributed, Key
from monitor.store.customers import Place
from monitor.store.database import Store
from tests.polling.builders import NOW

COST = Formula("", Kind.EACH, "total_cost")
BUDGETED = Formula("period_budget is not None", Kind.EACH, "total_cost")
COUNT = Formula("", Kind.COUNT, "")
NO_STANDING = Standing(exact=True, cost_low=0.0, cost_high=0.0)


def customer(identifier: str = "a", **fields: Any) -> Customer:  # noqa: ANN401 - any field of a row
    """A row."""
    return Customer(**{"customer_identifier": identifier, "unique_organization_id": "o", "total_cost": 5.0, **fields})


def place(row: Customer, first_seen: int = 0) -> Place:
    """Where a customer's record stands: by default the later in the alphabet, the later."""
    return Place(first_seen or ord(row.customer_identifier[0]), row.customer_identifier, row.unique_organization_id)


class Kept:
    """What is kept for some formulas of an environment."""

    def __init__(self, folder: Path, *formulas: Formula) -> None:
        self.store = Store(f"sqlite:///{folder / 'monitor.db'}")
        self._contributing = Contributing(formulas, "prod")
        with self.store.write() as tx:
            tx.contributions.adopt({"prod": ("", [formula.text for formula in formulas])})

    def take(self, *rows: Customer, places: list[Place] | None = None) -> int:
        """Take a page; how many customers add something else."""
        with self.store.write() as tx:
            standings = [NO_STANDING] * len(rows)
            return self._contributing.take(tx, rows, standings, places or [place(row) for row in rows], NOW)

    def sums(self, formula: Formula = COST) -> dict[str, tuple[int, float]]:
        """Members and sum by organization."""
        with self.store.read() as tx:
            sums = tx.contributions.sums("prod", most=False).get(formula.text, {})
            return {organization: (found.members, found.low) for organization, found in sums.items()}


Keeper = Callable[..., Kept]


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Keeper]:
    """Keeps formulas in a database of their own, which is closed after the test."""
    opened: list[Kept] = []

    def keep_(*formulas: Formula) -> Kept:
        opened.append(Kept(tmp_path / str(len(opened)), *formulas))
        return opened[-1]

    yield keep_
    for kept in opened:
        kept.store.close()


def test_a_page_is_added_once(keep: Keeper) -> None:
    """A page that comes again unchanged changes nothing."""
    kept = keep(COST, COUNT)
    page = [customer("a"), customer("b", total_cost=7.0)]

    assert [kept.take(*page), kept.take(*page)] == [2, 0]
    assert (kept.sums(), kept.sums(COUNT)) == ({"o": (2, 12.0)}, {"o": (2, 2.0)})


def test_only_who_changed_is_written(keep: Keeper) -> None:
    """Of a page, those whose numbers changed, who are new, or who no longer match."""
    kept = keep(BUDGETED)
    kept.take(*(customer(name, period_budget=1.0) for name in "abcd"))

    changed = kept.take(
        customer("a", period_budget=1.0),
        customer("b", period_budget=1.0, total_cost=50.0),
        customer("c", period_budget=None),
        customer("d", period_budget=2.0),
        customer("e", period_budget=1.0),
    )

    assert (changed, kept.sums(BUDGETED)) == (3, {"o": (4, 65.0)})


def test_who_is_not_on_the_page_stays(keep: Keeper) -> None:
    """Somebody between the first and the last of a page who is not listed adds what was added before."""
    kept = keep(COST)
    kept.take(customer("a"), customer("b"), customer("c"))

    kept.take(customer("a", total_cost=1.0), customer("c", total_cost=1.0))

    assert kept.sums() == {"o": (3, 7.0)}


def test_a_cost_that_is_suddenly_missing_changes_nothing(keep: Keeper) -> None:
    """A row without a cost says nothing of what was spent; it still counts."""
    kept = keep(COST, COUNT)
    kept.take(customer("a"), customer("b"))

    kept.take(customer("a", total_cost=None), customer("b", total_cost=None), customer("c", total_cost=None))

    assert (kept.sums(), kept.sums(COUNT)) == ({"o": (2, 10.0)}, {"o": (3, 3.0)})


def test_a_page_in_any_order_and_of_any_organization(keep: Keeper) -> None:
    """Rows are told apart by organization, and may be listed in any order."""
    kept = keep(COST)

    kept.take(customer("c"), customer("a", unique_organization_id="p"), customer("a"), customer("b"))

    assert kept.sums() == {"o": (3, 15.0), "p": (1, 5.0)}


def test_a_page_of_customers_from_everywhere(keep: Keeper) -> None:
    """Where too many others lie between, what is known is written over, and nobody else is touched."""
    kept = keep(BUDGETED, COUNT)
    many = [customer(f"{number}", period_budget=1.0) for number in range(LONGEST + 10)]
    places = [place(row, first_seen=number + 1) for number, row in enumerate(many)]
    for start in range(0, len(many), 1000):
        kept.take(*many[start : start + 1000], places=places[start : start + 1000])

    kept.take(
        customer("0", period_budget=None),
        customer("1", period_budget=1.0, total_cost=None),
        customer(many[-1].customer_identifier, period_budget=1.0, total_cost=105.0),
        places=[places[0], places[1], places[-1]],
    )

    assert kept.sums(BUDGETED) == {"o": (LONGEST + 9, (LONGEST + 9) * 5.0 + 100.0)}
    assert kept.sums(COUNT) == {"o": (LONGEST + 10, LONGEST + 10.0)}


def test_nothing_to_keep_costs_nothing(keep: Keeper) -> None:
    """Without rules over all customers nothing is looked up, nor is it for a page without rows."""
    assert keep().take(customer()) == 0
    assert keep(COST).take() == 0


# --- a law: whatever pages come, what is kept is what each customer's last telling row says --------------------------

_BLOCK: Block = [Contributor(BUDGETED), None, Contributor(COUNT)]
_rows = st.builds(
    customer,
    st.sampled_from("abcdefgh"),
    total_cost=st.none() | st.sampled_from([0.0, 1.0, 2.0]),
    period_budget=st.none() | st.just(1.0),
)
_pages = st.lists(_rows, min_size=1, max_size=6, unique_by=lambda row: row.customer_identifier)


def _expected(known: Contributed | None, row: Customer) -> tuple[float | None, ...]:
    cost = None if row.period_budget is None else row.total_cost
    if row.total_cost is None and known is not None:
        cost = known[2]
    return (cost, cost, None, None, 1.0, 1.0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(_pages, st.booleans()), min_size=1, max_size=6))
def test_what_is_kept_is_what_was_told_last(steps: list[tuple[list[Customer], bool]]) -> None:
    """Every customer adds what the last row said that said anything, whichever way the page is written."""
    stored: dict[Key, Contributed] = {}
    expected: dict[Key, Contributed] = {}
    for rows, looks in steps:
        (page,) = by_organization(rows, [NO_STANDING] * len(rows), [place(row) for row in rows])
        fresh = _added(page)
        changed, ended = (
            compare(sorted(stored.values()), fresh, page, _BLOCK) if looks else overwrite(fresh, page, _BLOCK)
        )
        stored.update({row[:2]: row for row in changed})
        for key in ended:
            stored.pop(key, None)
        for first_seen, row in zip(page.first_seen, page.rows, strict=True):
            key = (first_seen, row.customer_identifier)
            if looks or row.total_cost is not None:  # else the customer is left as it was, count and all
                expected[key] = (*key, *_expected(expected.get(key), row))

    assert {key: row[2:] for key, row in stored.items()} == {key: row[2:] for key, row in expected.items()}


def _added(page: Page) -> list[Contributed]:
    rows = []
    for first_seen, row in zip(page.first_seen, page.rows, strict=True):
        cost = None if row.period_budget is None else row.total_cost
        rows.append((first_seen, row.customer_identifier, cost, cost, None, None, 1.0, 1.0))
    return rows
