"""What a rules file may say but hardly means."""

from collections.abc import Mapping

from monitor.rulebook.lint import lint_condition, lint_rule
from monitor.rulebook.locate import Path
from monitor.rulebook.problems import Problem
from monitor.rulebook.report import Report
from monitor.rulebook.schema import FileTable, RouteTable
from monitor.rules.aggregate_rule import Scope


def find_warnings(report: Report, table: FileTable) -> tuple[Problem, ...]:
    """Look for parts of a valid file that have no effect, or another one than was probably meant.

    Args:
        report: Of the file; the warnings are not added to it.
        table: The file.
    """
    found = report.fresh()
    if not table.channels:
        found.about_file(
            "no [[channels]]: alerts are shown in the metrics and the API, and nobody is told",
            "add a channel to tell people",
        )
    for position, rule in enumerate(table.rules):
        lint_rule(found, ("rules", position), rule)
    if table.metrics is not None:
        lint_condition(found, ("metrics", "customers"), table.metrics.customers)
    told = {name for route in table.routes for name in route.channels}
    for position, channel in enumerate(table.channels):
        if table.routes and channel.name not in told:
            path: Path = ("channels", position, "name")
            found.at_value(path, f"no route leads to channel '{channel.name}'", "name it in the channels of a route")
    about_all = {rule.name: Scope(rule.scope) for rule in table.rules if Scope(rule.scope) is not Scope.CUSTOMER}
    for position, route in enumerate(table.routes):
        _check_about_all(found, ("routes", position), route, about_all)
    for position, route in enumerate(table.routes[:-1]):
        if _takes_everything(route):
            message = "nothing gets past this route: it matches everything"
            found.at_key(("routes", position), message, "move it to the end, or add continue = true")
            break
    return found.problems


def _check_about_all(report: Report, path: Path, route: RouteTable, scopes: Mapping[str, Scope]) -> None:
    """A route that names only rules over all customers, and a matcher that none of their alerts can match."""
    named = [scopes.get(name) for name in route.rules or ()]
    if not named or None in named:
        return
    if route.customers is not None:
        message = "nothing takes this route: no alert of its rules is about a customer"
        report.at_key((*path, "customers"), message, "leave 'customers' out")
    if route.environments is not None and set(named) == {Scope.ORGANIZATION}:
        message = "nothing takes this route: an alert about an organization is in no environment"
        report.at_key((*path, "environments"), message, "leave 'environments' out")


def _takes_everything(route: RouteTable) -> bool:
    matchers = (route.severities, route.environments, route.rules, route.customers)
    return not route.continue_ and not route.labels and all(matcher is None for matcher in matchers)
