"""The two commands that show customers. Thin, as all commands are."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from monitor.inspection.ask import ask as ask_api
from monitor.inspection.explanation import UnknownCustomer
from monitor.inspection.explanation import explain as explain_customer
from monitor.inspection.explanation_json import explanation_json
from monitor.inspection.listing import Query, UnknownEnvironment, find
from monitor.inspection.listing_json import listing_lines
from monitor.inspection.page import print_explanations
from monitor.inspection.ranking import SortKey
from monitor.inspection.table import print_listing, print_summary
from monitor.parts import utc_now
from monitor.rulebook import RulebookError
from monitor.shell import (
    FAILED,
    MISUSED,
    explained,
    glance_at_rules,
    json_option,
    print_json,
    read_rules,
    read_settings,
    reading,
    rules_option,
    stop,
)
from monitor.terminal import output

# A terminal holds no more of them that anybody reads.
MOST_CUSTOMERS = 50

_F = TypeVar("_F", bound=Callable[..., Any])


def _environment_option(command: _F) -> _F:
    return click.option("--environment", metavar="NAME", help="Look at this environment only. [default: all]")(command)


@click.command()
@rules_option
@json_option
@_environment_option
@click.option(
    "--over", type=click.FloatRange(0), metavar="SHARE", help="Only who has used so much of the period's budget: 0.8."
)
@click.option(
    "--sort",
    type=click.Choice([key.value for key in SortKey]),
    default=SortKey.PERIOD_USED.value,
    help="What comes first: the most of this; of what remains, the least. [default: period_used]",
)
@click.option(
    "--limit", type=click.IntRange(0), metavar="N", help="Show so many; 0: all. [default: 50 on a terminal, else all]"
)
def customers(
    rules: Path | None, environment: str | None, over: float | None, sort: str, limit: int | None, *, as_json: bool
) -> None:
    """Show what customers have spent of their budgets.

    As the database has it; works while the daemon runs. The rules file is not read. With --over, who may have used so
    much is shown too, and marked.
    """
    to = output()
    if limit is None and to.is_terminal and not as_json:
        limit = MOST_CUSTOMERS
    query = Query(environment=environment, over=over, sort=SortKey(sort), limit=limit or None)
    with _explained(), reading(read_settings(rules)) as store:
        listing, now = find(store, query), utc_now()
        if as_json:
            for line in listing_lines(listing, now):
                click.echo(line)
        else:
            print_summary(Console(stderr=True), listing, print_listing(to, listing, now, query.sort), now)


@click.command()
@click.argument("customer")
@rules_option
@json_option
@_environment_option
@click.option("--ask", is_flag=True, help="Ask the API for what the database does not keep: one request, with the key.")
def explain(customer: str, rules: Path | None, environment: str | None, *, ask: bool, as_json: bool) -> None:
    """Show every number of CUSTOMER with where it comes from.

    As the database has it; works while the daemon runs, and needs neither the network nor a key.
    """
    problems: list[str] = []
    status = 0
    with _explained():
        settings = read_settings(rules)
        try:
            book = read_rules(settings) if ask else glance_at_rules(settings)
        except RulebookError as error:
            if ask:
                raise
            book, status = None, MISUSED
            problems.append(f"{error}\nthe rules are not shown")
        with reading(settings) as store:
            found = explain_customer(store, customer, environment, book)
        if ask and book is not None:
            try:
                asked = asyncio.run(ask_api(found, book, settings.respan_base_url, utc_now))
            except ValueError as error:  # a key or an address that cannot be used
                stop(f"error: {error}", MISUSED)
            found = list(asked.explanations)
            if asked.problems:
                problems, status = list(asked.problems), FAILED
    now = utc_now()
    if as_json:
        print_json({"customers": [explanation_json(each, now) for each in found]})
    else:
        print_explanations(output(), found, now)
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(status)


@contextmanager
def _explained() -> Iterator[None]:
    with explained():
        try:
            yield
        except UnknownEnvironment as error:
            stop(f"error: {error}", MISUSED)
        except UnknownCustomer as error:
            stop(f"error: {error}", FAILED)
