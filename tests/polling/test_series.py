"""Whose figures the metrics show after a poll, and which."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.series import Figures, Gathered, Pick, Shown, figures
from monitor.respan.models import Customer
from monitor.spending.course import BLANK
from monitor.spending.outlook import looking_ahead
from monitor.spending.standing import Standing
from tests.polling.builders import BUDGET, FROM_100, NOW, Books, Poll, customer
from tests.respan.builders import DOCUMENTED_ROW

ORGANIZATION = DOCUMENTED_ROW["unique_organization_id"]

Open = Callable[..., Books]


def metrics(condition: str = "period_budget is not None", most: int = 1000) -> str:
    """The rule over budgets, and the choice of whom the metrics show."""
    return f'{BUDGET}[metrics]\ncustomers = "{condition}"\nmost = {most}\n'


def figures_of(identifier: str, used: float | None = 0.5, *, firing: bool = False) -> Figures:
    """Figures of one customer with a budget of 100 USD."""
    cost = None if used is None else used * 100
    return Figures(
        organization="org",
        customer_identifier=identifier,
        firing=firing,
        cost=cost,
        budget=100.0,
        used=used,
        projected=cost,
    )


def pick(identifier: str, used: float | None = 0.5, *, firing: bool = False) -> Pick:
    """A row of a customer who is selected."""
    found = figures_of(identifier, used, firing=firing)
    return Pick(found.who, found)


def shown(poll: Poll) -> dict[str, Figures]:
    """Whom the metrics show after a poll, by identifier."""
    assert poll.walk.shown is not None
    return {each.customer_identifier: each for each in poll.walk.shown.customers.values()}


def left_out(poll: Poll) -> int:
    """How many are selected besides them."""
    assert poll.walk.shown is not None
    return poll.walk.shown.left_out


@given(
    st.dictionaries(st.text(max_size=3), st.tuples(st.booleans(), st.none() | st.floats(0, 10)), max_size=60),
    st.integers(1, 8),
    st.integers(1, 20),
)
def test_the_most_important_stay(customers: dict[str, tuple[bool, float | None]], most: int, size: int) -> None:
    """However the pages fall, those who fire come first, then who used the most, and the others are counted."""
    picks = [pick(name, used, firing=firing) for name, (firing, used) in customers.items()]
    gathered = Gathered(most)

    for start in range(0, len(picks), size):
        gathered.take(picks[start : start + size])
    found = gathered.shown()

    ranked = sorted((each.figures.importance for each in picks if each.figures), reverse=True)
    assert [each.importance for each in found.customers.values()] == ranked[:most]
    assert found.left_out == max(len(picks) - most, 0)


def test_memory_does_not_grow_with_the_customers() -> None:
    """After any number of pages no more is kept than the cap asks for, and a page."""
    gathered = Gathered(10)

    for number in range(100):
        gathered.take(pick(f"user_{number}_{row}") for row in range(10))
        assert len(gathered) <= 2 * 10


def test_who_cannot_be_shown_gets_no_forecast(open_books: Open) -> None:
    """A forecast is made of those for whom there may be room; whoever is shown has one."""
    books = open_books(metrics(most=1))
    rows = [customer(name, first_seen=f"2025-10-15T08:00:0{second}Z") for second, name in enumerate("abcd")]
    books.poll(rows, usage={"a": 10.0, "b": 40.0, "c": 20.0, "d": 30.0})

    poll = books.poll(*([each] for each in rows))

    assert [(name, each.projected is not None) for name, each in shown(poll).items()] == [("b", True)]
    assert left_out(poll) == 3
    assert poll.walk.series is not None
    assert poll.walk.series.floor is not None


def test_a_row_that_is_listed_twice_counts_once() -> None:
    """Pages shift while customers come and go."""
    gathered = Gathered(10)

    gathered.take([pick("a")])
    gathered.take([pick("a", 0.6)])

    assert gathered.selected == 1
    assert [each.used for each in gathered.shown().customers.values()] == [0.6]


@pytest.mark.parametrize("after", [figures_of("b", 0.2), None])
def test_a_reading_of_somebody_left_out_counts_nobody_anew(after: Figures | None) -> None:
    """Who was counted is counted once, and not any more where the reading says that it is not selected."""
    gathered = Gathered(1)
    gathered.take([pick("a", 0.9), pick("b", 0.2), pick("c", 0.3)])

    gathered.take([Pick(("org", "b"), after, counted=True)])

    assert gathered.selected == (3 if after else 2)
    assert [each.customer_identifier for each in gathered.shown().customers.values()] == ["a"]


@pytest.mark.parametrize(
    ("cost", "budget", "used"),
    [(40.0, 80.0, 0.5), (1.0, 0.0, float("inf")), (0.0, 0.0, None), (None, 80.0, None), (40.0, None, None)],
)
def test_a_share_that_nobody_can_tell_is_absent(cost: float | None, budget: float | None, used: float | None) -> None:
    """Any spend is infinitely much of a budget of nothing; no spend of no budget is no share."""
    standing = Standing(exact=True, cost_low=cost, cost_high=cost)

    assert figures(Customer(customer_identifier="acme", period_budget=budget), standing, firing=False).used == used


def test_there_is_no_projection_of_a_period_that_is_not_known() -> None:
    """That it will cost 0 USD at least is no forecast."""
    unread = looking_ahead(BLANK, 250.0, NOW, {}, 100.0)
    assert (unread.cost_low, unread.cost_high) == (0.0, 500.0)

    assert figures(Customer(customer_identifier="acme", period_budget=100.0), unread, firing=False).projected is None


def test_shows_what_a_reading_has_told(open_books: Open) -> None:
    """Cost, budget, share and projection are those of the poll."""
    poll = open_books(metrics()).poll([customer("acme")], usage={"acme": 81.0})

    acme = shown(poll)["acme"]
    assert (acme.organization, acme.cost, acme.budget) == (ORGANIZATION, 81.0, 100.0)
    assert acme.used == pytest.approx(0.81)
    assert acme.projected is not None
    assert acme.projected > 81.0
    assert acme.firing


def test_shows_at_least_what_is_known_within_bounds(open_books: Open) -> None:
    """Before the period is read, the cost is nothing at least."""
    poll = open_books(metrics()).poll([customer("acme")])

    acme = shown(poll)["acme"]
    assert (acme.cost, acme.used, acme.projected, acme.firing) == (0.0, 0.0, None, False)


def test_who_may_be_selected_is_not(open_books: Open) -> None:
    """As a rule does not fire on what may be, nobody is shown for it; a reading tells."""
    books = open_books(metrics("period_used >= 0.5"))

    assert shown(books.poll([customer("acme")])) == {}
    assert shown(books.poll([customer("acme")], usage={"acme": 81.0})).keys() == {"acme"}


def test_who_is_firing_is_shown_before_who_used_more(open_books: Open) -> None:
    """At the cap an alert counts for more than a share."""
    rules = metrics(most=1).replace('name = "period-budget"', 'name = "a"\nwhere = "name == \'small\'"')
    books = open_books(rules)
    rows = [customer("big", period_budget=10.0), customer("small", period_budget=1000.0)]
    books.poll(rows, usage={"small": 600.0})

    poll = books.poll(rows)

    assert shown(poll).keys() == {"small"}
    assert left_out(poll) == 1


def test_who_is_gone_is_not_shown(open_books: Open) -> None:
    """A complete walk shows those whom it has seen, and nobody else."""
    books = open_books(metrics())
    books.poll([customer("acme"), customer("other")])

    assert shown(books.poll([customer("other")])).keys() == {"other"}


def test_whom_the_filters_leave_out_is_not_shown(open_books: Open) -> None:
    """What the API lists although it should not is not selected either."""
    poll = open_books(metrics(), FROM_100).poll([customer("acme", 50.0), customer("other", 150.0)])

    assert shown(poll).keys() == {"other"}


def test_an_incomplete_walk_drops_nobody() -> None:
    """What it read is new, what it did not stays, and new customers take the places that are free."""
    before = Shown({each.who: each for each in (figures_of("a", 0.9), figures_of("b", 0.8))}, left_out=7, most=3)
    read = Shown({each.who: each for each in (figures_of("c", 0.95), figures_of("b", 0.85), figures_of("d"))}, 0, 3)

    after = read.over(before)

    assert [(who[1], each.used) for who, each in after.customers.items()] == [("a", 0.9), ("b", 0.85), ("c", 0.95)]
    assert after.left_out == 7


def test_a_walk_that_read_nobody_says_nothing(open_books: Open) -> None:
    """An API that is down leaves what is shown as it is."""
    assert open_books(metrics()).poll(read_all=False, count=5).walk.shown is None


def test_without_the_choice_nothing_is_gathered(open_books: Open) -> None:
    """Whoever does not ask for it has no series."""
    walk = open_books().poll([customer("acme")], usage={"acme": 81.0}).walk

    assert (walk.series, walk.shown) == (None, None)


def test_a_condition_may_read_what_was_spent_lately(open_books: Open) -> None:
    """What no rule reads is looked up for it."""
    new = "2025-12-29T10:00:00Z"
    poll = open_books(metrics("spend_24h > 600")).poll(
        [customer("acme", 700.0, first_seen=new), customer("small", first_seen=new)]
    )

    assert shown(poll).keys() == {"acme"}
