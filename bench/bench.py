"""What a customer costs: µs for each step of a page, memory, start-up. Run it with `make bench`.

Everything is measured in a process of its own and printed as a table. Pages are made up beforehand, page by page, and
are not part of any figure. A "first walk" fills an empty database; a "later walk" finds 5 % of the customers changed,
who have a history by then, while the period was read of whoever has spent an eighth of a budget.
"""

import gc
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.polling import ledger
from monitor.polling.batch import Batch
from monitor.polling.judge import Judge
from monitor.polling.ledger import Ledger
from monitor.polling.sight import PageSight
from monitor.rulebook import Rulebook, loads
from monitor.spending.anchor import Reading
from monitor.spending.course import BLANK, Course, after_reading, after_row
from monitor.store.customers import Customers, written_course
from monitor.store.database import Store

PAGE = 1000
CHANGED = 0.05
UNDECIDED = 0.01
START = datetime(2026, 1, 1, tzinfo=UTC)
RULES = Path(__file__).with_name("rules.toml")
STEPS = ("decode", "look up", "join", "history", "evaluate", "write", "the rest")
ANCHORED_FROM = 1 / 8
EARLIER_WALKS = 3


def pages(customers: int, walk: int) -> Iterator[bytes]:
    """The pages of a walk, as the API gives them: 586 bytes a customer, identifiers in no order."""
    dice = random.Random(1)
    lucks = [random.Random(earlier) for earlier in range(1, walk + 1)]
    count = -(-customers // PAGE)
    for number in range(count):
        rows = []
        for position in range(number * PAGE, min(customers, (number + 1) * PAGE)):
            identifier = f"user_{dice.getrandbits(48):012x}"
            budget = dice.choice((None, 100.0, 250.0, 1000.0, 5000.0))
            reach = 0.9 if dice.random() < UNDECIDED else 0.4  # of one in a hundred more must be read to decide
            cost = round((budget or 400.0) * reach * dice.random(), 6)
            cost += 0.01 * sum(luck.random() < CHANGED for luck in lucks)  # Spend only grows.
            rows.append(_row(position, identifier, budget, cost))
        following = f"https://api.respan.ai/api/users/list/?page={number + 2}" if number + 1 < count else None
        yield json.dumps({"count": customers, "next": following, "previous": None, "results": rows}).encode()


def _row(position: int, identifier: str, budget: float | None, cost: float) -> dict[str, object]:
    organization = "8264a3f4-40c7-476a-97d1-96908127ea21"
    seen = START + timedelta(seconds=position)
    return {
        "id": f"{identifier}prod{organization}",
        "customer_identifier": identifier,
        "unique_organization_id": organization,
        "environment": "prod",
        "name": f"Customer {identifier}",
        "email": f"{identifier}@example.com",
        "first_seen": seen.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "last_active_timeframe": "2026-05-01T10:30:00Z",
        "active_days": 75,
        "number_of_requests": 15420,
        "total_requests": 15420,
        "total_tokens": 170000,
        "tokens": 170000,
        "total_cost": cost,
        "cost": cost,
        "average_latency": 1.23,
        "average_ttft": 0.45,
        "average_monthly_cost": 6.98,
        "period_budget": budget,
        "budget_duration": "monthly",
        "total_budget": 50000,
    }


@contextmanager
def measured(owner: Any, name: str, step: str, spent: dict[str, float]) -> Iterator[None]:  # noqa: ANN401
    """Add up the time that calls of one function take."""
    original: Callable[..., Any] = getattr(owner, name)

    def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        began = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            spent[step] += time.perf_counter() - began

    setattr(owner, name, timed)
    try:
        yield
    finally:
        setattr(owner, name, original)


def walk(book: Rulebook, store: Store, customers: int, number: int, *, steps: bool) -> dict[str, float]:
    """Seconds of one walk: all together, or each step (which costs a little by itself)."""
    books = Ledger(store, book, book.environments[0])
    now = START + timedelta(days=120, hours=number)
    going = books.begin(now, readings=10)
    spent: dict[str, float] = defaultdict(float)
    for body in pages(customers, number):
        if steps:
            with (
                measured(ledger, "decode_page", "decode", spent),
                measured(Customers, "load", "look up", spent),
                measured(PageSight, "join", "join", spent),
                measured(PageSight, "standings", "history", spent),
                measured(Judge, "find", "evaluate", spent),
                measured(Batch, "write", "write", spent),
            ):
                began = time.perf_counter()
                books.page(going, body, now)
        else:
            began = time.perf_counter()
            books.page(going, body, now)
        spent["all"] += time.perf_counter() - began
    books.end(going, now, read_all=True)
    assert going.complete  # noqa: S101 - a benchmark of half a walk would be no benchmark
    spent["the rest"] = spent["all"] - sum(spent[step] for step in STEPS if step != "the rest")
    return spent


def grow_old(store: Store) -> None:
    """Let everybody have been known for long, and be anchored who has spent a part of the budget."""
    last = None
    while True:
        with store.write() as tx:
            stretch = tx.customers.all("prod", after=last, limit=10_000)
            if not stretch:
                return
            known = []
            for place, record in stretch:
                cost, budget = record.total_cost or 0.0, record.period_budget
                course = _course(cost) if budget is not None and cost >= budget * ANCHORED_FROM else BLANK
                known.append((place, record._replace(known_since=0, course=written_course(course))))
            tx.customers.save("prod", known)
        last = stretch[-1][0]


def _course(total: float) -> Course:
    """What is known after two readings of a period that began twelve days ago."""
    start = START + timedelta(days=108)
    course = BLANK
    for days, spent in ((1, 0.2), (3, 0.1)):
        at = start + timedelta(days=days)
        reading = Reading(at=at, usage=(0.3 - spent) * total, start=start, end=None, duration="monthly")
        course, _ = after_reading(course, reading, total * (1 - spent))
        course = after_row(course, before=total * (1 - spent), total=total * (1 - spent), now=at, duration="monthly")
    return course


def measure_walks(customers: int) -> dict[str, float]:
    """µs per customer of each step, and the peak memory of the process that did it, MiB."""
    book = loads(RULES.read_bytes(), lambda _name: "bench-key")
    gc.collect()
    gc.freeze()  # as the daemon does at its start
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/monitor.db")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures["first walk"] = walk(book, store, customers, 0, steps=False)["all"] / customers * 1e6
        grow_old(store)
        for number in range(EARLIER_WALKS):
            walk(book, store, customers, number + 1, steps=False)
        later = walk(book, store, customers, EARLIER_WALKS + 1, steps=False)
        figures["later walk"] = later["all"] / customers * 1e6
        detailed = walk(book, store, customers, EARLIER_WALKS + 2, steps=True)
        figures |= {step: detailed[step] / customers * 1e6 for step in STEPS}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures["peak MiB"] = peak / 1024
        figures["grown MiB"] = (peak - before) / 1024
        figures["database MiB"] = sum(path.stat().st_size for path in Path(folder).glob("monitor.db*")) / 2**20
        store.close()
    return figures


def measure_process() -> dict[str, float]:
    """Seconds until the daemon answers and is ready, and its memory then and after ten more polls."""
    from monitor.demo.api import make_app  # noqa: PLC0415 - keeps the stand-in out of the other figures
    from monitor.demo.server import serve_in_thread  # noqa: PLC0415
    from monitor.demo.story import Story  # noqa: PLC0415
    from monitor.demo.world import KEY  # noqa: PLC0415

    def now() -> datetime:
        return datetime.now(UTC)

    with serve_in_thread(make_app(Story(now()).world(now, limit=None))) as url, tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.toml"
        rules.write_text(
            '[poll]\ninterval = "1s"\nrequests_per_minute = 600\n[[environments]]\nname = "prod"\n'
            '[[rules]]\nname = "budget"\nvalue = "period_cost / period_budget"\n'
            'levels = [{ at_least = 0.8, severity = "warning" }]\n'
            '[[channels]]\nname = "hook"\nurl = "json://127.0.0.1:9"\n'
        )
        environment = os.environ | {
            "RESPAN_API_KEY": KEY,
            "RESPAN_BASE_URL": url,
            "MONITOR_DATABASE_URL": f"sqlite:///{folder}/monitor.db",
            "MONITOR_LISTEN": "127.0.0.1:19477",
        }
        began = time.perf_counter()
        daemon = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "monitor", "run", "--rules", str(rules)], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            figures = {"healthy s": _until(began, "/-/healthy"), "ready s": _until(began, "/-/ready")}
            time.sleep(10)
            status = Path(f"/proc/{daemon.pid}/status").read_text()
            figures["idle MiB"] = next(
                int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")
            )
        finally:
            daemon.terminate()
            daemon.wait(15)
    return figures


