"""One run, ready to be judged: what was seen of it beside what was true, and what nobody could have known."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from monitor.demo.periods import period_at
from simulation.journal import Answers, Journal, Told
from simulation.life import Plan
from simulation.truth import Truth

UNTOLD_END = "a first period with an end of its own that the API does not tell"

# USD by which a listed total cost must fall to be seen to fall; less is rounding.
_SEEN = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Something that was said and was not so, or was so and was not said.

    Attributes:
        seed: Of the run.
        customer: Identifier.
        at: When.
        said: What was said, or was not.
        true: What was true.
        excuse: Why the daemon could not have known; empty where it could.
    """

    seed: int
    customer: str
    at: datetime
    said: str
    true: str
    excuse: str = ""


@dataclass(slots=True)
class Verdict:
    """What came of one check.

    Attributes:
        check: What was checked, in a few words.
        judged: How many times.
        violations: Where it failed.
        apart: Where it failed, but nobody could have known.
    """

    check: str
    judged: int = 0
    violations: list[Violation] = field(default_factory=list)
    apart: list[Violation] = field(default_factory=list)

    def add(self, violation: Violation) -> None:
        """Count a violation where it belongs."""
        (self.apart if violation.excuse else self.violations).append(violation)

    def extend(self, other: "Verdict") -> None:
        """Add what the same check found in another run."""
        self.judged += other.judged
        self.violations += other.violations
        self.apart += other.apart


class Case:
    """One run.

    Args:
        plan: What it was made of.
        journal: What was seen of it.
    """

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self.seed = plan.seed
        self.plan = plan
        self.journal = journal
        self.truths = plan.truths
        self._details = Answers.of_details(journal)
        self._rows: dict[str, Answers] = {}

    @cached_property
    def told(self) -> dict[tuple[str, str], list[Told]]:
        """What was decided about each (customer, rule), in order."""
        found: defaultdict[tuple[str, str], list[Told]] = defaultdict(list)
        for each in self.journal.told:
            found[each.customer, each.event.rule].append(each)
        return found

    def rows(self, customer: str) -> Answers:
        """When the row of a customer was answered."""
        if self._same_rows is not None:
            return self._same_rows
        if customer not in self._rows:
            self._rows[customer] = Answers.of_rows(self.journal, customer)
        return self._rows[customer]

    @cached_property
    def _same_rows(self) -> Answers | None:
        """The answers of all customers, where every page stands for everybody."""
        paged = any(request.listed is not None for request in self.journal.requests)
        return None if paged else Answers.of_rows(self.journal, "")

    def details(self, customer: str) -> Answers:
        """When the period of a customer was answered."""
        return self._details.get(customer) or Answers(())

    def violation(
        self, customer: str, at: datetime, said: str, true: str, *, rests_on: Iterable[datetime] = (), excuse: str = ""
    ) -> Violation:
        """Note a violation, with its excuse if it has one.

        Args:
            customer: Identifier.
            at: When it was said, or not.
            said: What.
            true: What was true.
            rests_on: When other things were said or believed without which it would not be a violation.
            excuse: Known already.
        """
        excuses = (self._excuse(self.truths[customer], each) for each in (at, *rests_on))
        excuse = excuse or next((each for each in excuses if each), "")
        return Violation(seed=self.seed, customer=customer, at=at, said=said, true=true, excuse=excuse)

    def _excuse(self, truth: Truth, at: datetime) -> str:
        """Why nobody who reads lists and details as the daemon has could know how a customer stands."""
        details = self.details(truth.key)
        for since in self._unseen_corrections(truth, at):
            if not details.between(since, at):
                return "a correction that no row showed, and no reading since"
        own, usual = untold_ends(truth) or (at, at)
        if own < usual and own <= at and not details.between(own, at):  # What runs on is read at its usual end.
            return f"{UNTOLD_END}, and no reading since"
        return ""

    def _unseen_corrections(self, truth: Truth, at: datetime) -> Iterator[datetime]:
        """Corrections that the usage of the period of an instant felt otherwise than the listed total.

        What was taken off the total after the last row of the period before is one too: the new period's usage did not
        feel it, and looks the smaller.
        """
        start = truth.at(at).start
        rows = self.rows(truth.key)
        for each in truth.customer.corrections:
            if start is None or each.at > at:
                continue
            within = each.at >= start and each.total_cost != each.period_usage
            if not within and not (rows.last(start) or start) < each.at < start:
                continue
            before, after = rows.last(each.at), rows.first(each.at)
            if before is None or after is None or truth.at(before).total_cost - truth.at(after).total_cost <= _SEEN:
                yield each.at


def untold_ends(truth: Truth) -> tuple[datetime, datetime] | None:
    """The ends, true and by arithmetic, of a first period whose end is its own and is not told; None: it has none."""
    customer = truth.customer
    if customer.first_period_end is None or customer.reports_period_end or customer.period_anchor is None:
        return None
    return customer.first_period_end, period_at(
        customer.period_anchor, customer.budget_duration, customer.period_anchor
    )[1]
