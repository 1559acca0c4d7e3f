"""The stand-in over a real socket, and the failures that only a socket can show."""

import contextlib
import signal
import threading

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from monitor.demo.api import make_app
from monitor.demo.faults import Fault, Faults, html_page, refused, server_error
from monitor.demo.server import serve, serve_in_thread
from tests.demo.builders import AUTHORIZED, client, customer, world

LIST = "/api/users/list/"


async def into(received: bytearray, answer: httpx.Response) -> None:
    """Keep what comes of a body until it ends or breaks."""
    async for chunk in answer.aiter_bytes():
        received += chunk


def first(fault: Response | Fault) -> Faults:
    """Fail the first request only."""
    return lambda number, _request: fault if number == 1 else None


async def test_it_serves_in_a_running_loop() -> None:
    """Within the context the API answers at the address it gives."""
    async with serve(make_app(world([customer()]))) as base_url, httpx.AsyncClient(headers=AUTHORIZED) as http:
        answer = await http.post(base_url + LIST, json={})

    assert answer.json()["results"][0]["customer_identifier"] == "user_123"


def test_it_serves_in_a_thread() -> None:
    """Without a loop the API answers from a thread, and sees what happens to its world meanwhile."""
    of = world([customer()])
    with serve_in_thread(make_app(of)) as base_url, httpx.Client(headers=AUTHORIZED) as http:
        of.spend("user_123", 1)
        answer = http.get(f"{base_url}/api/users/user_123/")

    assert answer.json()["total_period_usage"] == 46.67


def test_its_thread_ends_with_it() -> None:
    """No thread is left behind."""
    with serve_in_thread(make_app(world())):
        during = [thread.name for thread in threading.enumerate()]

    assert "stand-in" in during
    assert "stand-in" not in [thread.name for thread in threading.enumerate()]


async def test_the_port_is_closed_afterwards() -> None:
    """After the context nobody listens any more."""
    async with serve(make_app(world())) as base_url:
        pass

    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(base_url)


async def test_signals_are_left_alone() -> None:
    """Handlers of the process stay as they are."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    async with serve(make_app(world())):
        during = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    assert during == before


async def test_pages_point_to_the_real_address() -> None:
    """Over a socket next begins with the address the server listens at."""
    of = world([customer("a"), customer("b")])
    async with serve(make_app(of)) as base_url, httpx.AsyncClient(headers=AUTHORIZED) as http:
        page = (await http.post(base_url + LIST, params={"page_size": 1}, json={})).json()

    assert page["next"] == f"{base_url}{LIST}?page_size=1&page=2"


async def test_an_encoded_slash_survives_the_socket() -> None:
    """An identifier with a slash is found over a socket too."""
    of = world([customer("a/ü")])
    async with serve(make_app(of)) as base_url, httpx.AsyncClient(headers=AUTHORIZED) as http:
        answer = await http.get(f"{base_url}/api/users/a%2F%C3%BC/")

    assert answer.json()["customer_identifier"] == "a/ü"


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        (server_error(), 500, "application/json"),
        (server_error(503), 503, "application/json"),
        (refused(), 401, "application/json"),
        (html_page(), 200, "text/html; charset=utf-8"),
    ],
)
async def test_a_hook_answers_instead(fault: Response, status: int, kind: str) -> None:
    """A response of the hook takes the place of the true one."""
    async with client(world(), faults=first(fault)) as http:
        answer = await http.post(LIST, json={})

    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)


async def test_the_hook_sees_number_and_request() -> None:
    """The hook is told which request it is, counted from 1."""
    seen = []

    def watch(number: int, request: Request) -> None:
        seen.append((number, request.method, request.url.path))

    async with client(world(), faults=watch) as http:
        await http.post(LIST, json={})
        await http.get("/api/users/a/")

    assert seen == [(1, "POST", LIST), (2, "GET", "/api/users/a/")]


async def test_a_cut_connection_has_no_answer() -> None:
    """A cut closes the socket before a byte is sent."""
    app = make_app(world(), first(Fault.CUT))
    async with serve(app) as base_url, httpx.AsyncClient(headers=AUTHORIZED) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await http.post(base_url + LIST, json={})


async def test_half_a_document_ends_before_its_length() -> None:
    """The headers promise the whole body, and the socket closes in the middle of it."""
    app = make_app(world([customer()]), first(Fault.HALF))
    async with serve(app) as base_url, httpx.AsyncClient(headers=AUTHORIZED) as http:
        received = bytearray()
        async with http.stream("POST", base_url + LIST, json={}) as answer:
            with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
                await into(received, answer)

    assert (answer.status_code, len(received)) == (200, int(answer.headers["content-length"]) // 2)


async def test_a_hanging_request_is_never_answered() -> None:
    """A request that hangs ends by the client's patience, and the server can still stop."""
    app = make_app(world(), first(Fault.HANG))
    async with serve(app) as base_url, httpx.AsyncClient(headers=AUTHORIZED, timeout=0.05) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.post(base_url + LIST, json={})


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.HALF, server_error()])
async def test_the_next_request_is_answered(fault: Response | Fault) -> None:
    """After a failure the server goes on."""
    app = make_app(world(), first(fault))
    async with serve(app) as base_url, httpx.AsyncClient(headers=AUTHORIZED) as http:
        with contextlib.suppress(httpx.RemoteProtocolError):
            await http.post(base_url + LIST, json={})
        answer = await http.post(base_url + LIST, json={})

    assert answer.status_code == 200


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.HALF])
async def test_without_a_socket_a_cut_is_an_exception(fault: Fault) -> None:
    """Where there is no socket to close, the caller gets the error that a socket would raise."""
    async with client(world(), faults=first(fault)) as http:
        with pytest.raises(ConnectionResetError):
            await http.post(LIST, json={})
