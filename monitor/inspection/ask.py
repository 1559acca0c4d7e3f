"""Asks the API for the rows of customers: one request for each, which counts like any other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.inspection.explanation import Explanation, with_row
from monitor.notify.text import clean
from monitor.respan.client import RespanClient, Transport, make_http
from monitor.respan.errors import RespanError
from monitor.respan.filters import Filter, Filters
from monitor.respan.models import Customer, decode_page
from monitor.respan.pacing import Pace
from monitor.rulebook import Environment, Rulebook

# Enough for one customer of every organization of a key; an API that drops the filter lists others there.
_PAGE = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking.

    Attributes:
        explanations: All of them, those with a row that has come completed by it.
        problems: Why the others have none, a sentence each.
    """

    explanations: Sequence[Explanation]
    problems: Sequence[str]


async def ask(
    explanations: Sequence[Explanation],
    book: Rulebook,
    base_url: str,
    clock: Callable[[], datetime],
    transport: Transport | None = None,
) -> Asked:
    """Ask for the row of each customer.

    Args:
        explanations: Of the customers.
        book: The rules file, with the keys.
        base_url: The API's address.
        clock: The time, UTC.
        transport: Carries the requests; None: the network.

    Raises:
        ValueError: A key or the address cannot be used.
    """
    environments = {entry.name: entry for entry in book.environments}
    completed, problems = [], []
    for explanation in explanations:
        key = explanation.sight.key
        environment = environments.get(key.environment)
        row: Customer | None = None
        if environment is None:
            problems.append(f"{book.path} has no environment {key.environment!r}, and so no key to ask with")
        else:
            try:
                row = await _row(explanation, environment, base_url, transport)
                if row is None:
                    problems.append(
                        f"{clean(key.environment)}: the API does not list {clean(key.customer_identifier)!r}"
                    )
            except RespanError as error:
                problems.append(str(error))
        completed.append(explanation if row is None else with_row(explanation, row, clock(), book))
    return Asked(completed, problems)


async def _row(
    explanation: Explanation, environment: Environment, base_url: str, transport: Transport | None
) -> Customer | None:
    key = explanation.sight.key
    async with make_http(transport) as http:
        client = RespanClient(
            environment=environment.name,
            api_environment=environment.environment,
            api_key=environment.api_key,
            filters=Filters({"customer_identifier": Filter("", (key.customer_identifier,))}),
            pace=Pace(1),
            base_url=base_url,
            http=http,
            observe=lambda _outcome: None,
            page_size=_PAGE,
        )
        page = decode_page(await client.fetch_page(1), environment=environment.name)
    # The filter is checked again: what the API does not understand it drops without a word.
    return next(
        (
            row
            for row in page.customers
            if row.customer_identifier == key.customer_identifier
            and row.unique_organization_id == key.organization
            and row.environment in {None, environment.environment}
        ),
        None,
    )
