"""No input is a traceback: a file is a book, or a list of problems that can be shown."""

from collections.abc import Mapping

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.rulebook import Rulebook, RulebookError, loads
from tests.rulebook.builders import ENVIRONMENT
from tests.rulebook.test_example import TEXT, VARIABLES, uncommented

WHOLE = uncommented(TEXT)
LINES = [line for line in WHOLE.splitlines() if line and not line.startswith("#")]

scalars = st.one_of(
    st.none().map(lambda _: "nan"),
    st.booleans().map(lambda value: str(value).lower()),
    st.integers().map(str),
    st.floats().map(lambda value: str(value).replace("e+", "e")),
    st.sampled_from(
        ["1979-05-27", "07:32:00", '"""\n${RESPAN_API_KEY}"""', "'''\n'''", "[]", "{}", "[[], {}]", '"${A"']
    ),
    st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="'"), max_size=20).map(
        lambda t: f"'{t}'"
    ),
)


def outcome(text: str | bytes, environment: Mapping[str, str] = ENVIRONMENT) -> Rulebook | RulebookError:
    """The book, or the error; anything else is raised."""
    try:
        return loads(text.encode(errors="replace") if isinstance(text, str) else text, environment.get)
    except RulebookError as error:
        return error


def told(result: Rulebook | RulebookError) -> bool:
    """Whether there is a book, or a problem with words that a terminal can show."""
    if isinstance(result, Rulebook):
        return True
    return (
        bool(result.problems)
        and all(problem.message for problem in result.problems)
        and str(result).replace("\n", "").replace("\t", "").isprintable()
    )


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode(errors="replace"))))
@example(b"\xef\xbb\xbf")
@example(b"a = \x00")
@example(b"rules = 1\r")
def test_any_bytes_are_told(content: bytes) -> None:
    """Bytes that were never meant as rules are refused in words."""
    result = outcome(content)
    assert isinstance(result, RulebookError)
    assert told(result)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A right file with a few lines lost, doubled, swapped, or with another value."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        position = draw(st.integers(0, len(lines) - 1))
        other = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del lines[position]
            case 1:
                lines.insert(other, lines[position])
            case 2:
                lines[position], lines[other] = lines[other], lines[position]
            case 3:
                key, equals, _ = lines[position].partition("=")
                lines[position] = f"{key}{equals}{draw(scalars)}"
            case _:
                line, cut = lines[position], draw(st.integers(0, 60))
                lines[position] = line[:cut] + draw(st.text("abk'\"[]{}=.,$#\\ 0", max_size=2)) + line[cut + 1 :]
    return "\n".join(lines)


@settings(max_examples=300)
@given(mutated())
def test_a_damaged_file_is_a_book_or_told(text: str) -> None:
    """A slip anywhere in a right file never surfaces as anything but problems."""
    assert told(outcome(text))


@given(mutated())
def test_every_mark_lies_in_its_line(text: str) -> None:
    """A place always exists: the line is that of the file, and the column is in it or right behind it."""
    result = outcome(text, VARIABLES)
    lines = text.encode(errors="replace").decode().split("\n")
    problems = result.problems if isinstance(result, RulebookError) else result.warnings
    for problem in problems:
        assert 0 <= problem.line <= len(lines)
        if problem.column:
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
            assert len(problem.text) == len(lines[problem.line - 1])


@given(st.text(max_size=60), st.sampled_from(["when", "where", "value", "summary", "name", "for"]))
def test_any_text_in_a_rule_is_told(text: str, key: str) -> None:
    """Whatever stands in a formula, a name, a duration or a sentence, loading ends well."""
    written = "".join(f"\\U{ord(character):08X}" for character in text if not "\ud800" <= character <= "\udfff")
    rule = {"name": '"r"', "severity": '"info"', "when": '"total_cost > 1"', key: f'"{written}"'}
    content = '[[environments]]\nname = "prod"\n[[rules]]\n' + "\n".join(f"{k} = {v}" for k, v in rule.items())
    assert told(outcome(content))


@given(st.text(max_size=60))
def test_any_value_of_a_variable_is_told(value: str) -> None:
    """Whatever a variable holds, wherever it stands, loading ends well."""
    text = WHOLE.replace('"prod"', '"${X}"').replace("total_remaining", "${X}").replace('"5m"', '"${X}"')
    assert told(outcome(text, {**VARIABLES, "X": value}))
