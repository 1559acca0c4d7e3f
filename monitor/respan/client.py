"""The requests themselves: one call, one request, and either the bytes of an answer or an error that says what to do.

The only module of this folder that knows httpx. Secrets: the key is read in two places, where it is put on a request
and where it is taken out of texts. Errors of httpx are never chained to ours, since they hold the request.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal
from urllib.parse import quote

import httpx
import msgspec
from pydantic import SecretStr

from monitor import __version__
from monitor.respan.errors import (
    BadAnswer,
    BadRequest,
    RateLimited,
    RespanError,
    Unavailable,
    excerpt,
    refusal,
)
from monitor.respan.filters import Filters
from monitor.respan.pacing import Pace

LARGEST_PAGE = 1000  # the API's own limit
LARGEST_ANSWER = 64 * 2**20
LONGEST_EXCHANGE = 120.0  # a server that sends a byte now and then never meets the read timeout

_KEY = re.compile(r"[\x21-\x7e]+")


Transport = httpx.AsyncBaseTransport
"""Carries requests: the network, or something in its place."""


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """What became of one request, for metrics.

    Attributes:
        environment: Our label of the environment.
        endpoint: Which of the two was asked.
        status: The HTTP status, or "timeout", "connect_error", "disconnected", "bad_answer", "bad_request",
            "cancelled".
        seconds: From sending to the end of the answer.
        waited: Seconds spent waiting for the pace before that.
    """

    environment: str
    endpoint: Literal["list", "detail"]
    status: str
    seconds: float
    waited: float


def make_http(transport: Transport | None = None) -> httpx.AsyncClient:
    """Make the connection pool that all environments share; the caller closes it.

    Proxies are taken from the usual environment variables. httpx's line for each request, which it logs at INFO, is
    silenced unless somebody has set that logger's level.

    Args:
        transport: In place of the network, for tests.
    """
    logger = logging.getLogger("httpx")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(connect=5.0, read=30.0, write=10.0, pool=5.0),
        limits=httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=30.0),
        follow_redirects=False,
        headers={"user-agent": f"budget-monitor/{__version__}", "accept": "application/json"},
        # No cookie is kept: one set in answer to an organization's key must not go out with another's.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


class RespanClient:
    """The users API for one environment.

    Args:
        environment: Our label, for errors and metrics.
        api_environment: What the API is asked for: "prod" or "test".
        api_key: Sent as a bearer token.
        filters: The conditions of the list.
        pace: Shared by all clients of the same key.
        base_url: The API's address, with or without a trailing `/api`.
        http: From `make_http`; shared by all clients, closed by its owner.
        observe: Called once for each request, after it.
        page_size: Customers on a page, at most 1000.
        largest_answer: Bytes (unpacked) beyond which an answer is not read.

    Raises:
        ValueError: The key cannot stand in a header, or the address is none.
    """

    def __init__(
        self,
        *,
        environment: str,
        api_environment: str,
        api_key: SecretStr,
        filters: Filters,
        pace: Pace,
        base_url: str,
        http: httpx.AsyncClient,
        observe: Callable[[RequestOutcome], None],
        page_size: int = LARGEST_PAGE,
        largest_answer: int = LARGEST_ANSWER,
    ) -> None:
        # Checked here because httpx quotes a header that it refuses, with the key in it.
        if not _KEY.fullmatch(api_key.get_secret_value()):
            raise ValueError(
                f"The API key of environment {environment!r} is empty or holds a space, a line break or a letter "
                "outside of ASCII. Copy it again, without quotes."
            )
        if not 1 <= page_size <= LARGEST_PAGE:
            raise ValueError(f"A page holds 1 to {LARGEST_PAGE} customers, not {page_size}.")
        self.environment = environment
        self._auth = _Bearer(api_key)
        self._api_key = api_key
        self._root = _root(base_url)
        self._query = f"environment={quote(api_environment, safe='')}"
        self._page_size = page_size
        self._body = msgspec.json.encode(filters.to_body())
        self._pace = pace
        self._http = http
        self._observe = observe
        self._largest_answer = largest_answer

    def __repr__(self) -> str:
        return f"<RespanClient {self.environment!r} at {self._root}>"

    async def fetch_page(self, page: int) -> bytes:
        """Ask for one page of the customer list, oldest customer first: a newcomer joins the last page.

        Args:
            page: From 1.

        Returns:
            The answer, for `decode_page`.

        Raises:
            RespanError: There was no answer, or it was a refusal, or plainly no JSON object.
        """
        url = f"{self._root}/users/list/"
        query = f"page={page}&page_size={self._page_size}&sort_by=first_seen&{self._query}"
        request = f"listing customers, page {page} (POST {url})"
        return await self._ask("list", f"{url}?{query}", request, self._body)

    async def fetch_detail(self, customer_identifier: str) -> bytes:
        """Ask for one customer's detail.

        Args:
            customer_identifier: As listed; any text but the empty one.

        Returns:
            The answer, for `decode_detail`.

        Raises:
            RespanError: There was no answer, or it was a refusal, or plainly no JSON object.
        """
        url = f"{self._root}/users/{_path_segment(customer_identifier)}/"
        request = f"reading customer {excerpt(customer_identifier)!r} (GET {self._root}/users/…/)"
        if not customer_identifier:
            raise BadRequest(self.environment, request, "an empty identifier", "Ask for a customer that was listed.")
        return await self._ask("detail", f"{url}?{self._query}", request, None)

    async def _ask(self, endpoint: Literal["list", "detail"], url: str, request: str, body: bytes | None) -> bytes:
        loop = asyncio.get_running_loop()
        async with self._pace.slot() as waited:
            sent = loop.time()
            status = "cancelled"
            try:
                answer = await self._exchange(url, self._conceal(request), body)
                status = answer.reason if isinstance(answer, RespanError) else "200"
                if isinstance(answer, RateLimited) and answer.retry_after is not None:
                    self._pace.hold(answer.retry_after)
            finally:
                self._observe(RequestOutcome(self.environment, endpoint, status, loop.time() - sent, waited))
        if isinstance(answer, RespanError):
            raise answer
        return answer

    async def _exchange(self, url: str, request: str, body: bytes | None) -> bytes | RespanError:
        """Send one request. Errors are returned: raised in an `except`, they would carry httpx's along."""
        try:
            async with (
                asyncio.timeout(LONGEST_EXCHANGE),
                self._http.stream(
                    "GET" if body is None else "POST",
                    url,
                    content=body,
                    headers=None if body is None else {"content-type": "application/json"},
                    auth=self._auth,
                    follow_redirects=False,
                ) as response,
            ):
                answer = await _read(response.aiter_bytes(), self._largest_answer)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as exc:
            return self._failure(exc, request)
        if not response.is_success:
            return refusal(
                self.environment,
                request,
                response.status_code,
                response.headers,
                answer or b"",
                now=datetime.now(UTC),
                conceal=self._conceal,
            )
        if answer is None:
            return BadAnswer(self.environment, request, f"an answer of more than {self._largest_answer} bytes")
        # Enough to tell a page of HTML and a document that was cut, before the decoder is asked.
        document = answer.strip()
        if document[:1] != b"{" or document[-1:] != b"}":
            begins = excerpt(self._conceal(document[:2000].decode("utf-8", "replace")))
            return BadAnswer(
                self.environment,
                request,
                f'an answer that is no JSON object or only a part of one; it begins with "{begins}"',
            )
        return answer

    def _failure(self, exc: Exception, request: str) -> RespanError:
        said = excerpt(self._conceal(str(exc))) or type(exc).__name__
        match exc:
            case httpx.TimeoutException():
                detail = f"no answer in time ({type(exc).__name__})"
                return Unavailable(self.environment, request, detail, reason="timeout")
            case TimeoutError():
                detail = f"no end of the answer within {LONGEST_EXCHANGE:g} s"
                return Unavailable(self.environment, request, detail, reason="timeout")
            case httpx.DecodingError():
                return BadAnswer(self.environment, request, f"an answer that cannot be unpacked ({said})")
            case httpx.InvalidURL():
                return BadRequest(self.environment, request, said, "The identifier is too long for an address.")
            case httpx.ConnectError() | httpx.ProxyError():
                advice = (
                    "Check RESPAN_BASE_URL, the network, and the proxy if there is one; it is tried again by itself."
                )
                detail = f"no connection ({said})"
                return Unavailable(self.environment, request, detail, advice, reason="connect_error")
            case _:
                return Unavailable(self.environment, request, f"a lost connection ({said})", reason="disconnected")

    def _conceal(self, text: str) -> str:
        return text.replace(self._api_key.get_secret_value(), "***")


class _Bearer(httpx.Auth):
    def __init__(self, key: SecretStr) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = f"Bearer {self._key.get_secret_value()}"
        yield request


def _root(base_url: str) -> str:
    """Bring the base address to the form that ends in `/api`."""
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
        raise ValueError(
            "RESPAN_BASE_URL is no plain address of a server. Write it as https://api.respan.ai, without a user, "
            "a password, or anything after a question mark."
        )
    # The path alone, since a server in the same network may be called "api".
    path = url.raw_path.decode().partition("?")[0].rstrip("/").removesuffix("/api")
    return f"{str(url.copy_with(raw_path=b'/')).rstrip('/')}{path}/api"


def _path_segment(identifier: str) -> str:
    """Encode an identifier so that it stays one part of the path."""
    # "." and ".." would be folded away as relative paths.
    return quote(identifier, safe="", errors="replace") if identifier.strip(".") else identifier.replace(".", "%2E")


async def _read(chunks: AsyncIterator[bytes], limit: int) -> bytes | None:
    """Read a body; None if it is larger than the limit, of which no more than that is read."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
