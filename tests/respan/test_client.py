"""Requests over real sockets, and what comes of every kind of answer."""

import asyncio
import gzip
import logging
import traceback
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import __version__
from monitor.respan.client import make_http
from monitor.respan.errors import (
    BadAnswer,
    BadRequest,
    CredentialsRefused,
    NotFound,
    RateLimited,
    RespanError,
    Unavailable,
)
from monitor.respan.filters import Filter, Filters
from monitor.respan.pacing import Pace
from tests.respan.builders import EMPTY_PAGE, KEY, Answer, answering, http_answer, scene, wire

OK = http_answer("200 OK", EMPTY_PAGE)


def write(*parts: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """A server that writes this and then cuts the connection, whatever it promised."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return answer


async def hang(writer: asyncio.StreamWriter) -> None:
    """A server that takes the request and never says a word."""
    await writer.wait_closed()


async def failure(answer: Answer, url: str = "", *, largest_answer: int = 2**20) -> tuple[RespanError, str]:
    """Ask a server for a page; give the error and the status that was counted."""
    patience = 0.1 if answer is hang else 10.0
    async with (
        wire(answer) as server,
        scene(url or server.url, largest_answer=largest_answer, patience=patience) as on,
    ):
        try:
            await on.client.fetch_page(3)
        except RespanError as exc:
            return exc, on.outcomes[0].status
    raise AssertionError("the request did not fail")


async def test_asks_for_page_as_documented() -> None:
    """A page is asked for in a stable order, with the environment, the filters and the key."""
    filters = Filters({"total_cost": Filter("gte", (1,))})
    async with wire(OK) as server, scene(server.url, filters=filters, page_size=500) as on:
        answer = await on.client.fetch_page(3)

    line = "POST /api/users/list/?page=3&page_size=500&sort_by=first_seen&environment=prod HTTP/1.1"
    assert (answer, server.lines) == (EMPTY_PAGE, [line])


async def test_sends_filters_as_json() -> None:
    """The body holds the filters."""
    filters = Filters({"total_cost": Filter("gte", (1,))})
    async with wire(OK) as server, scene(server.url, filters=filters) as on:
        await on.client.fetch_page(1)

    assert msgspec.json.decode(server.bodies[0]) == filters.to_body()


async def test_sends_key_and_says_who_asks() -> None:
    """The key goes out as a bearer token, beside our name and version."""
    async with wire(OK) as server, scene(server.url) as on:
        await on.client.fetch_page(1)

    headers = server.heads[0].decode().lower()
    assert all(
        f"\r\n{header}\r\n" in headers
        for header in (
            f"authorization: bearer {KEY}".lower(),
            f"user-agent: budget-monitor/{__version__}",
            "content-type: application/json",
            "accept: application/json",
        )
    )


@pytest.mark.parametrize("suffix", ["", "/", "/api", "/api/", "/api//"])
async def test_base_url_may_end_in_api_or_not(suffix: str) -> None:
    """Both forms of the base address that the API's own clients read are taken."""
    async with wire(OK) as server, scene(server.url + suffix) as on:
        await on.client.fetch_page(1)

    assert server.lines[0].startswith("POST /api/users/list/?")


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("http://api", "http://api/api"),
        ("https://gate.test/respan/api/", "https://gate.test/respan/api"),
        (" https://api.respan.ai ", "https://api.respan.ai/api"),
        ("http://[::1]:8000", "http://[::1]:8000/api"),
    ],
)
async def test_base_url_is_completed(base_url: str, root: str) -> None:
    """A host named api, a path in front, and an IPv6 address are kept as they are."""
    async with scene(base_url) as on:
        assert repr(on.client) == f"<RespanClient 'prod' at {root}>"


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.respan.ai",
        "ftp://api.respan.ai",
        "https://",
        "https://u:p@api.respan.ai",
        "https://a/?b=c",
        "http://a:b",
    ],
)
async def test_base_url_that_is_none_is_refused(base_url: str) -> None:
    """What is no address of a server is refused with an example, without quoting a password in it."""
    with pytest.raises(ValueError, match=r"Write it as https://api\.respan\.ai") as caught:
        async with scene(base_url):
            pass

    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("key", ["", " ", "two words", "line\n", "schlüssel", "nul\x00"])
