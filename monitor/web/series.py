"""The series of single customers, written as text: the only ones whose labels hold what a customer chose.

The client library takes some 8 µs for a series, which for tens of thousands of them is felt by whatever else the
process does. All series of a customer have the same labels, so here they are written once.
"""

import hashlib
import math
from collections.abc import Callable, Mapping

from monitor.polling.series import Figures, Shown
from monitor.web import families
from monitor.web.families import Family

# Characters of a label's value at most. An identifier has no limit, and Prometheus keeps every one of them in memory.
LONGEST = 200

# Of a longer value the end is replaced by a digest: two that begin alike must not become one, or the scrape fails.
_DIGEST = 16

_FIGURES: tuple[tuple[Family, Callable[[Figures], float | None]], ...] = (
    (families.PERIOD_COST, lambda each: each.cost),
    (families.PERIOD_BUDGET, lambda each: each.budget),
    (families.PERIOD_USED, lambda each: each.used),
    (families.PROJECTED_COST, lambda each: each.projected),
)

# What OpenMetrics ends with, and the older format does not know.
_END = b"# EOF\n"


def with_series(exposition: bytes, shown: Mapping[str, Shown]) -> bytes:
    """Add the series of single customers to an exposition.

    Args:
        exposition: In either text format: they do not differ in how they write gauges.
        shown: Whom to show, by environment; empty: nothing is added.
    """
    if not shown:
        return exposition
    ended = exposition.endswith(_END)
    return b"".join([exposition.removesuffix(_END), _written(shown).encode(errors="replace"), _END if ended else b""])


def _written(shown: Mapping[str, Shown]) -> str:
    lines = _head(families.SERIES_LEFT_OUT)
    for environment, each in shown.items():
        lines.append(f'{families.SERIES_LEFT_OUT.exposed}{{environment="{label(environment)}"}} {each.left_out}')
    labelled = [(_labels(name, one), one) for name, each in shown.items() for one in each.customers.values()]
    for family, figure in _FIGURES:
        lines += _head(family)
        name = family.exposed
        for labels, one in labelled:
            value = figure(one)
            if value is not None:
                lines.append(f"{name}{labels}{_number(value)}")
    return "\n".join([*lines, ""])


def _labels(environment: str, one: Figures) -> str:
    return (
        f'{{environment="{label(environment)}",organization="{label(one.organization)}",'
        f'customer_identifier="{label(one.customer_identifier)}"}} '
    )


def label(text: str) -> str:
    """A label's value as it stands between quotes: of bounded length, and unable to end the quotes or the line."""
    if len(text) >= LONGEST:  # So that nobody can be called what another one is shortened to.
        digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_DIGEST]
        text = f"{text[: LONGEST - _DIGEST - 1]}…{digest}"
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _head(family: Family) -> list[str]:
    return [f"# HELP {family.exposed} {family.documentation}", f"# TYPE {family.exposed} {family.kind.value}"]


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value))
