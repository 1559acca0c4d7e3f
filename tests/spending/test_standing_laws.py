"""Whatever a customer spends and whenever it is looked at, what is said of its period is so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.spending.course import Course
from monitor.spending.markup import Markup
from monitor.spending.standing import Standing
from tests.spending.builders import ABOUT, DAY, HOUR, MINUTE, SECOND, Customer, Watcher, bounds, day

CENT = 0.01

# Of sums of large amounts.
ROUNDING = 1e-6

# What a period of each kind lasts at most, days, and what a month does at least.
LONGEST_DAYS = {"daily": 1, "weekly": 7, "monthly": 31, "yearly": 366}
SHORTEST_MONTH = 28

# Days that some months do not have, and the last ones of short months.
LATE_DAYS = [day(2023, 1, 31).date(), day(2023, 1, 30).date(), day(2023, 2, 28).date(), day(2024, 2, 29).date()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A row, and a reading a little later.

    Attributes:
        share: How long after the last look, as a share of a period; None: to the edge of this one.
        later: Time that is added.
        before: USD of each spend since the last look.
        taken_back: USD that the total cost is then seen to fall by, between two rows.
        of_usage: Share of it that the usage falls by as well.
        reading: How much later the reading is; None: there is none.
        between: USD of each spend between the row and the reading.
    """

    share: float | None
    later: timedelta
    before: list[float]
    taken_back: float = 0.0
    of_usage: float = 0.0
    reading: timedelta | None = None
    between: list[float]


@dataclass(slots=True)
class Run:
    """A customer who spends and a watcher who looks.

    Attributes:
        customer: Who spends.
        watcher: Who looks.
        now: The time.
    """

    customer: Customer
    watcher: Watcher
    now: datetime

    def take(self, look: Look) -> Iterator[Standing]:
        """Where the customer stands, each time that something is known."""
        if look.share is None:
            until = self.customer.period(self.now)[1] + look.later
        else:
            until = self.now + look.share * ABOUT[self.customer.duration or "monthly"] + look.later
        self._spend(look.before, max(until, self.now + SECOND))
        yield self.watcher.row(self.customer.total(), self.now)
        if look.taken_back:
            self._take_back(look)
            yield self.watcher.row(self.customer.total(), self.now)
        if look.reading is not None:
            self._spend(look.between, self.now + look.reading)
            yield self.watcher.read(self.customer.reading(self.now))

    def _spend(self, amounts: list[float], until: datetime) -> None:
        """Spend evenly until some time."""
        gap = (until - self.now) / (len(amounts) + 1)
        self.customer.spends += [(self.now + number * gap, usd) for number, usd in enumerate(amounts, 1)]
        self.now = until

    def _take_back(self, look: Look) -> None:
        usd = min(look.taken_back, self.customer.total())
        self.now += SECOND
        self.customer.spends.append((self.now, -usd))
        usage = min(usd * look.of_usage * self.customer.ratio, self.customer.cost(self.now))
        self.customer.usage_taken_back.append((self.now, usage))
        self.now += SECOND


@st.composite
def runs(draw: st.DrawFn, ratios: st.SearchStrategy[float]) -> Run:
    """A customer whose first period has begun, and a watcher who has not looked yet, but may know the markup."""
    date = draw(st.dates(day(2023, 1, 1).date(), day(2024, 12, 31).date()) | st.sampled_from(LATE_DAYS))
    hour, minute = draw(st.sampled_from([(0, 0), (0, 0), (10, 30), (23, 59)]))
    duration = draw(st.sampled_from(["daily", "weekly", "monthly", "monthly", "yearly", "quarterly", None]))
    tells_end = duration == "quarterly" or draw(st.booleans())
    ratio = draw(ratios)
    customer = Customer(
        origin=day(date.year, date.month, date.day, hour, minute),
        duration=duration,
        ratio=ratio,
        tells_end=tells_end,
        lazy=tells_end and draw(st.booleans()),
        cents=draw(st.booleans()),
    )
    markup = Markup(ratio, ratio) if draw(st.booleans()) else Markup()
    return Run(customer, Watcher(duration, Course(markup=markup)), customer.origin)


