"""`${NAME}` in the strings of a rules file: filled in from outside, and traceable back to what was written."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.rulebook.locate import Path

Lookup = Callable[[str], str | None]
"""Gives the value of a name, or None where it is not set."""

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|\$\{")


_WORD = re.compile(r"\w+")
# A word of a variable may be joined to what is written around it; of fewer letters it says nothing.
_PART = 3
# No key or webhook is shorter.
_TELLING = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """A replaced stretch: character offsets in the string as written and in the result.

    Attributes:
        name: The variable; None for an escaped `$${`.
        value: What stands there now; possibly a secret.
    """

    start: int
    end: int
    new_start: int
    new_end: int
    name: str | None
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """A reference that could not be filled in: where in the string as written, and why."""

    path: Path
    start: int
    length: int
    message: str
    hint: str


class Expansion:
    """The data of a file with its strings filled in.

    Attributes:
        data: As read, with lists as tuples and strings expanded. A string with a reference that has no value is left
            as it was written.
        missing: What had no value.
    """

    def __init__(self, data: Mapping[str, Any], lookup: Lookup) -> None:
        self._lookup = lookup
        self._pieces: dict[Path, list[Piece]] = {}
        self.missing: list[Missing] = []
        self.data: dict[str, Any] = self._expand(data, ())

    def written(self, path: Path, offset: int) -> int:
        """Turn an offset in an expanded string into one in the string as written."""
        shift = 0
        for piece in self._pieces.get(path, ()):
            if offset < piece.new_start:
                break
            if offset < piece.new_end:
                return piece.start
            shift = piece.end - piece.new_end
        return offset + shift

    def is_filled(self, path: Path, offset: int | None = None, length: int = 1) -> bool:
        """Whether anything at this path or below came from outside; with an offset, whether part of a stretch did."""
        return any(
            piece.name is not None
            and (offset is None or (piece.new_start < offset + max(length, 1) and offset < piece.new_end))
            for found, pieces in self._pieces.items()
            if found[: len(path)] == path
            for piece in pieces
        )

    def reveals(self, path: Path, sentence: str) -> bool:
        """Whether a sentence repeats a word, or part of one, of what was filled in at this path."""
        filled = [piece.value for piece in self._pieces.get(path, ()) if piece.name]
        told = set(_WORD.findall(sentence))
        return any(
            word in told or (len(word) >= _PART and word in sentence)
            for value in filled
            for word in _WORD.findall(value)
        )

    def is_unfilled(self, path: Path) -> bool:
        """Whether a reference at this path has no value, so that nothing else can be said of the string."""
        return any(missing.path == path for missing in self.missing)

    def conceal(self, text: str, path: Path) -> str:
        """Put `${NAME}` back into a sentence about a path, for every value from outside: it may be a secret."""
        found: dict[str, str] = {}
        for place, pieces in self._pieces.items():
            near = place[: len(path)] == path or path[: len(place)] == place
            # Elsewhere, short values are ordinary words that the sentence would only be garbled without.
            found |= {
                piece.value: piece.name for piece in pieces if piece.name and (near or len(piece.value) >= _TELLING)
            }
        for value in sorted(found, key=len, reverse=True):
            # Sentences quote values plainly or as Python writes them.
            for form in {value, repr(value)[1:-1]} - {""}:
                text = text.replace(form, f"${{{found[value]}}}")
        return text

    def expand(self, path: Path, text: str) -> str:
        """Fill in one string, remembering where."""
        result, position, pieces = "", 0, list[Piece]()
        for match in _REFERENCE.finditer(text):
            name = match["name"]
            value = self._lookup(name) if name else "${" if match[0] == "$${" else None
            if value is None or not _is_text(value):
                self.missing.append(_missing(path, match, value))
                return text
            result += text[position : match.start()]
            pieces.append(Piece(match.start(), match.end(), len(result), len(result) + len(value), name, value))
            result += value
            position = match.end()
        if pieces:
            self._pieces[path] = pieces
        return result + text[position:]

    def _expand(self, value: Any, path: Path) -> Any:  # noqa: ANN401 - TOML data has no narrower type
        if isinstance(value, dict):
            return {key: self._expand(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return tuple(self._expand(item, (*path, position)) for position, item in enumerate(value))
        return self.expand(path, value) if isinstance(value, str) else value


def _is_text(value: str) -> bool:
    """A variable may hold bytes that are no text; they would surface as an error far from here."""
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _missing(path: Path, match: re.Match[str], value: str | None) -> Missing:
    name = match["name"]
    if name is None:
        message, hint = "'${' is not followed by a name and '}'", "write '${NAME}', or '$${' for '${' itself"
    elif value is None:
        message, hint = (
            f"{name} is not set",
            f"set the environment variable {name}, or write '$${{' for '${{' itself",
        )
    else:
        message, hint = f"{name} holds bytes that are not text", f"set the environment variable {name} to UTF-8 text"
    return Missing(path, match.start(), len(match[0]), message, hint)
