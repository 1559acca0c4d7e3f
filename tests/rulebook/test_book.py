"""What a right file becomes."""

import dataclasses
import subprocess
import sys
from datetime import timedelta

import pytest

from monitor.rulebook import Rulebook, RulebookError
from monitor.rules.rule import Direction, Level
from tests.rulebook.builders import BUDGET_RULE, KEY, PROD, SLACK, marked, read, rules_file

ROUTE = """[[routes]]
severities = ["critical"]
environments = ["prod"]
rules = ["period-budget"]
labels = { team = "growth" }
customers = ["acme-*"]
channels = ["finops"]
continue = true
group_by = ["customer"]
group_wait = "10s"
group_interval = "1m"
repeat_interval = "1d"
"""


def route_free(book: Rulebook) -> tuple[str, ...]:
    """The messages of a book's warnings."""
    return tuple(warning.message for warning in book.warnings)


def test_defaults_are_those_of_the_documentation() -> None:
    """A file says only what differs."""
    book = read(rules_file())
    assert (book.poll.interval, book.poll.requests_per_minute) == (timedelta(seconds=30), 60)
    assert (book.environments[0].environment, book.environments[0].filters.operator) == ("prod", "AND")
    assert book.environments[0].api_key.get_secret_value() == KEY
    assert (book.rules[0].environments, book.rules[0].for_, book.rules[0].keep_firing_for) == (
        ("prod",),
        timedelta(0),
        timedelta(0),
    )
    assert book.channels[0].give_up_after == timedelta(hours=24)


def test_a_route_left_alone_matches_everything() -> None:
    """An absent matcher is an empty one, and the grouping has its defaults."""
    route = read(rules_file('[[routes]]\nchannels = ["finops"]\n')).routes[0]
    assert (route.severities, route.environments, route.rules, route.customers, dict(route.labels)) == ((),) * 4 + ({},)
    assert (route.continue_, route.group_by) == (False, ("environment", "rule"))
    assert (route.group_wait, route.group_interval, route.repeat_interval) == (
        timedelta(seconds=30),
        timedelta(minutes=5),
        timedelta(hours=4),
    )


def test_a_route_keeps_what_it_says() -> None:
    """Every key of a route arrives."""
    route = read(rules_file(ROUTE)).routes[0]
    assert dataclasses.astuple(dataclasses.replace(route, labels={})) == (
        ("critical",),
        ("prod",),
        ("period-budget",),
        {},
        ("acme-*",),
        ("finops",),
        True,
        ("customer",),
        timedelta(seconds=10),
        timedelta(minutes=1),
        timedelta(days=1),
    )


def test_levels_are_compiled_mildest_first() -> None:
    """The rule knows its direction, and its levels in the order in which they are reached."""
    levels = '[{ at_most = 0, severity = "critical" }, { at_most = 50, severity = "warning" }]'
    book = read(rules_file(rules=f'[[rules]]\nname = "a"\nvalue = "total_remaining"\nlevels = {levels}\n'))
    rule = book.rules[0].rule
    assert rule.direction is Direction.AT_MOST
    assert rule.levels == (Level(threshold=50.0, severity="warning"), Level(threshold=0.0, severity="critical"))


def test_a_threshold_of_zero_is_a_threshold() -> None:
    """Zero is not taken for a threshold that was left out."""
    levels = '[{ at_least = 0, severity = "info" }]'
    book = read(rules_file(rules=f'[[rules]]\nname = "a"\nvalue = "total_cost"\nlevels = {levels}\n'))
    assert book.rules[0].rule.levels == (Level(threshold=0.0, severity="info"),)


def test_a_condition_has_one_level_without_a_threshold() -> None:
    """A rule with `when` has its severity there."""
    book = read(rules_file(rules='[[rules]]\nname = "a"\nwhen = "total_cost > 1"\nseverity = "info"\n'))
    assert book.rules[0].rule.levels == (Level(threshold=None, severity="info"),)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            'value = "total_cost / total_budget"\nlevels = [{ at_least = 0.5, severity = "info" }]',
            "at 81.2 %, level 50 %",
        ),
        ('value = "total_cost"\nlevels = [{ at_least = 0.5, severity = "info" }]', "at $0.81, level $0.50"),
        ('value = "active_days"\nlevels = [{ at_least = 0.5, severity = "info" }]', "at 0.81, level 0.5"),
    ],
)
def test_a_rule_without_a_summary_gets_one_that_fits_its_unit(rule: str, sentence: str) -> None:
    """Ratios read as shares, money as money."""
    entry = read(rules_file(rules=f'[[rules]]\nname = "r"\n{rule}\n')).rules[0]
    values = {"customer": "Ann", "rule": entry.name, "value": 0.812, "level": 0.5}
    assert entry.summary.render(values) == f"Ann: r {sentence}"


