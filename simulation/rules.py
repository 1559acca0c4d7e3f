"""The rules in force: as the daemon reads them, and as the truth does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from string import Template

from simulation.truth import State

SLACK = 1e-9
"""Share of a threshold within which truth is not disputed."""

UNBUDGETED_USD = 500.0
REMAINING_USD = 1.0

_FILE = Template("""
[poll]
interval = "$interval"
requests_per_minute = $requests_per_minute

[[environments]]
name = "prod"

[[rules]]
name = "period-budget"
value = "period_cost / period_budget"
levels = [
  { at_least = 0.5, severity = "info" },
  { at_least = 0.8, severity = "warning" },
  { at_least = 1.0, severity = "critical" },
]
summary = "{{ customer }}"

[[rules]]
name = "nearly-empty"
value = "period_remaining"
levels = [{ at_most = $remaining, severity = "warning" }]
summary = "{{ customer }}"

[[rules]]
name = "unbudgeted"
when = "period_budget is None and total_cost >= $unbudgeted"
severity = "warning"
summary = "{{ customer }}"

[[rules]]
name = "lifetime"
value = "total_cost"
levels = [
  { at_least = 10000, severity = "info" },
  { at_least = 50000, severity = "critical" },
]
summary = "{{ customer }}"
""")


def rules_file(interval: timedelta, requests_per_minute: int) -> str:
    """The rules file."""
    return _FILE.substitute(
        interval=f"{interval.total_seconds():.0f}s",
        requests_per_minute=requests_per_minute,
        remaining=REMAINING_USD,
        unbudgeted=UNBUDGETED_USD,
    )


@dataclass(frozen=True, slots=True)
class TrueRule:
    """A rule in force, written a second time in plain Python.

    Attributes:
        name: In the rules file.
        value: What is compared with the levels; None: the rule does not apply.
        levels: Mildest first; a single None for a condition, whose value is 1 where it holds and 0 where it does not.
        at_most: The value reaches a level from above.
        per_period: It speaks of the current period, in which each level is said once.
    """

    name: str
    value: Callable[[State], float | None]
    levels: Sequence[float | None]
    at_most: bool = False
    per_period: bool = False

    def reached(self, state: State, *, slack: float = 0.0) -> int | None:
        """Index of the furthest level that is reached.

        Args:
            state: Of a customer.
            slack: Share of a threshold by which it may be missed; negative: by which it must be passed.
        """
        value = self.value(state)
        if value is None:
            return None
        furthest = None
        for index, level in enumerate(self.levels):
            threshold = 0.5 if level is None else level
            room = 0.0 if level is None else slack * max(1.0, abs(level))
            if value <= threshold + room if self.at_most else value >= threshold - room:
                furthest = index
        return furthest


def _used(state: State) -> float | None:
    return None if state.usage is None or not state.budget else state.usage / state.budget


def _remaining(state: State) -> float | None:
    return None if state.usage is None or state.budget is None else state.budget - state.usage


def _unbudgeted(state: State) -> float:
    return 1.0 if state.budget is None and state.total_cost >= UNBUDGETED_USD else 0.0


RULES = {
    rule.name: rule
    for rule in (
        TrueRule("period-budget", _used, (0.5, 0.8, 1.0), per_period=True),
        TrueRule("nearly-empty", _remaining, (REMAINING_USD,), at_most=True, per_period=True),
        TrueRule("unbudgeted", _unbudgeted, (None,)),
        TrueRule("lifetime", lambda state: state.total_cost, (10_000.0, 50_000.0)),
    )
}


def reach(budget: float) -> float:
    """Usage from which a customer is within reach of a level: half of what the lowest level of all takes."""
    return max(min(0.5 * budget, budget - REMAINING_USD), 0.0) / 2.0