def looks(taken_back: st.SearchStrategy[float] | None = None) -> st.SearchStrategy[list[Look]]:
    """Looks seconds, minutes or several periods apart, and often near the edge of one."""
    spends = st.lists(st.floats(0.02, 5.0) | st.floats(1.0, 2000.0), max_size=3)
    near, far = st.just(0.0) | st.floats(0.0, 0.1), st.floats(0.0, 0.9) | st.floats(0.9, 4.0)
    return st.lists(
        st.builds(
            Look,
            share=near | near | far | st.none(),
            later=st.timedeltas(-MINUTE, 5 * MINUTE).map(lambda later: later.total_seconds() // 1 * SECOND),
            before=spends,
            taken_back=st.just(0.0) if taken_back is None else taken_back,
            of_usage=st.sampled_from([0.0, 0.5, 1.0]),
            reading=st.none() | st.timedeltas(SECOND, 3 * MINUTE),
            between=st.just([]) | spends,
        ),
        min_size=2,
        max_size=12,
    )


markups = st.sampled_from([1.0, 1.0, 1.05, 1.2, 1.5])


@settings(max_examples=300)
@given(runs(markups), looks())
def test_the_cost_lies_between_its_bounds(run: Run, happens: list[Look]) -> None:
    """After every row and every reading the period cost lies between the bounds, to the cent."""
    for look in happens:
        for where in run.take(look):
            low, high = bounds(where)
            assert 0.0 <= low <= high + ROUNDING
            assert low - CENT <= run.customer.cost(run.now) <= high + CENT


@given(runs(markups), looks())
def test_an_exact_cost_is_near_and_stays_so(run: Run, happens: list[Look]) -> None:
    """What is exact is off by a cent and by what was spent between the rows around its reading, however late it is."""
    around: list[float] = []
    for look in happens:
        for where in run.take(look):
            if where.anchored_at == run.now:
                around = [(run.watcher.total or 0.0) * run.customer.ratio]
            elif len(around) == 1:
                around.append(run.customer.total() * run.customer.ratio)
            if where.exact:
                rounding = CENT / 2 if run.customer.cents else ROUNDING
                near = CENT + rounding + around[-1] - around[0]
                low, high = bounds(where)
                assert abs(run.customer.cost(run.now) - low) <= near
                assert high - low <= near


@given(runs(markups), looks())
def test_a_start_and_an_end_that_are_named_are_true(run: Run, happens: list[Look]) -> None:
    """Read or reckoned, what is said of when the period began and ends is so."""
    for look in happens:
        for where in run.take(look):
            start, end = run.customer.period(run.now)
            assert where.start in {None, start}
            assert where.end in {None, end}
            assert where.start == start or not where.read
            if where.elapsed_low is not None and where.elapsed_high is not None:
                assert where.elapsed_low <= (run.now - start) / (end - start) <= where.elapsed_high


@given(runs(markups), looks())
def test_no_period_is_lost_whose_day_was_seen(run: Run, happens: list[Look]) -> None:
    """Once readings have shown the day that periods keep and that they end, all later ones are known for good."""
    assume(run.customer.duration != "quarterly")
    seen_in, is_shown = None, False
    for look in happens:
        for where in run.take(look):
            if where.read and seen_in is None and run.customer.shows_its_day(run.now):
                seen_in = where.start
            if where.read and seen_in is not None:
                is_shown = is_shown or run.customer.tells_end or where.start != seen_in
            if is_shown:
                assert (where.start, where.end) == run.customer.period(run.now)
                assert where.settled


@st.composite
def set_by_hand(draw: st.DrawFn, *, longer: bool = False) -> Run:
    """A customer whose first period lasts as long as somebody wanted, or longer than usual, and nobody tells."""
    duration = draw(st.sampled_from(["daily", "weekly", "monthly", "yearly"]))
    origin = day(2023, draw(st.integers(1, 12)), draw(st.integers(1, 28)), draw(st.sampled_from([0, 10])))
    usual = LONGEST_DAYS[duration]
    days = draw(st.integers(usual if longer else 1, 3 * usual))
    customer = Customer(
        origin=origin,
        duration=duration,
        ratio=draw(markups),
        tells_end=False,
        cents=draw(st.booleans()),
        first_end=origin + days * DAY,
    )
    assume((origin + days * DAY).day <= SHORTEST_MONTH)
    markup = Markup(customer.ratio, customer.ratio) if draw(st.booleans()) else Markup()
    return Run(customer, Watcher(duration, Course(markup=markup)), origin)


@settings(max_examples=300)
@given(set_by_hand(), looks())
def test_what_is_settled_is_so_whenever_the_first_period_ended(run: Run, happens: list[Look]) -> None:
    """Whatever end somebody has set and nobody tells, a period that is settled begins and ends when it says."""
    for look in happens:
        for where in run.take(look):
            start, end = run.customer.period(run.now)
            if where.settled:
                assert where.start == start
                assert where.end in {None, end}


@given(set_by_hand(), looks())
def test_an_untold_end_never_lowers_the_bound(run: Run, happens: list[Look]) -> None:
    """Whenever the first period ended, the cost of the one after it is not above what is said."""
    for look in happens:
        for where in run.take(look):
            assert run.customer.cost(run.now) <= bounds(where)[1] + CENT


@given(set_by_hand(longer=True), looks())
def test_a_longer_first_period_keeps_its_bounds(run: Run, happens: list[Look]) -> None:
    """Where it lasts longer than its duration says the cost lies between its bounds, to the cent, all the time."""
    for look in happens:
        for where in run.take(look):
            low, high = bounds(where)
            assert low - CENT <= run.customer.cost(run.now) <= high + CENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What is spent until the next reading and around it, USD.

    Attributes:
        before: Until the row before it.
        between: From there to the reading.
        after: From there to the row after it.
    """

    before: float
    between: float
    after: float


amounts = st.just(0.0) | st.floats(0.01, 5.0) | st.floats(1.0, 2000.0)


@given(
    ratio=st.floats(0.5, 2.0),
    spent=st.lists(st.builds(Stretch, before=amounts, between=amounts, after=amounts), min_size=2, max_size=6),
    later=amounts,
    cents=st.booleans(),
)
def test_readings_of_a_period_bound_each_other(
    ratio: float, spent: list[Stretch], later: float, *, cents: bool
) -> None:
    """With a known ratio the bounds hold the truth, and are never wider than if only the last reading had been made."""
    customer = Customer(origin=day(2025, 1, 1), ratio=ratio, cents=cents)
    near = CENT if cents else ROUNDING
    everything, now = Watcher(course=Course(markup=Markup(ratio, ratio))), customer.origin
    for stretch in spent:
        both = (everything, Watcher(course=Course(markup=Markup(ratio, ratio))))
        for usd, reads in ((stretch.before, False), (stretch.between, True), (stretch.after, False), (later, False)):
            now += HOUR
            customer.spends.append((now - MINUTE, usd))
            for watcher in both:
                if reads:
                    watcher.read(customer.reading(now))
                else:
                    watcher.row(customer.total(), now)

        (low, high), (least, most) = (bounds(watcher.row(customer.total(), now)) for watcher in both)
        assert low - near <= customer.cost(now) <= high + near
        assert least - near <= low <= high <= most + near


@given(runs(st.sampled_from([0.5, 0.8, 0.99, 1.0, 1.2])), looks(st.just(0.0) | st.floats(0.02, 500.0)))
def test_the_cost_is_never_higher_than_its_bound(run: Run, happens: list[Look]) -> None:
    """Though charges be taken back or usage grow more slowly than the total cost, the period cost is not above it."""
    for look in happens:
        for where in run.take(look):
            low, high = bounds(where)
            assert 0.0 <= low <= high + ROUNDING
            assert run.customer.cost(run.now) <= high + CENT
