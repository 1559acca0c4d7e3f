"""A database with alerts, and the HTTP side before it, asked without a socket."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from monitor.alerts.kept import KeptAlert
from monitor.alerts.model import AlertState, CustomerKey, Event, EventKind, Reason, Severity
from monitor.alerts.state import Alert
from monitor.polling.poller import Poll
from monitor.polling.walk import Candidates, Walk
from monitor.respan.errors import RespanError
from monitor.status import EnvironmentStatus, Status
from monitor.store.database import Store
from monitor.web.app import Web
from monitor.web.metrics import Metrics
from tests.notify.builders import facts

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
TOKEN = "tök3n-nobody-guesses"
LOOPBACK = "http://127.0.0.1:9477"
BEYOND = "http://monitor.example:9477"


def kept(
    identifier: str = "user_123", *, state: AlertState = AlertState.FIRING, life: Alert | None = None, **changes: object
) -> KeptAlert:
    """An alert of the documented customer, firing at the 80 % level."""
    fields: dict[str, Any] = {
        "rule": "period-budget",
        "key": CustomerKey("prod", "8264a3f4", identifier),
        "first_seen": 0,
        "life": life or Alert(state=state, threshold=0.8, severity=Severity.WARNING, since=NOW),
        "value": 0.812,
        "unit": "ratio",
        "summary": "John Doe used 81.2 % of a $100.00 monthly budget",
        "facts": facts(),
        "labels": {},
        "missed": 0,
        "filters": "",
    }
    return KeptAlert(**(fields | changes))


def event(**changes: Any) -> Event:  # noqa: ANN401 - any field
    """The documented customer has reached the 80 % level."""
    fields: dict[str, Any] = {
        "kind": EventKind.FIRED,
        "reason": Reason.LEVEL_REACHED,
        "at": NOW,
        "rule": "period-budget",
        "key": CustomerKey("prod", "8264a3f4", "user_123"),
        "severity": Severity.WARNING,
        "level": 0.8,
        "value": 0.812,
        "unit": "ratio",
        "since": NOW,
        "summary": "John Doe used 81.2 % of a $100.00 monthly budget",
        "facts": facts(),
    }
    return Event(**(fields | changes))


def poll(
    *,
    environment: str = "prod",
    complete: bool = True,
    pages: int = 1,
    error: RespanError | None = None,
    **seen: Any,  # noqa: ANN401
) -> Poll:
    """A poll that ended."""
    fields: dict[str, Any] = {"customers": 3, "distinct": 3, "count": 3, "spend": 1570.35}
    walk = Walk(number=1, began_at=NOW, first=False, candidates=Candidates(0), complete=complete, **(fields | seen))
    return Poll(environment=environment, walk=walk, pages=pages, requests=pages, error=error)


def read_status(**changes: Any) -> Status:  # noqa: ANN401 - any field
    """A daemon that has read prod completely just now."""
    prod = EnvironmentStatus("prod", NOW)
    prod.take(poll(), NOW)
    return replace(Status(environments={"prod": prod}, rules_loaded_at=NOW), **changes)


@dataclass
class Site:
    """What answers, and what stands behind it."""

    http: httpx.AsyncClient
    app: Starlette
    store: Store
    status: Status
    metrics: Metrics
    reloads: list[str | None]

    async def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - options of httpx
        """Ask."""
        return await self.http.get(path, **options)


@asynccontextmanager
async def site(
    folder: Path,
    *,
    alerts: Sequence[KeptAlert] = (),
    status: Status | None = None,
    token: str | None = None,
    loopback: bool = True,
    base_url: str = LOOPBACK,
    refuse_reload: str | None = None,
) -> AsyncIterator[Site]:
    """The HTTP side of a daemon that only this machine can reach, unless told otherwise."""
    store = Store(f"sqlite:///{folder / 'monitor.db'}")
    with store.write() as tx:
        tx.alerts.save(alerts)
    status = status or read_status()
    metrics = Metrics(store, status)
    reloads: list[str | None] = []
    web = Web(
        store=store,
        status=status,
        metrics=metrics,
        reload=_reload(refuse_reload, reloads),
        clock=lambda: NOW,
        token=SecretStr(token) if token else None,
        loopback=loopback,
    )
    app = web.app()
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as http:
            yield Site(http, app, store, status, metrics, reloads)
    finally:
        store.close()


def bearer(token: str, scheme: str = "Bearer") -> dict[bytes, bytes]:
    """The header that carries a token, as the bytes that go over the wire."""
    return {b"authorization": f"{scheme} {token}".encode()}


def _reload(refused: str | None, reloads: list[str | None]) -> Callable[[], Awaitable[str | None]]:
    async def reload() -> str | None:
        reloads.append(refused)
        return refused

    return reload
