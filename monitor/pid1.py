"""What is different for the first process of a container."""

import os
import signal
from types import FrameType
from typing import NoReturn


def end_by_sigterm(pid: int | None = None) -> None:
    """Let SIGTERM end the process from its first moment on, as it ends any other.

    Of the first process the kernel drops every signal that it has no handler for. Without one, a container that is
    stopped while it starts, or while it runs a command other than the daemon, is killed after ten seconds of waiting.

    Args:
        pid: Of the process; None: this one's.
    """
    if (os.getpid() if pid is None else pid) == 1:
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
