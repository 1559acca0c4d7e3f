"""What a newcomer is shown at the end: what was checked, how often, and what was found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from simulation.case import Case, Verdict, Violation
from simulation.checks.figures import costs_right, errors_of_costs, facts_right
from simulation.checks.missed import nothing_missed
from simulation.checks.repeated import nothing_repeated
from simulation.checks.said import nothing_false, nothing_false_unsaid, reasons_true
from simulation.checks.stored import nothing_lost
from simulation.foresight import SHOWN, Foresight, foresight
from simulation.readings import AIM_FAR, AIM_NEAR, Readings, readings

CHECKS = (
    nothing_false,
    nothing_missed,
    nothing_repeated,
    costs_right,
    facts_right,
    reasons_true,
    nothing_false_unsaid,
    nothing_lost,
)

# Share of a budget by which a stated cost may be off without a word in the report.
_SHOWN_OFF = 0.01


@dataclass(slots=True)
class Report:
    """One run or several.

    Attributes:
        runs: How many.
        customers: In all of them.
        time: That passed in them.
        polls: That ended by themselves.
        good: Those of them that got all answers.
        requests: Of all kinds.
        restarts: Of the daemon ...
        cut: ... and how many of them in the middle of a poll.
        said: Events that people were told.
        verdicts: Of each check, in its order.
        errors: By which share of the budget each stated period cost was off.
        readings: What was asked of the detail endpoint.
        foresight: How good projections are.
    """

    runs: int = 0
    customers: int = 0
    time: timedelta = timedelta(0)
    polls: int = 0
    good: int = 0
    requests: int = 0
    restarts: int = 0
    cut: int = 0
    said: int = 0
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    errors: list[float] = field(default_factory=list)
    readings: Readings = field(default_factory=Readings)
    foresight: Foresight = field(default_factory=Foresight)

    @property
    def violations(self) -> list[Violation]:
        """All of them, apart from those that nobody could have known."""
        return [each for verdict in self.verdicts.values() for each in verdict.violations]

    def extend(self, other: "Report") -> None:
        """Add another run."""
        for name in ("runs", "customers", "time", "polls", "good", "requests", "restarts", "cut", "said"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for check, verdict in other.verdicts.items():
            self.verdicts.setdefault(check, Verdict(check)).extend(verdict)
        self.errors += other.errors
        self.readings.extend(other.readings)
        self.foresight.extend(other.foresight)


def judge(case: Case) -> Report:
    """Check one run for everything."""
    journal = case.journal
    verdicts = [check(case) for check in CHECKS]
    return Report(
        runs=1,
        customers=len(case.truths),
        time=journal.ended - journal.began,
        polls=len(journal.polls),
        good=sum(poll.good for poll in journal.polls),
        requests=len(journal.requests),
        restarts=journal.restarts,
        cut=journal.cut,
        said=sum(told.said for told in journal.told),
        verdicts={verdict.check: verdict for verdict in verdicts},
        errors=errors_of_costs(case),
        readings=readings(case),
        foresight=foresight(case),
    )


def table(report: Report) -> Iterator[str]:
    """The report, line by line."""
    days = report.time / timedelta(days=1) / max(report.runs, 1)
    yield f"{report.runs} runs of {days:.0f} days with {report.customers} customers in all:"
    yield f"{report.polls} polls, {report.polls - report.good} of them without all answers, {report.requests} requests,"
    yield f"{report.restarts} restarts, {report.cut} of them in the middle of a poll; {report.said} alerts were told."
    yield ""
    yield f"{'what was checked':42} {'judged':>8} {'violated':>9} {'not knowable':>13}"
    for verdict in report.verdicts.values():
        yield f"{verdict.check:42} {verdict.judged:8} {len(verdict.violations):9} {len(verdict.apart):13}"
    if report.errors:
        yield from _errors(report.errors)
    yield ""
    yield from _readings(report.readings)
    yield ""
    yield from _foresight(report.foresight)


def told(violations: Sequence[Violation], most: int) -> Iterator[str]:
    """The first violations of each customer, then the second ones, each so that it can be played again."""
    seen: Counter[tuple[int, str]] = Counter()
    ranked = []
    for each in sorted(violations, key=lambda each: (each.seed, each.at)):
        ranked.append((seen[each.seed, each.customer], each))
        seen[each.seed, each.customer] += 1
    ranked.sort(key=lambda pair: pair[0])
    for _, each in ranked[:most]:
        yield f"seed {each.seed}, customer {each.customer!r}, {each.at:%Y-%m-%d %H:%M:%S}"
        yield f"    said: {each.said}"
        yield f"    true: {each.true}"
        if each.excuse:
            yield f"    not knowable: {each.excuse}"
    if len(violations) > most:
        yield f"... and {len(violations) - most} more"


def _errors(errors: Sequence[float]) -> Iterator[str]:
    off = sum(error > _SHOWN_OFF for error in errors)
    yield f"{off} of {len(errors)} stated period costs were off by more than {_SHOWN_OFF:.0%} of the budget, the worst"
    yield f"by {max(errors):.1%}: that was spent around the readings that they rest on."


def _readings(counted: Readings) -> Iterator[str]:
    yield f"{'details asked for, a customer and period':42} {'periods':>8} {'details':>9} {'a period':>13}  aim"
    for name, count, number, aim in (
        ("came within reach of a level", counted.near, counted.near_readings, f"<= {AIM_NEAR:g}"),
        ("- of them without markup or correction", counted.plain, counted.plain_readings, ""),
        ("never came near one", counted.far, counted.far_readings, f"{AIM_FAR:g}"),
        ("had begun before it was first seen", counted.found, counted.found_readings, ""),
    ):
        average = f"{number / count:13.2f}" if count else f"{'-':>13}"
        yield f"  {name:40} {count:8} {number:9} {average}  {aim}".rstrip()
    if counted.unbudgeted:
        yield f"  {'(no budget at all)':40} {'':8} {counted.unbudgeted:9}"


def _foresight(found: Foresight) -> Iterator[str]:
    yield f"{'forecast of a period, after':42} {'asked':>8} {'told':>9} {'median error':>13} {'mean':>8}"
    for share in SHOWN:
        error = found.error(share)
        sizes = f"{error[0]:13.1%} {error[1]:8.1%}" if error else f"{'-':>13} {'-':>8}"
        yield f"  {f'{share:.0%} of it':40} {found.asked[share]:8} {len(found.errors[share]):9} {sizes}"
    if found.intervals:
        yield f"  the interval held {found.held} of {found.intervals} outcomes: {found.held / found.intervals:.0%}"
    yield f"  overruns: {found.overruns}, foretold a tenth of the period ahead: {found.foretold}"
    yield f"  periods of which one was foretold: {found.warned}, in which none came: {found.mistaken}"