async def test_key_that_cannot_be_sent_is_refused(key: str) -> None:
    """A key that no header can hold is refused before it can stand in anybody's error."""
    with pytest.raises(ValueError, match="The API key of environment 'prod' is empty or holds"):
        async with scene(api_key=key):
            pass


@pytest.mark.parametrize("page_size", [0, 1001])
async def test_page_size_is_one_the_api_allows(page_size: int) -> None:
    """The API serves at most 1000 customers on a page."""
    with pytest.raises(ValueError, match="1 to 1000"):
        async with scene(page_size=page_size):
            pass


IDENTIFIERS = [
    "a/b",
    "a@b.c",
    "a b",
    "añ😀",
    ".",
    "..",
    "...",
    "../list",
    "%2F",
    "a?b=c#d",
    "a\\b",
    "+",
    "\x00\n",
    "a" * 9000,
]


@pytest.mark.parametrize("identifier", IDENTIFIERS, ids=range(len(IDENTIFIERS)))
async def test_identifier_survives_the_way(identifier: str) -> None:
    """Whatever its owner chose, the identifier reaches the server as one part of the path."""
    async with wire(OK) as server, scene(server.url) as on:
        await on.client.fetch_detail(identifier)

    path, _, query = server.lines[0].removeprefix("GET ").removesuffix(" HTTP/1.1").partition("?")
    parts = path.split("/")
    assert ([unquote(part) for part in parts], query) == (["", "api", "users", identifier, ""], "environment=prod")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_identifier_survives_the_way(identifier: str) -> None:
    """Any text at all reaches the server as it is."""
    async with wire(OK) as server, scene(server.url) as on:
        await on.client.fetch_detail(identifier)

    assert unquote(server.lines[0].split("/")[3]) == identifier


async def test_identifier_too_long_for_an_address_is_bad_request() -> None:
    """An identifier that cannot be asked for is told, not raised by the library."""
    async with scene() as on:
        with pytest.raises(BadRequest, match="too long for an address"):
            await on.client.fetch_detail("a" * 70_000)


async def test_empty_identifier_is_not_asked_for() -> None:
    """An empty identifier would ask another endpoint."""
    async with scene() as on:
        with pytest.raises(BadRequest, match="an empty identifier"):
            await on.client.fetch_detail("")

        assert on.outcomes == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", BadRequest),
        ("401 Unauthorized", CredentialsRefused),
        ("403 Forbidden", CredentialsRefused),
        ("404 Not Found", NotFound),
        ("422 Unprocessable", BadRequest),
        ("429 Too Many Requests", RateLimited),
        ("500 Internal Server Error", Unavailable),
        ("503 Service Unavailable", Unavailable),
    ],
)
async def test_refusal_is_told_by_kind_and_counted_by_status(status: str, kind: type[RespanError]) -> None:
    """A refusal is an error of its kind; its HTTP status is what is counted."""
    error, counted = await failure(http_answer(status, b'{"detail": "no"}'))

    assert (type(error), counted, error.environment) == (kind, status[:3], "prod")


async def test_redirect_is_not_followed() -> None:
    """A redirect is an error that says where it leads, and the key does not go there."""
    async with wire(OK) as elsewhere:
        redirect = http_answer("302 Found", b"", f"Location: {elsewhere.url}/api/users/list/")
        error, _ = await failure(redirect)

    assert (type(error), elsewhere.lines, elsewhere.url in str(error)) == (BadRequest, [], True)


