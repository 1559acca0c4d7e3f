"""The rules over all customers: what pages change is kept, and judged when the poll ends.

What a customer contributes stays until it is read again, or is gone, so a poll that was cut short lets no sum shrink.
Until everybody was read the sums are open at the top: a level that is reached already is said, and none is left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alerts.model import CustomerKey
from monitor.polling.aggregate_judge import AggregateJudge
from monitor.polling.contributing import Contributing
from monitor.polling.judge import Verdict
from monitor.respan.models import Customer
from monitor.rulebook.book import AggregateEntry, Rulebook
from monitor.rules.aggregate_rule import Coverage, Scope, Total
from monitor.rules.contribution import Formula
from monitor.spending.standing import Standing
from monitor.store.contributions import Series, Sums
from monitor.store.customers import Place
from monitor.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a poll has ended.

    Attributes:
        read: Whether anybody was read.
        complete: Whether everybody was who may have changed.
        first: There was no complete poll before: what is found may have been there for long.
    """

    read: bool
    complete: bool
    first: bool


class Aggregates:
    """The rules over all customers, as far as they concern one environment.

    Args:
        entries: All of the rules file.
        environment: Our label.
    """

    def __init__(self, entries: Iterable[AggregateEntry], environment: str) -> None:
        self._environment = environment
        self._judges = [AggregateJudge(entry) for entry in entries if environment in entry.environments]
        self._contributing = Contributing(
            (formula for judge in self._judges for formula in judge.entry.rule.formulas), environment
        )

    @property
    def reads(self) -> frozenset[str]:
        """The fields of customers that the rules read."""
        return frozenset().union(*(judge.entry.rule.fields for judge in self._judges))

    def take(
        self,
        tx: Transaction,
        rows: Sequence[Customer],
        standings: Sequence[Standing],
        places: Sequence[Place],
        now: datetime,
    ) -> int:
        """Keep what rows within the filters contribute; how many contributions have changed. See `Contributing`."""
        return self._contributing.take(tx, rows, standings, places, now)

    def drop(self, tx: Transaction, places: Iterable[Place]) -> None:
        """Forget what customers contribute who are gone, or whom the filters leave out."""
        if self._judges:
            tx.contributions.drop(self._environment, places)

    def end(self, tx: Transaction, ended: Ended, now: datetime) -> list[Verdict]:
        """Judge, when a poll of the environment ends.

        Args:
            tx: The transaction in which it ends.
            ended: How.
            now: When.
        """
        tx.contributions.mark(self._environment, current=ended.complete)
        if not ended.read or not self._judges:
            return []
        names = dict.fromkeys(name for judge in self._judges for name in judge.entry.environments)
        books = _Books.read(tx, self._judges, names)
        verdicts: list[Verdict] = []
        for judge in self._judges:
            if judge.entry.rule.scope is Scope.ENVIRONMENT:
                verdicts += _of_environment(tx, judge, books, self._environment, now, at_start=ended.first)
            else:
                others = (name for name in judge.entry.environments if name != self._environment)
                at_start = ended.first or any(tx.environments.load(name).first_complete_at is None for name in others)
                verdicts += _of_organizations(tx, judge, books, now, at_start=at_start)
        return verdicts


def adopt(tx: Transaction, book: Rulebook, filters: Mapping[str, str]) -> None:
    """Keep what the rules of a file need, and forget all else.

    Args:
        tx: The transaction in which it is put in force.
        book: The rules file.
        filters: Fingerprint of each environment's filters.
    """
    tx.contributions.adopt(
        {
            environment.name: (
                filters[environment.name],
                {
                    formula.text
                    for entry in book.aggregates
                    if environment.name in entry.environments
                    for formula in entry.rule.formulas
                },
            )
            for environment in book.environments
        }
    )


def alerting(book: Rulebook) -> dict[str, list[str]]:
    """The rules over all customers that can have alerts in each environment; under "" those of organizations."""
    rules: dict[str, list[str]] = {name: [] for name in ("", *(environment.name for environment in book.environments))}
    for entry in book.aggregates:
        for name in entry.environments if entry.rule.scope is Scope.ENVIRONMENT else ("",):
            rules[name].append(entry.name)
    return rules


@dataclass(frozen=True, slots=True)
class _Books:
    """What is known of the formulas of some environments, by environment and formula."""

    series: Mapping[str, Mapping[str, Series]]
    sums: Mapping[str, Mapping[str, Mapping[str, Sums]]]

    @classmethod
    def read(cls, tx: Transaction, judges: Sequence[AggregateJudge], environments: Iterable[str]) -> "_Books":
        names = list(environments)
        most = any(judge.entry.rule.wants_greatest for judge in judges)
        return cls(
            {name: tx.contributions.series(name) for name in names},
            {name: tx.contributions.sums(name, most=most) for name in names},
        )

    def coverage(self, formulas: Sequence[Formula], environments: Iterable[str]) -> Coverage:
        known = [self.series[name].get(formula.text) for name in environments for formula in formulas]
        if not all(each is not None and each.complete for each in known):
            return Coverage.SOME
        return Coverage.ALL if all(each is not None and each.current for each in known) else Coverage.OUTDATED

    def organizations(self, formulas: Sequence[Formula], environments: Iterable[str]) -> set[str]:
        """Those whose customers add anything."""
        return {
            organization
            for name in environments
            for formula in formulas
            for organization in self.sums[name].get(formula.text, {})
        }

    def totals(
        self, formulas: Sequence[Formula], environments: Iterable[str], organization: str | None
    ) -> dict[Formula, Total]:
        """What formulas come to in one organization, or in all."""
        totals = dict.fromkeys(formulas, Total())
        for name in environments:
            for formula in formulas:
                for whose, sums in self.sums[name].get(formula.text, {}).items():
                    if organization in (None, whose):
                        totals[formula] = totals[formula].with_(Total(*sums))
        return totals


def _of_environment(
    tx: Transaction, judge: AggregateJudge, books: _Books, environment: str, now: datetime, *, at_start: bool
) -> list[Verdict]:
    rule, names = judge.entry.rule, [environment]
    coverage = books.coverage(rule.formulas, names)
    found = rule.assess(books.totals(rule.formulas, names, None), coverage)
    kept = next(tx.alerts.of_aggregate(rule.name, environment), None)
    key, read_all = CustomerKey(environment, "", ""), coverage is Coverage.ALL
    return [judge.judge(key, found, kept, now, read_all=read_all, at_start=at_start)]


def _of_organizations(
    tx: Transaction, judge: AggregateJudge, books: _Books, now: datetime, *, at_start: bool
) -> list[Verdict]:
    rule, names = judge.entry.rule, judge.entry.environments
    kept = {alert.key.organization: alert for alert in tx.alerts.of_aggregate(rule.name, "")}
    coverage = books.coverage(rule.formulas, names)
    verdicts = []
    for organization in sorted(kept.keys() | books.organizations(rule.formulas, names)):
        found = rule.assess(books.totals(rule.formulas, names, organization), coverage)
        key, read_all = CustomerKey("", organization, ""), coverage is Coverage.ALL
        alert = kept.get(organization)
        verdicts.append(judge.judge(key, found, alert, now, read_all=read_all, at_start=at_start))
    return verdicts
