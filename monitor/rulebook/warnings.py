"""What a rules file may say but hardly means."""

from monitor.rulebook.lint import lint_rule
from monitor.rulebook.locate import Path
from monitor.rulebook.problems import Problem
from monitor.rulebook.report import Report
from monitor.rulebook.schema import FileTable, RouteTable


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
    told = {name for route in table.routes for name in route.channels}
    for position, channel in enumerate(table.channels):
        if table.routes and channel.name not in told:
            path: Path = ("channels", position, "name")
            found.at_value(path, f"no route leads to channel '{channel.name}'", "name it in the channels of a route")
    for position, route in enumerate(table.routes[:-1]):
        if _takes_everything(route):
            message = "nothing gets past this route: it matches everything"
            found.at_key(("routes", position), message, "move it to the end, or add continue = true")
            break
    return found.problems


def _takes_everything(route: RouteTable) -> bool:
    matchers = (route.severities, route.environments, route.rules, route.customers)
    return not route.continue_ and not route.labels and all(matcher is None for matcher in matchers)
