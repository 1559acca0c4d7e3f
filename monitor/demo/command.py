"""The demo: the daemon as it is, against a stand-in for the API on this machine, with a database that is not kept.

Or the stand-in alone, for a daemon that runs elsewhere.
"""

import asyncio
import tempfile
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from monitor.daemon import Daemon
from monitor.demo.api import make_app
from monitor.demo.server import serve, serve_in_thread
from monitor.demo.story import Story
from monitor.demo.world import KEY
from monitor.logs import set_up_logs
from monitor.notify.channels import Channel
from monitor.notify.console import ConsoleChannel
from monitor.parts import Parts, utc_now
from monitor.rulebook import Rulebook, load, parse_duration
from monitor.settings import Address, Settings, SettingsError, lookup
from monitor.signals import stopped_by_signals
from monitor.store.database import Store
from monitor.threads import WriterThread
from monitor.web.server import ListenError, listen

# Stands for whatever a rules file wants from the environment: the demo needs no secret, and sends nothing anywhere.
_PLACEHOLDER = "console://"


def run_demo(duration: str | None, rules: Path | None = None) -> None:
    """Run the demo.

    Args:
        duration: How long, in the rules file's way; None: until a signal.
        rules: A rules file; None: the demo's own.

    Raises:
        SettingsError: The duration cannot be read.
        RulebookError: The rules file cannot be used.
        ListenError: No address can be listened on.
    """
    seconds = _seconds(duration)
    settings = Settings.load(monitor_log_level="warning")
    set_up_logs("warning", "auto")
    console = Console()
    try:
        listening = listen(*settings.monitor_listen)
    except ListenError:
        listening = listen(settings.monitor_listen[0], 0)  # a daemon that runs already keeps its address
    host, port = listening.getsockname()[:2]

    def channel(name: str, _url: SecretStr) -> Channel:
        return ConsoleChannel(name, console)

    with (
        listening,
        as_file(files("monitor.demo") / "rules.toml") as own_rules,
        serve_in_thread(make_app(Story(utc_now()).world(utc_now))) as base_url,
        tempfile.TemporaryDirectory(prefix="budget-monitor-demo-") as folder,
    ):
        book = _with_our_key(load(rules or own_rules, _value))
        settings = settings.model_copy(update={"respan_base_url": base_url})
        store, writer = Store(f"sqlite:///{Path(folder) / 'monitor.db'}"), WriterThread()
        _introduce(console, Address((host, port)))

        async def live() -> None:
            async with stopped_by_signals() as (stop, hangup):
                if seconds is not None:
                    asyncio.get_running_loop().call_later(seconds, stop.set)
                await Daemon(
                    Parts(store=store, writer=writer, read_rules=lambda: book, make_channel=channel), settings, book
                ).run(stop, hangup, listening)

        try:
            asyncio.run(live())
        finally:
            writer.close()
            store.close()
    console.print(Text("The demo has ended; nothing of it was kept.", style="dim"))


def serve_stand_in(duration: str | None) -> None:
    """Serve the made-up API alone, at `MONITOR_LISTEN`.

    Args:
        duration: How long, in the rules file's way; None: until a signal.

    Raises:
        SettingsError: The duration cannot be read.
        ListenError: The address cannot be listened on.
    """
    seconds, settings = _seconds(duration), Settings.load()
    set_up_logs("warning", "auto")
    listening = listen(*settings.monitor_listen)

    async def live() -> None:
        app = make_app(Story(utc_now()).world(utc_now))
        async with stopped_by_signals() as (stop, _hangup), serve(app, listening) as base_url:
            Console().print(Text(f"the made-up API is at {base_url}, with the key {KEY}"), soft_wrap=True)
            if seconds is not None:
                asyncio.get_running_loop().call_later(seconds, stop.set)
            await stop.wait()

    with listening:
        asyncio.run(live())


def _seconds(duration: str | None) -> float | None:
    try:
        return parse_duration(duration).total_seconds() if duration is not None else None
    except ValueError as error:
        raise SettingsError(f"--duration: {error}") from None


def _value(name: str) -> str:
    return KEY if name == "RESPAN_API_KEY" else lookup()(name) or _PLACEHOLDER


def _with_our_key(book: Rulebook) -> Rulebook:
    """The rules with the key that the stand-in takes: nobody's real key is sent to it."""
    return replace(book, environments=tuple(replace(each, api_key=SecretStr(KEY)) for each in book.environments))


def _introduce(console: Console, address: Address) -> None:
    console.print(
        Text.assemble(
            ("budget-monitor demo\n", "bold"),
            "Made-up customers spend money; alerts appear below as they happen.\n",
            ("metrics  ", "dim"),
            f"http://{address}/metrics\n",
            ("health   ", "dim"),
            f"http://{address}/-/ready\n",
            ("alerts   ", "dim"),
            f"http://{address}/api/v1/alerts\n",
            ("Ctrl-C ends it.\n", "dim"),
        )
    )
