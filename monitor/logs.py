"""How the process speaks of its own work: lines for a person on a terminal, JSON lines elsewhere."""

import logging
import sys
from typing import Literal

import structlog


def set_up_logs(level: str, form: Literal["auto", "console", "json"]) -> None:
    """Write logs to standard error, the libraries' own warnings among them.

    Args:
        level: The least level that is written.
        form: `auto` is `console` on a terminal and `json` elsewhere.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    to_terminal = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Exceptions are shown without the values of local variables: those may hold keys.
    renderers: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if to_terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries tell of their own troubles only: at INFO and below they may quote URLs and headers.
    root.setLevel(max(least, logging.WARNING))
