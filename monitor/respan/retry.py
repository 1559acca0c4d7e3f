"""Asking again: how often, and how long to wait in between."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina
import stamina.instrumentation

from monitor.respan.errors import RateLimited, RespanError

_T = TypeVar("_T")

# Retries are logged and counted by whoever retries; stamina would do both a second time, in its own words.
stamina.instrumentation.set_on_retry_hooks(())


async def retrying(
    call: Callable[[], Awaitable[_T]],
    *,
    on_retry: Callable[[RespanError], None] | None = None,
    attempts: int = 4,
    rate_limit_waits: int = 5,
) -> _T:
    """Make a request again while it fails in a passing way: after about 1, 5 and 25 s, each up to 2 s more.

    A refusal for the rate does not count as an attempt: the client that met it has made its key's pace wait, so the
    next call starts no sooner than the API asked.

    Args:
        call: Makes the request, and may decode its answer too; called once for each attempt.
        on_retry: Told of each error that is not the last.
        attempts: How often to try at most.
        rate_limit_waits: How many refusals for the rate to sit out at most.

    Raises:
        RespanError: The last error; at once if it is one that will not pass by itself.
    """
    refused = 0
    async for attempt in stamina.retry_context(
        on=is_passing,
        attempts=attempts,
        timeout=None,
        wait_initial=1.0,
        wait_max=30.0,
        wait_jitter=2.0,
        wait_exp_base=5,
    ):
        with attempt:
            while True:
                try:
                    return await call()
                except RateLimited as exc:
                    refused += 1
                    if refused > rate_limit_waits:
                        raise
                    if on_retry is not None:
                        on_retry(exc)
                except RespanError as exc:
                    if on_retry is not None and is_passing(exc) and attempt.num < attempts:
                        on_retry(exc)
                    raise
    raise AssertionError("stamina ends in a result or an error")


def is_passing(exc: Exception) -> bool:
    """Tell whether an error may pass by itself, so that waiting a little and asking again makes sense."""
    return isinstance(exc, RespanError) and not exc.permanent and not isinstance(exc, RateLimited)
