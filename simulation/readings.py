"""What it takes: how many details the daemon asks for in a period, of those who come near a level and of the others."""

from collections import Counter
from dataclasses import dataclass

from simulation.case import Case
from simulation.periods import lived
from simulation.rules import reach

AIM_NEAR = 1.5
AIM_FAR = 0.0


@dataclass(slots=True)
class Readings:
    """Details that were asked for, answered or not, by kind of (customer, period).

    Attributes:
        near: Periods in which the customer came within reach of a level: half of the usage that the lowest one takes.
        plain: Those of them of customers without markup, and of whom no charge is ever taken back.
        far: The other periods.
        found: Periods that had begun before the daemon first saw the customer; not among the others.
        near_readings: Details in those periods; the others likewise.
        unbudgeted: Details of customers without a budget.
    """

    near: int = 0
    near_readings: int = 0
    plain: int = 0
    plain_readings: int = 0
    far: int = 0
    far_readings: int = 0
    found: int = 0
    found_readings: int = 0
    unbudgeted: int = 0

    def extend(self, other: "Readings") -> None:
        """Add those of another run."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def readings(case: Case) -> Readings:
    """Count them."""
    counted = Readings()
    asked: Counter[tuple[str, object]] = Counter()
    for request in case.journal.requests:
        if request.customer is not None and request.customer in case.truths:
            state = case.truths[request.customer].at(request.sent)
            asked[request.customer, state.period if state.start is not None else None] += 1
    for truth in case.truths.values():
        counted.unbudgeted += asked[truth.key, None]
        seen = max(truth.customer.first_seen, case.journal.began)
        for most in lived(truth, seen, case.journal.ended):
            number = asked[truth.key, most.period]
            if most.start is not None and most.start < seen:
                counted.found += 1
                counted.found_readings += number
            elif (most.usage or 0.0) >= reach(most.budget or 0.0):
                counted.near += 1
                counted.near_readings += number
                if truth.customer.markup == 1.0 and not truth.customer.corrections:
                    counted.plain += 1
                    counted.plain_readings += number
            else:
                counted.far += 1
                counted.far_readings += number
    return counted
