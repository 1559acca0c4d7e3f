"""Whole runs over the real daemon, short ones: they go as planned, and the same way every time."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulation.case import Case
from simulation.journal import Journal
from simulation.life import Plan, run
from simulation.plan import plan
from simulation.replay import replay
from simulation.report import Report, judge, table
from simulation.rollover import judge_rollover, rollover_plan, rollover_table
from simulation.year import START, after
from tests.simulation.builders import customer

DAYS = 20.0


def small(seed: int = 1) -> Plan:
    """Three weeks with a dozen customers."""
    return plan(seed, customers=12, days=DAYS)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """One run of it."""
    of = small()
    return Case(of, run(of, tmp_path_factory.mktemp("lived")))


def told(journal: Journal) -> list[object]:
    """What a run has come to."""
    return [(each.at, each.event.key, each.event.kind, each.event.level, each.said) for each in journal.told]


def test_a_run_polls_at_its_interval(lived: Case) -> None:
    """A run of twenty days has a poll every two hours, but for the hours in which the daemon was off."""
    off = sum(
        ((begins - ends) for (_, ends), (begins, _) in zip(lived.plan.spans, lived.plan.spans[1:], strict=False)),
        timedelta(0),
    )
    hours = (lived.journal.ended - lived.journal.began - off) / timedelta(hours=1)

    assert len(lived.journal.polls) == pytest.approx(hours / 2, abs=len(lived.plan.spans) + 1)
    assert any(each.said for each in lived.journal.told)


def test_a_run_is_the_same_every_time(lived: Case, tmp_path: Path) -> None:
    """The same seed tells the same events at the same instants, whatever is random about retries."""
    assert told(run(small(), tmp_path)) == told(lived.journal)


def test_a_short_run_finds_nothing(lived: Case) -> None:
    """In three weeks, nothing is said that is not so, nothing is missed and nothing is said twice."""
    assert judge(lived).violations == []


def test_requests_fail_as_planned(tmp_path: Path) -> None:
    """While the API is down no answer arrives, and polls fail; before and after, all is well."""
    down = (after(1), after(2))
    of = Plan(seed=1, customers=[customer()], spans=[(after(0.01), after(3))], outages=[down])

    journal = run(of, tmp_path)

    good = Counter((down[0] <= each.began < down[1], each.good) for each in journal.polls)
    assert set(good) == {(False, True), (True, False)}
    assert not any(each.good for each in journal.requests if down[0] <= each.sent < down[1])


def test_the_daemon_starts_again_where_it_was_cut_short(tmp_path: Path) -> None:
    """Cut short in the middle of a request, the daemon goes on over the same database and repeats nothing."""
    of = customer((0.5, 60.0))
    cut = after(0.51) + timedelta(hours=2, seconds=0.04)
    journal = run(Plan(seed=1, customers=[of], spans=[(after(0.51), cut), (cut, after(1))]), tmp_path)

    assert (journal.restarts, journal.cut) == (1, 1)
    said = [each.event.level for each in journal.told if each.said and each.event.rule == "period-budget"]
    assert said == [0.5]


def test_rows_are_known_page_by_page(tmp_path: Path) -> None:
    """Where a walk takes several pages, it is noted whose row was answered when."""
    cast = [replace(customer(), customer_identifier=f"user_{number}") for number in range(5)]
    of = Plan(seed=1, customers=cast, spans=[(START, after(0.1))], page_size=2)

    lived = Case(of, run(of, tmp_path))

    first, last = lived.rows("user_0").instants, lived.rows("user_4").instants
    assert len(first) == len(last) == len(lived.journal.polls)
    assert all(one < other for one, other in zip(first, last, strict=True))


def test_a_newcomer_is_listed_from_its_first_day_on(tmp_path: Path) -> None:
    """Somebody who comes on the second day, and is over a level at once, is told of on that day and not before."""
    of = replace(customer((1.5, 600.0), period_budget=None), first_seen=after(1.5))
    journal = run(
        Plan(seed=1, customers=[customer(), replace(of, customer_identifier="new")], spans=[(START, after(2))]),
        tmp_path,
    )

    assert [(each.customer, each.at > after(1.5)) for each in journal.told] == [("new", True)]


def test_all_that_was_decided_is_in_the_database(lived: Case) -> None:
    """The journal has as many events as the database."""
    assert lived.journal.stored == len(lived.journal.told)


def test_the_table_tells_what_was_judged(lived: Case) -> None:
    """A newcomer sees how often each promise was put to the test."""
    report = Report()
    report.extend(judge(lived))

    lines = "\n".join(table(report))
    assert f"1 runs of {DAYS:.0f} days with 12 customers" in lines
    for verdict in report.verdicts.values():
        assert verdict.check in lines


def test_a_customer_can_be_looked_into(lived: Case) -> None:
    """All that was said about a customer is in its replay."""
    customers = {each.customer for each in lived.journal.told}
    who = min(customers)

    lines = list(replay(lived, who))

    events = [line for line in lines if "EVENT" in line]
    assert len(events) == sum(each.customer == who for each in lived.journal.told)


def test_a_rollover_of_many_is_no_storm(tmp_path: Path) -> None:
    """When the periods of all customers end at once, what is said is true and said once, and nobody is asked for."""
    of = rollover_plan(200)
    storm = judge_rollover(Case(of, run(of, tmp_path)))

    assert [(verdict.check, len(verdict.violations)) for verdict in storm.verdicts if verdict.violations] == []
    assert storm.busiest <= storm.allowed
    assert storm.untold == 0
    assert storm.reset > 0
    assert storm.crossings > 0
    assert any("200 customers" in line for line in rollover_table(storm))
