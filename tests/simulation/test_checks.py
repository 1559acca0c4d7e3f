"""Each check finds what it is for, and takes no offence at what is right."""

import pytest

from monitor.alerts.model import Event, Reason
from monitor.demo.customer import Correction, Customer
from monitor.demo.periods import Schedule
from simulation.checks.figures import costs_right, facts_right
from simulation.checks.missed import nothing_missed
from simulation.checks.repeated import nothing_repeated
from simulation.checks.said import nothing_false, nothing_false_unsaid, reasons_true
from simulation.checks.stored import nothing_lost
from simulation.year import after
from tests.simulation.builders import (
    DEESCALATED,
    ESCALATED,
    FIRED,
    RESET,
    RESOLVED,
    case,
    customer,
    event,
)

HALF = customer((5, 60.0))
"""Uses 60 of 100 USD from day 5 on; its next period begins on day 31."""

FULL = customer((5, 60.0), (10, 45.0))
"""Uses all of its budget from day 10 on."""


# What is said is so.


def test_a_level_that_is_reached_may_be_said() -> None:
    """An alert for a level that is reached is in order."""
    verdict = nothing_false(case(HALF, event(FIRED, 5)))

    assert (verdict.judged, verdict.violations) == (1, [])


@pytest.mark.parametrize(
    "lie",
    [
        event(FIRED, 4.9),
        event(FIRED, 5, 0.8),
        event(ESCALATED, 5, 1.0),
        event(DEESCALATED, 4, 0.5),
        event(RESOLVED, 6, 0.5, reason=Reason.LEVEL_LEFT),
        event(RESET, 30, 0.5, reason=Reason.NEW_PERIOD),
        event(FIRED, 5, 1.0, rule="nearly-empty"),
        event(FIRED, 5, None, rule="unbudgeted"),
        event(FIRED, 5, 10_000.0, rule="lifetime"),
    ],
    ids=lambda lie: f"{lie.rule} {lie.kind.value} {lie.level}",
)
def test_a_lie_is_found(lie: Event) -> None:
    """An event that says what is not so is a violation, told with what is true."""
    verdict = nothing_false(case(HALF, lie))

    assert [(each.customer, each.at, each.seed) for each in verdict.violations] == [("user_1", lie.at, 7)]


def test_a_level_that_was_reached_during_the_walk_may_be_said() -> None:
    """What was so when the walk began and is over at the decision is no lie."""
    turn = case(customer((30.9, 60.0)), event(FIRED, 31 - 0.5 / 86_400))

    assert nothing_false(turn).violations == []


def test_a_level_that_was_reached_before_the_walk_may_not_be_said() -> None:
    """What was so before the walk began, as in the period before, is a lie."""
    assert nothing_false(case(HALF, event(FIRED, 31.1))).violations


def test_a_condition_ends_where_it_ends() -> None:
    """Half of a budget is left, and the alert resolved, once charges were taken back."""
    of = customer((5, 60.0), corrections=(Correction(at=after(8), total_cost=20.0, period_usage=20.0),))
    left = event(RESOLVED, 8, 0.5, reason=Reason.LEVEL_LEFT)

    assert nothing_false(case(of, event(FIRED, 5), left)).violations == []


def test_a_removed_budget_ends_its_alerts() -> None:
    """Where there is no budget any more, its levels are not reached."""
    of = customer((5, 60.0), budget_changes=((after(8), None),))
    ended = event(RESOLVED, 8, 0.5, reason=Reason.BUDGET_CHANGED)

    assert nothing_false(case(of, event(FIRED, 5), ended)).violations == []


def test_nobody_is_gone() -> None:
    """No customer of the simulation vanishes, so none may be said to be gone."""
    gone = event(RESOLVED, 4, 0.5, reason=Reason.GONE)

    assert nothing_false(case(HALF, gone)).violations


