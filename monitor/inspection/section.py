"""The parts of a page about one customer: a title, and lines with a word of what each is about."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

# The widest word at the beginning of a line, and what is before it.
_LABEL = 16
_INDENT = 2


@dataclass(slots=True)
class Section:
    """A part of a page.

    Attributes:
        title: What it is about.
        lines: A word, and what there is to say; a line without a word goes on with the one before.
    """

    title: Text
    lines: list[tuple[str, Text]] = field(default_factory=list)

    def say(self, word: str, *said: str, style: str = "") -> None:
        """Add a line, and those that go on with it."""
        for number, sentence in enumerate(said):
            self.lines.append(("" if number else word, Text(sentence, style=style)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.title
        if options.is_terminal:
            grid = Table.grid(padding=(0, 1, 0, 0))
            grid.add_column(min_width=_LABEL, no_wrap=True, style="dim")
            grid.add_column(overflow="fold")
            for word, sentence in self.lines:
                grid.add_row(word, sentence)
            yield Padding(grid, (0, 0, 0, _INDENT))
        else:
            yield from self._unbroken()

    def _unbroken(self) -> Iterator[Text]:
        """For programs: a line is a line, however long, and none ends in blanks."""
        for word, sentence in self.lines:
            yield Text(f"{'':{_INDENT}}{word:{_LABEL}} {sentence.plain}", no_wrap=True, overflow="ignore")