@pytest.mark.parametrize(
    ("answer", "kind", "counted"),
    [
        (hang, Unavailable, "timeout"),
        (write(b""), Unavailable, "disconnected"),
        (write(b"HTTP/1.1 200 OK\r\nConte"), Unavailable, "disconnected"),
        (write(OK[:-10]), Unavailable, "disconnected"),
        (write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":'), Unavailable, "disconnected"),
        (write(b"no HTTP at all\r\n\r\n"), Unavailable, "disconnected"),
        (http_answer("200 OK", EMPTY_PAGE[:-1]), BadAnswer, "bad_answer"),
        (http_answer("200 OK", b"<html>Please log in</html>"), BadAnswer, "bad_answer"),
        (http_answer("200 OK", b"[1]"), BadAnswer, "bad_answer"),
        (http_answer("200 OK", b""), BadAnswer, "bad_answer"),
        (http_answer("204 No Content", b""), BadAnswer, "bad_answer"),
        (http_answer("200 OK", b"{no gzip}", "Content-Encoding: gzip"), BadAnswer, "bad_answer"),
    ],
    ids=[
        "hangs",
        "cuts",
        "cuts in head",
        "cuts in body",
        "cuts in chunk",
        "no http",
        "half a document",
        "html",
        "list",
        "empty",
        "no content",
        "broken gzip",
    ],
)
async def test_anything_that_can_come_back_is_an_error_of_ours(
    answer: Answer, kind: type[RespanError], counted: str
) -> None:
    """A server that hangs, cuts or talks nonsense gives an error that may pass, and is counted."""
    error, status = await failure(answer)

    assert (type(error), status, error.permanent) == (kind, counted, False)


async def test_no_connection_is_told() -> None:
    """A server that is not there is an error that says what to check."""
    async with wire(OK) as server:
        gone = server.url
    error, status = await failure(OK, gone)

    assert (type(error), status, "Check RESPAN_BASE_URL" in str(error)) == (Unavailable, "connect_error", True)


async def test_no_tls_is_told() -> None:
    """An https address of a server that speaks plain HTTP fails as a connection."""

    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer("400 Bad Request", b""))
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with scene(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}") as on:
        with pytest.raises(Unavailable, match=r"no connection \(.*SSL"):
            await on.client.fetch_page(1)
    server.close()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
async def test_answer_beyond_the_limit_is_refused(pack: Callable[[bytes], bytes]) -> None:
    """An answer larger than the limit, packed or not, is not read to its end."""
    body = pack(b'{"results": [' + b" " * 200_000 + b"]}")
    headers = ["Content-Encoding: gzip"] if pack is gzip.compress else []
    error, _ = await failure(http_answer("200 OK", body, *headers), largest_answer=100_000)

    assert (type(error), "more than 100000 bytes" in str(error)) == (BadAnswer, True)


async def test_long_refusal_is_still_a_refusal() -> None:
    """The body of a refusal beyond the limit does not hide the refusal."""
    error, _ = await failure(http_answer("401 Unauthorized", b"x" * 2000), largest_answer=1000)

    assert type(error) is CredentialsRefused


@pytest.mark.looptime
async def test_answer_without_end_is_given_up() -> None:
    """A server that keeps a request busy forever is left after two minutes."""

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with asyncio.timeout(1000), scene(transport=httpx.MockTransport(never)) as on:
        with pytest.raises(Unavailable, match="no end of the answer within 120 s"):
            await on.client.fetch_page(1)

        assert (on.outcomes[0].status, round(on.outcomes[0].seconds)) == ("timeout", 120)


@pytest.mark.looptime
async def test_cancelled_request_is_counted() -> None:
    """A request that we gave up ourselves is counted as that."""

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with scene(transport=httpx.MockTransport(never)) as on:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await on.client.fetch_page(1)

        assert [outcome.status for outcome in on.outcomes] == ["cancelled"]


@pytest.mark.looptime
async def test_outcome_tells_wait_and_endpoint() -> None:
    """Each request is observed once, with its endpoint, its status and how long it waited for the pace."""
    async with scene(transport=answering(httpx.Response(200, content=EMPTY_PAGE)), pace=Pace(1)) as on:
        await on.client.fetch_page(1)
        await on.client.fetch_detail("a")

        assert [(o.environment, o.endpoint, o.status, round(o.waited)) for o in on.outcomes] == [
            ("prod", "list", "200", 0),
            ("prod", "detail", "200", 60),
        ]


