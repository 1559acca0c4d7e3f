"""What a person sees in a terminal: tables of alerts, the progress of a poll."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, Severity
from monitor.notify.text import SUMMARY_LIMIT, clean
from monitor.polling.poller import Poll
from monitor.respan.client import LARGEST_PAGE

# Columns below which a table would leave no room for what an alert says, and columns that hold any line of it.
WIDE = 110
UNBROKEN = 1_000

_STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def output() -> Console:
    """Standard output. In a pipe an alert is one line, however long, so that grep finds all of it."""
    return Console(width=None if sys.stdout.isatty() else UNBROKEN)


def print_alerts(console: Console, alerts: Sequence[KeptAlert], now: datetime, *, none: str) -> None:
    """A table of alerts, worst first; the words of `none` where there are none."""
    if not alerts:
        console.print(Text(none))
        return
    worst_first = sorted(alerts, key=lambda alert: (-alert.life.severity.rank, alert.life.since))
    if console.is_terminal and console.width < WIDE:
        for alert in worst_first:
            severity, state, since, environment, rule, what = _cells(alert, now)
            console.print(Text("  ").join([severity, state, since, Text(" · ").join([rule, environment])]))
            console.print(Padding(what, (0, 0, 0, 2)))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("severity", "state", "for", "environment", "rule"):
        table.add_column(column, no_wrap=True)
    table.add_column("what", overflow="fold")
    for alert in worst_first:
        table.add_row(*_cells(alert, now))
    console.print(table)


def _cells(alert: KeptAlert, now: datetime) -> tuple[Text, Text, Text, Text, Text, Text]:
    pending = alert.life.state is AlertState.PENDING
    return (
        Text(alert.life.severity.value, style=_STYLES[alert.life.severity]),
        Text(alert.life.state.value, style="dim" if pending else ""),
        Text(ago(now - alert.life.since)),
        Text(alert.key.environment or "–"),  # noqa: RUF001 - it is of no one environment
        Text(alert.rule),
        Text(clean(alert.summary, SUMMARY_LIMIT)),
    )


def print_polls(console: Console, polls: Sequence[Poll]) -> None:
    """What each environment's poll has read, and what it could not."""
    for poll in polls:
        walk = poll.walk
        line = Text.assemble(
            (poll.environment, "bold"),
            f": {_count(walk.customers, 'customer')}, {_count(poll.readings, 'period')} read, "
            f"{_count(poll.requests, 'request')}",
        )
        if walk.undecided:
            line.append(f"; {walk.undecided:,} undecided: their period was not read", style="yellow")
        if walk.malformed:
            line.append(f"; {_count(walk.malformed, 'row')} could not be read", style="yellow")
        if walk.filtered:
            line.append(f"; {_count(walk.filtered, 'row')} did not match the filters", style="yellow")
        whole = not console.is_terminal  # what is read by a program is not broken into lines
        console.print(line, soft_wrap=whole)
        if poll.error is not None:
            console.print(Text(str(poll.error), style="red"), soft_wrap=whole)
        elif not walk.complete:
            console.print(
                Text(f"incomplete: the API listed {walk.distinct:,} of {walk.count} customers", style="yellow")
            )


@contextmanager
def progress_of_polls(console: Console, *, shown: bool) -> Iterator[Callable[[Poll], None]]:
    """A bar for each environment, over its pages and then its readings."""
    if not shown:
        yield lambda _poll: None
        return
    bars: dict[str, TaskID] = {}
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:

        def show(poll: Poll) -> None:
            pages = -(-poll.walk.count // LARGEST_PAGE) if poll.walk.count else poll.pages
            _advance(progress, bars, f"{poll.environment}: pages", poll.pages, max(pages, poll.pages))
            done = poll.readings + poll.failed_readings
            if done:
                _advance(progress, bars, f"{poll.environment}: periods", done, done + len(poll.walk.candidates))

        yield show


def ago(time: timedelta) -> str:
    """A time span at a glance: 45s, 12m, 3h, 9d."""
    seconds = max(0, int(time.total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _advance(progress: Progress, bars: dict[str, TaskID], what: str, done: int, total: int) -> None:
    if what not in bars:
        bars[what] = progress.add_task(what, total=total)
    progress.update(bars[what], completed=done, total=total)
