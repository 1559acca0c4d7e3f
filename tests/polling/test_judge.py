"""What a row means for one rule's alert of one customer."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, EventKind, Reason, Severity
from monitor.polling.judge import Judge, Subject, Verdict, judges
from monitor.polling.walk import BudgetBefore, Urgency
from monitor.respan.models import Customer
from monitor.spending.course import BLANK
from monitor.spending.course import standing as standing_of
from monitor.spending.standing import Standing
from tests.polling.builders import BUDGET, NOW, SPENDER, TWO_ENVIRONMENTS, UNBUDGETED
from tests.rulebook.builders import read, rules_file

DECEMBER = datetime(2025, 12, 1, tzinfo=UTC)
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
RUNNING_OUT = """[[rules]]
name = "running-out"
value = "period_remaining"
levels = [{ at_most = 10, severity = "warning" }, { at_most = 0, severity = "critical" }]
"""


def judge(rule: str = BUDGET) -> Judge:
    """The judge of one rule."""
    (only,) = judges(read(rules_file(rules=rule)).rules, "prod", "filters-1")
    return only


def customer(**fields: Any) -> Customer:  # noqa: ANN401 - any field
    """The documented row."""
    known = {"name": "John Doe", "email": "john@example.com", "total_cost": 523.45, "period_budget": 100.0}
    return Customer(customer_identifier="user_123", **{**known, **fields})


def spent(usd: float, start: datetime = DECEMBER) -> Standing:
    """A period that was read."""
    return Standing(True, usd, usd, 0.9, 0.9, start, JANUARY, read=True, firm=True)


def known(usd: float, *, firm: bool = False, settled: bool = False) -> Standing:
    """One that was read lately, or long ago, and surely lasts until its end, or may be over."""
    return msgspec.structs.replace(spent(usd), firm=firm, settled=settled)


def unknown(total_cost: float | None) -> Standing:
    """A period of which nothing is known but lifetime spend."""
    return standing_of(BLANK, total_cost, NOW)


def subject(row: Customer, standing: Standing, **known: Any) -> Subject:  # noqa: ANN401 - any field
    """One customer as a row shows it."""
    of = Subject(CustomerKey("prod", "8264a3f4", "user_123"), row, standing, first_seen=7, since_start=False)
    return replace(of, **known)


def decide(
    of: Judge, row: Customer, standing: Standing, kept: KeptAlert | None = None, now: datetime = NOW, **known: Any  # noqa: ANN401 - any field
) -> Verdict:  # fmt: skip
    """Find and judge, as a page does."""
    finding = next(iter(of.find([row], [standing], now)), None)
    return of.judge(subject(row, standing, **known), finding, kept, now)


def fired(of: Judge, row: Customer, standing: Standing) -> KeptAlert:
    """The alert of a row on which it fires."""
    kept = decide(of, row, standing).after
    assert kept is not None
    assert kept.life.state is AlertState.FIRING
    return kept


def kinds(verdict: Verdict) -> list[tuple[EventKind, Severity, bool]]:
    """What happened, and whether it is said."""
    return [(event.kind, event.severity, said) for event, said in verdict.events]


def test_nothing_is_kept_of_nothing() -> None:
    """A row below every level leaves neither alert nor event."""
    verdict = decide(judge(), customer(), spent(45.67))

    assert (verdict.after, verdict.events, verdict.changed) == (None, (), False)


def test_an_alert_carries_what_a_person_is_shown() -> None:
    """The alert that is kept holds value, unit, sentence, labels, and where the record stands."""
    kept = fired(judge(BUDGET + 'labels = { team = "growth" }\n'), customer(), spent(81.20))

    assert (kept.rule, kept.first_seen, kept.filters, kept.missed) == ("period-budget", 7, "filters-1", 0)
    assert kept.value == pytest.approx(0.812)
    assert kept.unit == "ratio"
    assert kept.labels == {"team": "growth"}
    assert kept.facts.period_cost == 81.20


def test_the_sentence_is_rendered_for_the_event() -> None:
    """A summary may speak of the customer, the level and what happened."""
    words = 'summary = "{{ customer }} is {{ kind }} at {{ level | percent }} in {{ environment }}"\n'

    verdict = decide(judge(BUDGET + words), customer(), spent(81.20))

    assert verdict.events[0][0].summary == "John Doe is fired at 80 % in prod"
    assert verdict.after is not None
    assert verdict.after.summary == "John Doe is firing at 80 % in prod"


def test_a_customer_without_a_name_goes_by_identifier() -> None:
    """Where there is no name, the identifier stands for it."""
    (event, _), *_ = decide(judge(), customer(name=None, email=None), spent(81.20)).events

    assert (event.facts.customer, event.facts.email) == ("user_123", None)


def test_a_later_reading_of_the_same_is_no_change() -> None:
    """A row that says what is known already is nothing to write."""
    of = judge()
    kept = fired(of, customer(), spent(81.20))

    verdict = decide(of, customer(), spent(81.20), kept, LATER)

    assert verdict.after is not None
    assert verdict.after.facts.read_at == LATER
    assert not verdict.changed


@pytest.mark.parametrize("changes", [{"total_cost": 523.46}, {"name": "Jane"}, {"email": None}, {"total_budget": 1.0}])
def test_another_fact_is_a_change(changes: dict[str, Any]) -> None:
    """What a person is shown of an alert is kept up to date, without an event."""
    of = judge()
    kept = fired(of, customer(), spent(81.20))

    verdict = decide(of, customer(**changes), spent(81.20), kept, LATER)

    assert verdict.changed
    assert verdict.events == ()


def test_missed_is_forgotten_once_it_is_listed() -> None:
    """A customer who is listed again was not missed."""
    of = judge()
    kept = replace(fired(of, customer(), spent(81.20)), missed=1)

    verdict = decide(of, customer(), spent(81.20), kept, LATER)

    assert verdict.changed
    assert verdict.after is not None
    assert verdict.after.missed == 0


def test_a_budget_of_nothing() -> None:
    """Any spend against a budget of 0 is infinitely much, and fires at the furthest level."""
    verdict = decide(judge(), customer(period_budget=0.0), spent(0.01))

    assert kinds(verdict) == [(EventKind.FIRED, Severity.CRITICAL, True)]
    assert verdict.events[0][0].value == math.inf


def test_nothing_of_a_budget_of_nothing() -> None:
    """No spend against a budget of 0 is neither much nor little: it raises nothing, and ends nothing."""
    of = judge()
    kept = fired(of, customer(period_budget=0.0), spent(0.01))

    assert decide(of, customer(period_budget=0.0), spent(0.0)).after is None
    assert decide(of, customer(period_budget=0.0), spent(0.0), kept, LATER).events == ()


@pytest.mark.parametrize("standing", [unknown(523.45), unknown(10.0), unknown(None)])
def test_without_a_reading_an_alert_stays(standing: Standing) -> None:
    """Bounds resolve nothing, not even those that lie below every level."""
    of = judge()
    kept = fired(of, customer(), spent(81.20))

    verdict = decide(of, customer(total_cost=standing.cost_high), standing, kept, LATER)

    assert verdict.events == ()
    assert verdict.after is not None
    assert verdict.after.life.threshold == 0.8


def test_a_sure_rise_without_a_reading() -> None:
    """Where even the bounds reach a level of a rule that looks down, it fires before the period is read."""
    verdict = decide(judge(RUNNING_OUT), customer(period_budget=5.0), unknown(523.45))

    assert kinds(verdict) == [(EventKind.FIRED, Severity.WARNING, True)]


def test_a_rule_that_looks_down() -> None:
    """The less is left, the further the level; and back."""
    of = judge(RUNNING_OUT)
    kept = fired(of, customer(), spent(92.0))

    worse = decide(of, customer(), spent(101.0), kept, LATER)
    better = decide(of, customer(), spent(50.0), kept, LATER)

    assert kinds(worse) == [(EventKind.ESCALATED, Severity.CRITICAL, True)]
    assert kinds(better) == [(EventKind.RESOLVED, Severity.WARNING, True)]


@pytest.mark.parametrize("rule", [SPENDER, UNBUDGETED])
def test_a_null_that_a_rule_reads_proves_nothing(rule: str) -> None:
    """A total cost that is missing from a row neither ends nor raises an alert on it."""
    of = judge(rule)
    kept = fired(of, customer(period_budget=None), unknown(523.45))

    verdict = decide(of, customer(period_budget=None, total_cost=None), unknown(None), kept, LATER)

    assert verdict.events == ()
    assert verdict.after is not None


def test_a_customer_whom_the_rule_no_longer_concerns() -> None:
    """A row that `where` leaves out is evidence like any other: the alert ends."""
    of = judge(SPENDER + "where = \"email_domain == 'example.com'\"\n")
    kept = fired(of, customer(), unknown(523.45))

    verdict = decide(of, customer(email="john@elsewhere.example"), unknown(523.45), kept, LATER)

    assert kinds(verdict) == [(EventKind.RESOLVED, Severity.WARNING, True)]


def test_a_new_period_is_a_reset() -> None:
    """A reading of a later period resets the alert of the one before."""
    of = judge()
    kept = fired(of, customer(), spent(81.20))

    verdict = decide(of, customer(), spent(3.0, JANUARY), kept, LATER)

    assert kinds(verdict) == [(EventKind.RESET, Severity.WARNING, True)]
    assert verdict.after is None
    assert verdict.changed


def test_a_rule_about_a_lifetime_knows_no_budget_change() -> None:
    """An event of a rule that reads no budget is not put down to one, though the facts tell that it changed."""
    of = judge(SPENDER)

    (event, _), *_ = decide(of, customer(), unknown(523.45), budget_before=BudgetBefore(50.0)).events

    assert event.reason is Reason.LEVEL_REACHED
    assert (event.facts.budget_changed, event.facts.previous_budget) == (True, 50.0)


def test_only_a_beginning_is_found_at_start() -> None:
    """What fires on a customer of the first walk was found; what it becomes later was not."""
    of = judge()
    started = decide(of, customer(), spent(81.20), since_start=True)
    assert started.events[0][0].found_at_start

    verdict = decide(of, customer(), spent(101.0), started.after, LATER, since_start=True)

    assert not verdict.events[0][0].found_at_start


def test_a_gone_customer_is_told_with_what_was_known() -> None:
    """The end of an alert whose customer is gone shows the last facts, sentence and value."""
    of = judge()
    kept = fired(of, customer(), spent(81.20))

    verdict = of.miss(kept, LATER)

    ((event, said),) = verdict.events
    assert (event.kind, event.reason, said, event.at) == (EventKind.RESOLVED, Reason.GONE, True, LATER)
    assert (event.facts, event.summary, event.value) == (kept.facts, kept.summary, kept.value)


@pytest.mark.parametrize(
    ("rule", "row", "standing", "needed"),
    [
        (BUDGET, customer(), unknown(523.45), True),
        (BUDGET, customer(), spent(45.67), False),
        (BUDGET, customer(total_cost=24.0), unknown(24.0), False),
        (BUDGET, customer(period_budget=None), unknown(523.45), False),
        (SPENDER, customer(), unknown(523.45), False),
    ],
    ids=["may be reached", "exact", "too little ever spent", "no budget", "about no period"],
)
def test_who_needs_a_reading(rule: str, row: Customer, standing: Standing, needed: bool) -> None:  # noqa: FBT001 - a table of cases
    """Only a reading that could change a rule's answer is worth a request."""
    of = judge(rule)

    finding = next(iter(of.find([row], [standing], NOW)), None)
    verdict = decide(of, row, standing)

    assert (of.waits(subject(row, standing), finding, verdict, confirm=False) is not None) is needed