def test_a_reset_needs_a_new_period() -> None:
    """An alert is reset once the period in which it fired is over, and not twice."""
    fired, reset = event(FIRED, 5), event(RESET, 31, reason=Reason.NEW_PERIOD)

    assert nothing_false(case(HALF, fired, reset)).violations == []
    assert nothing_false(case(HALF, event(FIRED, 31.5), event(RESET, 40, reason=Reason.NEW_PERIOD))).violations


def test_a_deescalation_names_the_level_that_is_left() -> None:
    """Falling from one level to another, neither a lower nor a higher one may be named."""
    of = customer((5, 90.0), budget_changes=((after(8), 150.0),))
    right, wrong = event(DEESCALATED, 8, 0.5), event(DEESCALATED, 8, 0.8)

    assert nothing_false(case(of, right)).violations == []
    assert nothing_false(case(of, wrong)).violations


def test_silent_events_are_judged_apart() -> None:
    """A level that is recorded without being said and is not reached is found by a check of its own."""
    lived = case(HALF, unsaid=[event(FIRED, 4)])

    assert (nothing_false(lived).judged, len(nothing_false_unsaid(lived).violations)) == (0, 1)


def test_a_budget_that_was_not_changed_may_not_be_blamed() -> None:
    """An event that gives a change of the budget as its reason needs one since the event before it."""
    of = customer((5, 60.0), budget_changes=((after(8), 70.0),))
    first, again = (event(ESCALATED, day, 0.8, reason=Reason.BUDGET_CHANGED) for day in (8, 9))

    assert reasons_true(case(of, first)).violations == []
    assert [each.at for each in reasons_true(case(of, first, again)).violations] == [again.at]


# What is so is said.


def test_crossings_that_are_said_in_time_are_in_order() -> None:
    """Each level, said at the poll that first shows it, is in order."""
    verdict = nothing_missed(
        case(FULL, event(FIRED, 5), event(ESCALATED, 10, 1.0), event(FIRED, 10, 1.0, rule="nearly-empty"))
    )

    assert (verdict.judged, verdict.violations) == (3, [])


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ([], ["period-budget at 0.5", "period-budget at 1", "nearly-empty at 1"]),
        ([event(FIRED, 5), event(FIRED, 10, 1.0, rule="nearly-empty")], ["period-budget at 1"]),
        (
            [event(FIRED, 5.5), event(ESCALATED, 10, 1.0), event(FIRED, 10, 1.0, rule="nearly-empty")],
            ["period-budget at 0.5"],
        ),
    ],
)
def test_a_crossing_that_is_not_said_in_time_is_found(said: list[Event], missing: list[str]) -> None:
    """A level that is said late, or never, is a violation; a level on the way to a further one need not be said."""
    violations = nothing_missed(case(FULL, *said)).violations

    assert sorted(each.said.partition(":")[0] for each in violations) == sorted(missing)


def test_a_crossing_has_until_the_poll_after_next() -> None:
    """A level that is said by the second poll that shows it is in time, and one said at the third is not."""
    second, third = event(FIRED, 5 + 2 / 24), event(FIRED, 5 + 4 / 24)

    assert nothing_missed(case(HALF, second)).violations == []
    assert len(nothing_missed(case(HALF, third)).violations) == 1


def test_polls_that_failed_give_time() -> None:
    """Polls without answers do not count: the level may be said when the API works again."""
    failed = [5 + hours / 24 for hours in (2, 4, 6)]

    assert nothing_missed(case(HALF, event(FIRED, 5 + 8 / 24), failed=failed)).violations == []


def test_a_crossing_that_passes_between_polls_need_not_be_said() -> None:
    """What only one poll shows is nobody's fault."""
    of = customer((5, 60.0), corrections=(Correction(at=after(5.05), total_cost=30.0, period_usage=30.0),))

    assert nothing_missed(case(of)).judged == 0


def test_a_level_is_said_anew_in_each_period() -> None:
    """What was said in one period does not speak for the next."""
    of = customer((5, 60.0), (40, 60.0))

    violations = nothing_missed(case(of, event(FIRED, 5))).violations

    assert [each.at > after(40) for each in violations] == [True]


