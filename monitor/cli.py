"""The commands. Each is thin: it reads what it was told, calls the part that does the work, and shows what came of it.

Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click
from pydantic import SecretStr
from rich.console import Console

from monitor import __version__
from monitor.alerts.model import AlertState, Severity
from monitor.daemon import Daemon, RulesRefused
from monitor.healthcheck import Unhealthy, ask
from monitor.inspection.commands import customers, explain
from monitor.notify.channels import Channel, ChannelError, make_channel
from monitor.notify.console import ConsoleChannel
from monitor.notify.message import Message, Notice
from monitor.parts import Parts, utc_now
from monitor.report import alert_json, event_json
from monitor.rulebook import render
from monitor.settings import Settings
from monitor.shell import (
    FAILED,
    MISUSED,
    explained,
    json_option,
    print_json,
    read_rules,
    read_settings,
    reading,
    rules_option,
    stop,
)
from monitor.signals import stopped_by_signals
from monitor.store.database import Store
from monitor.systemd import Notifier
from monitor.terminal import output, print_alerts, print_polls, progress_of_polls
from monitor.threads import WriterThread
from monitor.web.server import listen

# `once` reads every period that a rule needs; of more than these, at a request a second, nobody waits for the end.
MOST_READINGS = 10_000


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="budget-monitor")
def cli() -> None:
    """Watch what each customer spends against their budget, and tell the right people in time, once, and truthfully."""


@cli.command()
@rules_option
def run(rules: Path | None) -> None:
    """Poll, tell and serve metrics until stopped."""
    with explained():
        settings = read_settings(rules)
        book = read_rules(settings)
        with listen(*settings.monitor_listen) as listening, _store(settings) as store, _writer() as writer:
            parts = Parts(store=store, writer=writer, read_rules=partial(read_rules, settings))

            async def live() -> None:
                async with stopped_by_signals() as (stop, hangup):
                    await Daemon(parts, settings, book, Notifier.of_environment()).run(stop, hangup, listening)

            asyncio.run(live())


@cli.command()
@rules_option
@json_option
@click.option("--readings", type=click.IntRange(0), help="Read at most so many periods. [default: all that rules need]")
def once(rules: Path | None, readings: int | None, *, as_json: bool) -> None:
    """Poll every environment once, tell, and show the alerts."""
    with explained():
        settings = read_settings(rules, monitor_log_level="warning")
        book = read_rules(settings)
        errors = Console(stderr=True)
        # What a channel prints may neither mix with JSON nor break through the progress bars of the same terminal.
        aside = as_json or (errors.is_terminal and sys.stdout.isatty())
        with _store(settings) as store, _writer() as writer:
            parts = Parts(
                store=store,
                writer=writer,
                read_rules=partial(read_rules, settings),
                make_channel=partial(_channel, console=errors) if aside else make_channel,
            )
            with progress_of_polls(errors, shown=errors.is_terminal) as show:
                limit = MOST_READINGS if readings is None else readings
                result = asyncio.run(Daemon(parts, settings, book).once(limit, show))
    if as_json:
        environments = [
            {
                "name": poll.environment,
                "customers": poll.walk.customers,
                "requests": poll.requests,
                "complete": poll.walk.complete,
            }
            for poll in result.polls
        ]
        alerts, events = map(alert_json, result.alerts), map(event_json, result.events)
        print_json({"environments": environments, "alerts": list(alerts), "events": list(events)})
    else:
        read_all = all(poll.walk.complete and poll.error is None and not poll.walk.undecided for poll in result.polls)
        none = "No alerts: every rule was checked, and none holds." if read_all else "No alerts in what could be read."
        print_alerts(output(), result.alerts, utc_now(), none=none)
    print_polls(errors, result.polls)
    if not all(poll.walk.complete and poll.error is None for poll in result.polls):
        sys.exit(FAILED)


@cli.command()
@rules_option
def check(rules: Path | None) -> None:
    """Check the rules file, and print all that is wrong with it."""
    with explained():
        book = read_rules(read_settings(rules))
        unusable = list(filter(None, (_refusal(entry.name, entry.url) for entry in book.channels)))
        if unusable:
            stop("\n".join(f"{book.path}: {problem}" for problem in unusable), MISUSED)
        if book.warnings:
            click.echo(render(book.warnings, kind="warning"), err=True)
        verdict = f"no error, {_count(book.warnings, 'warning')}" if book.warnings else "all right"
        click.echo(
            f"{book.path}: {_count((*book.rules, *book.aggregates), 'rule')}, "
            f"{_count(book.environments, 'environment')}, {_count(book.channels, 'channel')}, "
            f"{_count(book.routes, 'route')}: {verdict}"
        )


@cli.command()
@rules_option
@json_option
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in AlertState]),
    help="Show alerts in this state; may be repeated. [default: pending and firing]",
)
def alerts(rules: Path | None, states: tuple[str, ...], *, as_json: bool) -> None:
    """Show the alerts as the database has them.

    Works while the daemon runs. The rules file is not read.
    """
    with explained():
        wanted = [AlertState(state) for state in states] or [AlertState.PENDING, AlertState.FIRING]
        with reading(read_settings(rules)) as store, store.read() as tx:
            found = list(tx.alerts.all(wanted))
    if as_json:
        print_json({"alerts": [alert_json(alert) for alert in found]})
    else:
        print_alerts(output(), found, utc_now(), none="No alerts.")


@cli.command("notify-test")
@click.argument("channel")
@rules_option
def notify_test(channel: str, rules: Path | None) -> None:
    """Send a test message to CHANNEL."""
    with explained():
        book = read_rules(read_settings(rules))
        entry = next((entry for entry in book.channels if entry.name == channel), None)
        if entry is None:
            known = ", ".join(entry.name for entry in book.channels) or "none"
            stop(f"{book.path} has no channel {channel!r}; its channels are: {known}", MISUSED)
        notice = Notice(
            title="a test message",
            body=f"If you can read this, alerts for the channel {channel} arrive here.",
            severity=Severity.INFO,
            at=utc_now(),
        )
        try:
            _make_channel(entry.name, entry.url).send(Message(id="test", notice=notice))
        except ChannelError as error:
            stop(str(error), FAILED)
        click.echo(f"channel {channel} has accepted a test message", err=True)


@cli.command()
def healthcheck() -> None:
    """Ask the daemon of this machine whether it is alive.

    Asks at MONITOR_LISTEN, over loopback where that is every address. One that is not up to date says why, and counts
    as healthy: starting it again would not mend that.
    """
    with explained():
        try:
            click.echo(ask(read_settings(None).monitor_listen))
        except Unhealthy as error:
            stop(str(error), FAILED)


@cli.command()
@click.option(
    "--rules", type=click.Path(path_type=Path), metavar="FILE", help="Rules of your own. [default: the demo's]"
)
@click.option("--duration", metavar="TIME", help="End after a time, such as 2m. [default: at Ctrl-C]")
@click.option("--serve-only", is_flag=True, help="Serve the made-up API alone, at MONITOR_LISTEN, for another daemon.")
def demo(rules: Path | None, duration: str | None, *, serve_only: bool) -> None:
    """Watch two minutes of made-up customers: no key, no network.

    Nothing is kept. With rules of your own, no channel is sent anything: every alert is shown here.
    """
    from monitor.demo.command import run_demo, serve_stand_in  # noqa: PLC0415 - nobody else needs the stand-in

    if serve_only and rules is not None:
        stop("error: --serve-only takes no --rules: nothing is watched, only served", MISUSED)
    with explained():
        if serve_only:
            serve_stand_in(duration)
        else:
            run_demo(duration, rules)


cli.add_command(customers)
cli.add_command(explain)


def main() -> None:
    """The program."""
    cli(prog_name="budget-monitor")


def _channel(name: str, url: SecretStr, *, console: Console) -> Channel:
    """A channel that leaves standard output alone."""
    made = make_channel(name, url)
    return ConsoleChannel(name, console) if isinstance(made, ConsoleChannel) else made


def _make_channel(name: str, url: SecretStr) -> Channel:
    try:
        return make_channel(name, url)
    except ValueError as error:
        raise RulesRefused(str(error)) from error


def _refusal(name: str, url: SecretStr) -> str | None:
    """What is wrong with a channel's URL."""
    try:
        make_channel(name, url)
    except ValueError as error:
        return str(error)
    return None


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    store = Store(settings.database_url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _writer() -> Iterator[WriterThread]:
    writer = WriterThread()
    try:
        yield writer
    finally:
        writer.close()


def _count(things: tuple[object, ...], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
