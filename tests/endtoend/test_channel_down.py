"""A channel that takes nothing for an hour: its messages wait, those of the other channel do not."""

import tempfile
from functools import cache
from pathlib import Path

from monitor.demo.world import World
from monitor.notify.channels import ChannelError
from tests.endtoend.builders import Recorder, after, clock, customer, in_virtual_time, rules, running, until, world

BEGINS, ENDS = 90.0, 3690.0
"""Seconds: the hour."""

CROSSINGS = {
    "before": 30.0,
    "first": 130.0,
    "second": 700.0,
    "third": 1500.0,
    "fourth": 3590.0,
    "overtaking": 3700.0,  # decided at 3720, before the first is tried again
    "later": 3900.0,
}
"""When whose budget is used up, seconds."""

TITLE = "channel slack does not take messages"


def spenders() -> World:
    """Customers who use up their budgets one after the other."""
    of = world(*(customer(name) for name in CROSSINGS))
    for name, seconds in CROSSINGS.items():
        of.spend(name, 60.0, at=after(seconds))
    return of


def down() -> ChannelError | None:
    """What the channel says while the hour lasts."""
    if not after(BEGINS) <= clock() < after(ENDS):
        return None
    return ChannelError("channel slack: Slack could not be reached.", kind="network")


@cache
def outage() -> tuple[Recorder, Recorder]:
    """Slack and mail after it all, with the one down for an hour."""

    async def pass_by() -> tuple[Recorder, Recorder]:
        slack, mail = Recorder("slack", down), Recorder("mail")
        text = rules(interval="60s", channels={"slack": "json://127.0.0.1/", "mail": "json://127.0.0.1/"})
        with tempfile.TemporaryDirectory(prefix="budget-monitor-") as folder:
            async with running(spenders(), Path(folder), slack, mail, text=text):
                await until(4000)
        return slack, mail

    return in_virtual_time(pass_by())


def test_its_messages_arrive_afterwards_in_order() -> None:
    """Every alert of the hour arrives within a minute or so of its end, each once, in the order in which they came."""
    slack, _ = outage()

    assert slack.told == [("fired", name, "critical") for name in CROSSINGS]
    arrived = [(at - after(ENDS)).total_seconds() for at, _ in slack.heard]
    assert [0 <= seconds <= 65 for seconds in arrived] == [False, True, True, True, True, True, False]


def test_a_message_that_waited_long_says_so() -> None:
    """What was decided more than ten minutes before it arrives says how late it is."""
    slack, _ = outage()

    assert [message.late_by is not None for message in slack.messages] == [False, True, True, True, False, False, False]


def test_the_other_channel_is_not_held_up() -> None:
    """The other channel hears of each crossing with the next poll, as if nothing were wrong."""
    _, mail = outage()

    delays = [
        (at - after(CROSSINGS[event.key.customer_identifier])).total_seconds()
        for at, message in mail.heard
        for event in message.events
    ]
    assert mail.told == [("fired", name, "critical") for name in CROSSINGS]
    assert max(delays) <= 60


def test_the_other_channel_hears_of_it_after_ten_minutes() -> None:
    """Once the first refusal is ten minutes old the other channel is told, once; the one that is down is not."""
    slack, mail = outage()

    refused_at = after(180)  # the first poll after the first crossing of the hour
    noticed = [(at - refused_at).total_seconds() for at, message in mail.heard if message.notice is not None]
    assert mail.notices == [TITLE]
    assert 600 <= noticed[0] <= 660
    assert slack.notices == []
