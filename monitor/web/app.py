"""What is served over HTTP: metrics and health for machines, alerts as JSON, and a word on where they are."""

import asyncio
import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor.alerts.model import AlertState
from monitor.report import alert_json
from monitor.status import Status
from monitor.store.database import Store
from monitor.store.errors import StoreError
from monitor.web.metrics import Metrics

_INDEX = """budget-monitor

/metrics         Prometheus metrics
/-/healthy       whether the process is alive
/-/ready         whether its alerts are up to date, and if not, why
/-/reload        POST: read the rules file again (needs the token)
/api/v1/alerts   alerts that are pending or firing; ?state=resolved for those that ended in this period
"""


class Web:
    """The HTTP side of the daemon.

    Args:
        store: Read only.
        status: How the daemon is.
        metrics: What it has counted.
        reload: Reads the rules file again; gives the reason where it was refused.
        clock: The time, UTC.
        token: Of the API; None: nothing can be changed over HTTP.
        loopback: Whether only this machine can reach it.
    """

    def __init__(
        self,
        *,
        store: Store,
        status: Status,
        metrics: Metrics,
        reload: Callable[[], Awaitable[str | None]],
        clock: Callable[[], datetime],
        token: SecretStr | None,
        loopback: bool,
    ) -> None:
        self._store = store
        self._status = status
        self._metrics = metrics
        self._reload = reload
        self._clock = clock
        self._token = token
        self._loopback = loopback

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/metrics", self._give_metrics),
                Route("/-/healthy", self._healthy),
                Route("/-/ready", self._ready),
                Route("/-/reload", self._take_reload, methods=["POST"]),
                Route("/api/v1/alerts", self._alerts),
            ],
            exception_handlers={HTTPException: _explain, StoreError: _unavailable},
        )

    async def _index(self, request: Request) -> Response:
        self._authorize(request, changes=False)
        return PlainTextResponse(_INDEX)

    async def _give_metrics(self, request: Request) -> Response:
        compress = _takes_gzip(request.headers.get("accept-encoding", ""))
        body, headers = await asyncio.to_thread(
            self._metrics.render, request.headers.get("accept", ""), compress=compress
        )
        return Response(body, headers=headers)

    async def _healthy(self, _request: Request) -> Response:
        return PlainTextResponse("healthy\n")

    async def _ready(self, request: Request) -> Response:
        # Everybody may ask; what names customers or quotes the rules file is for those who may read the alerts too.
        detailed = self._refusal(request, changes=False) is None
        reasons = self._status.reasons(self._clock(), detailed=detailed)
        body = {"ready": not reasons, "reasons": reasons, "warnings": self._status.warnings(detailed=detailed)}
        return JSONResponse(body, status_code=503 if reasons else 200)

    async def _take_reload(self, request: Request) -> Response:
        self._authorize(request, changes=True)
        refused = await self._reload()
        if refused is not None:
            return JSONResponse({"reloaded": False, "error": refused}, status_code=422)
        return JSONResponse({"reloaded": True})

    async def _alerts(self, request: Request) -> Response:
        self._authorize(request, changes=False)
        wanted = request.query_params.getlist("state") or [AlertState.PENDING, AlertState.FIRING]
        try:
            states = [AlertState(state) for state in wanted]
        except ValueError:
            raise HTTPException(400, "state is one of pending, firing, resolved") from None
        return Response(await asyncio.to_thread(self._read_alerts, states), media_type="application/json")

    def _read_alerts(self, states: list[AlertState]) -> bytes:
        with self._store.read() as tx:
            return msgspec.json.encode({"alerts": [alert_json(alert) for alert in tx.alerts.all(states)]})

    def _authorize(self, request: Request, *, changes: bool) -> None:
        """Refuse whoever may not ask this: customers' names and the daemon's state are nobody else's business.

        Raises:
            HTTPException: 401 or 403, with what to do.
        """
        refusal = self._refusal(request, changes=changes)
        if refusal is not None:
            raise refusal

    def _refusal(self, request: Request, *, changes: bool) -> HTTPException | None:
        if self._token is not None:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            expected = self._token.get_secret_value().encode()
            # Header text stands for bytes, one character each.
            if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode("latin-1"), expected):
                return None
            if changes or not self._loopback:
                return HTTPException(
                    401, "send 'Authorization: Bearer TOKEN' with the value of MONITOR_API_TOKEN", _CHALLENGE
                )
        elif changes or not self._loopback:
            return HTTPException(403, "this needs a token: start the daemon with MONITOR_API_TOKEN")
        # A page in a browser on this machine could ask under a name of its own that leads here: its Host gives it away.
        if not _is_local(request):
            return HTTPException(403, "ask under the name localhost or 127.0.0.1, or send the token")
        return None


_HOST = re.compile(r"(?:\[(?P<address>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?::\d+)?")
_CHALLENGE = {"www-authenticate": "Bearer"}


def _is_local(request: Request) -> bool:
    """Whether the request names this machine, by a name that nobody can make lead elsewhere."""
    # The header itself: a request's URL stands in the server's own address for a host that it cannot read.
    named = _HOST.fullmatch(request.headers.get("host", ""))
    if named is None:
        return False
    host = (named["address"] or named["name"]).lower()
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # another name
        return False


def _takes_gzip(accept_encoding: str) -> bool:
    for offer in accept_encoding.lower().split(","):
        coding, *parameters = (part.strip() for part in offer.split(";"))
        if coding == "gzip":
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False


async def _explain(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)


async def _unavailable(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=503)
