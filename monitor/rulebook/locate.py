"""Where a value of a TOML text stands: the reader gives values, this gives their lines and columns."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Path = tuple[str | int, ...]
"""A place in the data: ("rules", 0, "levels", 1, "at_least")."""

_KEYS = ("bare_key", "quoted_key", "dotted_key")
_NO_ELEMENTS = ("comment", "ERROR")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text: character offsets, the end not included."""

    start: int
    end: int


class Locator:
    """Finds keys and values of a TOML text by their path.

    A path that has no text of its own (a missing key, a default) is answered by its nearest known parent.

    Args:
        text: With line feeds only, and valid TOML; of broken TOML, what can be read is found.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._data = text.encode(errors="replace")
        self._places: dict[Path, tuple[Node, Node]] = {}
        tree = Parser(Language(tree_sitter_toml.language())).parse(self._data)
        self._index(tree.root_node)

    def key(self, path: Path) -> Span:
        """The key of a path: for a table or an element without a key, its header or its opening."""
        return self._span(path, 0)

    def value(self, path: Path) -> Span:
        """The value of a path; for a table with a header, the header."""
        return self._span(path, 1)

    def character(self, path: Path, offset: int) -> int | None:
        """The place in the text of one character of a string value.

        Args:
            path: Of the string.
            offset: In the value as the reader gives it, from 0.

        Returns:
            The offset in the text; None where the path is not a string that was written there.
        """
        place = self._places.get(path)
        if place is None or place[1].type != "string":
            return None
        span = self.value(path)
        starts = list(string_offsets(self._text[span.start : span.end]))
        return span.start + starts[min(offset, len(starts) - 1)]

    def _span(self, path: Path, which: int) -> Span:
        while path and path not in self._places:
            # A missing path is about its parent, whose own opening is the place to look.
            path, which = path[:-1], 0
        if not path:
            return Span(0, 0)
        node = self._places[path][which]
        start = len(self._data[: node.start_byte].decode(errors="replace"))
        return Span(start, start + len(self._data[node.start_byte : node.end_byte].decode(errors="replace")))

    def _index(self, root: Node) -> None:
        sizes: dict[Path, int] = {}
        for node in root.children:
            if node.type == "pair":
                self._index_pair(node, ())
            elif node.type in ("table", "table_array_element"):
                path = self._index_header(node, sizes)
                for child in node.children:
                    if child.type == "pair":
                        self._index_pair(child, path)

    def _index_header(self, table: Node, sizes: dict[Path, int]) -> Path:
        header = next((child for child in table.children if child.type in _KEYS), None)
        if header is None:
            return ("",)
        path: Path = ()
        keys = list(_key_parts(header))
        for position, (name, _) in enumerate(keys):
            path = (*path, name)
            if position == len(keys) - 1 and table.type == "table_array_element":
                self._places.setdefault(path, (header, header))
                sizes[path] = sizes.get(path, 0) + 1
            if path in sizes:
                path = (*path, sizes[path] - 1)
            # A parent without a header of its own is found at the first table inside it.
            self._places.setdefault(path, (header, header))
        return path

    def _index_pair(self, pair: Node, parent: Path) -> None:
        work: list[tuple[Node, Path]] = [(pair, parent)]
        while work:
            node, path = work.pop()
            # A comment behind the value is part of the pair in this grammar.
            parts = [child for child in node.children if child.type != "comment"]
            if len(parts) < 3 or parts[0].type not in _KEYS:  # noqa: PLR2004 - key, equals sign, value
                continue
            key, value = parts[0], parts[-1]
            for name, part in _key_parts(key):
                path = (*path, name)
                self._places.setdefault(path, (part, part))
            self._places[path] = (self._places[path][0], value)
            work.extend(self._inside(value, path))

    def _inside(self, value: Node, path: Path) -> Iterator[tuple[Node, Path]]:
        """Give the pairs inside a value, registering the elements of its arrays on the way."""
        work: list[tuple[Node, Path]] = [(value, path)]
        while work:
            node, path = work.pop()
            if node.type == "inline_table":
                for child in node.children:
                    if child.type == "pair":
                        yield child, path
            elif node.type == "array":
                elements = [child for child in node.children if child.is_named and child.type not in _NO_ELEMENTS]
                for position, element in enumerate(elements):
                    self._places[(*path, position)] = (element, element)
                    work.append((element, (*path, position)))


def _key_parts(key: Node) -> Iterator[tuple[str, Node]]:
    """Give the names of a key in order: the grammar nests `a.b.c` to the left."""
    parts: list[Node] = []
    work = [key]
    while work:
        node = work.pop()
        if node.type == "dotted_key":
            work.extend(child for child in node.children if child.type in _KEYS)
        else:
            parts.append(node)
    for part in reversed(parts):
        text = (part.text or b"").decode(errors="replace")
        yield (_unquote(text) if part.type == "quoted_key" else text), part


def _unquote(text: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{text} = 0")))
    except tomllib.TOMLDecodeError:
        return text


def string_offsets(literal: str) -> Iterator[int]:
    """Give, for each character of a TOML string's value, where in its literal it is written; then where it ends.

    Args:
        literal: With its quotes: basic or literal, of one line or more, with line feeds only.
    """
    quote = literal[:3] if literal[:3] in ('"""', "'''") else literal[:1]
    position, end = len(quote), max(len(literal) - len(quote), len(quote))
    if len(quote) > 1 and literal.startswith("\n", position):
        position += 1
    while position < end:
        if quote[0] == "'" or literal[position] != "\\":
            yield position
            position += 1
        elif literal[position + 1 : position + 2] in ("u", "U"):
            yield position
            position += 6 if literal[position + 1] == "u" else 10
        elif literal[position + 1 : position + 2] in (" ", "\t", "\n"):
            # A backslash at the end of a line swallows the break and all blanks after it.
            position += 1
            while position < end and literal[position] in " \t\n":
                position += 1
        else:
            yield position
            position += 2
    yield end
