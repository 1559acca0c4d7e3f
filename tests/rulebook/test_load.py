"""Files that cannot be read, and what does not matter in those that can."""

from pathlib import Path

import pytest

from monitor.rulebook import RulebookError, load
from tests.rulebook.builders import ENVIRONMENT, marked, problem_of, read, rules_file


def refusal(path: Path | str) -> str:
    """The only problem of a file, without hint and place."""
    with pytest.raises(RulebookError) as caught:
        load(path, ENVIRONMENT.get)
    (problem,) = caught.value.problems
    assert problem.hint
    return problem.message


def test_reads_a_file(tmp_path: Path) -> None:
    """A right file becomes a book that knows where it came from."""
    path = tmp_path / "rules.toml"
    path.write_text(rules_file())
    assert load(path, ENVIRONMENT.get).path == str(path)


def test_tells_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A wrong path is told as such."""
    assert refusal(tmp_path / "rules.toml") == "there is no such file"


def test_tells_a_directory(tmp_path: Path) -> None:
    """A directory in the place of the file is told as such."""
    assert refusal(tmp_path) == "this is a directory"


def test_tells_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Whatever the system says is passed on."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert refusal(loop).startswith("cannot be read: ")


def test_tells_a_path_that_cannot_be() -> None:
    """A path with a null byte is no traceback."""
    assert refusal("a\0b").startswith("cannot be read: ")


def test_tells_a_file_that_is_far_too_large(tmp_path: Path) -> None:
    """Only the beginning of an endless file is read."""
    path = tmp_path / "rules.toml"
    path.write_bytes(b"#" * (2 << 20))
    assert refusal(path) == "is larger than 1 MiB"


@pytest.mark.parametrize("content", ["", " \n\n", "\ufeff"])
def test_tells_an_empty_file(content: str) -> None:
    """An empty file is told as such, not by what it lacks."""
    assert problem_of(content).message == "the file is empty"


def test_tells_where_a_file_is_not_utf_8() -> None:
    """Another encoding is told with the place of the first byte that shows it."""
    problem = problem_of(rules_file().encode() + "\r\n# grün".encode("latin-1"))
    assert (problem.line, problem.column, problem.message) == (14, 5, "byte 0xfc is not UTF-8 text")


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    """A file that was saved on Windows is the same file."""
    windows = b"\xef\xbb\xbf" + rules_file().replace("\n", "\r\n").encode()
    assert read(windows).fingerprint == read(rules_file()).fingerprint


def test_windows_line_ends_do_not_move_the_mark() -> None:
    """Places are those that an editor shows."""
    problem = problem_of(b"\xef\xbb\xbf" + rules_file("[poll]\nintervall = 1\n").replace("\n", "\r\n").encode())
    assert (problem.line, problem.column, problem.text) == (14, 1, "intervall = 1")


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ("[poll]\ninterval = \n", 2, 12),
        ('[poll]\ninterval = "30s\n', 2, 16),
        ("[poll]\na = 1\na = 2\n", 3, 6),
        ("[poll]\na = [1,\n", 3, 1),
        ("x y", 1, 3),
    ],
)
def test_broken_toml_is_told_with_its_place(content: str, line: int, column: int) -> None:
    """Line and column are those of the reader, the end of the text where it gives none."""
    problem = problem_of(content)
    assert problem.message.startswith("this is not TOML: ")
    assert (problem.line, problem.column) == (line, column)


@pytest.mark.parametrize(
    "content",
    [
        "x = " + "[" * 5000,
        "x = " + "[" * 60 + "]" * 60,
        "a" + ".a" * 5000 + " = 1",
        "x = " + "{a=" * 30 + "1" + "}" * 30,
    ],
)
def test_deep_nesting_is_refused(content: str) -> None:
    """No depth exhausts the stack."""
    assert problem_of(content).message == "is nested too deeply"


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    """What Python refuses to read is told in our words."""
    assert problem_of("x = " + "9" * 5000).message == "holds a number that is too long"


def test_a_dotted_and_quoted_key_is_marked_whole() -> None:
    """The mark covers the key as it is written."""
    assert (
        marked(problem_of(rules_file(rules=rules_file(environments="", channels="") + '"un known" = 1\n')))
        == '"un known"'
    )
