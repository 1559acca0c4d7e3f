"""Whether the daemon of this machine is alive: asked by a health check, and by itself before it calls itself ready."""

import asyncio
import http.client
import ipaddress
import json

from monitor.settings import Address

# Seconds to wait for an answer. It takes milliseconds; a machine under load gets a little more.
TIMEOUT = 5.0

# The same at the start, where it is asked again and again.
FIRST_TIMEOUT = 1.0
ASKED_AGAIN = 0.1
EXCERPT = 200


class Unhealthy(Exception):  # noqa: N818 - named after what is so
    """No sign of a living daemon; the sentence says what was asked, what came back, and what to look at."""


def ask(listening: Address, timeout: float = TIMEOUT) -> str:
    """Ask the daemon whether it is alive, and how it is.

    Args:
        listening: Where it was told to listen.
        timeout: Seconds for each answer.

    Returns:
        A sentence: that it is healthy, and why it is not up to date where that is so. No restart would mend that.

    Raises:
        Unhealthy: It is not.
    """
    address = reachable(listening)
    if address[1] == 0:
        raise Unhealthy("MONITOR_LISTEN has port 0, which is any port: name the one that the daemon is to be asked at")
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        status, body = _get(connection, "/-/healthy")
        if status != http.HTTPStatus.OK or body.strip() != "healthy":
            raise Unhealthy(f"{address} answered {status}: {body.strip()[:EXCERPT]!r}; is it budget-monitor?")
        return _standing(*_get(connection, "/-/ready"))
    except ConnectionRefusedError:
        raise Unhealthy(
            f"nothing listens on {address}: is `budget-monitor run` running, with the same MONITOR_LISTEN?"
        ) from None
    except TimeoutError:
        raise Unhealthy(
            f"{address} has not answered within {timeout:g} s: the daemon hangs, or is not let run"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise Unhealthy(f"{address} cannot be asked: {error or type(error).__name__}") from None
    finally:
        connection.close()


async def until_it_answers(listening: Address) -> None:
    """Wait until the daemon answers, `listening` there as for `ask`."""

    def answers() -> bool:
        try:
            ask(listening, FIRST_TIMEOUT)
        except Unhealthy:
            return False
        return True

    while True:
        if await asyncio.to_thread(answers):
            return
        await asyncio.sleep(ASKED_AGAIN)


def reachable(listening: Address) -> Address:
    """Where to ask a daemon of this machine that listens there: over loopback, where that is one of its addresses."""
    host, port = listening
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name
        return listening
    if not address.is_unspecified:
        return listening
    return Address(("127.0.0.1" if address.version == 4 else "::1", port))  # noqa: PLR2004 - of the internet protocol


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace")


def _standing(status: int, body: str) -> str:
    """What `/-/ready` says, in a sentence."""
    if status == http.HTTPStatus.OK:
        return "healthy"
    try:
        reasons = json.loads(body)["reasons"]
    except (ValueError, KeyError, TypeError):
        reasons = [f"/-/ready answered {status}"]
    return f"healthy, and not up to date: {'; '.join(map(str, reasons))}"
