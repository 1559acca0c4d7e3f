"""Messages on a terminal: a panel for each, in the severity's colour, and as clear without colour."""

from typing import Final

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monitor.notify.failures import ChannelError
from monitor.notify.message import Message
from monitor.notify.text import clean, moment
from monitor.notify.wording import Telling, Tone, lateness, remainder, tell, title, tone

_STYLE: Final = {Tone.CRITICAL: "red", Tone.WARNING: "yellow", Tone.INFO: "blue", Tone.ENDED: "green"}
_SIGN: Final = {Tone.CRITICAL: "▲", Tone.WARNING: "▲", Tone.INFO: "●", Tone.ENDED: "✔"}
_BAR: Final = 24
_LINE_LIMIT: Final = 1_000


class ConsoleChannel:
    """Prints each message on standard output.

    Args:
        name: The channel's name in the rules file.
        console: Where to print; by default standard output as it is when a message comes.
    """

    def __init__(self, name: str, console: Console | None = None) -> None:
        self.name = name
        self._console = console or Console(highlight=False, markup=False, emoji=False)

    def send(self, message: Message) -> None:
        """Print one message.

        Raises:
            ChannelError: Standard output is closed, or cannot show the text.
        """
        try:
            self._console.print(render(message))
        except (OSError, ValueError) as error:
            raise ChannelError(
                f"channel {self.name}: standard output takes no text ({type(error).__name__}). "
                "Keep it open, or send alerts to another channel.",
                kind="unknown",
            ) from error


def render(message: Message) -> RenderableType:
    """The panel of a message. Every text in it is a `Text`: what a customer chose is never read as markup."""
    colour = tone(message.severity)
    rows: list[RenderableType] = []
    subtitle: Text | None = None
    if message.notice is not None:
        rows += [Text(clean(line, _LINE_LIMIT)) for line in message.notice.body.splitlines() if line.strip()]
        subtitle = Text(moment(message.notice.at), style="dim")
    elif message.total == 1:
        told = tell(message.events[0])
        colour = told.tone
        rows += _single(told)
        subtitle = Text(told.at, style="dim")
    else:
        for index, event in enumerate(message.events):
            rows += _brief(tell(event), first=index == 0)
        if message.hidden:
            rows += [Text(""), Text(remainder(message.hidden), style="dim")]
    late = lateness(message)
    if late:
        rows += [Text(late, style="italic")]
    return Panel(
        Group(*rows),
        title=Text(f"{_SIGN[colour]} {title(message)}", style=f"bold {_STYLE[colour]}", overflow="ellipsis"),
        title_align="left",
        subtitle=subtitle,
        subtitle_align="right",
        border_style=_STYLE[colour],
        box=ROUNDED,
        padding=(0, 1),
    )


def _single(told: Telling) -> list[RenderableType]:
    rows = [
        ("Spent", told.spent, None),
        ("Share", told.share, told.filled),
        ("Period", told.period, None),
        ("Pace", told.outlook, None),
        ("Changed", told.change, None),
        ("Customer", " · ".join(part for part in (told.identifier, told.email) if part), None),
    ]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value, filled in rows:
        if value:
            grid.add_row(Text(label), _bar(told, value) if filled is not None else Text(value))
    return [Text(told.summary, style="bold"), grid]


def _brief(told: Telling, *, first: bool) -> list[RenderableType]:
    head = Text.assemble(
        (f"{_SIGN[told.tone]} {told.word}", f"bold {_STYLE[told.tone]}"),
        ("  ", ""),
        (told.customer, "bold"),
        (f"  {' · '.join(part for part in (told.figure, told.spent, told.period) if part)}", ""),
    )
    detail = Group(Text(told.summary), Text(f"{told.change} · {told.place}", style="dim"))
    return [*([] if first else [Text("")]), head, Padding(detail, (0, 0, 0, 2))]


def _bar(told: Telling, share: str) -> Text:
    used = round((told.filled or 0.0) * _BAR)
    return Text.assemble(("━" * used, _STYLE[told.tone]), ("─" * (_BAR - used), "dim"), (f"  {share}", "bold"))