def test_an_alert_stands_through_a_change_of_its_budget() -> None:
    """A level that stays the same under another budget is not to be said again; one that is reached by it is."""
    of = customer((5, 60.0), budget_changes=((after(8), 90.0), (after(12), 70.0)))

    violations = nothing_missed(case(of, event(FIRED, 5))).violations

    assert [each.said.partition(":")[0] for each in violations] == ["period-budget at 0.8"]


def test_a_condition_that_comes_again_is_said_again() -> None:
    """What speaks of no period is to be said each time that it comes, if its alert had ended."""
    of = customer((1, 600.0), budget_changes=((after(0), None), (after(8), 1e6), (after(12), None)))
    ended = event(RESOLVED, 8, None, rule="unbudgeted", reason=Reason.CONDITION_ENDED)

    first = event(FIRED, 1, None, rule="unbudgeted")

    assert len(nothing_missed(case(of, first, ended)).violations) == 1
    assert nothing_missed(case(of, first, ended, event(FIRED, 12, None, rule="unbudgeted"))).violations == []


# Nothing is said twice.


@pytest.mark.parametrize("second", [event(FIRED, 6), event(ESCALATED, 20, 0.5)])
def test_a_level_may_not_be_said_twice(second: Event) -> None:
    """In one period under one budget the same level said again is a violation."""
    verdict = nothing_repeated(case(HALF, event(FIRED, 5), second))

    assert [each.at for each in verdict.violations] == [second.at]


def test_a_lower_level_may_not_follow_a_higher_one() -> None:
    """After a further level was said, the one before it is no news."""
    assert nothing_repeated(case(FULL, event(FIRED, 10, 1.0), event(FIRED, 11))).violations


def test_a_level_may_be_said_in_each_period_and_of_each_budget() -> None:
    """A new period, or another budget, is another thing to speak of."""
    of = customer((5, 60.0), (40, 60.0), budget_changes=((after(45), 110.0),))

    assert nothing_repeated(case(of, event(FIRED, 5), event(FIRED, 40), event(FIRED, 45))).violations == []


def test_what_speaks_of_no_period_may_be_said_again_after_it_ended() -> None:
    """A lifetime level may be said again after it was left, and not before that."""
    first, left, again = (
        event(FIRED, 1, 1e4, rule="lifetime"),
        event(RESOLVED, 2, 1e4, rule="lifetime"),
        event(FIRED, 3, 1e4, rule="lifetime"),
    )

    assert nothing_repeated(case(HALF, first, left, again)).violations == []
    assert nothing_repeated(case(HALF, first, again)).violations


# Every figure is right.


def stated(day: float, **facts: object) -> Event:
    """An alert that states something."""
    return event(FIRED, day, facts=facts)


def test_a_cost_is_stated_to_the_cent() -> None:
    """A period cost that is off by more than a cent is a violation."""
    right, wrong = stated(6, period_cost=60.009), stated(7, period_cost=60.011)

    assert [each.at for each in costs_right(case(HALF, right, wrong)).violations] == [wrong.at]


@pytest.mark.parametrize(("spent_at", "violations"), [(3.07, 0), (3.2, 1)])
def test_a_cost_may_be_off_by_what_was_spent_around_its_reading(spent_at: float, violations: int) -> None:
    """What was spent between the rows next to the reading may be missing; what was spent at another time may not."""
    of = customer((1, 50.0), (spent_at, 5.0))
    lived = case(of, stated(6, period_cost=50.0), details=[(3.05, True)])

    assert len(costs_right(lived).violations) == violations


def test_a_cost_rests_on_the_reading_that_it_names() -> None:
    """Where an alert says when its reading was made, only what was spent around that one is open."""
    of = customer((1, 50.0), (3.07, 5.0))
    named = stated(6, period_cost=50.0, anchored_at=after(2.05))

    assert costs_right(case(of, named, details=[(2.05, True), (3.05, True)])).violations