def test_whatever_fires_needs_a_reading() -> None:
    """An alert that fires is read again once its reading has expired, even if bounds are below every level."""
    of = judge()
    kept = fired(of, customer(), spent(81.20))
    row, standing = customer(total_cost=10.0), unknown(10.0)

    waits = of.waits(subject(row, standing), None, decide(of, row, standing, kept, LATER), confirm=False)

    assert waits is not None
    assert waits.alerting


@pytest.mark.parametrize(
    ("standing", "waits"),
    [
        (known(81.20), True),
        (known(81.20, settled=True), True),
        (known(81.20, firm=True), False),
        (Standing(False, 81.0, 90.0, 0.9, 0.9, DECEMBER, JANUARY, settled=True), True),
    ],
    ids=["read long ago", "in a period that surely goes on", "read lately", "reckoned"],
)
def test_which_first_alert_waits_for_a_reading(standing: Standing, waits: bool) -> None:  # noqa: FBT001 - a table of cases
    """An alert that begins rests on a recent reading, or is confirmed by one."""
    of, row = judge(), customer()
    finding, verdict = next(iter(of.find([row], [standing], NOW)), None), decide(of, row, standing)

    found = of.waits(subject(row, standing), finding, verdict, confirm=True)

    assert (found == Urgency(confirming=True)) is waits
    assert of.waits(subject(row, standing, confirmed=True), finding, verdict, confirm=True) is None


