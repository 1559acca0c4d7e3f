"""The daemon as Prometheus sees it: the real process, scraped by the real programs where they are installed."""

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.cli.builders import PATIENCE, api, customer, desk, rules
from tests.notify.receivers import free_port

PROMTOOL = shutil.which("promtool")
PROMETHEUS = shutil.which("prometheus")
SCRAPES = 30
"""After so many, at one a second, what is not there does not come."""


def get(url: str, accept: str = "*/*") -> str:
    """What an address of this machine answers."""
    request = Request(url, headers={"accept": accept})  # noqa: S310 - our own address
    with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


@contextmanager
def monitored(folder: Path) -> Iterator[str]:
    """The address of a daemon that has polled twice and told its channel; one customer is listed, and fires."""
    twice = threading.Event()
    lists = []

    def watch(_number: int, request: object) -> None:
        lists.append(request)
        if len(lists) == 3:  # list, detail, and the list of the next poll
            twice.set()

    text = rules(interval="1s")
    with api(customer(), faults=watch) as base_url, desk(folder, base_url, text).process("run") as process:
        address = process.address()
        assert twice.wait(PATIENCE)
        yield address


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian's package prometheus has it)")
def test_promtool_finds_nothing_to_say(tmp_path: Path) -> None:
    """`promtool check metrics` passes a real scrape without a word."""
    with monitored(tmp_path) as address:
        scrape = get(f"{address}/metrics")

    checked = subprocess.run(  # noqa: S603 - found in PATH
        [str(PROMTOOL), "check", "metrics"], input=scrape, capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert 'budget_monitor_customers{environment="prod"} 1.0' in scrape
    assert (checked.stdout, checked.stderr, checked.returncode) == ("", "", 0)


@contextmanager
def scraped_too() -> Iterator[tuple[int, "queue.SimpleQueue[str]"]]:
    """A target of the test's own: its port, and a queue that gets an entry at each scrape."""
    scrapes: queue.SimpleQueue[str] = queue.SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(b"tick 1\n")
            scrapes.put(self.path)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port, scrapes
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def prometheus(folder: Path, **targets: str) -> Iterator[str]:
    """The address of a Prometheus that scrapes each target, a job of its own, every second."""
    jobs = [{"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()]
    with configured(folder, {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}) as server:
        yield server


@contextmanager
def configured(folder: Path, config: Mapping[str, object]) -> Iterator[str]:
    """The address of a Prometheus with a configuration."""
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config))  # which is YAML
    address = f"127.0.0.1:{free_port()}"
    command = [
        str(PROMETHEUS),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={address}",
    ]
    with (folder / "prometheus.log").open("w") as log:
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - as above
        try:
            yield f"http://{address}"
        finally:
            running.terminate()
            running.wait(PATIENCE)


def sample(server: str, query: str) -> float | None:
    """The value of a query with one result; None while there is none."""
    try:
        answer = json.loads(get(f"{server}/api/v1/query?{urlencode({'query': query})}"))
    except URLError:  # it has not begun to listen
        return None
    results = answer["data"]["result"]
    return float(results[0]["value"][1]) if results else None


@pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed (Debian's package of that name)")
def test_prometheus_scrapes_the_daemon(tmp_path: Path) -> None:
    """The target is up, and what the daemon counts is in the database of Prometheus under the names we promise."""
    wanted = {
        'up{job="monitor"}': 1,
        'budget_monitor_customers{environment="prod"}': 1,
        'budget_monitor_spend_usd{environment="prod"}': 523.45,
        'budget_monitor_alerts{rule="period-budget",state="firing",severity="warning"}': 1,
        'budget_monitor_notifications_total{channel="terminal",outcome="delivered"}': 1,
    }
    found: dict[str, float | None] = {}
    with (
        monitored(tmp_path) as address,
        scraped_too() as (own_port, scrapes),
        prometheus(tmp_path, monitor=address.removeprefix("http://"), ours=f"127.0.0.1:{own_port}") as server,
    ):
        for _ in range(SCRAPES):
            scrapes.get(timeout=PATIENCE)  # our own target was scraped: there may be news
            found = {query: sample(server, query) for query in wanted}
            if found == wanted:
                break

    assert found == wanted
