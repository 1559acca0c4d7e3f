"""The file that people copy is right, as it stands and in every part of it."""

import re
from pathlib import Path

import pytest

from monitor.rulebook import load
from monitor.rulebook.schema import TABLES
from tests.rulebook.builders import read

EXAMPLE = Path(__file__).parents[2] / "rules.example.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
# A commented-out line of TOML has no blank after the sign, unlike prose.
SNIPPETS = [
    "".join(re.findall(r"^#(.*\n)", block, re.MULTILINE))
    for block in re.findall(r"(?:^#[^\s#].*\n)+", TEXT, re.MULTILINE)
]
VARIABLES = {"RESPAN_API_KEY": "a", "SANDBOX_API_KEY": "b", "SLACK_URL": "slack://a/b/c"}


def uncommented(text: str) -> str:
    """The text with all of its commented-out TOML in force."""
    return re.sub(r"^#(?=[^\s#])", "", text, flags=re.MULTILINE)


def test_the_example_needs_only_the_key() -> None:
    """Copied as it is, it loads without a warning."""
    assert load(EXAMPLE, {"RESPAN_API_KEY": "a"}.get).warnings == ()


def test_the_example_loads_with_everything_in_force() -> None:
    """All that is commented out fits together."""
    book = read(uncommented(TEXT), VARIABLES)
    assert (len(book.environments), len(book.rules), len(book.channels), len(book.routes)) == (2, 3, 2, 2)
    assert [entry.name for entry in book.aggregates] == ["daily-spend"]
    assert book.customer_series is not None
    assert book.warnings == ()


def test_the_example_has_snippets() -> None:
    """The search for what is commented out finds it."""
    assert len(SNIPPETS) == 7


@pytest.mark.parametrize("snippet", [snippet for snippet in SNIPPETS if "[[routes]]" not in snippet])
def test_each_snippet_can_be_put_in_force_alone(snippet: str) -> None:
    """Whichever part someone uncomments first, it loads."""
    assert read(TEXT.replace("#" + snippet.rstrip("\n").replace("\n", "\n#"), snippet), VARIABLES).rules


def test_the_example_names_every_key() -> None:
    """Nothing has to be looked up elsewhere."""
    known = {field.alias or name for table in TABLES.values() for name, field in table.model_fields.items()}
    absent = {key for key in known if not re.search(rf"\b{key}\b", TEXT)}
    assert absent == set()


def test_the_example_shows_the_defaults() -> None:
    """Leaving out what the example says of defaults changes nothing."""
    bare = re.sub(
        r"^(interval|requests_per_minute|environment|api_key|filter_operator|for|keep_firing_for|give_up_after)"
        r" = .*\n",
        "",
        TEXT,
        flags=re.MULTILINE,
    )
    bare = re.sub(
        r"^(continue|group_by|group_wait|group_interval|repeat_interval) = .*\n", "", bare, flags=re.MULTILINE
    )
    assert read(bare, VARIABLES).fingerprint != ""
    assert read(bare, VARIABLES).poll == read(TEXT, VARIABLES).poll
    assert read(bare, VARIABLES).routes == read(TEXT, VARIABLES).routes
    assert read(bare, VARIABLES).channels == read(TEXT, VARIABLES).channels
