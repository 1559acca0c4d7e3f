"""Reads the text of an expression into Python's syntax tree, safely whatever the text is."""

import ast
import warnings
from collections.abc import Iterator

from monitor.rules.errors import ExpressionError

MAX_LENGTH = 2_000
MAX_DEPTH = 50

_OPENING, _CLOSING = "([{", ")]}"
_PREFIXES = "+-~"
_QUOTES = "'\""
_SLIPS = {
    "=": "did you mean '=='?",
    "&": "did you mean 'and'?",
    "|": "did you mean 'or'?",
    "!": "did you mean 'not' or '!='?",
    "<>": "did you mean '!='?",
}


class Source:
    """The text of an expression and where its parts stand.

    Args:
        text: As the user wrote it.

    Attributes:
        text: The same.
        tree: Python's syntax tree of it, of which nothing has been allowed yet.

    Raises:
        ExpressionError: The text is empty, too long, too deeply nested, or no Python expression.
    """

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise ExpressionError(
                f"an expression can have {MAX_LENGTH:,} characters, this one has {len(text):,}; split the rule in two",
                MAX_LENGTH,
                len(text) - MAX_LENGTH,
            )
        line = _one_line(text).rstrip(" ")
        stripped = line.lstrip(" ")
        if not stripped:
            raise ExpressionError("the expression is empty; write a formula over fields", 0, len(text))
        self.text = text
        self._indent = len(line) - len(stripped)
        self._line = stripped
        self.tree = self._parse()
        self._encoded = stripped.encode()

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Returns the column and the length of a node, in characters: Python counts bytes."""
        start: int = getattr(node, "col_offset", 0)
        end: int = getattr(node, "end_col_offset", None) or start
        column = len(self._encoded[:start].decode(errors="replace"))
        length = len(self._encoded[start:end].decode(errors="replace"))
        return self._indent + column, length

    def _parse(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                # Python warns of odd escapes and of "1if x"; neither can mislead here, and nobody would hear it.
                warnings.simplefilter("ignore")
                return ast.parse(self._line, mode="eval").body
        except SyntaxError as error:
            raise self._misread(error) from None
        except UnicodeError:
            raise ExpressionError(
                "the expression has a character that is no text; type it anew", 0, len(self.text)
            ) from None
        except (ValueError, MemoryError, RecursionError):
            raise _too_deep(0, len(self.text)) from None

    def _misread(self, error: SyntaxError) -> ExpressionError:
        end = len(self.text.rstrip())
        # Python gives no column, or the first, for a text that ends where something must follow.
        column = min(max(self._indent + (error.offset or end + 1) - 1, 0), end)
        if column >= end:
            return ExpressionError("the expression ends too early; complete or remove its last part", end, 0)
        if "else" in error.msg:
            return ExpressionError("a choice needs 'else'; write 'a if condition else b'", column, end - column)
        found = self.text[column]
        hint = _SLIPS.get(self.text[column : column + 2]) or _SLIPS.get(found)
        return ExpressionError(f"{found!r} is not understood here; check what stands around it", column, 1, hint)


def _one_line(text: str) -> str:
    """Returns the text with every white space outside of strings as a blank, at the same columns.

    Refuses what would reach the interpreter's limits: Python's own parser recurses in C.
    """
    line: list[str] = []
    depth = run = 0
    for column, (character, quoted) in enumerate(zip(text, _quoted(text), strict=True)):
        blank = character.isascii() and character.isspace() and not quoted
        if (character < " " or character == "\x7f") and not blank:
            raise ExpressionError("a control character cannot stand here; remove it", column, 1)
        if character == "#" and not quoted:
            message = "a comment cannot stand in an expression; put it on a line of its own"
            raise ExpressionError(message, column, len(text) - column)
        if not quoted:
            depth += (character in _OPENING) - (character in _CLOSING)
            run = run + 1 if character in _PREFIXES else run if blank else 0
        if max(depth, run) > MAX_DEPTH:
            raise _too_deep(column, 1)
        line.append(" " if blank else character)
    return "".join(line)


def _quoted(text: str) -> Iterator[bool]:
    """Yields for each character whether it stands within quotes; the quotes themselves do not."""
    quote = ""
    escaped = False
    for character in text:
        inside = bool(quote) and (escaped or character != quote)
        yield inside
        escaped = inside and character == "\\" and not escaped
        if not inside:
            quote = "" if quote else character if character in _QUOTES else ""


def _too_deep(column: int, length: int) -> ExpressionError:
    return ExpressionError(
        f"the expression is nested more than {MAX_DEPTH} levels deep; split the rule in two", column, length
    )


def check_depth(depth: int, column: int, length: int) -> None:
    """Raises ExpressionError where a part is nested too deeply.

    Args:
        depth: Levels above the part.
        column: Where the part stands.
        length: How many characters it covers.
    """
    if depth > MAX_DEPTH:
        raise _too_deep(column, length)
