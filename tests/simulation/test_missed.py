"""What is so must be said in time, and the check for it finds what was not."""

import pytest

from monitor.alerts.model import Event, Reason
from monitor.demo.customer import Correction
from simulation.checks.missed import nothing_missed
from simulation.year import after
from tests.simulation.builders import ESCALATED, FIRED, FULL, HALF, RESOLVED, case, customer, event


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
