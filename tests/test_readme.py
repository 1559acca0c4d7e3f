"""What the README promises of itself."""

from monitor.rulebook import loads
from scripts import reference


def test_the_tables_of_the_reference_are_those_of_the_program() -> None:
    """Fields, functions and metrics stand in the README as the program has them; `make reference` brings them there."""
    readme = reference.README.read_text(encoding="utf-8")

    assert reference.updated(readme) == readme


def test_the_rule_that_the_readme_shows_is_a_rule() -> None:
    """The first rule of the README can be copied into a rules file."""
    readme = reference.README.read_text(encoding="utf-8")
    shown = readme.split("```toml\n")[1].split("```")[0]

    book = loads(f'[[environments]]\nname = "prod"\n{shown}'.encode(), lambda _name: "key")

    assert [entry.name for entry in book.rules] == ["period-budget"]
