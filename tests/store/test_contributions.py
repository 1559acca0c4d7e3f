"""What customers add: kept, read by the stretch, summed, and begun anew when a formula changes."""

import math
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store.contributions import LONGEST, Contributed, Key, Series, Sums
from monitor.store.customers import Place
from monitor.store.database import Store
from monitor.store.schema import SLOTS
from tests.store.builders import ORGANIZATION, STRANGE_IDENTIFIERS

FOREVER = 2**62


def adopt(store: Store, filters: str = "filters-1", **formulas: Iterable[str]) -> None:
    """Keep the series of some formulas."""
    with store.write() as tx:
        tx.contributions.adopt({name: (filters, of) for name, of in formulas.items()})


def series(store: Store, environment: str = "prod") -> dict[str, Series]:
    """The series of an environment."""
    with store.read() as tx:
        return tx.contributions.series(environment)


def write(
    store: Store, *rows: Contributed, ended: Iterable[Key] = (), block: int = 1, organization: str = ORGANIZATION
) -> None:
    """Write rows of a block."""
    with store.write() as tx:
        tx.contributions.write(block, organization, rows, ended)


def stretch(
    store: Store,
    first: int = 0,
    last: int = FOREVER,
    *,
    width: int = 1,
    block: int = 1,
    organization: str = ORGANIZATION,
) -> list[Contributed] | None:
    """Read rows of a block."""
    with store.read() as tx:
        found = tx.contributions.stretch(block, width, organization, first, last)
        return None if found is None else [tuple(row) for row in found]


def sums(store: Store, environment: str = "prod", *, most: bool = True) -> dict[str, dict[str, Sums]]:
    """What the series of an environment come to."""
    with store.read() as tx:
        return tx.contributions.sums(environment, most=most)


def test_what_was_written_is_read_in_the_order_of_first_seen(store: Store) -> None:
    """A stretch gives the customers between two instants, both inclusive."""
    write(store, (30, "c", 3.0, 3.0), (10, "b", 1.0, 2.0), (10, "a", None, 5.0), (40, "d", 4.0, 4.0))

    assert stretch(store, 10, 30) == [(10, "a", None, 5.0), (10, "b", 1.0, 2.0), (30, "c", 3.0, 3.0)]


def test_a_later_row_replaces_the_earlier(store: Store) -> None:
    """Writing a customer again changes what it adds; what has ended is forgotten."""
    write(store, (10, "a", 1.0, 1.0), (20, "b", 2.0, 2.0), (30, "c", 3.0, 3.0))
    write(store, (20, "b", 5.0, 6.0), ended=[(30, "c"), (40, "nobody")])

    assert stretch(store) == [(10, "a", 1.0, 1.0), (20, "b", 5.0, 6.0)]


def test_blocks_and_organizations_do_not_mix(store: Store) -> None:
    """The same customer of another block, or of another organization, is another row."""
    write(store, (10, "a", 1.0, 1.0))
    write(store, (10, "a", 2.0, 2.0), organization="other")
    write(store, (10, "a", 3.0, 3.0), block=2)

    assert stretch(store) == [(10, "a", 1.0, 1.0)]
    assert stretch(store, organization="other") == [(10, "a", 2.0, 2.0)]


def test_identifiers_are_any_strings(store: Store) -> None:
    """Whatever its owner calls a customer, it is kept under that name."""
    rows = [(number, name, 1.0, 1.0) for number, name in enumerate(STRANGE_IDENTIFIERS)]
    write(store, *rows)

    assert stretch(store) == rows


def test_a_stretch_that_is_too_long_is_not_read(store: Store) -> None:
    """Of more rows than a page and as many others could be, none is given."""
    rows = [(number, "a", 1.0, 1.0) for number in range(LONGEST + 1)]
    write(store, *rows)

    assert stretch(store) is None
    assert stretch(store, 1) == rows[1:]


def test_series_share_a_block_until_it_is_full(store: Store) -> None:
    """Each formula gets a slot; an environment has blocks of its own."""
    adopt(store, prod=[f"f{number}" for number in range(SLOTS + 1)], test=["f0"])

    slots = {formula: (known.block, known.slot) for formula, known in series(store).items()}
    of_test = series(store, "test")["f0"]

    assert len(set(slots.values())) == SLOTS + 1
    assert len({block for block, _ in slots.values()}) == 2
    assert of_test.block not in {block for block, _ in slots.values()}


def test_a_formula_that_stays_keeps_what_it_has(store: Store) -> None:
    """Formulas that come and go beside it change nothing; a slot that was freed is empty when it is given again."""
    adopt(store, prod=["a", "b"])
    write(store, (10, "x", 1.0, 1.0, 2.0, 2.0))
    with store.write() as tx:
        tx.contributions.mark("prod", current=True)
    freed = series(store)["a"]

    adopt(store, prod=["b", "c"])

    assert sums(store) == {"b": {ORGANIZATION: Sums(1, 2.0, 2.0, 2.0, 2.0)}}
    assert series(store)["b"][2:] == (True, True)
    assert series(store)["c"] == freed._replace(complete=False, current=False)


