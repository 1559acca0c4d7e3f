"""What is wrong with a rules file, and how it is told: place, sentence, source line, caret, and the way out."""

from collections.abc import Sequence
from dataclasses import dataclass

# A terminal's width, less the indent: of a longer line the part around the mistake is shown.
_WIDTH = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to correct, or to know.

    Attributes:
        file: The path as it was given.
        line: From 1; 0 where the file as a whole is meant.
        column: Character in the line, from 1; 0 where only the line is known.
        path: What it is about, such as "rules[0].levels[1].at_least"; "" for the file.
        text: The source line as written: values from the environment are not filled in, secrets are blanked out.
        length: Characters from `column` on that are meant.
        message: What is wrong, as part of a sentence.
        hint: What to do about it; "" where the message says all.
    """

    file: str
    line: int = 0
    column: int = 0
    path: str = ""
    text: str = ""
    length: int = 1
    message: str
    hint: str = ""

    @property
    def place(self) -> str:
        """The place in the form that editors and terminals make clickable: `rules.toml:14:9`."""
        numbers = [str(number) for number in (self.line, self.column) if number]
        return ":".join([_harmless(self.file), *numbers])

    def __str__(self) -> str:
        """One line, for logs."""
        return f"{self.place}: {_harmless(self.message)}" + (f"; {_harmless(self.hint)}" if self.hint else "")


class RulebookError(Exception):
    """A rules file that cannot be used; `str()` is what a terminal shows.

    Attributes:
        problems: All that is wrong, in the order of the file.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(render(problems))
        self.problems = tuple(problems)


def render(problems: Sequence[Problem], kind: str = "") -> str:
    """Write problems for people, each with its source line and a caret under the mistake.

    Args:
        problems: In the order to show them.
        kind: A word before each message, such as "warning".
    """
    return "\n\n".join(_render(problem, kind) for problem in problems)


def _render(problem: Problem, kind: str) -> str:
    lines = [f"{problem.place}: {kind + ': ' if kind else ''}{_harmless(problem.message)}"]
    if problem.text.strip():
        text, column = _window(problem.text, problem.column)
        gutter = f"{problem.line:>5} | "
        lines.append(gutter + text)
        if problem.column:
            # Tabs stay tabs, so that the caret stands where the terminal puts the character.
            indent = "".join("\t" if character == "\t" else " " for character in text[: column - 1])
            width = max(1, min(problem.length, len(text) - column + 1))
            lines.append(" " * (len(gutter) - 2) + "| " + indent + "^" * width)
    if problem.hint:
        lines.append(" " * 6 + "= " + _harmless(problem.hint))
    return "\n".join(lines)


def _window(text: str, column: int) -> tuple[str, int]:
    """Cut a long line to what surrounds the mistake."""
    harmless = _harmless(text)
    if len(harmless) <= _WIDTH:
        return harmless, column
    start = max(0, min(column - 1 - _WIDTH // 2, len(harmless) - _WIDTH))
    cut = list(harmless[start : start + _WIDTH])
    if start:
        cut[0] = "…"
    if start + _WIDTH < len(harmless):
        cut[-1] = "…"
    return "".join(cut), max(column - start, 0)


def _harmless(text: str) -> str:
    """Show what a terminal would obey, or could not print, as a dot: the file may have been written by anyone."""
    return "".join(character if character.isprintable() or character == "\t" else "·" for character in text)
