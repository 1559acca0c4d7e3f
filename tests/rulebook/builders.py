"""Rules files for tests: a valid one in parts, so that each test changes the part it is about."""

from collections.abc import Mapping

from monitor.rulebook import Problem, Rulebook, RulebookError, loads

KEY = "sk-key-of-the-organization"
SLACK = "slack://token-a/token-b/token-c"
ENVIRONMENT: Mapping[str, str] = {"RESPAN_API_KEY": KEY, "SLACK_URL": SLACK}

PROD = '[[environments]]\nname = "prod"\n'
BUDGET_RULE = """[[rules]]
name = "period-budget"
value = "period_cost / period_budget"
levels = [
  { at_least = 0.5, severity = "info" },
  { at_least = 0.8, severity = "warning" },
]
"""
SLACK_CHANNEL = '[[channels]]\nname = "finops"\nurl = "${SLACK_URL}"\n'


def rules_file(*extra: str, environments: str = PROD, rules: str = BUDGET_RULE, channels: str = SLACK_CHANNEL) -> str:
    """A valid file unless a part says otherwise; `extra` comes last."""
    return "".join([environments, rules, channels, *extra])


def read(text: str | bytes, environment: Mapping[str, str] = ENVIRONMENT) -> Rulebook:
    """Load a text as if it stood in rules.toml."""
    return loads(text.encode() if isinstance(text, str) else text, environment.get, file="rules.toml")


def problems_of(text: str | bytes, environment: Mapping[str, str] = ENVIRONMENT) -> tuple[Problem, ...]:
    """The problems of a text; none where it loads."""
    try:
        read(text, environment)
    except RulebookError as error:
        return error.problems
    return ()


def problem_of(text: str | bytes, environment: Mapping[str, str] = ENVIRONMENT) -> Problem:
    """The only problem of a text."""
    (problem,) = problems_of(text, environment)
    return problem


def marked(problem: Problem) -> str:
    """The source text over the caret."""
    return problem.text[problem.column - 1 : problem.column - 1 + problem.length]
