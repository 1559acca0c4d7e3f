"""Collects what is wrong with a file, each problem at its place, with nothing in it that must stay secret."""

import difflib
import re
from collections.abc import Iterable
from functools import cached_property

from monitor.rulebook.expand import Expansion
from monitor.rulebook.locate import Locator, Path, Span
from monitor.rulebook.problems import Problem

# A secret that was written into the file itself: the value of a key that looks like one of ours, misspelt or not,
# and whatever is shaped like a URL with something behind it. References to variables may stay.
_SECRET_VALUE = re.compile(
    r"""(?P<key>(?<![\w-])[\w-]{0,40}(?:key|url|uri|ulr|token|secret|passw|hook|link)[\w-]{0,40}["']?[ \t]*=[ \t]*)"""
    r"""(?P<value>\"{3}[\s\S]*?(?:\"{3}|\Z)|'{3}[\s\S]*?(?:'{3}|\Z)"""
    r"""|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?|[^\s"',}#\[\]][^,}#\n]*)""",
    re.IGNORECASE,
)
_URL = re.compile(r"""(?<=://)[^\s"']+""")
# Names that fit a line.
_FEW = 12
_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


class Report:
    """The problems of one file.

    Args:
        file: The path as it was given.
        text: The file's text with line feeds only.
    """

    def __init__(self, file: str, text: str = "") -> None:
        self.file = file
        self._text = text
        self._found: dict[Problem, None] = {}
        self.expansion = Expansion({}, lambda _: None)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems in the order of the file, none twice."""
        return tuple(sorted(self._found, key=lambda problem: (problem.line, problem.column)))

    def has(self, path: Path) -> bool:
        """Whether something is wrong at this path or below."""
        name = path_text(path)
        return any(re.match(rf"{re.escape(name)}(?![\w])", problem.path) for problem in self._found)

    def fresh(self) -> "Report":
        """A report of the same file without problems."""
        report = Report(self.file, self._text)
        report.expansion = self.expansion
        return report

    def about_file(self, message: str, hint: str = "") -> None:
        """Report what has no place in the text."""
        self._add(Problem(file=self.file, message=message, hint=hint))

    def at_place(self, line: int, column: int, message: str, hint: str = "") -> None:
        """Report what the TOML reader found, at its line and column from 1."""
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        self._add(Problem(file=self.file, line=line, column=column, text=text, message=message, hint=hint))

    def at_key(self, path: Path, message: str, hint: str = "") -> None:
        """Report a key, or a table by its header."""
        self._at(path, self._locator.key(path), message, hint)

    def at_value(self, path: Path, message: str, hint: str = "") -> None:
        """Report a value; where there is none, what should hold it."""
        self._at(path, self._locator.value(path), message, hint)

    def inside(self, path: Path, offset: int | None, length: int, message: str, hint: str = "") -> None:
        """Report a stretch of a string value.

        Args:
            path: Of the string.
            offset: Character in the string as expanded, from 0; None where the place is not known.
            length: Characters that are meant.
            message: What is wrong.
            hint: What to do.
        """
        if self.expansion.is_filled(path, offset, length) and self.expansion.reveals(path, f"{message} {hint}"):
            message = "what the variables hold cannot be used here"
            hint = "look at the value of each '${…}' in it; values from outside are not shown"
        span = self._locator.value(path)
        if offset is not None:
            start = self._locator.character(path, self.expansion.written(path, offset))
            end = self._locator.character(path, self.expansion.written(path, offset + max(length, 1)))
            if start is not None and end is not None:
                span = Span(start, max(end, start + 1))
        self._at(path, span, message, hint)

    def inside_written(self, path: Path, offset: int, length: int, message: str, hint: str = "") -> None:
        """Report a stretch of a string by its offset in the string as written."""
        start = self._locator.character(path, offset)
        end = self._locator.character(path, offset + length)
        span = self._locator.value(path) if start is None or end is None else Span(start, end)
        self._at(path, span, message, hint)

    @cached_property
    def _locator(self) -> Locator:
        return Locator(self._text)

    @cached_property
    def _lines(self) -> list[str]:
        """The lines as they may be shown: of the same length, secrets blanked out."""
        shown = _SECRET_VALUE.sub(lambda match: match["key"] + _blank(match["value"]), self._text)
        return _URL.sub(lambda match: _blank(match[0]), shown).split("\n")

    def _at(self, path: Path, span: Span, message: str, hint: str) -> None:
        before = self._text[: span.start]
        line = before.count("\n")
        column = span.start - (before.rfind("\n") + 1)
        text = self._lines[line]
        whole = not path or span == Span(0, 0)
        self._add(
            Problem(
                file=self.file,
                line=0 if whole else line + 1,
                column=0 if whole else column + 1,
                path=path_text(path),
                text="" if whole else text,
                length=max(1, min(span.end - span.start, len(text) - column)),
                message=self.expansion.conceal(message, path),
                hint=self.expansion.conceal(hint, path),
            )
        )

    def _add(self, problem: Problem) -> None:
        self._found[problem] = None


def path_text(path: Path) -> str:
    """Write a path as people do: `rules[0].levels[1].at_least`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    by_lower_case = {candidate.lower(): candidate for candidate in known}
    match = difflib.get_close_matches(name.lower(), by_lower_case, n=1)
    return by_lower_case[match[0]] if match else None


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint for a name that is not known: the nearest one, or all of them where they are few."""
    names = list(dict.fromkeys(known))
    match = closest(name, names)
    if match is not None:
        return f"did you mean '{match}'?"
    return "known: " + ", ".join(f"'{name}'" for name in names) if 0 < len(names) <= _FEW else ""


def _blank(value: str) -> str:
    """Replace what is inside the quotes, but not references and line breaks, by stars of the same length."""
    shown, position = "", 0
    for match in _REFERENCE.finditer(value):
        shown += re.sub(r"""[^\n"']""", "*", value[position : match.start()]) + match[0]
        position = match.end()
    return shown + re.sub(r"""[^\n"']""", "*", value[position:])
