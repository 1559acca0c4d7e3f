"""Rules over all customers, poll by poll: one alert for an environment or an organization, and never a false one."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, Event
from monitor.polling.aggregates import Aggregates, Ended, adopt, alerting
from monitor.polling.judge import Verdict
from monitor.respan.models import Customer
from monitor.spending.standing import Standing
from monitor.store.customers import Place
from monitor.store.database import Store
from tests.polling.builders import HOUR, MINUTE, NOW, TWO_ENVIRONMENTS
from tests.rulebook.builders import ENVIRONMENT, PROD, read, rules_file

PAGE = 2
"""Customers of a page."""


def rule(value: str = "sum(total_cost)", *entries: str, scope: str = "environment", way: str = "at_least") -> str:
    """A rule with two levels, at 100 and at 200; of what runs low at 200 and at 100."""
    first, second = (100, 200) if way == "at_least" else (200, 100)
    lines = "".join(f"{entry}\n" for entry in entries)
    return (
        f'[[rules]]\nname = "spend"\nscope = "{scope}"\nvalue = "{value}"\n{lines}levels = ['
        f'{{ {way} = {first}, severity = "warning" }}, {{ {way} = {second}, severity = "critical" }}]\n'
    )


ENDED = Ended(read=True, complete=True, first=False)
AT_START = Ended(read=True, complete=True, first=True)
CUT_SHORT = Ended(read=True, complete=False, first=False)
CUT_SHORT_AT_START = Ended(read=True, complete=False, first=True)
DOWN = Ended(read=False, complete=False, first=False)


class Polls:
    """Polls of environments, a minute apart, as the ledger makes them.

    Args:
        folder: Where the database is.
        rules: Tables of the rules file.
        environments: Its environments.
    """

    def __init__(self, folder: Path, rules: str, environments: str = PROD) -> None:
        self._url = f"sqlite:///{folder / 'monitor.db'}"
        self.store = Store(self._url)
        self.now = NOW
        self.put_in_force(rules, environments)

    def put_in_force(self, rules: str, environments: str = PROD, filters: str = "filters-1") -> None:
        """Read a rules file."""
        self.book = read(rules_file(rules=rules, environments=environments), ENVIRONMENT)
        with self.store.write() as tx:
            adopt(tx, self.book, {environment.name: filters for environment in self.book.environments})
            tx.alerts.drop_except({}, alerting(self.book))

    def poll(
        self,
        ended: Ended = ENDED,
        *,
        environment: str = "prod",
        organization: str = "o",
        gone: Sequence[str] = (),
        later: timedelta = MINUTE,
        **costs: float | dict[str, Any] | None,
    ) -> list[Event]:
        """One poll of customers by name: their total costs, or other fields; what was decided and is said."""
        self.now += later
        aggregates = Aggregates(self.book.aggregates, environment)
        rows = [_row(name, organization, fields) for name, fields in costs.items()]
        standings = [_standing(fields) for fields in costs.values()]
        for start in range(0, len(rows), PAGE):
            page, where = rows[start : start + PAGE], standings[start : start + PAGE]
            with self.store.write() as tx:
                aggregates.take(tx, page, where, [_place(row) for row in page], self.now)
        with self.store.write() as tx:
            aggregates.drop(tx, [_place(_row(name, organization, None)) for name in gone])
            verdicts = aggregates.end(tx, ended, self.now)
            _keep(tx.alerts, verdicts)
        return [event for verdict in verdicts for event, said in verdict.events if said]

    def alerts(self) -> list[KeptAlert]:
        """All alerts."""
        with self.store.read() as tx:
            return list(tx.alerts.all(list(AlertState)))

    def restart(self) -> None:
        """End the process and begin another one."""
        self.store.close()
        self.store = Store(self._url)


def _row(name: str, organization: str, fields: float | dict[str, Any] | None) -> Customer:
    given = {**fields} if isinstance(fields, dict) else {"total_cost": fields}
    given.pop("spend_24h", None)
    return Customer(customer_identifier=name, unique_organization_id=organization, **given)


def _standing(fields: float | dict[str, Any] | None) -> Standing:
    """Of a period that was not read, with what was spent lately."""
    given = fields if isinstance(fields, dict) else {"total_cost": fields}
    cost = given.get("total_cost")
    low = None if cost is None else 0.0
    return Standing(exact=False, cost_low=low, cost_high=cost, spend_24h=given.get("spend_24h"))


def _place(row: Customer) -> Place:
    return Place(ord(row.customer_identifier[0]), row.customer_identifier, row.unique_organization_id)


def _keep(alerts: Any, verdicts: Sequence[Verdict]) -> None:  # noqa: ANN401 - those of the transaction
    alerts.drop([(each.before.key, each.before.rule) for each in verdicts if each.before and not each.after])
    alerts.save([each.after for each in verdicts if each.after is not None and each.changed])


def told(events: Sequence[Event]) -> list[tuple[str, str, str]]:
    """Kind, severity and sentence of events."""
    return [(event.kind.value, event.severity.value, event.summary) for event in events]


Opener = Callable[..., Polls]


@pytest.fixture
def open_polls(tmp_path: Path) -> Iterator[Opener]:
    """Begins polls in a folder of the test's own, and closes the database after it."""
    opened: list[Polls] = []

    def open_(*args: Any, **kwargs: Any) -> Polls:  # noqa: ANN401 - whatever Polls takes
        opened.append(Polls(tmp_path, *args, **kwargs))
        return opened[-1]

    yield open_
    for polls in opened:
        polls.store.close()


