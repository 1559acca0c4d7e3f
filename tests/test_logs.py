"""How the process speaks of its own work."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal
from unittest.mock import patch

import pytest
import structlog

from monitor.logs import set_up_logs


class Terminal(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@contextmanager
def logs(
    level: str = "info", form: Literal["auto", "console", "json"] = "auto", *, terminal: bool = False
) -> Iterator[io.StringIO]:
    """Standard error with logs set up, and everything as it was afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, least = root.handlers[:], root.level
    errors = Terminal() if terminal else io.StringIO()
    try:
        with patch.object(sys, "stderr", errors):
            set_up_logs(level, form)
            yield errors
    finally:
        root.handlers[:] = handlers
        root.setLevel(least)
        structlog.configure(**before)


def only(errors: io.StringIO) -> dict[str, str]:
    """The only line, which is JSON."""
    (line,) = errors.getvalue().splitlines()
    return dict(json.loads(line))


def fail(secret: str) -> None:
    """Fail with a local variable that nobody may see."""
    raise ValueError(f"of {len(secret)} letters")


def test_a_line_is_json_with_the_time_in_utc() -> None:
    """Away from a terminal each line is an object with level, event, its values, and an ISO time."""
    with logs() as errors:
        structlog.get_logger("any").warning("it happened", customer='a"b\nc', count=3)

    line = only(errors)
    at = datetime.fromisoformat(line.pop("timestamp"))
    assert line == {"event": "it happened", "level": "warning", "customer": 'a"b\nc', "count": 3}
    assert at.utcoffset() == timedelta(0)
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=1)


def test_libraries_speak_json_too() -> None:
    """What a library logs has the same shape, with the name of its logger."""
    with logs() as errors:
        logging.getLogger("some.library").warning("trouble with %s", "x")

    line = only(errors)
    assert (line["event"], line["level"], line["logger"]) == ("trouble with x", "warning", "some.library")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("level", ["debug", "info"])
def test_libraries_speak_of_trouble_only(level: str) -> None:
    """Below a warning they may quote URLs and headers, so nothing of that is written, at any level."""
    with logs(level) as errors:
        logging.getLogger("httpx").info("GET https://user:secret@example.com/")
        logging.getLogger("httpcore").debug("authorization: Bearer secret")

    assert errors.getvalue() == ""


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_is_the_least_that_is_written(level: str, written: list[str]) -> None:
    """What is below it is left out."""
    with logs(level) as errors:
        logger = structlog.get_logger("any")
        for method in ("debug", "info", "warning", "error"):
            getattr(logger, method)("x")

    assert [json.loads(line)["level"] for line in errors.getvalue().splitlines()] == written


@pytest.mark.parametrize(
    ("form", "terminal", "is_json"),
    [
        ("auto", False, True),
        ("auto", True, False),
        ("json", True, True),
        ("console", False, False),
    ],
)
def test_the_form_fits_the_reader(form: Literal["auto", "console", "json"], *, terminal: bool, is_json: bool) -> None:
    """A person gets lines to read, a collector JSON, and either can be asked for."""
    with logs(form=form, terminal=terminal) as errors:
        structlog.get_logger("any").info("it happened", count=3)

    (line,) = errors.getvalue().splitlines()
    assert line.startswith("{") is is_json
    assert "it happened" in line


@pytest.mark.parametrize("terminal", [True, False])
def test_colours_are_for_terminals(*, terminal: bool) -> None:
    """A file gets no escape sequences."""
    with logs(form="console", terminal=terminal) as errors:
        structlog.get_logger("any").info("it happened")

    assert ("\x1b[" in errors.getvalue()) is terminal


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("library", [True, False])
def test_exceptions_are_told_without_local_variables(form: Literal["console", "json"], *, library: bool) -> None:
    """A traceback says where and what; the values around it, which may be keys, it does not say."""
    secret = "sees-ydobon-ks"[::-1]  # backwards, so that no line of source holds it

    with logs(form=form) as errors:
        try:
            fail(secret)
        except ValueError:
            if library:
                logging.getLogger("some.library").exception("it failed")
            else:
                structlog.get_logger("any").exception("it failed")

    assert "ValueError: of 14 letters" in errors.getvalue()
    assert "in fail" in errors.getvalue()
    assert secret not in errors.getvalue()


def test_an_exception_is_one_line_of_json() -> None:
    """A collector of lines gets the traceback inside the object."""
    with logs(form="json") as errors:
        try:
            fail("x")
        except ValueError:
            structlog.get_logger("any").exception("it failed")

    assert "ValueError" in only(errors)["exception"]


def test_setting_up_twice_says_things_once() -> None:
    """A second set-up takes the place of the first."""
    with logs() as errors:
        set_up_logs("info", "json")
        logging.getLogger("some.library").warning("x")
        structlog.get_logger("any").warning("y")

    assert len(errors.getvalue().splitlines()) == 2