def test_labels_can_be_read_by_the_summary() -> None:
    """A label is known to the sentence without being passed to it."""
    entry = read(rules_file(rules=BUDGET_RULE + 'labels = { team = "growth" }\nsummary = "{{ team }}"\n')).rules[0]
    assert entry.summary.render({}) == "growth"


def test_nothing_in_a_book_can_be_changed() -> None:
    """A new file makes a new book; the old one stays what it was."""
    book = read(rules_file(ROUTE, rules=BUDGET_RULE + 'labels = { team = "growth" }\n'))
    with pytest.raises(dataclasses.FrozenInstanceError):
        book.poll.interval = timedelta(0)  # type: ignore[misc]
    with pytest.raises(TypeError):
        book.rules[0].labels["team"] = "x"  # type: ignore[index]
    with pytest.raises(TypeError):
        book.routes[0].labels["team"] = "x"  # type: ignore[index]


def test_the_key_of_an_environment_can_be_its_own() -> None:
    """Another organization has another key."""
    text = rules_file(environments=PROD + 'api_key = "${OTHER}"\n')
    book = read(text, {"OTHER": "sk-other", "SLACK_URL": SLACK})
    assert book.environments[0].api_key.get_secret_value() == "sk-other"


def test_filters_arrive_as_they_are_sent() -> None:
    """The filters of an environment are those of the API client."""
    text = rules_file(environments=PROD + 'filters.total_cost = { operator = "gte", value = [1] }\n')
    assert read(text).environments[0].filters.to_body() == {
        "filters": {"total_cost": {"operator": "gte", "value": [1]}},
        "operator": "AND",
    }


def test_the_fingerprint_ignores_comments_and_order() -> None:
    """Files that mean the same have the same fingerprint."""
    one, other = (
        '[poll]\ninterval = "60s"\nrequests_per_minute = 9\n',
        '[poll]\nrequests_per_minute = 9 # x\ninterval = "1m"\n',
    )
    assert read(rules_file(one)).fingerprint == read(rules_file(other)).fingerprint


def test_the_fingerprint_follows_the_meaning() -> None:
    """A changed threshold is another file."""
    assert read(rules_file()).fingerprint != read(rules_file(rules=BUDGET_RULE.replace("0.8", "0.9"))).fingerprint


def test_a_file_without_channels_is_allowed_with_a_warning() -> None:
    """Someone may want the metrics only."""
    assert "no [[channels]]" in route_free(read(rules_file(channels="")))[0]


def test_warns_of_a_channel_that_nothing_reaches() -> None:
    """With routes, a channel that none of them names stays silent."""
    (warning,) = read(rules_file("[[routes]]\nchannels = []\n")).warnings
    assert (warning.message, marked(warning)) == ("no route leads to channel 'finops'", '"finops"')


def test_warns_of_a_route_that_hides_those_after_it() -> None:
    """A route that matches everything is the last one that is asked."""
    text = rules_file('[[routes]]\nchannels = ["finops"]\n', ROUTE)
    assert route_free(read(text)) == ("nothing gets past this route: it matches everything",)


def test_a_file_without_faults_has_no_warnings() -> None:
    """Warnings are for what is hardly meant."""
    assert read(rules_file(ROUTE)).warnings == ()


def test_loading_imports_neither_the_client_nor_the_store_nor_the_channels() -> None:
    """Checking a file is quick and needs no network library."""
    code = "import sys, monitor.rulebook; print([m for m in ('httpx', 'sqlalchemy', 'apprise') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert done.stdout.strip() == "[]"


def test_an_error_is_an_exception_with_all_problems() -> None:
    """Whoever catches it can count them."""
    with pytest.raises(RulebookError) as caught:
        read("x = 1\ny = 2\n")
    assert len(caught.value.problems) == 4
