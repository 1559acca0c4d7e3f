"""Customers as the database has them, with sensible defaults, and what is read off them."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from monitor.inspection.figures import figures
from monitor.inspection.formula import Case
from monitor.inspection.listing import Entry
from monitor.inspection.person import person
from monitor.inspection.ranking import over
from monitor.inspection.sight import Sight, see
from monitor.spending.anchor import Anchor
from monitor.spending.course import BLANK, Course
from monitor.spending.markup import Markup
from monitor.store.customers import written_course
from monitor.store.times import micros
from monitor.terminal import UNBROKEN
from tests.store.builders import place, record

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DECEMBER, JANUARY = datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
MEASURED = Markup(1.0, 1.0)


def anchor(**changes: Any) -> Anchor:  # noqa: ANN401 - any field
    """A reading of December, yesterday: 45.67 USD at a total cost of 523.45 USD."""
    fields: dict[str, Any] = {
        "at": NOW - DAY,
        "read": True,
        "low": 45.67,
        "high": 45.67,
        "total_low": 523.45,
        "total_high": 523.45,
        "start": DECEMBER,
        "end": JANUARY,
        "origin": DECEMBER,
        "valid_until": JANUARY,
    }
    if "usage" in changes:
        changes["low"] = changes["high"] = changes.pop("usage")
    return Anchor(**(fields | changes))


def course(markup: Markup = MEASURED, readings: int = 1, **of_anchor: Any) -> Course:  # noqa: ANN401 - of an anchor
    """What is known of December with that reading."""
    return Course(anchor(**of_anchor), markup, readings=readings)


def sight(
    identifier: str = "user_123",
    known: Course = BLANK,
    *,
    environment: str = "prod",
    complete_at: datetime | None = NOW,
    **listed: Any,  # noqa: ANN401 - any field of a record
) -> Sight:
    """The documented customer, known for a year, as of `NOW`."""
    fields = {"known_since": micros(NOW - 365 * DAY), "course": written_course(known)} | listed
    return see(environment, place(identifier=identifier), record(**fields), complete_at)


def entry(share: float | None = None, **of_sight: Any) -> Entry:  # noqa: ANN401 - of a sight
    """A customer of a listing, `over` a share, without an alert."""
    seen = sight(**of_sight)
    found = figures(seen)
    return Entry(seen, found, None, over(found, share))


def case(**of_sight: Any) -> Case:  # noqa: ANN401 - of a sight
    """What a formula is put to."""
    seen = sight(**of_sight)
    return Case(person(seen, "prod", []), seen.standing, seen.as_of)


def pipe() -> tuple[Console, io.StringIO]:
    """What a program reads."""
    shown = io.StringIO()
    return Console(file=shown, width=UNBROKEN), shown


def terminal(width: int) -> tuple[Console, io.StringIO]:
    """A terminal and what is on it, without colours."""
    shown = io.StringIO()
    return Console(file=shown, width=width, force_terminal=True, no_color=True, color_system=None), shown
