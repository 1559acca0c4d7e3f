"""Whom a walk picks for a reading, with a memory that does not grow with the customers."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.walk import Candidate, Candidates, Urgency
from monitor.respan.models import Customer
from monitor.store.customers import Place
from tests.polling.builders import NOW


def candidate(
    number: int, share: float = 1.0, *, alerting: bool = False, severity: int = 0, confirming: bool = False
) -> Candidate:
    """Customer number so-and-so."""
    identifier = f"user_{number}"
    row, place = Customer(customer_identifier=identifier), Place(number, identifier, "")
    return Candidate(row=row, place=place, read_at=NOW, urgency=Urgency(confirming, alerting, severity, share))


def taken(candidates: Candidates, *offered: Candidate) -> list[int]:
    """The numbers of those picked, in order."""
    for one in offered:
        candidates.add(one)
    return [one.place.first_seen for one in candidates.take()]


def test_the_most_promising_first() -> None:
    """Who spent most against the lowest level is read first."""
    assert taken(Candidates(10), candidate(1, 2.0), candidate(2, 5.0), candidate(3, 3.0)) == [2, 3, 1]


def test_alerts_come_before_everything() -> None:
    """Whether an alert still holds matters more than whether another one begins."""
    assert taken(Candidates(10), candidate(1, 1e9), candidate(2, 0.1, alerting=True)) == [2, 1]


def test_the_severest_level_first() -> None:
    """Whoever may have reached a critical level goes before whoever spent more against the lowest."""
    assert taken(Candidates(10), candidate(1, 9.0, severity=1), candidate(2, 1.0, severity=2)) == [2, 1]


def test_alerts_that_wait_are_confirmed_first() -> None:
    """What is decided and waits to be said goes before all else, in the order in which it was found."""
    waiting = [candidate(number, confirming=True) for number in (3, 1)]

    assert taken(Candidates(10), candidate(2, 9.0, alerting=True), *waiting) == [3, 1, 2]


def test_confirmations_use_up_what_others_could_have() -> None:
    """A poll makes no more readings than it may, whatever they are for."""
    candidates = Candidates(2, frozenset({candidate(3).place}))

    assert taken(candidates, candidate(1), candidate(2, 2.0), candidate(3, confirming=True)) == [3, 2]


def test_only_so_many() -> None:
    """Beyond the limit the least promising are left out, whenever they come."""
    assert taken(Candidates(2), candidate(1, 1.0), candidate(2, 3.0), candidate(3, 2.0)) == [2, 3]


def test_none_at_all() -> None:
    """A limit of nothing takes nobody."""
    assert taken(Candidates(0), candidate(1)) == []


def test_the_excluded_are_left_out() -> None:
    """Who was asked in vain does not take the place of others."""
    candidates = Candidates(1, frozenset({candidate(1).place}))

    assert taken(candidates, candidate(1, 9.0), candidate(2, 1.0)) == [2]


def test_equals_in_the_order_of_the_walk() -> None:
    """Between equals, who was listed first goes first."""
    assert taken(Candidates(10), candidate(1), candidate(2), candidate(3)) == [1, 2, 3]


def test_taking_empties() -> None:
    """A candidate is taken once."""
    candidates = Candidates(10)

    assert taken(candidates, candidate(1)) == [1]
    assert len(candidates) == 0
    assert taken(candidates) == []


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, allow_nan=False, allow_infinity=True)), max_size=60),
    st.integers(0, 20),
)
def test_as_if_all_were_sorted(offered: list[tuple[bool, float]], limit: int) -> None:
    """The pick is the head of all candidates in order, as if all had been remembered."""
    candidates = [candidate(number, urgency, alerting=alerting) for number, (alerting, urgency) in enumerate(offered)]
    best = sorted(candidates, key=lambda one: (not one.urgency.alerting, -one.urgency.share, one.place.first_seen))

    assert taken(Candidates(limit), *candidates) == [one.place.first_seen for one in best[:limit]]
