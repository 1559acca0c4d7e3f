"""Which rules hold on a customer, and why."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from monitor.inspection.bounds import Bounds
from monitor.inspection.formula import Case, Truth, filled, lacking, number, truth
from monitor.rulebook import RuleEntry
from monitor.rules.rule import Finding, Rule


class Answer(StrEnum):
    """Whether a rule holds."""

    HOLDS = "holds"
    UNDECIDED = "undecided"
    """Only a reading of the period tells."""
    DOES_NOT_HOLD = "does not hold"
    NEEDS_ROW = "needs the row"
    """It reads fields of the row that the database does not keep."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """One formula of a rule.

    Attributes:
        key: As in the rules file: where, value or when.
        text: As written.
        filled: With the values put in.
        lacking: Fields of the row that it reads and nobody knows.
        truth: What a condition says; None for a value, and where something is lacking.
        value: The bounds of a value; None for a condition, and where it is null or not known.
    """

    key: str
    text: str
    filled: str
    lacking: frozenset[str]
    truth: Truth | None = None
    value: Bounds | None = None


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What a rule says of a customer.

    Attributes:
        entry: The rule.
        answer: Whether it holds.
        reached: Index of the furthest level that is surely reached; None: none is, or nobody can tell.
        possible: The same for what may be reached.
        parts: Its formulas.
    """

    entry: RuleEntry
    answer: Answer
    reached: int | None
    possible: int | None
    parts: tuple[Part, ...]

    @property
    def lacking(self) -> frozenset[str]:
        """Fields of the row that it reads and nobody knows."""
        return frozenset().union(*(part.lacking for part in self.parts))


def verdicts(entries: Iterable[RuleEntry], environment: str, case: Case) -> list[Verdict]:
    """What each rule that applies to an environment says of a customer."""
    return [_verdict(entry, case) for entry in entries if environment in entry.environments]


def _verdict(entry: RuleEntry, case: Case) -> Verdict:
    rule = entry.rule
    parts = tuple(_parts(rule, case))
    lacks = {part.key: bool(part.lacking) for part in parts}
    where = next((part for part in parts if part.key == "where"), None)
    if where is not None and where.truth in {Truth.NO, Truth.UNKNOWN}:
        return Verdict(entry, Answer.DOES_NOT_HOLD, None, None, parts)
    if not lacks[parts[-1].key] and _finding(_everybody(rule), case) is None:
        return Verdict(entry, Answer.DOES_NOT_HOLD, None, None, parts)
    if any(lacks.values()):
        return Verdict(entry, Answer.NEEDS_ROW, None, None, parts)
    finding = _finding(rule, case)
    if finding is None:
        return Verdict(entry, Answer.DOES_NOT_HOLD, None, None, parts)
    answer = Answer.UNDECIDED if finding.undecided else Answer.HOLDS
    return Verdict(entry, answer, finding.level, finding.possible, parts)


def _parts(rule: Rule, case: Case) -> Iterable[Part]:
    for key, text in (("where", rule.where), ("value", rule.value), ("when", rule.when)):
        if text is None:
            continue
        lacks = lacking(text, case)
        yield Part(
            key,
            text,
            filled(text, case),
            lacks,
            truth=truth(text, case) if key != "value" and not lacks else None,
            value=number(text, case) if key == "value" and not lacks else None,
        )


def _everybody(rule: Rule) -> Rule:
    """The same rule for every customer, to see whether it would hold whoever this is."""
    return Rule.compile(name=rule.name, levels=rule.levels, value=rule.value, when=rule.when, direction=rule.direction)


def _finding(rule: Rule, case: Case) -> Finding | None:
    found = rule.evaluate([case.person.row], [case.standing], case.at)
    return found[0] if found else None
