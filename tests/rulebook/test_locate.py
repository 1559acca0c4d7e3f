"""Where the values of a TOML text stand."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rulebook.locate import Locator, Path, Span, string_offsets

TEXT = """\
top = 1
a.b."c d".'e' = 2
x = { y = 3, z.q = "vier" } # comment
[poll]
interval = "30s"
"""
RULES = """\
# über
[[rules]]
"name" = "ü"
levels = [
  { at_least = 0.5, severity = "info" }, # first
  # between
  [6, 7],
]
[rules.labels]
team = "a"
[[rules]]
name = "second"
[[rules.inner]]
k = 1
[[rules.inner]]
k = 2
[rules.'f g'.h]
t = 9
"""


def shown(text: str, span: Span) -> str:
    """The stretch of the text."""
    return text[span.start : span.end]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("top",), "1"),
        (("a", "b", "c d", "e"), "2"),
        (("x", "y"), "3"),
        (("x", "z", "q"), '"vier"'),
        (("poll", "interval"), '"30s"'),
    ],
)
def test_finds_values_under_dotted_quoted_and_inline_keys(path: Path, value: str) -> None:
    """However a key is written, its value is found by its path."""
    assert shown(TEXT, Locator(TEXT).value(path)) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rules", 0, "name"), '"ü"'),
        (("rules", 0, "levels", 0, "at_least"), "0.5"),
        (("rules", 0, "levels", 1, 1), "7"),
        (("rules", 0, "labels", "team"), '"a"'),
        (("rules", 1, "name"), '"second"'),
        (("rules", 1, "inner", 0, "k"), "1"),
        (("rules", 1, "inner", 1, "k"), "2"),
        (("rules", 1, "f g", "h", "t"), "9"),
    ],
)
def test_finds_values_in_lists_of_tables(path: Path, value: str) -> None:
    """A header without a position belongs to the last table of its list."""
    assert shown(RULES, Locator(RULES).value(path)) == value


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (("rules", 0, "name"), '"name"'),
        (("rules", 0, "levels", 0, "severity"), "severity"),
        (("rules", 1), "rules"),
        (("rules", 0, "labels"), "rules.labels"),
    ],
)
def test_finds_keys(path: Path, key: str) -> None:
    """The key of a table is its header."""
    assert shown(RULES, Locator(RULES).key(path)) == key


def test_answers_a_missing_key_with_its_table() -> None:
    """What is not written is told at the table that lacks it."""
    locator = Locator(RULES)
    assert locator.value(("rules", 1, "severity")) == locator.key(("rules", 1))


def test_answers_an_unknown_table_with_the_start() -> None:
    """What has no parent in the text has no place."""
    assert Locator(RULES).value(("routes", 3, "name")) == Span(0, 0)


def test_survives_broken_text() -> None:
    """Of a text that is not TOML, what can be read is found."""
    text = "[poll]\ninterval = \n[[rules]]\nname = 'x'\n"
    assert shown(text, Locator(text).value(("rules", 0, "name"))) == "'x'"


plain = st.characters(exclude_characters='"\\\x7f', exclude_categories=["Cc", "Cs"]).map(lambda c: (c, c))
escaped = st.one_of(
    st.sampled_from([("\\n", "\n"), ("\\t", "\t"), ('\\"', '"'), ("\\\\", "\\")]),
    st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF).map(lambda c: (f"\\u{ord(c):04x}", c)),
    st.characters(exclude_categories=["Cs"]).map(lambda c: (f"\\U{ord(c):08X}", c)),
)


@given(st.lists(st.one_of(plain, escaped), max_size=12))
def test_every_character_of_a_string_is_found_where_it_is_written(pieces: list[tuple[str, str]]) -> None:
    """Each character maps to the start of the piece of source that stands for it, the end to the closing quote."""
    source = [written for written, _ in pieces]
    expected = [1 + sum(map(len, source[:position])) for position in range(len(source) + 1)]
    assert list(string_offsets('"' + "".join(source) + '"')) == expected


@pytest.mark.parametrize(
    "literal",
    ['"""\nab\\\n   c"""', "'''\na\\b'''", '""""quoted" in """', "'a\\nb'", '"""a\\u0020\n b"""', '"""\\   \n\n  x"""'],
)
def test_strings_of_every_kind_have_a_place_for_each_character(literal: str) -> None:
    """Line breaks that the reader drops do not shift the characters after them."""
    value = tomllib.loads(f"x = {literal}")["x"]
    starts = list(string_offsets(literal))
    assert len(starts) == len(value) + 1
    assert all(literal[start] in (character, "\\") for start, character in zip(starts, value, strict=False))
