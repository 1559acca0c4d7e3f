"""A listing in a terminal or a pipe: a line for each customer where there is room, else a few."""

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monitor.alerts.model import Severity
from monitor.inspection.columns import (
    ALERT,
    BUDGET,
    COLUMNS,
    COST,
    CUSTOMER,
    DURATION,
    ENVIRONMENT,
    USED,
    Column,
)
from monitor.inspection.listing import Entry, Listing
from monitor.inspection.ranking import SortKey
from monitor.inspection.wording import NONE
from monitor.notify.text import clean, moment, shorten
from monitor.terminal import WIDE, ago

STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

# Characters of an identifier that are left where the terminal is narrow.
_SHORTEST = 20
_GAP = 2


def print_listing(console: Console, listing: Listing, now: datetime, sort: SortKey) -> int:
    """Print the customers; how many there were.

    A pipe gets every column, and no customer waits there until all are read.
    """
    columns = [column for column in COLUMNS if not column.asked or column.sort is sort]
    if console.is_terminal and len(listing.complete_at) == 1:
        columns.remove(ENVIRONMENT)
    shown, in_columns = 0, True
    widths: dict[Column, int] = {}
    for stretch in listing.entries:
        rows = [{column: column.cell(entry, now) for column in columns} for entry in stretch]
        if not shown and console.is_terminal:
            columns = [column for column in columns if not column.rare or any(row[column] != NONE for row in rows)]
            fitting = _fitting(columns, _widths(columns, rows, {}), console.width, sort)
            in_columns = fitting is not None
            columns = fitting or columns
        if in_columns:
            widths = _widths(columns, rows, widths)
            _print_table(console, widths, rows, stretch, titled=not shown)
        else:
            for entry, row in zip(stretch, rows, strict=True):
                _print_lines(console, entry, row)
        shown += len(stretch)
    return shown


def print_summary(console: Console, listing: Listing, shown: int, now: datetime) -> None:
    """Say for when this holds, and of how many customers it is."""
    whole = not console.is_terminal  # what is read by a program is not broken into lines
    for environment, complete_at in listing.complete_at.items():
        told = "not read completely yet"
        if complete_at is not None:
            when = f"{moment(complete_at, near=now)} ({ago(now - complete_at)} ago)"
            told = f"as of {when}, when everybody had last been read"
        console.print(Text.assemble((clean(environment), "bold"), f": {told}"), soft_wrap=whole)
    customers = f"{listing.matched:,} customer{'' if listing.matched == 1 else 's'}"
    if shown < listing.matched:
        customers = f"the first {shown:,} of {customers}; --limit 0 shows all"
    console.print(Text(customers), soft_wrap=whole)


def _widths(
    columns: Sequence[Column], rows: Sequence[dict[Column, str]], before: dict[Column, int]
) -> dict[Column, int]:
    """How wide each column must be at least; no narrower than in the stretch before."""
    return {
        column: max(before.get(column, 0), cell_len(column.title), *(cell_len(row[column]) for row in rows))
        for column in columns
    }


def _fitting(columns: Sequence[Column], widths: dict[Column, int], room: int, sort: SortKey) -> list[Column] | None:
    """The columns that there is room for; None: there is not even room for those that cannot be spared."""
    if room < WIDE:
        return None
    keep = list(columns)
    spare = sorted((column.spare, column.title) for column in columns if column.spare and column.sort is not sort)
    for _, title in [*spare, (0, "")]:
        least = sum(min(widths[each], _SHORTEST) if each is CUSTOMER else widths[each] for each in keep)
        if least + _GAP * (len(keep) - 1) <= room:
            return keep
        keep = [column for column in keep if column.title != title]
    return None


def _print_table(
    console: Console,
    widths: dict[Column, int],
    rows: Sequence[dict[Column, str]],
    entries: Sequence[Entry],
    *,
    titled: bool,
) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0), show_header=titled)
    lacking = sum(widths.values()) + _GAP * (len(widths) - 1) - console.width
    name_width = widths[CUSTOMER] - max(lacking, 0)
    for column, width in widths.items():
        table.add_column(
            column.title,
            no_wrap=True,
            justify="right" if column.right else "left",
            min_width=name_width if column is CUSTOMER else width,
        )
    for row, entry in zip(rows, entries, strict=True):
        cells = {column: Text(row[column]) for column in widths}
        cells[CUSTOMER] = Text(shorten(row[CUSTOMER], name_width))
        if entry.alert is not None:
            cells[ALERT].stylize(STYLES[entry.alert])
        table.add_row(*cells.values(), style="dim" if entry.sight.record.missing_since is not None else None)
    console.print(table)


def _print_lines(console: Console, entry: Entry, row: dict[Column, str]) -> None:
    """A customer on two lines or more: who it is and how much is used, and under that the other figures."""
    who = [Text(row[CUSTOMER], style="bold")]
    if ENVIRONMENT in row:
        who.append(Text(row[ENVIRONMENT]))
    budgeted = row[BUDGET] != NONE
    who.append(Text(f"{row[USED]} used" if budgeted else "no budget"))
    if entry.alert is not None:
        who.append(Text(entry.alert.value, style=STYLES[entry.alert]))
    told = [f"{row[COST]} of {row[BUDGET]} {row[DURATION]}"] if budgeted else []
    told += [column.told.format(cell) for column, cell in row.items() if column.told and cell != NONE]
    console.print(Text(" · ").join(who))
    console.print(Padding(Text(" · ".join(told), style="dim"), (0, 0, 0, 2)))
