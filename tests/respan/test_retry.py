"""Asking again, on a virtual clock."""

import asyncio

import httpx
import pytest

from monitor.respan.client import make_http
from monitor.respan.errors import BadAnswer, CredentialsRefused, RateLimited, RespanError, Unavailable
from monitor.respan.models import Page, decode_page
from monitor.respan.retry import retrying
from tests.respan.builders import EMPTY_PAGE, answering, scene

GOOD = httpx.Response(200, content=EMPTY_PAGE)
BROKEN = httpx.Response(500)
LIMITED = httpx.Response(429, json={"detail": "Rate limit exceeded", "retry_after": 20})


@pytest.mark.looptime
@pytest.mark.parametrize(
    "failure",
    [BROKEN, httpx.Response(200, content=b"<html>"), httpx.ReadTimeout(""), httpx.ConnectError("refused")],
    ids=["500", "html", "timeout", "connect"],
)
async def test_passing_failure_is_tried_again(failure: httpx.Response | Exception) -> None:
    """What may pass by itself is asked again until there is an answer."""
    async with scene(transport=answering(failure, failure, GOOD)) as on:
        assert await retrying(lambda: on.client.fetch_page(1)) == EMPTY_PAGE


@pytest.mark.looptime
async def test_gives_up_after_four_attempts_and_half_a_minute() -> None:
    """Four attempts, some 31 to 37 s in all, then the last error."""
    async with scene(transport=answering(BROKEN)) as on:
        with pytest.raises(Unavailable):
            await retrying(lambda: on.client.fetch_page(1))

        assert (len(on.outcomes), 31 <= asyncio.get_running_loop().time() <= 37) == (4, True)


@pytest.mark.looptime
async def test_permanent_failure_is_not_tried_again() -> None:
    """A refused key is told at once."""
    async with scene(transport=answering(httpx.Response(401), GOOD)) as on:
        with pytest.raises(CredentialsRefused):
            await retrying(lambda: on.client.fetch_page(1))


@pytest.mark.looptime
async def test_rate_limit_is_waited_out() -> None:
    """A 429 waits as long as it asks, more often than other failures are tried."""
    async with scene(transport=answering(*[LIMITED] * 5, GOOD)) as on:
        await retrying(lambda: on.client.fetch_page(1))

        assert asyncio.get_running_loop().time() == pytest.approx(100, abs=0.1)


@pytest.mark.looptime
async def test_rate_limit_is_not_waited_out_forever() -> None:
    """A key that is refused for its rate again and again is given up."""
    async with scene(transport=answering(LIMITED)) as on:
        with pytest.raises(RateLimited):
            await retrying(lambda: on.client.fetch_page(1))

        assert len(on.outcomes) == 6


@pytest.mark.looptime
async def test_tells_of_each_retry_but_not_of_the_last_error() -> None:
    """Each error that is followed by another attempt is told once; the last is raised instead."""
    told: list[RespanError] = []
    async with scene(transport=answering(LIMITED, BROKEN)) as on:
        with pytest.raises(Unavailable):
            await retrying(lambda: on.client.fetch_page(1), on_retry=told.append)

    assert [error.reason for error in told] == ["429", "500", "500", "500"]


@pytest.mark.looptime
async def test_answer_that_cannot_be_decoded_is_asked_for_again() -> None:
    """Fetching and decoding may be one attempt, so that a broken page is fetched again."""
    async with scene(transport=answering(httpx.Response(200, content=b'{"results": [}'), GOOD)) as on:

        async def fetch() -> Page:
            return decode_page(await on.client.fetch_page(1))

        assert (await retrying(fetch)).customers == []


@pytest.mark.looptime
async def test_foreign_errors_are_not_swallowed() -> None:
    """A mistake in the program is no reason to try again."""

    async def mistaken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await retrying(mistaken)


@pytest.mark.looptime
async def test_last_error_of_bad_answers_is_bad_answer() -> None:
    """An API that answers in HTML all the time is told as that."""
    async with scene(transport=answering(httpx.Response(200, content=b"<html>"))) as on:
        with pytest.raises(BadAnswer, match='begins with "<html>"'):
            await retrying(lambda: on.client.fetch_page(1))


async def test_retrying_makes_no_metrics_of_its_own() -> None:
    """The library behind it adds neither a metric nor a log line of its own."""
    import stamina.instrumentation  # noqa: PLC0415  # only here

    async with make_http(answering(GOOD)):
        assert stamina.instrumentation.get_on_retry_hooks() == ()
