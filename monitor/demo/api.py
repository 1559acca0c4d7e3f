"""The stand-in's behaviour over HTTP: the two endpoints, their errors and the limit, as publicly documented.

Where the documentation is silent, the stand-in does what frameworks of its kind do: a page past the end is a 404, nulls
sort last, and a path without its trailing slash is redirected without its query.
"""

from collections.abc import Mapping
from urllib.parse import unquote, urlencode

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.demo.faults import FaultMiddleware, Faults
from monitor.demo.query import SORT_FIELDS, RefusedQueryError, parse_query
from monitor.demo.world import World

_PREFIX = "/api/users/"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_DEFAULT_PAGE_SIZE = 50
_MAX_PAGE_SIZE = 1000
_ENVIRONMENTS = ("prod", "test")


class ApiError(Exception):
    """An answer other than 200.

    Attributes:
        status: HTTP status.
        body: JSON, always with `detail`.
        headers: Extra headers.
    """

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"detail": detail, **more}
        self.headers = headers


def make_app(world: World, faults: Faults | None = None) -> Starlette:
    """Build the ASGI application.

    Args:
        world: What it answers from; may be changed while it serves.
        faults: Asked before each request whether and how it shall fail.
    """

    async def users(request: Request) -> Response:
        return await _answer(world, request)

    return Starlette(
        routes=[Route(_PREFIX + "{rest:path}", users, methods=_METHODS)],
        middleware=[] if faults is None else [Middleware(FaultMiddleware, faults=faults)],
        exception_handlers={ApiError: _told, HTTPException: _told_by_framework},
    )


async def _answer(world: World, request: Request) -> Response:
    # The raw path, because an identifier's own slashes are told from the path's only by their percent-encoding.
    path = request.scope["raw_path"].decode("ascii")
    if not path.endswith("/"):
        return Response(status_code=301, headers={"location": path + "/"})
    organization = _authorized(world, request)
    wait = world.admit(organization)
    if wait is not None:
        headers = {"retry-after": str(wait)} if world.retry_after_header else None
        raise ApiError(429, "Rate limit exceeded", headers=headers, retry_after=wait)
    name = path.removeprefix(_PREFIX).removesuffix("/")
    if not name or "/" in name:
        raise ApiError(404, "Not found.")
    if request.method == "POST" and name == "list":
        return await _list(world, organization, request)
    if request.method == "GET":
        return _detail(world, organization, unquote(name), request.query_params)
    allowed = "GET, POST" if name == "list" else "GET"
    raise ApiError(405, f'Method "{request.method}" not allowed.', headers={"allow": allowed})


def _authorized(world: World, request: Request) -> str:
    """The organization whose key the request carries."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise ApiError(401, "Authentication credentials were not provided.")
    organization = world.keys.get(key.strip())
    if organization is None:
        raise ApiError(401, "Invalid API key.")
    return organization


async def _list(world: World, organization: str, request: Request) -> Response:
    params = request.query_params
    page = _whole(params, "page", default=1)
    page_size = _whole(params, "page_size", default=_DEFAULT_PAGE_SIZE, at_most=_MAX_PAGE_SIZE)
    sort_by = params.get("sort_by", "-first_seen")
    if sort_by.removeprefix("-") not in SORT_FIELDS:
        raise ApiError(400, f'Cannot sort by "{sort_by}".')
    environment = _environment(params)
    try:
        query = parse_query(await _json(request), world.unknown_filters)
    except RefusedQueryError as error:
        raise ApiError(422, "Invalid filters", errors=dict(error.errors)) from error
    rows = world.rows(organization, environment, query, sort_by)
    first, last = (page - 1) * page_size, page * page_size
    if page > 1 and first >= len(rows):
        raise ApiError(404, "Invalid page.")
    answer: dict[str, object] = {
        "count": len(rows),
        "next": _page_url(request, page + 1) if last < len(rows) else None,
        "previous": _page_url(request, page - 1) if page > 1 else None,
        "results": rows[first:last],
        "filters_data": {},
    }
    return _encoded(answer)


def _detail(world: World, organization: str, customer_identifier: str, params: QueryParams) -> Response:
    found = world.detail(organization, _environment(params), customer_identifier)
    if found is None:
        raise ApiError(404, "Not found.")
    return _encoded(found)


def _environment(params: QueryParams) -> str:
    environment = params.get("environment", "prod")
    if environment not in _ENVIRONMENTS:
        raise ApiError(400, f'"{environment}" is not an environment: use prod or test.')
    return environment


def _whole(params: QueryParams, name: str, *, default: int, at_most: int | None = None) -> int:
    text = params.get(name)
    if text is None:
        return default
    # The length too: int() refuses thousands of digits with an error of its own.
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= len("1000000000") else 0
    if value < 1 or (at_most is not None and value > at_most):
        bounds = "at least 1" if at_most is None else f"from 1 to {at_most}"
        raise ApiError(400, f"{name} must be a whole number, {bounds}.")
    return value


async def _json(request: Request) -> object:
    """The decoded body; an empty one asks for no filters."""
    raw = await request.body()
    try:
        return msgspec.json.decode(raw) if raw.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(400, f"JSON parse error - {error}") from error


def _page_url(request: Request, page: int) -> str:
    """The request's absolute address with another page number; the first page needs none."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    query = urlencode([*others, *([("page", page)] if page > 1 else [])])
    return str(request.url.replace(query=query))


def _encoded(answer: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(answer), status, headers, media_type="application/json")


async def _told(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - Starlette hands each handler the type it is registered for
    return _encoded(error.body, error.status, error.headers)


async def _told_by_framework(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    return _encoded({"detail": error.detail}, error.status_code, error.headers)
