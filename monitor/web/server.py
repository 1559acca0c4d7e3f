"""The HTTP server, as a task among the daemon's own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

# Seconds that open requests get to finish when the daemon stops.
GRACE = 2


class ListenError(Exception):
    """The address cannot be listened on."""


def listen(host: str, port: int) -> socket.socket:
    """Take an address.

    Raises:
        ListenError: It is taken, or not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # The protocol must be named: of a socket without one asyncio does not switch off Nagle's delay, and every
        # answer on a connection that is kept would take 40 ms.
        bound = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(128)
        except OSError:
            bound.close()
            raise
    except (OSError, ValueError) as error:  # a ValueError: what cannot be a host name
        reason = error.strerror if isinstance(error, OSError) else "it is no host name"
        raise ListenError(f"cannot listen on {host}:{port}: {reason}; set MONITOR_LISTEN to another") from error
    bound.setblocking(False)
    return bound


class Server(uvicorn.Server):
    """uvicorn without its own idea of signals: the daemon decides when it ends."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE,
                http="h11",
                ws="none",
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
