"""The command: `python -m simulation`."""

import logging
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import click
import structlog

from simulation.case import Case
from simulation.life import Plan, run
from simulation.plan import plan
from simulation.replay import replay
from simulation.report import Report, judge, table, told
from simulation.rollover import judge_rollover, rollover_plan, rollover_table
from simulation.year import DAYS

# Waiting for a disk takes a fifth of the time and proves nothing here.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder is made in it that nobody else can look into


@click.command()
@click.option("--seeds", default=3, show_default=True, help="How many years are lived.")
@click.option("--first", default=1, show_default=True, help="Seed of the first; the others follow it.")
@click.option("--customers", default=60, show_default=True, help="How many there are in each.")
@click.option("--days", default=365.0, show_default=True, type=click.FloatRange(1, DAYS), help="How long each lasts.")
@click.option("--hours", default=2.0, show_default=True, help="From one poll to the next.")
@click.option("--jobs", default=1, show_default=True, help="How many are lived at a time.")
@click.option("--most", default=10, show_default=True, help="How many violations are told of each kind.")
@click.option("--apart", is_flag=True, help="Tell what nobody could have known, too.")
@click.option("--about", metavar="CUSTOMER", help="Tell all that happened to one customer of the first seed instead.")
@click.option("--rollover", metavar="CUSTOMERS", type=int, help="So many periods that end in one minute, instead.")
def main(
    *,
    seeds: int,
    first: int,
    customers: int,
    days: float,
    hours: float,
    jobs: int,
    most: int,
    apart: bool,
    about: str | None,
    rollover: int | None,
) -> None:
    """Watch made-up customers for a year of virtual time, and hold everything that is said against the truth.

    Ends with 1 where anything said was not so, or anything that was so was not said.
    """
    if about is not None:
        _quiet()
        _lines(replay(_lived(customers, days, hours, first), about))
        return
    if rollover is not None:
        _quiet()
        drawn = rollover_plan(rollover)
        storm = judge_rollover(_run(drawn))
        _lines(rollover_table(storm))
        for verdict in storm.verdicts:
            _lines(told(verdict.violations, most))
        sys.exit(1 if storm.failed else 0)
    total = Report()
    with ProcessPoolExecutor(jobs, initializer=_quiet) as pool:
        for report in pool.map(partial(_judged, customers, days, hours), range(first, first + seeds)):
            total.extend(report)
    _lines(table(total))
    for verdict in total.verdicts.values():
        found = [*verdict.violations, *(verdict.apart if apart else [])]
        if found:
            click.echo(f"\nviolated: {verdict.check}")
            _lines(told(found, most))
    sys.exit(1 if total.violations else 0)


def _judged(customers: int, days: float, hours: float, seed: int) -> Report:
    began = time.monotonic()
    report = judge(_lived(customers, days, hours, seed))
    click.echo(f"seed {seed}: {len(report.violations)} violations, {time.monotonic() - began:.0f} s", err=True)
    return report


def _lived(customers: int, days: float, hours: float, seed: int) -> Case:
    return _run(plan(seed, customers=customers, days=days, interval=timedelta(hours=hours)))


def _run(drawn: Plan) -> Case:
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        return Case(drawn, run(drawn, Path(folder)))


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _quiet() -> None:
    """Let the daemon keep its log to itself: failing requests are part of the plan."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


if __name__ == "__main__":
    main()
