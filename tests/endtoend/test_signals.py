"""Signals to the real program: it ends within ten seconds whatever hangs, and reads its rules again when told to."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.demo.api import make_app
from monitor.demo.customer import Customer
from monitor.demo.faults import Fault, Faults
from monitor.demo.server import serve_in_thread
from monitor.demo.world import World
from tests.endtoend.builders import PERIOD_BUDGET, UNBUDGETED, rules
from tests.endtoend.processes import Process, Receiver, receiving, started

WITHIN = 10.0
"""Seconds that the program has to end."""


def living(*customers: Customer) -> World:
    """Customers in real time."""
    return World(customers, lambda: datetime.now(UTC), limit=None)


def spender(name: str, usage: float, budget: float | None = 100.0) -> Customer:
    """A customer in a period that has just begun."""
    return Customer.standing(
        name,
        total_cost=max(usage, 0.01),
        period_usage=usage,
        period_start=datetime.now(UTC) - timedelta(days=2),
        period_budget=budget,
    )


@contextmanager
def program(
    folder: Path, receiver: Receiver, of: World, *tables: str, faults: Faults | None = None
) -> Iterator[Process]:
    """The program over a world, in a folder of its own."""
    folder.mkdir(exist_ok=True)
    write_rules(folder, receiver, *tables)
    with serve_in_thread(make_app(of, faults)) as base_url, started(folder, base_url) as process:
        yield process


def write_rules(folder: Path, receiver: Receiver, *tables: str) -> None:
    """Write the rules file."""
    text = rules(*tables, interval="1s", requests_per_minute=600, channels={"finops": receiver.url})
    (folder / "rules.toml").write_text(text, encoding="utf-8")


def test_it_ends_while_it_has_nothing_to_do(tmp_path: Path) -> None:
    """SIGTERM and SIGINT end an idle process within ten seconds, with exit status 0."""
    with receiving() as receiver, ExitStack() as stack:
        of = living(spender("warned", 81.2))
        processes = [stack.enter_context(program(tmp_path / name, receiver, of)) for name in ("term", "int")]
        for process in processes:
            process.logged("message delivered")

        processes[0].signal(signal.SIGTERM)
        processes[1].signal(signal.SIGINT)

        assert [process.ended(WITHIN) for process in processes] == [0, 0]


def test_it_ends_while_a_channel_hangs(tmp_path: Path) -> None:
    """A receiver that never answers does not keep the process, and what it was sent is sent again by the next one."""
    with receiving() as receiver, ExitStack() as stack:
        receiver.silent.set()
        of = living(spender("warned", 81.2))
        processes = [stack.enter_context(program(tmp_path / name, receiver, of)) for name in ("term", "int")]
        first = [receiver.next() for _ in processes]

        processes[0].signal(signal.SIGTERM)
        processes[1].signal(signal.SIGINT)
        statuses = [process.ended(WITHIN) for process in processes]
        receiver.silent.clear()
        with program(tmp_path / "term", receiver, of):
            again = receiver.next()

    assert statuses == [0, 0]
    assert again == first[0]


def test_it_ends_while_the_api_hangs(tmp_path: Path) -> None:
    """A request that is never answered does not keep the process."""
    asked = threading.Event()

    def hanging(_number: int, _request: object) -> Fault:
        asked.set()
        return Fault.HANG

    with receiving() as receiver, ExitStack() as stack:
        of = living(spender("warned", 81.2))
        processes = []
        for name in ("term", "int"):
            asked.clear()
            processes.append(stack.enter_context(program(tmp_path / name, receiver, of, faults=hanging)))
            assert asked.wait(WITHIN)

        processes[0].signal(signal.SIGTERM)
        processes[1].signal(signal.SIGINT)

        assert [process.ended(WITHIN) for process in processes] == [0, 0]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that runs."""
    with receiving() as running:
        yield running


def test_a_hang_up_puts_a_new_rule_in_force(tmp_path: Path, receiver: Receiver) -> None:
    """A rule that was added to the file is in force after SIGHUP, without a restart."""
    of = living(spender("warned", 81.2), spender("spender", 600.0, budget=None))
    with program(tmp_path, receiver, of, PERIOD_BUDGET) as process:
        before = receiver.next()

        write_rules(tmp_path, receiver, PERIOD_BUDGET, UNBUDGETED)
        process.signal(signal.SIGHUP)

        process.logged("rules reloaded")
        assert "warned" in before
        assert "spender" in receiver.next()


def test_a_hang_up_with_a_broken_file_keeps_the_old_rules(tmp_path: Path, receiver: Receiver) -> None:
    """What is wrong stands in the log, in the metrics and at `/-/ready`; the rules before it go on working."""
    of = living(spender("warned", 81.2), spender("next", 20.0))
    with program(tmp_path, receiver, of, PERIOD_BUDGET) as process:
        receiver.next()

        write_rules(tmp_path, receiver, PERIOD_BUDGET.replace("period_cost", "periodcost"))
        process.signal(signal.SIGHUP)
        refused = process.logged("rules refused, the old ones stay in force")
        of.spend("next", 65.0)
        told = receiver.next()
        ready, metrics = process.ready(), process.http.get("/metrics").text

    assert "period_cost" in refused["error"]
    assert "next" in told
    assert ready["ready"]
    assert "period_cost" in "".join(ready["warnings"])
    assert "budget_monitor_rules_last_reload_success 0.0" in metrics
    assert 'budget_monitor_rules_reloads_total{result="refused"} 1.0' in metrics


def test_a_rule_that_is_taken_out_ends_its_alerts_without_a_word(tmp_path: Path, receiver: Receiver) -> None:
    """After SIGHUP the alerts of a rule that is no longer there are gone, and nobody is told that they ended."""
    of = living(spender("warned", 81.2), spender("spender", 600.0, budget=None), spender("next", 20.0))
    with program(tmp_path, receiver, of, PERIOD_BUDGET, UNBUDGETED) as process:
        found = receiver.next()
        before = process.alerts()

        write_rules(tmp_path, receiver, PERIOD_BUDGET)
        process.signal(signal.SIGHUP)
        process.logged("rules reloaded")
        after = process.alerts()
        of.spend("next", 65.0)
        told = receiver.next()

    assert "2 alerts" in found
    assert sorted(before) == [("period-budget", "warned"), ("unbudgeted-spender", "spender")]
    assert after == [("period-budget", "warned")]
    assert "next" in told
    assert "spender" not in told
    assert len(receiver.bodies) == 2