@pytest.mark.looptime
@pytest.mark.parametrize(
    "refusal",
    [httpx.Response(429, json={"retry_after": 40}), httpx.Response(429, headers={"retry-after": "40"})],
    ids=["body", "header"],
)
async def test_rate_limit_holds_all_clients_of_the_key(refusal: httpx.Response) -> None:
    """After a 429 another environment with the same key waits as long as was asked."""
    pace = Pace(60)
    good = httpx.Response(200, content=EMPTY_PAGE)
    async with (
        scene(transport=answering(refusal), pace=pace) as one,
        scene(transport=answering(good), pace=pace) as two,
    ):
        with pytest.raises(RateLimited):
            await one.client.fetch_page(1)
        await two.client.fetch_page(1)

        assert two.outcomes[0].waited == pytest.approx(40, abs=0.1)


async def test_sets_no_cookie() -> None:
    """What a server sets for one key does not go out with another."""
    async with wire(http_answer("200 OK", EMPTY_PAGE, "Set-Cookie: session=1")) as server, scene(server.url) as on:
        await on.client.fetch_page(1)
        await on.client.fetch_page(2)

    assert not any(b"cookie" in head.lower() for head in server.heads)


SAYS_KEY = msgspec.json.encode({"detail": f"Invalid key {KEY}"}).replace(b"/", b"\\/")


@pytest.mark.parametrize(
    "answer",
    [
        hang,
        write(b""),
        write(f"{KEY}\r\n\r\n".encode()),
        http_answer("200 OK", f"<html>{KEY}".encode()),
        http_answer("401 Unauthorized", SAYS_KEY),
        http_answer("422 Unprocessable", msgspec.json.encode({"errors": {KEY: [KEY]}})),
        http_answer("302 Found", b"", f"Location: https://x.test/{KEY}"),
        http_answer("500 Oops", b"x" * 190 + KEY.encode()),
    ],
    ids=["hangs", "cuts", "no http", "html", "401", "422", "302", "500"],
)
async def test_key_is_in_no_error(answer: Answer) -> None:
    """Neither an error nor anything that hangs on it shows the key, even if the server quotes it."""
    error, _ = await failure(answer)

    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next  # without this module's frame, which knows what it serves
    shown = [*_chain(error), "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())]
    assert not [text for text in shown if KEY in text or KEY[:12] in text]


def _chain(error: BaseException | None) -> list[str]:
    """All that an error and those behind it show of themselves."""
    if error is None:
        return []
    own = [str(error), repr(error), repr(error.args), repr(vars(error)), *getattr(error, "__notes__", [])]
    request = getattr(error, "_request", None)
    headers = [repr(request.headers.raw)] if isinstance(request, httpx.Request) else []
    return own + headers + _chain(error.__cause__) + _chain(error.__context__)


async def test_key_is_in_no_repr() -> None:
    """A client shows its environment and address, nothing of its key."""
    async with scene() as on:
        assert (repr(on.client), KEY in repr(vars(on.client))) == (
            "<RespanClient 'prod' at http://api.test/api>",
            False,
        )


async def test_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """With every logger at its most talkative, the key is in no line."""
    with caplog.at_level(logging.DEBUG):
        async with wire(http_answer("401 Unauthorized", b"")) as server, scene(server.url) as on:
            with pytest.raises(CredentialsRefused):
                await on.client.fetch_page(1)

    assert (KEY in caplog.text, "httpcore" in caplog.text) == (False, True)


async def test_requests_are_not_logged_by_the_library(caplog: pytest.LogCaptureFixture) -> None:
    """The library's own line for each request is silenced."""
    with caplog.at_level(logging.INFO):
        async with wire(OK) as server, scene(server.url) as on:
            await on.client.fetch_page(1)

    assert [record.name for record in caplog.records if record.name == "httpx"] == []


async def test_level_that_somebody_set_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants to see the library's lines can set its level."""
    logger = logging.getLogger("httpx")
    monkeypatch.setattr(logger, "level", logging.DEBUG)
    async with make_http(answering(httpx.Response(200))):
        assert logger.level == logging.DEBUG


async def test_many_requests_share_the_connections() -> None:
    """Fifty requests at once all come back."""
    async with wire(OK) as server, scene(server.url) as on:
        answers = await asyncio.gather(*(on.client.fetch_page(number) for number in range(1, 51)))

    assert answers == [EMPTY_PAGE] * 50