def test_under_other_filters_a_series_begins_anew(store: Store) -> None:
    """Whoever the filters leave out now must not stay in a sum."""
    adopt(store, prod=["a"])
    write(store, (10, "x", 1.0, 1.0))
    with store.write() as tx:
        tx.contributions.mark("prod", current=True)

    adopt(store, "filters-2", prod=["a"])

    assert sums(store) == {}
    assert series(store)["a"].complete is False


def test_what_no_rule_needs_is_forgotten(store: Store) -> None:
    """Series of formulas and environments that are gone leave nothing behind."""
    adopt(store, prod=["a"], test=["a"])
    blocks = {name: series(store, name)["a"].block for name in ("prod", "test")}
    for block in blocks.values():
        write(store, (10, "x", 1.0, 1.0), block=block)

    adopt(store, prod=["a"])

    assert stretch(store, block=blocks["prod"]) == [(10, "x", 1.0, 1.0)]
    assert stretch(store, block=blocks["test"]) == []
    assert series(store, "test") == {}


@pytest.mark.parametrize(
    ("polls", "expected"),
    [([], (False, False)), ([False], (False, False)), ([True], (True, True)), ([True, False], (True, False))],
)
def test_a_series_is_complete_for_good_and_current_by_the_last_poll(
    store: Store, polls: list[bool], expected: tuple[bool, bool]
) -> None:
    """One complete poll is enough to be complete; to be current takes another each time."""
    adopt(store, prod=["a"])
    for current in polls:
        with store.write() as tx:
            tx.contributions.mark("prod", current=current)

    assert series(store)["a"][2:] == expected


def test_a_formula_that_is_new_waits_for_a_complete_poll_of_its_own(store: Store) -> None:
    """What was complete says nothing of what came later."""
    adopt(store, prod=["a"])
    with store.write() as tx:
        tx.contributions.mark("prod", current=True)
    adopt(store, prod=["a", "b"])

    assert (series(store)["a"].complete, series(store)["b"].complete) == (True, False)


def test_sums_are_by_organization(store: Store) -> None:
    """Both ends are summed, the greatest of both ends is found, and who adds nothing does not count."""
    adopt(store, prod=["a", "b"])
    write(store, (10, "x", 1.0, 2.0, 5.0, 5.0), (20, "y", None, 7.0, None, None))
    write(store, (30, "z", 4.0, 4.0, None, None), organization="other")

    assert sums(store) == {
        "a": {ORGANIZATION: Sums(2, 1.0, 9.0, 1.0, 7.0), "other": Sums(1, 4.0, 4.0, 4.0, 4.0)},
        "b": {ORGANIZATION: Sums(1, 5.0, 5.0, 5.0, 5.0)},
    }
    assert sums(store, most=False)["a"]["other"] == Sums(1, 4.0, 4.0)


def test_numbers_beyond_all_measure_are_infinite(store: Store) -> None:
    """Neither database fails on a sum that is too large, and infinity less infinity is no number."""
    adopt(store, prod=["a", "b"])
    write(store, (10, "x", 1e305, 1e308, -math.inf, 1.0), (20, "y", 1e308, 1e308, math.inf, math.inf))

    found = sums(store)

    assert found["a"][ORGANIZATION][1:3] == (math.inf, math.inf)
    assert math.isnan(found["b"][ORGANIZATION].low)


def test_who_is_gone_leaves_every_sum(store: Store) -> None:
    """A customer is dropped from all blocks of its environment, and from no other environment."""
    adopt(store, prod=[f"f{number}" for number in range(SLOTS + 1)], test=["f0"])
    blocks = {*(known.block for known in series(store).values()), series(store, "test")["f0"].block}
    for block in blocks:
        write(store, (10, "x", 1.0, 1.0), (20, "y", 2.0, 2.0), block=block)

    with store.write() as tx:
        tx.contributions.drop("prod", [Place(10, "x", ORGANIZATION), Place(30, "nobody", ORGANIZATION)])

    assert {found[ORGANIZATION].members for found in sums(store).values()} == {1}
    assert sums(store, "test")["f0"][ORGANIZATION].members == 2


_cents = st.integers(0, 10**9).map(lambda cents: cents / 100)
_steps = st.lists(st.dictionaries(st.integers(0, 20), st.none() | _cents, max_size=10), max_size=10)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_steps)
def test_a_sum_is_that_of_what_was_written_last(store: Store, steps: list[dict[int, float | None]]) -> None:
    """Whatever customers come, change and go, the sum is the sum of what is there."""
    adopt(store, prod=[])
    adopt(store, prod=["a"])
    known: dict[int, float] = {}
    for step in steps:
        rows = [(number, "x", value, value) for number, value in step.items() if value is not None]
        write(store, *rows, ended=[(number, "x") for number, value in step.items() if value is None])
        known = {**known, **{number: value for number, value in step.items() if value is not None}}
        known = {number: value for number, value in known.items() if step.get(number, 0.0) is not None}

    found = sums(store).get("a", {}).get(ORGANIZATION, Sums(0, 0.0, 0.0))

    assert found.members == len(known)
    assert found.low == pytest.approx(math.fsum(known.values()))
    assert found.most_high == max(known.values(), default=None)
