"""Who may ask what: loopback and beyond, with a token and without."""

import hmac
from pathlib import Path
from unittest.mock import patch

import pytest

from monitor.settings import Address
from monitor.status import Status
from tests.web.builders import BEYOND, LOOPBACK, NOW, TOKEN, bearer, kept, read_status, site

READING = ("/", "/api/v1/alerts")
OPEN = ("/metrics", "/-/healthy", "/-/ready")


@pytest.mark.parametrize("path", [*READING, *OPEN])
async def test_this_machine_reads_without_a_token(tmp_path: Path, path: str) -> None:
    """On loopback everything can be read as it is."""
    async with site(tmp_path) as web:
        answer = await web.get(path)

    assert answer.status_code == 200


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("token", [None, TOKEN])
async def test_metrics_and_health_are_open_to_everybody(tmp_path: Path, path: str, token: str | None) -> None:
    """A scraper and a load balancer need no token, wherever they are."""
    async with site(tmp_path, loopback=False, token=token, base_url=BEYOND) as web:
        answer = await web.get(path)

    assert answer.status_code == 200


@pytest.mark.parametrize("path", READING)
async def test_beyond_loopback_nothing_is_read_while_no_token_is_set(tmp_path: Path, path: str) -> None:
    """Without a token to ask for, customers' names are not given to a network, and the answer says what to do."""
    async with site(tmp_path, loopback=False, base_url=BEYOND, alerts=[kept()]) as web:
        answer = await web.get(path)

    assert answer.status_code == 403
    assert "MONITOR_API_TOKEN" in answer.json()["error"]
    assert "user_123" not in answer.text


@pytest.mark.parametrize("path", READING)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer(TOKEN + "x"),
        bearer(TOKEN[:-1]),
        bearer(TOKEN.upper()),
        bearer(""),
        bearer(TOKEN, scheme="Basic"),
        {b"authorization": TOKEN.encode()},
        {b"authorization": b"Bearer \xff\xfe"},
        {b"cookie": f"token={TOKEN}".encode()},
    ],
    ids=str,
)
async def test_beyond_loopback_only_the_token_reads(tmp_path: Path, path: str, headers: dict[bytes, bytes]) -> None:
    """Anything but the whole token is refused, in the way that tells a client what is asked for."""
    async with site(tmp_path, loopback=False, token=TOKEN, base_url=BEYOND, alerts=[kept()]) as web:
        answer = await web.get(path, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "MONITOR_API_TOKEN" in answer.json()["error"]
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", READING)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_token_reads_from_anywhere(tmp_path: Path, path: str, scheme: str) -> None:
    """Whoever has the token reads, under whatever name the host was asked; its letters need not be ASCII."""
    async with site(tmp_path, loopback=False, token=TOKEN, base_url=BEYOND) as web:
        answer = await web.get(path, headers=bearer(TOKEN, scheme))

    assert answer.status_code == 200


@pytest.mark.parametrize("loopback", [True, False])
async def test_nothing_is_changed_while_no_token_is_set(tmp_path: Path, *, loopback: bool) -> None:
    """Not even this machine changes anything without a token: any page in its browser could."""
    async with site(tmp_path, loopback=loopback) as web:
        answer = await web.http.post("/-/reload")

    assert (answer.status_code, web.reloads) == (403, [])
    assert "MONITOR_API_TOKEN" in answer.json()["error"]


@pytest.mark.parametrize("loopback", [True, False])
async def test_a_wrong_token_changes_nothing(tmp_path: Path, *, loopback: bool) -> None:
    """A change needs the token, on loopback too."""
    async with site(tmp_path, loopback=loopback, token=TOKEN) as web:
        answers = [await web.http.post("/-/reload", headers=headers) for headers in ({}, bearer("wrong"))]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert web.reloads == []


@pytest.mark.parametrize("path", READING)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:9477",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example:99999",
        "localhost@evil.example",
        "localhost, evil.example",
        "0.0.0.0",
        "[::1",
        "",
    ],
)
@pytest.mark.parametrize("token", [None, TOKEN])
async def test_a_page_under_a_name_of_its_own_reads_nothing(
    tmp_path: Path, path: str, host: str, token: str | None
) -> None:
    """A name that somebody makes lead to this machine (DNS rebinding) opens nothing, and the answer says what does."""
    async with site(tmp_path, token=token, alerts=[kept()]) as web:
        answer = await web.get(path, headers={"host": host})

    assert answer.status_code == 403
    assert "localhost" in answer.json()["error"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9477", "127.0.0.1:1", "127.8.9.10:9477", "[::1]:9477"])
async def test_this_machine_has_many_names(tmp_path: Path, host: str) -> None:
    """Every address of loopback, and its name, is this machine's own."""
    async with site(tmp_path) as web:
        answer = await web.get("/api/v1/alerts", headers={"host": host})

    assert answer.status_code == 200


async def test_tokens_are_compared_in_constant_time(tmp_path: Path) -> None:
    """How long a refusal takes says nothing of how much of the token was right."""
    with patch("monitor.web.app.hmac.compare_digest", wraps=hmac.compare_digest) as digest:
        async with site(tmp_path, loopback=False, token=TOKEN) as web:
            await web.get("/api/v1/alerts", headers=bearer("guess"))

    digest.assert_called_once_with(b"guess", TOKEN.encode())


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        (("127.0.0.1", 1), True),
        (("127.1.2.3", 1), True),
        (("::1", 1), True),
        (("localhost", 1), True),
        (("0.0.0.0", 1), False),
        (("::", 1), False),
        (("192.0.2.1", 1), False),
        (("127.evil.example", 1), False),
        (("monitor.example", 1), False),
    ],
)
def test_what_loopback_is(address: tuple[str, int], *, loopback: bool) -> None:
    """Only an address that stays on this machine frees readers from the token; a name may lead anywhere."""
    assert Address(address).is_loopback is loopback


