"""Which of Apprise's log lines are kept, and for whom."""

import logging
import threading

from monitor.notify.overhear import overheard, silence

LOGGER = logging.getLogger("apprise")


def test_only_the_lines_that_say_why_are_kept() -> None:
    """Warnings, exceptions and answers are told apart; payloads and URLs are dropped."""
    silence()
    with overheard() as heard:
        LOGGER.debug("Slack Payload: error=401")
        LOGGER.warning("Failed, error=404.")
        LOGGER.debug("Socket Exception: refused")
        LOGGER.debug("Response Details:\r\nno")

    refusal = heard.refusal(TimeoutError("late"))
    assert refusal.warnings == "Failed, error=404."
    assert refusal.exception == "Socket Exception: refused\nTimeoutError: late"
    assert refusal.response == "Response Details:\r\nno"


def test_one_channel_does_not_hear_another() -> None:
    """Channels send at the same time, each in its own thread; the failure of one is not taken for the other's."""
    silence()
    with overheard() as heard:
        other = threading.Thread(target=LOGGER.warning, args=("Failed, error=404.",))
        other.start()
        other.join()

    assert heard.refusal().warnings == ""