def test_markup_is_part_of_the_cost() -> None:
    """A cost without the markup that usage has is wrong."""
    of = customer((1, 50.0), markup_percentage=20)

    assert costs_right(case(of, stated(6, period_cost=60.0))).violations == []
    assert costs_right(case(of, stated(6, period_cost=50.0))).violations


def test_a_cost_without_a_budget_is_wrong() -> None:
    """Nobody without a budget has a period of which a cost could be stated."""
    assert costs_right(case(customer((1, 50.0), period_budget=None), stated(6, period_cost=50.0))).violations


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("period_start", after(0), after(1)),
        ("period_end", after(31), after(30)),
        ("period_budget", 100.0, 99.0),
        ("total_cost", 60.0, 59.0),
    ],
)
def test_facts_are_stated_as_they_are(field: str, right: object, wrong: object) -> None:
    """Start, end, budget and total cost are right, or it is a violation."""
    plain = {"total_cost": 60.0}

    assert facts_right(case(HALF, stated(6, **(plain | {field: right})))).violations == []
    assert len(facts_right(case(HALF, stated(6, **(plain | {field: wrong})))).violations) == 1


def test_events_that_the_database_does_not_hold_are_missed() -> None:
    """More or fewer events in the database than were decided is a violation."""
    assert nothing_lost(case(HALF, event(FIRED, 5), stored=1)).violations == []
    assert nothing_lost(case(HALF, event(FIRED, 5), stored=0)).violations


# What nobody could have known is counted apart.


def unseen(**taken_back: float) -> Customer:
    """Half of whose budget is used, as far as rows can tell; then charges are taken back between two polls."""
    return customer((5, 60.0), (8.05, 20.0), corrections=(Correction(at=after(8.05), **taken_back),))


@pytest.mark.parametrize(
    ("of", "details", "apart"),
    [
        (unseen(period_usage=70.0), [], True),
        (unseen(period_usage=70.0), [(8.2, True)], False),
        (unseen(period_usage=70.0), [(8.2, False)], True),
        (unseen(total_cost=70.0, period_usage=70.0), [], False),
        (unseen(total_cost=15.0, period_usage=70.0), [], True),
        (unseen(total_cost=25.0, period_usage=70.0), [], False),
    ],
    ids=["usage alone", "then read", "reading failed", "both alike", "rows went on rising", "rows fell"],
)
def test_a_correction_that_no_row_shows_is_an_excuse(
    of: Customer, details: list[tuple[float, bool]], *, apart: bool
) -> None:
    """Usage that falls while the listed total does not is not knowable until the period is read again."""
    verdict = nothing_false(case(of, event(FIRED, 9), details=details))

    assert (len(verdict.apart), len(verdict.violations)) == ((1, 0) if apart else (0, 1))


@pytest.mark.parametrize(
    ("told", "details", "apart"), [(False, [], True), (False, [(10.5, True)], False), (True, [], False)]
)
def test_an_end_that_is_not_told_is_an_excuse(*, told: bool, details: list[tuple[float, bool]], apart: bool) -> None:
    """A first period that ends when nobody says it does is not knowable until the next one is read."""
    of = customer((5, 60.0), first_period_end=after(10), reports_period_end=told)
    verdict = nothing_false(case(of, event(FIRED, 11), details=details))

    assert (len(verdict.apart), len(verdict.violations)) == ((1, 0) if apart else (0, 1))


def test_a_correction_of_another_period_is_no_excuse() -> None:
    """What was taken back in the period before has nothing to do with this one."""
    lie = event(FIRED, 40)

    assert nothing_false(case(unseen(period_usage=70.0), lie)).violations


def test_schedules_are_judged_as_of_then() -> None:
    """A level is judged in the period of the schedule in force."""
    of = customer((5, 60.0), schedule_changes=((after(8), Schedule(after(8), "weekly")),))

    assert nothing_false(case(of, event(FIRED, 7))).violations == []
    assert nothing_false(case(of, event(FIRED, 9))).violations
