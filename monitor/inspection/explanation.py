"""All that there is to say of one customer, with where each figure comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.alerts.kept import KeptAlert
from monitor.inspection.figures import Figures, figures
from monitor.inspection.formula import Case
from monitor.inspection.listing import environments
from monitor.inspection.nearest import nearest
from monitor.inspection.period_cost import PeriodCost, period_cost
from monitor.inspection.person import Person, completed, person
from monitor.inspection.projection import Projection, projection
from monitor.inspection.sight import Sight, look_closer, see
from monitor.inspection.spent import Spent, spent_lately
from monitor.inspection.verdicts import Verdict, verdicts
from monitor.respan.models import Customer
from monitor.rulebook import Rulebook
from monitor.spending.course import Correction
from monitor.store.database import Store, Transaction
from monitor.store.environments import Progress
from monitor.store.told import Told


class UnknownCustomer(LookupError):  # noqa: N818 - named after what is so
    """The database has no such customer; the sentence names those that are spelled most alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One customer.

    Attributes:
        sight: What is known.
        progress: How far its environment has been read.
        figures: In numbers.
        cost: Where the period cost comes from.
        spent: What was spent lately.
        projection: How the forecast came about.
        person: Its row, as far as it is known.
        alerts: Those that are kept.
        told: The last events, newest first.
        corrections: Figures that fell, newest first.
        verdicts: What the rules say; None: there is no rules file to go by.
        asked: The row that the API has given; None: it was not asked, or does not list the customer.
        left_out: Whether the environment's filters leave that row out.
    """

    sight: Sight
    progress: Progress
    figures: Figures
    cost: PeriodCost
    spent: Sequence[Spent]
    projection: Projection
    person: Person
    alerts: Sequence[KeptAlert]
    told: Sequence[Told]
    corrections: Sequence[tuple[datetime, Correction]]
    verdicts: Sequence[Verdict] | None = None
    asked: Customer | None = None
    left_out: bool = False


def explain(store: Store, identifier: str, environment: str | None, book: Rulebook | None) -> list[Explanation]:
    """Explain every customer with an identifier: there is one for each environment and organization.

    Args:
        store: The database.
        identifier: As the API gives it.
        environment: Look in this one only; None: in all.
        book: The rules; None: nothing is said of them.

    Raises:
        UnknownEnvironment: The database has no such environment.
        UnknownCustomer: Nor such a customer.
    """
    asks = {entry.name: entry.environment for entry in book.environments} if book is not None else {}
    with store.read() as tx:
        names = environments(tx, environment)
        found = [
            _explained(tx, look_closer(tx.history, [see(name, place, record, complete_at)])[0], asks)
            for name, complete_at in names.items()
            for place, record in tx.customers.named(name, identifier)
        ]
        if not found:
            raise UnknownCustomer(nearest(tx, identifier, names))
    return [judged(each, book) for each in found] if book is not None else found


def judged(explanation: Explanation, book: Rulebook) -> Explanation:
    """The same with what the rules say."""
    sight = explanation.sight
    case = Case(explanation.person, sight.standing, sight.as_of)
    return replace(explanation, verdicts=verdicts(book.rules, sight.environment, case))


def with_row(explanation: Explanation, row: Customer, at: datetime, book: Rulebook) -> Explanation:
    """The same with a row that the API has just given.

    Args:
        explanation: Without it.
        row: The customer's.
        at: When it was asked for.
        book: The rules, which know the environment.
    """
    environment = next(entry for entry in book.environments if entry.name == explanation.sight.environment)
    known = completed(explanation.person, row, at)
    return judged(replace(explanation, person=known, asked=row, left_out=not environment.filters.matches(row)), book)


def _explained(tx: Transaction, sight: Sight, asks: Mapping[str, str]) -> Explanation:
    kept = tx.alerts.of_customers(sight.environment, [sight.place.customer_identifier])
    alerts = [alert for alert in kept if alert.key == sight.key]
    return Explanation(
        sight=sight,
        progress=tx.environments.load(sight.environment),
        figures=figures(sight),
        cost=period_cost(sight),
        spent=spent_lately(tx.history, sight),
        projection=projection(sight),
        person=person(sight, asks.get(sight.environment), alerts),
        alerts=alerts,
        told=tx.told.of(sight.key),
        corrections=tx.corrections.of(sight.key),
    )
