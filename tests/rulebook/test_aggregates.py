"""Rules over all customers in the rules file: what they need, and what is told of a mistake."""

import pytest

from monitor.rulebook import AggregateEntry, render
from monitor.rules.aggregate_rule import Scope
from tests.rulebook.builders import BUDGET_RULE, PROD, marked, problem_of, problems_of, read, rules_file

WRONG_SCOPE = "must be 'customer' or 'environment' or 'organization'"
LEVELS = 'levels = [{ at_least = 1000, severity = "warning" }]\n'


def rule(*entries: str, scope: str = "environment", levels: str = LEVELS) -> str:
    """A file with one rule over all customers."""
    lines = "".join(f"{entry}\n" for entry in entries)
    return rules_file(rules=f'[[rules]]\nname = "spend"\nscope = "{scope}"\n{lines}{levels}')


def entry_of(text: str) -> AggregateEntry:
    """The only rule over all customers of a file."""
    (entry,) = read(text).aggregates
    return entry


@pytest.mark.parametrize("scope", ["environment", "organization"])
def test_a_rule_over_all_customers_is_read(scope: str) -> None:
    """It has all that a rule of a customer has, and stands apart from those."""
    text = rule(
        'value = "sum(total_cost)"',
        "where = \"email_domain != 'example.com'\"",
        'for = "5m"',
        'keep_firing_for = "1h"',
        'labels = { team = "growth" }',
        scope=scope,
    )

    book = read(text)
    entry = entry_of(text)

    assert book.rules == ()
    assert (entry.name, entry.rule.scope, entry.environments) == ("spend", Scope(scope), ("prod",))
    assert (entry.rule.where, entry.rule.value, entry.rule.unit) == (
        "email_domain != 'example.com'",
        "sum(total_cost)",
        "USD",
    )
    assert (entry.for_.total_seconds(), entry.keep_firing_for.total_seconds(), dict(entry.labels)) == (
        300,
        3600,
        {"team": "growth"},
    )


def test_a_rule_without_a_scope_is_about_each_customer() -> None:
    """The default is written out in no file, and may be."""
    book = read(rules_file(rules=BUDGET_RULE + 'scope = "customer"\n'))

    assert [entry.name for entry in book.rules] == ["period-budget"]
    assert book.aggregates == ()


def test_a_condition_needs_no_levels() -> None:
    """`when` works over all customers too."""
    entry = entry_of(rule('when = "count(period_used >= 1) > 10"', 'severity = "critical"', levels=""))

    assert entry.rule.levels[0].severity == "critical"


@pytest.mark.parametrize(
    ("value", "scope", "sentence"),
    [
        (
            "sum(total_cost)",
            "environment",
            "environment prod: spend at $1,234.00 or more, level $1,000.00",
        ),
        (
            "sum(period_cost) / sum(period_budget)",
            "organization",
            "organization 8264: spend at 123,400 % or more, level 100,000 %",
        ),
        ("count()", "environment", "environment prod: spend at 1,234 or more, level 1,000"),
    ],
)
def test_a_rule_without_a_summary_has_one(value: str, scope: str, sentence: str) -> None:
    """It says whose, which rule, how far, and whether that is all."""
    entry = entry_of(rule(f'value = "{value}"', scope=scope))

    assert (
        entry.summary.render(
            {
                "environment": "prod",
                "organization": "8264",
                "rule": "spend",
                "value": 1234.0,
                "level": 1000.0,
                "bound": " or more",
            }
        )
        == sentence
    )


def test_a_condition_without_a_summary_has_one() -> None:
    """Without a value there is only whose, and which rule."""
    entry = entry_of(rule('when = "count() > 5"', 'severity = "info"', levels=""))

    assert entry.summary.render({"environment": "prod", "rule": "spend"}) == "environment prod: spend"


@pytest.mark.parametrize(
    ("entries", "text", "words"),
    [
        (['value = "total_cost"'], "total_cost", "put it in an aggregate such as sum(total_cost)"),
        (['value = "sum(avg(total_cost))"'], "avg(total_cost)", "cannot stand within an aggregate"),
        (['value = "sum(total_cots)"'], "total_cots", "did you mean 'total_cost'?"),
        (
            ['value = "count()"', 'where = "sum(total_cost) > 5"'],
            "sum(total_cost)",
            'scope = "environment" or scope = "organization"',
        ),
        (
            ['value = "count()"', 'summary = "{{ customer }} spent"'],
            "customer",
            "'customer' is of one customer, and this rule is about all of an environment",
        ),
        (
            ['value = "count()"', 'summary = "{{ organization }} spent"'],
            "organization",
            "use environment",
        ),
        (['value = "count()"', 'summary = "{{ valu }}"'], "valu", "did you mean 'value'?"),
    ],
)
def test_a_mistake_is_marked_with_the_fix(entries: list[str], text: str, words: str) -> None:
    """Formulas and summaries are checked for what a rule over all customers can know."""
    problem = problem_of(rule(*entries))

    assert marked(problem) == text
    assert words in f"{problem.message}; {problem.hint}"