def _troubled() -> Status:
    status = read_status(store_error="/srv/secret/monitor.db failed", rules_error='rules.toml:9: customers = ["acme-"]')
    prod = status.environments["prod"]
    prod.last_complete_at = None
    prod.error, prod.cause = "reading customer 'acme-7' failed: HTTP 500", "a request failed (500)"
    return status


async def test_health_names_no_customer_to_a_network(tmp_path: Path) -> None:
    """Beyond loopback everybody learns what is wrong, and nobody whom it is about or what the rules file says."""
    async with site(tmp_path, status=_troubled(), loopback=False, token=TOKEN, base_url=BEYOND) as web:
        answer = await web.get("/-/ready")

    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "reasons": ["database: it fails", "prod: a request failed (500)"],
        "warnings": ["rules: the file was refused when it was last read"],
    }


@pytest.mark.parametrize(("loopback", "base_url"), [(True, LOOPBACK), (False, BEYOND)])
async def test_health_tells_all_to_whoever_may_read(tmp_path: Path, base_url: str, *, loopback: bool) -> None:
    """On loopback, or with the token, each reason is the whole sentence."""
    async with site(tmp_path, status=_troubled(), loopback=loopback, token=TOKEN, base_url=base_url) as web:
        answer = await web.get("/-/ready", headers=bearer(TOKEN))

    assert answer.json()["reasons"] == [
        "database: /srv/secret/monitor.db failed",
        "prod: reading customer 'acme-7' failed: HTTP 500",
    ]
    assert answer.json()["warnings"] == ['rules: rules.toml:9: customers = ["acme-"]']


def test_a_refused_key_is_told_without_quoting_the_answer() -> None:
    """What the API says of a key stays among those who may read."""
    status = read_status()
    prod = status.environments["prod"]
    prod.refused, prod.error = True, 'HTTP 401, saying "key of Acme Inc revoked"'

    assert status.reasons(NOW, detailed=False) == ["prod: the API refuses the key"]
