"""Errors as sentences, and how long a refusal asks to wait."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.respan.errors import (
    BadRequest,
    CredentialsRefused,
    NotFound,
    RateLimited,
    RespanError,
    Unavailable,
    excerpt,
    refusal,
    retry_after,
)

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)


def refused(status: int, body: bytes = b"", **headers: str) -> RespanError:
    """The error for an answer in the environment "prod"."""
    lower = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal("prod", "listing customers, page 3", status, lower, body, now=NOW)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, BadRequest),
        (307, BadRequest),
        (400, BadRequest),
        (401, CredentialsRefused),
        (403, CredentialsRefused),
        (404, NotFound),
        (405, BadRequest),
        (408, Unavailable),
        (422, BadRequest),
        (429, RateLimited),
        (500, Unavailable),
        (503, Unavailable),
        (599, Unavailable),
    ],
)
def test_status_decides_kind(status: int, kind: type[RespanError]) -> None:
    """Each status means the kind of error that its caller acts upon, and keeps its number."""
    error = refused(status)

    assert (type(error), error.status, error.reason) == (kind, status, str(status))


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (404, True), (422, True), (429, False), (500, False)])
def test_knows_whether_asking_again_is_pointless(status: int, permanent: bool) -> None:  # noqa: FBT001  # a table
    """What will not pass by itself says so."""
    assert refused(status).permanent is permanent


def test_sentence_says_where_what_answer_and_advice() -> None:
    """The whole sentence: environment, what was asked, what came back, what to do."""
    assert str(refused(401, b'{"detail": "Invalid API key"}')) == (
        "Environment 'prod': listing customers, page 3 failed: HTTP 401, saying \"Invalid API key\". Check the API key "
        "of this environment (RESPAN_API_KEY, or api_key in the rules file): that it is whole, not revoked, and "
        "allowed to read customers."
    )


def test_lists_errors_of_fields() -> None:
    """A 422 tells each field's problems."""
    body = b'{"detail": "Invalid", "errors": {"total_cost": ["not a list", "too long"], "page": "too large"}}'

    assert refused(422, body).detail == (
        'HTTP 422, saying "Invalid; total_cost: not a list, too long; page: too large"'
    )


def test_redirect_names_its_target() -> None:
    """A redirect is an error that says where to, since it is not followed."""
    error = refused(301, location="https://api.respan.co/x")

    assert "a redirect to https://api.respan.co/x. Redirects are not followed" in str(error)


def test_empty_answer_is_told_as_such() -> None:
    """An answer without a body is not quoted."""
    assert refused(500).detail == "HTTP 500 without a word"


def test_excerpt_is_short_and_printable() -> None:
    """Escape sequences, line breaks and direction marks of somebody else's text do not reach a terminal."""
    text = excerpt("a\x1b[31m\r\nb\u202ec\u2028" + "x" * 5000)

    assert (text.startswith("a [31m b c xxx"), text.isprintable(), len(text)) == (True, True, 200)


def test_concealed_text_is_concealed_after_decoding() -> None:
    """A secret that JSON wrote with escapes is taken out all the same."""
    error = refusal(
        "prod",
        "listing",
        401,
        {},
        rb'{"detail": "bad key s\u0065cret"}',
        now=NOW,
        conceal=lambda text: text.replace("secret", "***"),
    )

    assert error.detail == 'HTTP 401, saying "bad key ***"'


@pytest.mark.parametrize(
    ("in_body", "in_header", "seconds"),
    [
        (30, None, 30.0),
        (30, "7", 30.0),
        ("12.5", None, 12.5),
        (None, "7", 7.0),
        (None, "Mon, 29 Dec 2025 10:31:30 GMT", 90.0),
        (None, "Mon, 29 Dec 2025 10:29:00 GMT", 0.0),
        (-5, "7", 7.0),
        ("soon", "7", 7.0),
        (True, "7", 7.0),
        (10**400, "7", 7.0),
        (float("nan"), "7", 7.0),
        (1e9, None, 3600.0),
        (None, "Fri, 29 Dec 2999 10:29:00 GMT", 3600.0),
        ([], "later", None),
        (None, "", None),
        (None, None, None),
    ],
)
def test_reads_how_long_to_wait(in_body: object, in_header: str | None, seconds: float | None) -> None:
    """The body's seconds come first, then the header's seconds or date; nonsense is passed over."""
    assert retry_after(in_body, in_header, sent=None, now=NOW) == seconds


def test_date_is_read_against_senders_clock() -> None:
    """A date in Retry-After is a distance from the answer's own Date, whatever the clock here says."""
    until, sent = "Mon, 29 Dec 2025 08:00:20 GMT", "Mon, 29 Dec 2025 08:00:00 GMT"

    assert retry_after(None, until, sent=sent, now=NOW) == 20.0


@given(st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.booleans()), st.one_of(st.none(), st.text()))
def test_wait_is_always_bounded(in_body: object, in_header: str | None) -> None:
    """Whatever a server writes, it cannot stop us for more than an hour."""
    seconds = retry_after(in_body, in_header, sent=in_header, now=NOW)

    assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        (b'{"detail": "Rate limit exceeded", "retry_after": 12}', {}, 12.0),
        (b"slow down", {"retry_after": "9"}, 9.0),
        (b"<html>", {}, 30.0),
    ],
)
def test_rate_limit_always_has_a_wait(body: bytes, headers: dict[str, str], seconds: float) -> None:
    """A 429 that does not say how long waits 30 seconds."""
    assert refused(429, body, **headers).retry_after == seconds