def test_an_environment_has_one_alert(open_polls: Opener) -> None:
    """It fires when its customers together reach a level, climbs, falls and resolves, and tells what they come to."""
    polls = open_polls(rule())

    assert polls.poll(a=50.0, b=40.0, c=5.0) == []
    assert told(polls.poll(a=50.0, b=40.0, c=15.0)) == [
        ("fired", "warning", "environment prod: spend at $105.00, level $100.00")
    ]
    assert polls.poll(a=50.0, b=40.0, c=16.0) == []
    assert told(polls.poll(a=150.0, b=40.0, c=16.0)) == [
        ("escalated", "critical", "environment prod: spend at $206.00, level $200.00")
    ]
    assert told(polls.poll(a=100.0, b=40.0, c=16.0)) == [
        ("deescalated", "warning", "environment prod: spend at $156.00, level $100.00")
    ]
    assert told(polls.poll(a=1.0, b=40.0, c=16.0)) == [
        ("resolved", "warning", "environment prod: spend at $57.00, level $100.00")
    ]
    assert polls.alerts() == []


def test_an_alert_is_about_no_customer(open_polls: Opener) -> None:
    """Its key has none, and its facts say whose it is."""
    polls = open_polls(rule("sum(total_cost)", 'labels = { team = "growth" }'))

    (event,) = polls.poll(a=120.0)
    (alert,) = polls.alerts()

    assert event.key == alert.key == CustomerKey("prod", "", "")
    assert (event.facts.customer, event.facts.email, event.facts.total_cost) == ("environment prod", None, None)
    assert (event.value, event.unit, event.labels, event.at) == (120.0, "USD", {"team": "growth"}, polls.now)
    assert (alert.value, alert.summary, alert.life.state) == (120.0, event.summary, AlertState.FIRING)


def test_a_poll_that_was_cut_short_lets_no_sum_shrink(open_polls: Opener) -> None:
    """Who was not read adds what was added before, and nothing is resolved by it."""
    polls = open_polls(rule())
    polls.poll(a=50.0, b=40.0, c=30.0)

    assert polls.poll(CUT_SHORT, a=50.0) == []
    assert polls.poll(CUT_SHORT, a=1.0) == []
    assert polls.alerts()[0].summary == "environment prod: spend at $71.00 or more, level $100.00"
    assert [event.kind.value for event in polls.poll(a=1.0, b=40.0, c=30.0)] == ["resolved"]


def test_what_is_reached_is_said_in_a_poll_that_was_cut_short(open_polls: Opener) -> None:
    """Who was not read can only add to it."""
    polls = open_polls(rule())
    polls.poll(a=50.0, b=40.0)

    assert told(polls.poll(CUT_SHORT, a=70.0)) == [
        ("fired", "warning", "environment prod: spend at $110.00 or more, level $100.00")
    ]


def test_an_api_that_is_down_proves_nothing(open_polls: Opener) -> None:
    """A poll that reads nobody decides nothing, however long `for` and `keep_firing_for` have lasted."""
    polls = open_polls(rule("sum(total_cost)", 'for = "1h"', 'keep_firing_for = "1h"'))
    polls.poll(a=150.0)
    assert polls.poll(DOWN, later=2 * HOUR) == []
    assert told(polls.poll(a=150.0)) == [("fired", "warning", "environment prod: spend at $150.00, level $100.00")]
    polls.poll(a=1.0)

    assert polls.poll(DOWN, later=2 * HOUR) == []
    assert polls.alerts()[0].life.state is AlertState.FIRING


