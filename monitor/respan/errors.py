"""What can go wrong with a request to the API, as sentences that a user can act on."""

# ruff: noqa: N818  # each is named for what happened, as the code that catches it reads best

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar

import msgspec

EXCERPT_LENGTH = 200
DEFAULT_RETRY_AFTER = 30.0  # what the API's documentation gives as its example
LONGEST_RETRY_AFTER = 3600.0


class RespanError(Exception):
    """A request that brought no usable answer. `str()` says where, what was asked, what came back, what to do.

    Attributes:
        permanent: Whether asking again is pointless until somebody changes something.
        environment: Our label of the environment; empty where the error arose before that was known.
        request: What was asked, in words.
        detail: What came back; may quote the answer, never the key.
        advice: What to do about it: full sentences.
        reason: A short word for metrics, out of a bounded set: an HTTP status, "timeout", "bad_answer" and the like.
        status: The HTTP status; None where no answer came.
        retry_after: Seconds that the API asks to wait; None where it does not.
    """

    permanent: ClassVar[bool] = False
    default_advice: ClassVar[str] = "It is tried again by itself; if it goes on, look at the status of the API."
    default_reason: ClassVar[str] = "error"

    def __init__(
        self,
        environment: str,
        request: str,
        detail: str,
        advice: str | None = None,
        *,
        reason: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.environment = environment
        self.request = request
        self.detail = detail
        self.advice = advice or self.default_advice
        self.status = status
        self.reason = reason or (str(status) if status is not None else self.default_reason)
        self.retry_after = retry_after
        where = f"Environment {environment!r}: " if environment else ""
        super().__init__(f"{where}{request} failed: {detail}. {self.advice}")


class CredentialsRefused(RespanError):
    """The key is wrong, or not allowed to do this (401, 403)."""

    permanent = True
    default_advice = (
        "Check the API key of this environment (RESPAN_API_KEY, or api_key in the rules file): that it is whole, not "
        "revoked, and allowed to read customers."
    )


class RateLimited(RespanError):
    """Too many requests for the organization (429); `retry_after` is always there."""

    default_advice = (
        "All requests with this key wait. If it goes on, something else uses the organization's limit: lower "
        "requests_per_minute under [poll]."
    )


class BadRequest(RespanError):
    """The API does not take the request as it is (3xx, 400, 422 and other 4xx)."""

    permanent = True
    default_advice = "Check the filters of this environment in the rules file, and RESPAN_BASE_URL."
    default_reason = "bad_request"


class NotFound(RespanError):
    """Nothing is there (404): the customer is gone, or the address is no users API."""

    permanent = True
    default_advice = "The customer may be gone; if nothing else works either, check RESPAN_BASE_URL."


class Unavailable(RespanError):
    """No answer, or none that the API meant to give (5xx, timeouts, connection, TLS, DNS)."""


class BadAnswer(RespanError):
    """An answer that is not what the API documents: HTML, half a document, no JSON, too large."""

    default_advice = (
        "It is tried again by itself; if it goes on, check that RESPAN_BASE_URL is the API and that no proxy answers "
        "in its place."
    )
    default_reason = "bad_answer"


class _ErrorBody(msgspec.Struct):
    detail: object = None
    message: object = None
    errors: object = None
    retry_after: object = None


_PASSING = frozenset({408, 425})  # the client is told to try again


def _same(text: str) -> str:
    return text


def refusal(
    environment: str,
    request: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    conceal: Callable[[str], str] = _same,
) -> RespanError:
    """Turn an answer that is no success into the error it means.

    Args:
        environment: Our label of the environment.
        request: What was asked, in words.
        status: HTTP status, outside of 200 to 299.
        headers: The answer's headers, looked up in lower case.
        body: The answer's body, or its beginning.
        now: The time (timezone-aware) against which a date in `Retry-After` is read when the answer has no `Date`.
        conceal: Takes secrets out of a text, because an API may quote the key that it refuses.
    """
    answer = _read(body)
    said = excerpt(conceal(_says(answer) or body.decode("utf-8", "replace")))
    detail = f'HTTP {status}, saying "{said}"' if said else f"HTTP {status} without a word"
    told = retry_after(answer.retry_after, headers.get("retry-after"), sent=headers.get("date"), now=now)
    match status:
        case 401 | 403:
            return CredentialsRefused(environment, request, detail, status=status)
        case 404:
            return NotFound(environment, request, detail, status=status)
        case 429:
            wait = DEFAULT_RETRY_AFTER if told is None else told
            detail = f"{detail}, to be asked again in {wait:g} s"
            return RateLimited(environment, request, detail, status=status, retry_after=wait)
        case _ if status >= 500 or status in _PASSING:  # noqa: PLR2004  # as HTTP divides them
            return Unavailable(environment, request, detail, status=status, retry_after=told)
        case _ if status < 400:  # noqa: PLR2004  # as HTTP divides them
            to = excerpt(conceal(headers.get("location", ""))) or "nowhere"
            advice = (
                "Redirects are not followed, since they can drop the query. Set RESPAN_BASE_URL to the address of the "
                "API itself."
            )
            return BadRequest(environment, request, f"HTTP {status}, a redirect to {to}", advice, status=status)
        case _:
            return BadRequest(environment, request, detail, status=status)


def retry_after(in_body: object, in_header: str | None, *, sent: str | None, now: datetime) -> float | None:
    """Find how long the API asks to wait; its documentation puts the seconds into the body.

    Args:
        in_body: The body's `retry_after`: seconds, as a number or as text.
        in_header: The `Retry-After` header: seconds or an HTTP date (RFC 9110, section 10.2.3).
        sent: The answer's `Date` header, which does not suffer from a wrong clock here.
        now: Stands in for `sent` where that is missing.

    Returns:
        Seconds from 0 to 3600; None where neither can be understood.
    """
    for value in (in_body, in_header):
        seconds = _seconds(value)
        if seconds is not None:
            return min(seconds, LONGEST_RETRY_AFTER)
    until = _date(in_header)
    if until is None:
        return None
    return min(max((until - (_date(sent) or now)).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def excerpt(text: str) -> str:
    """Make somebody else's text fit to stand in a log line: printable, on one line, at most 200 characters."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 10 * EXCERPT_LENGTH])
    line = " ".join(printable.split())
    return line if len(line) <= EXCERPT_LENGTH else f"{line[: EXCERPT_LENGTH - 1]}…"


def _read(body: bytes) -> _ErrorBody:
    try:
        return msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _ErrorBody()


def _says(answer: _ErrorBody) -> str:
    said = [text for text in (answer.detail, answer.message) if isinstance(text, str)][:1]
    if isinstance(answer.errors, dict):
        for field, problems in answer.errors.items():
            listed = problems if isinstance(problems, list) else [problems]
            said.append(f"{field}: {', '.join(str(problem) for problem in listed)}")
    return "; ".join(said)


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
