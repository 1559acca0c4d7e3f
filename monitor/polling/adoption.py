"""Putting a rules file in force: what is no longer in it ends without a word."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.polling.aggregates import adopt as adopt_aggregates
from monitor.polling.aggregates import alerting
from monitor.polling.setting import fingerprint
from monitor.rulebook.book import Rulebook
from monitor.store.database import Store


@dataclass(frozen=True, slots=True)
class Adopted:
    """What putting a rules file in force has ended.

    Attributes:
        alerts: Alerts of rules and environments that are not in it.
        messages: Messages for channels that are not in it.
    """

    alerts: int
    messages: int


def adopt(store: Store, book: Rulebook, now: datetime, *, starting: bool) -> Adopted:
    """Put a rules file in force: what is no longer in it ends without a word.

    Args:
        store: Where the books are kept.
        book: The rules file.
        now: The time, UTC.
        starting: Whether the process has just begun, so that nothing is being sent.
    """
    rules: dict[str, Iterable[str]] = {
        environment.name: [entry.name for entry in book.rules if environment.name in entry.environments]
        for environment in book.environments
    }
    with store.write() as tx:
        if starting:
            tx.outbox.recover()
        tx.outbox.hurry()
        tx.outbox.release(None, now)
        messages = tx.outbox.abandon([channel.name for channel in book.channels], now)
        adopt_aggregates(tx, book, {entry.name: fingerprint(entry) for entry in book.environments})
        return Adopted(tx.alerts.drop_except(rules, alerting(book)), messages)