@pytest.mark.parametrize(
    ("standing", "waits"),
    [
        (known(101.0), True),
        (known(101.0, settled=True), False),
        (known(101.0, firm=True), False),
        (Standing(False, 101.0, 110.0, 0.9, 0.9, DECEMBER, JANUARY, read=True, settled=True), True),
    ],
    ids=["read long ago", "in a period that surely goes on", "read lately", "a cost that cannot be stated"],
)
def test_which_escalation_waits_for_a_reading(standing: Standing, waits: bool) -> None:  # noqa: FBT001 - a table of cases
    """One that rests on a reading of long ago is confirmed where the period may have ended since."""
    of, row = judge(), customer()
    kept = fired(of, row, known(81.20, firm=True))
    finding, verdict = next(iter(of.find([row], [standing], NOW)), None), decide(of, row, standing, kept)
    assert kinds(verdict) == [(EventKind.ESCALATED, Severity.CRITICAL, True)]

    found = of.waits(subject(row, standing), finding, verdict, confirm=True)

    assert (found == Urgency(confirming=True)) is waits
    assert of.waits(subject(row, standing, confirmed=True), finding, verdict, confirm=True) is None


@pytest.mark.parametrize(("high", "waits"), [(155.0, True), (112.0, False)], ids=["may be left too", "surely left"])
def test_which_fall_waits_for_a_reading(high: float, *, waits: bool) -> None:
    """After a budget was raised, 80 % is not said to hold still where it may be left as well."""
    of, row = judge(), customer(period_budget=180.0)
    kept = fired(of, customer(), known(120.0, firm=True))
    standing = Standing(False, 111.0, high, 0.9, 0.9, DECEMBER, JANUARY, read=True, settled=True)
    finding, verdict = next(iter(of.find([row], [standing], NOW)), None), decide(of, row, standing, kept)
    assert [kind for kind, _, _ in kinds(verdict)] == [EventKind.DEESCALATED]

    found = of.waits(subject(row, standing), finding, verdict, confirm=True)

    assert (found == Urgency(confirming=True)) is waits


def test_what_does_not_rise_waits_for_nothing() -> None:
    """An alert that stays, falls or ends needs no other reading than the one that it rests on, however old that is."""
    of, row = judge(), customer()
    kept = fired(of, row, known(81.20, firm=True))

    for standing in (known(82.0), known(60.0), known(10.0)):
        finding = next(iter(of.find([row], [standing], NOW)), None)
        verdict = decide(of, row, standing, kept)
        assert of.waits(subject(row, standing), finding, verdict, confirm=True) is None


def test_rules_of_other_environments_do_not_apply() -> None:
    """An environment is judged by the rules that name it, or that name none."""
    book = read(rules_file(rules=BUDGET + SPENDER + 'environments = ["test"]\n', environments=TWO_ENVIRONMENTS))

    assert [of.name for of in judges(book.rules, "prod", "")] == ["period-budget"]
    assert [of.name for of in judges(book.rules, "test", "")] == ["period-budget", "spender"]