def test_an_aggregate_in_the_rule_of_a_customer_asks_for_the_scope() -> None:
    """Whoever forgot it is told."""
    problem = problem_of(rules_file(rules=f'[[rules]]\nname = "spend"\nvalue = "sum(total_cost)"\n{LEVELS}'))

    assert marked(problem) == "sum(total_cost)"
    assert 'scope = "environment" or scope = "organization"' in problem.message


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        (
            'scope = "enviroment"',
            "must be 'customer' or 'environment' or 'organization'",
            "did you mean 'environment'?",
        ),
        ('scop = "environment"', "unknown key 'scop'", "did you mean 'scope'?"),
        ("scope = 5", "must be 'customer' or 'environment' or 'organization'", ""),
    ],
)
@pytest.mark.parametrize("value", ["sum(total_cost)", "total_cost"])
def test_a_wrong_scope_is_the_only_problem(written: str, message: str, hint: str, value: str) -> None:
    """While nobody knows what a rule is about, its formula may be of either kind."""
    problem = problem_of(rules_file(rules=f'[[rules]]\nname = "spend"\n{written}\nvalue = "{value}"\n{LEVELS}'))

    assert (problem.message, problem.hint) == (message, hint)


def test_a_wrong_scope_hides_no_mistake_in_the_formula() -> None:
    """What is wrong in any rule is told."""
    text = rule('value = "sum(total_cots)"', scope="enviroment")

    assert [marked(problem) for problem in problems_of(text)] == ['"enviroment"', "total_cots"]


def test_names_are_unique_across_both_kinds() -> None:
    """A rule over all customers is a rule like any other."""
    other = '[[rules]]\nname = "period-budget"\nscope = "environment"\nvalue = "count()"\n' + LEVELS

    assert "is the name of another of the rules" in problem_of(rules_file(other)).message


def test_a_summary_knows_what_an_organization_is_about() -> None:
    """Its own name, and the names of the environments whose customers count."""
    summary = 'summary = "{{ organization }} in {{ environment }}{{ bound }}"'
    text = rule('value = "count()"', summary, scope="organization")

    assert entry_of(text).summary.names == {"organization", "environment", "bound"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("sum(total_cost) / sum(period_budget)", "sum(total_cost) / sum(period_budget)"),
        ("sum(total_cost / period_budget)", "total_cost / period_budget"),
        ("avg(total_cost) - avg(period_budget)", "avg(total_cost) - avg(period_budget)"),
    ],
)
def test_lifetime_spend_is_not_a_periods_over_all_customers_either(value: str, text: str) -> None:
    """What is doubtful of one customer is doubtful of all, within an aggregate and between two."""
    warnings = read(rule(f'value = "{value}"', levels='levels = [{ at_least = 0.5, severity = "info" }]\n')).warnings

    (warning,) = [warning for warning in warnings if warning.path.startswith("rules")]
    assert marked(warning) == text
    assert "which is lifetime spend" in warning.message


def test_levels_in_percent_of_a_share_are_told() -> None:
    """A share of all budgets is still a share."""
    levels = 'levels = [{ at_least = 80, severity = "info" }]\n'
    text = rule('value = "sum(period_cost) / sum(period_budget)"', levels=levels)

    (warning,) = read(text).warnings

    assert warning.hint == "you probably want: at_least = 0.8"


@pytest.mark.parametrize("value", ["sum(spend_24h)", "sum(period_used)", "count(total_cost > 500)", "sum(total_cost)"])
def test_a_right_rule_gives_no_warning(value: str) -> None:
    """Sums of spend, of shares, and counts are compared with large numbers as they should."""
    assert render(read(rule(f'value = "{value}"')).warnings) == ""


def test_its_environments_are_those_of_the_file_or_its_own() -> None:
    """A rule over an organization counts the customers of all environments unless it says which."""
    environments = PROD + '[[environments]]\nname = "test"\n'
    spend = f'[[rules]]\nname = "spend"\nscope = "organization"\nvalue = "count()"\n{LEVELS}'

    assert entry_of(rules_file(environments=environments, rules=spend)).environments == ("prod", "test")
    chosen = rules_file(environments=environments, rules=spend + 'environments = ["test"]\n')
    assert entry_of(chosen).environments == ("test",)


@pytest.mark.parametrize(
    ("route", "marks"),
    [
        ('rules = ["spend"]\ncustomers = ["acme-*"]\n', ["customers"]),
        ('rules = ["spend"]\nenvironments = ["prod"]\n', ["environments"]),
        ('rules = ["spend", "period-budget"]\ncustomers = ["acme-*"]\n', []),
        ('customers = ["acme-*"]\n', []),
        ('rules = ["spend"]\n', []),
    ],
)
def test_a_route_that_no_alert_can_take_is_told(route: str, marks: list[str]) -> None:
    """Alerts about an organization have no customer and no environment."""
    spend = f'[[rules]]\nname = "spend"\nscope = "organization"\nvalue = "count()"\n{LEVELS}'
    text = rules_file(f'[[routes]]\nchannels = ["finops"]\n{route}', rules=BUDGET_RULE + spend)

    assert [marked(warning) for warning in read(text).warnings] == marks