def test_a_level_holds_and_is_held(open_polls: Opener) -> None:
    """`for` and `keep_firing_for` mean what they mean for a customer."""
    polls = open_polls(rule("sum(total_cost)", 'for = "5m"', 'keep_firing_for = "5m"'))

    kinds = [
        [event.kind.value for event in polls.poll(a=cost, later=timedelta(minutes=minutes))]
        for minutes, cost in [(1, 150.0), (4, 150.0), (1, 150.0), (1, 1.0), (4, 1.0), (1, 1.0)]
    ]

    assert kinds == [[], [], ["fired"], [], [], ["resolved"]]


def test_what_is_there_at_the_start_is_found(open_polls: Opener) -> None:
    """What the first poll finds may have been there for long, and says so."""
    polls = open_polls(rule())

    (event,) = polls.poll(AT_START, a=150.0)

    assert event.found_at_start


def test_what_comes_later_is_not_found(open_polls: Opener) -> None:
    """Neither a level that is reached later, nor one that a new rule has."""
    polls = open_polls(rule())
    polls.poll(AT_START, a=50.0)

    assert [event.found_at_start for event in polls.poll(a=150.0)] == [False]


def test_before_everybody_was_read_a_sum_is_so_much_or_more(open_polls: Opener) -> None:
    """A level that is reached already is said, as a bound; a further one that the rest takes it to is said then."""
    polls = open_polls(rule())

    assert told(polls.poll(CUT_SHORT_AT_START, a=150.0)) == [
        ("fired", "warning", "environment prod: spend at $150.00 or more, level $100.00")
    ]
    assert told(polls.poll(a=150.0, b=80.0)) == [
        ("escalated", "critical", "environment prod: spend at $230.00, level $200.00")
    ]


@pytest.mark.parametrize(
    ("value", "way"),
    [("sum(total_cost)", "at_most"), ("count()", "at_most"), ("avg(total_cost)", "at_least")],
)
def test_before_everybody_was_read_nothing_else_is_said(open_polls: Opener, value: str, way: str) -> None:
    """What runs low, and what others can lessen, waits until they were read."""
    polls = open_polls(rule(value, way=way))

    assert polls.poll(CUT_SHORT_AT_START, a=150.0, b=150.0) == []
    assert [event.kind.value for event in polls.poll(AT_START, a=150.0, b=10.0)] == (
        ["fired"] if value != "avg(total_cost)" else []
    )


def test_a_sum_that_runs_low_is_said(open_polls: Opener) -> None:
    """A level that is reached from above works the same way, once everybody was read."""
    polls = open_polls(rule(way="at_most"))
    polls.poll(a=150.0, b=100.0)

    assert told(polls.poll(a=50.0, b=100.0)) == [
        ("fired", "warning", "environment prod: spend at $150.00, level $200.00")
    ]
    assert polls.poll(CUT_SHORT, a=150.0) == []
    assert [event.kind.value for event in polls.poll(a=150.0, b=100.0)] == ["resolved"]


def test_who_no_longer_matches_leaves_the_sum(open_polls: Opener) -> None:
    """`where` chooses who counts, row by row."""
    polls = open_polls(rule("sum(total_cost)", 'where = "period_budget is None"'))
    polls.poll(a=60.0, b=60.0)

    assert [event.kind.value for event in polls.poll(a=60.0, b={"total_cost": 60.0, "period_budget": 5.0})] == [
        "resolved"
    ]


def test_a_cost_that_is_suddenly_missing_proves_nothing(open_polls: Opener) -> None:
    """A sum is not less because the API says nothing of a cost."""
    polls = open_polls(rule())
    polls.poll(a=60.0, b=60.0)

    assert polls.poll(a=None, b=None) == []
    assert polls.alerts()[0].value == 120.0


def test_who_is_gone_leaves_the_sum(open_polls: Opener) -> None:
    """A customer that two walks did not list adds nothing any more."""
    polls = open_polls(rule())
    polls.poll(a=60.0, b=60.0)

    assert polls.poll(a=60.0) == []
    assert told(polls.poll(a=60.0, gone=["b"])) == [
        ("resolved", "warning", "environment prod: spend at $60.00, level $100.00")
    ]


