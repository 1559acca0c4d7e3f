"""What a daemon works with: handed in, so that time, threads, the network and channels can be others in a test."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr

from monitor.notify.channels import Channel, make_channel
from monitor.respan.client import Transport
from monitor.rulebook import Rulebook
from monitor.store.database import Store
from monitor.threads import Send, Writer, in_own_thread


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Parts:
    """What a daemon works with.

    Attributes:
        store: The database, open.
        writer: Runs what writes to it.
        read_rules: Reads the rules file; raises RulebookError or SettingsError.
        send: Runs what blocks in a channel.
        clock: The time, UTC.
        make_channel: Makes a channel of its name and URL; raises ValueError.
        transport: Carries requests to the API; None: the network.
    """

    store: Store
    writer: Writer
    read_rules: Callable[[], Rulebook]
    send: Send = in_own_thread
    clock: Callable[[], datetime] = utc_now
    make_channel: Callable[[str, SecretStr], Channel] = make_channel
    transport: Transport | None = None
