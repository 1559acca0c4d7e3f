"""Listening to what Apprise logs during one send, and letting nobody else hear it.

Apprise returns yes or no; why it was no stands in its log lines only. Those lines also hold webhook URLs and payloads.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from monitor.notify.failures import Refusal

_LOGGER: Final = "apprise"

# Both print URLs whole: Apprise at DEBUG, urllib3 also in a warning about odd headers.
_TALKATIVE: Final = (_LOGGER, "urllib3")


class _Heard(logging.Handler):
    """Keeps, of the lines logged in one thread, those that say why a send failed."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._thread = threading.get_ident()
        self._lines: dict[str, list[str]] = {"warnings": [], "exception": [], "response": []}

    def emit(self, record: logging.LogRecord) -> None:
        """Sort one line; most, URLs and payloads among them, are dropped."""
        if record.thread != self._thread:
            return
        line = record.getMessage()
        if record.levelno >= logging.WARNING:
            self._lines["warnings"].append(line)
        elif line.startswith("Socket Exception"):
            self._lines["exception"].append(line)
        elif line.startswith("Response Details"):
            self._lines["response"].append(line)

    def refusal(self, error: OSError | None = None) -> Refusal:
        """What the kept lines, and an exception that came through, say of a failed send."""
        if error is not None:
            self._lines["exception"].append(f"{type(error).__name__}: {error}")
        return Refusal(**{part: "\n".join(lines) for part, lines in self._lines.items()})


@contextmanager
def overheard() -> Iterator[_Heard]:
    """Listen, in this thread, until the block ends."""
    heard = _Heard()
    logger = logging.getLogger(_LOGGER)
    logger.addHandler(heard)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)


def silence() -> None:
    """Let nothing that Apprise or its HTTP library logs reach the program's logs, whatever level those have."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    # Why a send failed is said at DEBUG; nobody but `overheard` listens.
    logging.getLogger(_LOGGER).setLevel(logging.DEBUG)