def test_what_only_a_reading_can_tell_is_a_bound(open_polls: Opener) -> None:
    """Periods that were not read add from nothing to everything: no level is reached, and none is left."""
    polls = open_polls(rule("sum(period_cost)"))

    assert polls.poll(a=150.0, b=150.0) == []
    assert polls.alerts() == []


def test_what_was_spent_while_nobody_looked_resolves_nothing(open_polls: Opener) -> None:
    """After an outage it is not known what was spent in the last day, and that is not nothing."""
    polls = open_polls(rule("sum(spend_24h)"))
    polls.poll(a={"total_cost": 500.0, "spend_24h": 80.0}, b={"total_cost": 500.0, "spend_24h": 40.0})

    unknown: dict[str, Any] = {"total_cost": 900.0, "spend_24h": None}
    assert polls.poll(a=unknown, b={"total_cost": 500.0, "spend_24h": 40.0}) == []
    assert polls.alerts()[0].summary == "environment prod: spend at $40.00 or more, level $100.00"
    assert [
        event.kind.value
        for event in polls.poll(a={"total_cost": 900.0, "spend_24h": 20.0}, b={"total_cost": 500.0, "spend_24h": 40.0})
    ] == ["resolved"]


def test_a_day_that_was_not_watched_is_not_a_quiet_one(open_polls: Opener) -> None:
    """Spend that runs low is not said of customers whose spend nobody knows yet."""
    polls = open_polls(rule("sum(spend_24h)", way="at_most"))

    assert polls.poll(AT_START, a={"total_cost": 500.0, "spend_24h": None}) == []
    assert [event.value for event in polls.poll(a={"total_cost": 500.0, "spend_24h": 40.0})] == [40.0]


def test_a_rule_that_counts_others_begins_anew(open_polls: Opener) -> None:
    """With another formula or `where` nothing is known, and nothing is resolved, until everybody was read again."""
    polls = open_polls(rule())
    polls.poll(a=60.0, b=60.0)

    polls.put_in_force(rule("sum(total_cost)", 'where = "period_budget is None"'))

    assert polls.poll(CUT_SHORT, a=60.0) == []
    assert polls.alerts()[0].life.state is AlertState.FIRING
    assert [event.kind.value for event in polls.poll(a=60.0, b={"total_cost": 60.0, "period_budget": 5.0})] == [
        "resolved"
    ]


def test_other_filters_begin_anew(open_polls: Opener) -> None:
    """Whom the filters leave out is not listed again, and must not stay in the sum."""
    polls = open_polls(rule())
    polls.poll(a=60.0, b=60.0)

    polls.put_in_force(rule(), filters="filters-2")

    assert [event.kind.value for event in polls.poll(a=60.0)] == ["resolved"]


def test_other_levels_keep_what_is_known(open_polls: Opener) -> None:
    """What customers add has nothing to do with levels, so a new level is judged at once."""
    polls = open_polls(rule())
    polls.poll(a=30.0, b=30.0)

    polls.put_in_force(rule().replace("at_least = 100", "at_least = 50"))

    assert [event.value for event in polls.poll(CUT_SHORT, a=30.0)] == [60.0]


def test_a_restart_changes_nothing(open_polls: Opener) -> None:
    """All that is known is in the database."""
    polls = open_polls(rule())
    polls.poll(a=60.0, b=60.0)

    polls.restart()

    assert polls.poll(CUT_SHORT, a=60.0) == []
    assert [event.kind.value for event in polls.poll(a=1.0, b=60.0)] == ["resolved"]


def test_rules_share_what_they_have_in_common(open_polls: Opener) -> None:
    """A sum and an average of the same number are kept once, and both are right."""
    average = rule("avg(total_cost)").replace('"spend"', '"average"')
    polls = open_polls(rule() + average)

    events = polls.poll(a=150.0, b=100.0, c=50.0)

    assert {event.rule: event.value for event in events} == {"spend": 300.0, "average": 100.0}
    with polls.store.read() as tx:
        assert len(tx.contributions.series("prod")) == 1


def test_a_condition_over_all_customers(open_polls: Opener) -> None:
    """`when` fires with its severity, and without a value."""
    when = '[[rules]]\nname = "crowd"\nscope = "environment"\nwhen = "count(total_cost >= 5) >= 2"\nseverity = "info"\n'
    polls = open_polls(when)

    assert polls.poll(a=5.0, b=4.0) == []
    assert told(polls.poll(a=5.0, b=6.0)) == [("fired", "info", "environment prod: crowd")]
    assert [event.kind.value for event in polls.poll(a=5.0, b=4.0)] == ["resolved"]