def _until(began: float, path: str) -> float:
    while time.perf_counter() - began < 30:  # noqa: PLR2004
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:19477{path}", timeout=1) as answer:
                if answer.status == 200:  # noqa: PLR2004
                    return time.perf_counter() - began
        except OSError:
            time.sleep(0.01)
    raise TimeoutError(path)


def main() -> None:
    """Measure, and print the tables."""
    if len(sys.argv) > 1 and sys.argv[1] == "--one":
        print(json.dumps(measure_walks(int(sys.argv[2])) if sys.argv[2] != "process" else measure_process()))
        return
    sizes = [int(text) for text in sys.argv[1:]] or [100_000, 1_000_000]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"{RULES.read_text().count('[[rules]]')} rules, pages of {PAGE}"
    )
    columns = {size: _in_its_own_process(str(size)) for size in sizes}
    print(f"\n{'µs per customer':<24}" + "".join(f"{size:>14,}" for size in sizes))
    for name in (*STEPS, "first walk", "later walk"):
        print(f"{name:<24}" + "".join(f"{columns[size][name]:>14.2f}" for size in sizes))
    print(f"\n{'MiB':<24}" + "".join(f"{size:>14,}" for size in sizes))
    for name in ("peak MiB", "grown MiB", "database MiB"):
        print(f"{name.removesuffix(' MiB'):<24}" + "".join(f"{columns[size][name]:>14.0f}" for size in sizes))
    print("\nthe process, with one channel")
    for name, figure in _in_its_own_process("process").items():
        print(f"{name:<24}{figure:>14.2f}")


def _in_its_own_process(what: str) -> dict[str, float]:
    ran = subprocess.run(  # noqa: S603
        [sys.executable, __file__, "--one", what], stdout=subprocess.PIPE, check=True, text=True
    )
    figures: dict[str, float] = json.loads(ran.stdout)
    return figures


if __name__ == "__main__":
    main()