def test_each_environment_has_its_own(open_polls: Opener) -> None:
    """What is spent in one environment is not spent in another."""
    polls = open_polls(rule(), TWO_ENVIRONMENTS)
    polls.poll(a=60.0)

    assert polls.poll(environment="test", a=60.0) == []
    assert [event.key for event in polls.poll(environment="test", a=160.0)] == [CustomerKey("test", "", "")]


def test_an_organization_has_one_alert_over_all_environments(open_polls: Opener) -> None:
    """Its customers add up over the environments of the rule; each organization has its own alert."""
    polls = open_polls(rule(scope="organization"), TWO_ENVIRONMENTS)
    polls.poll(a=60.0)
    polls.poll(environment="test", organization="p", a=60.0)

    (event,) = polls.poll(environment="test", a=60.0, b=1.0)

    assert event.key == CustomerKey("", "o", "")
    assert event.summary == "organization o: spend at $121.00, level $100.00"
    assert event.facts.customer == "organization o"


def test_an_organization_resolves_only_while_all_of_its_environments_are_read(open_polls: Opener) -> None:
    """While one environment cannot be read, nobody knows what is spent there."""
    polls = open_polls(rule(scope="organization"), TWO_ENVIRONMENTS)
    polls.poll(a=60.0)
    polls.poll(environment="test", a=60.0)

    polls.poll(DOWN, environment="test")
    assert polls.poll(a=1.0) == []

    assert [event.kind.value for event in polls.poll(environment="test", a=60.0)] == ["resolved"]


def test_an_organization_without_customers_resolves(open_polls: Opener) -> None:
    """Once all of them are gone there is nothing left to add."""
    polls = open_polls(rule(scope="organization"))
    polls.poll(a=160.0)

    assert [event.kind.value for event in polls.poll(gone=["a"])] == ["resolved"]


def test_an_organization_is_found_until_all_of_its_environments_were_read(open_polls: Opener) -> None:
    """What is read of another environment for the first time was there before, too."""
    polls = open_polls(rule(scope="organization"), TWO_ENVIRONMENTS)

    (event,) = polls.poll(AT_START, a=160.0)

    assert (event.found_at_start, event.facts.bound) == (True, "or more")


def test_a_rule_for_some_environments_leaves_the_others_alone(open_polls: Opener) -> None:
    """Customers of an environment that the rule does not name do not count."""
    polls = open_polls(rule("sum(total_cost)", 'environments = ["prod"]', scope="organization"), TWO_ENVIRONMENTS)

    assert polls.poll(environment="test", a=160.0) == []
    assert polls.poll(a=60.0) == []


def test_a_rule_that_is_taken_out_ends_without_a_word(open_polls: Opener) -> None:
    """Neither its alerts nor what was kept for it stay."""
    polls = open_polls(rule())
    polls.poll(a=160.0)

    polls.put_in_force(rule().replace('"spend"', '"other"').replace("environment", "organization"))

    assert polls.alerts() == []


def test_which_rules_can_have_alerts_where() -> None:
    """Rules of organizations stand under no environment."""
    other = rule(scope="organization").replace('"spend"', '"total"')
    book = read(rules_file(rules=rule() + other, environments=TWO_ENVIRONMENTS), ENVIRONMENT)

    assert alerting(book) == {"prod": ["spend"], "test": ["spend"], "": ["total"]}


def test_what_the_rules_read() -> None:
    """The fields of `where` and of all aggregates, with derived ones expanded, of the rules of the environment."""
    text = rule("sum(spend_24h) / sum(period_used)", "where = \"email_domain == 'a.b'\"")
    book = read(rules_file(rules=text), ENVIRONMENT)

    assert Aggregates(book.aggregates, "prod").reads == {"spend_24h", "period_cost", "period_budget", "email"}
    assert Aggregates(book.aggregates, "test").reads == frozenset()


def test_time_is_the_polls(open_polls: Opener) -> None:
    """What depends on the time is judged at the time of the row."""
    polls = open_polls(rule("max(hours_since(last_active_timeframe))"))
    seen: dict[str, Any] = {"last_active_timeframe": datetime.fromisoformat("2025-12-29T00:00:00+00:00")}

    assert polls.poll(a=seen) == []
    assert [event.value for event in polls.poll(a=seen, later=100 * HOUR)] == [pytest.approx(110.5 + 1 / 60)]
