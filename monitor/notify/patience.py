"""When a message that was refused is tried again, and when it is given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.notify.failures import ChannelError

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=60)

# A refusal that will not pass by itself is somebody's to mend (a revoked webhook, a wrong address); it is still tried
# now and then, so that the messages arrive once it is mended.
PAUSE_UNTIL_MENDED = timedelta(minutes=5)

# A message that the receiver calls wrong will be wrong tomorrow; it must not hold up those behind it for a day.
WRONG_MESSAGE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at a time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Try no more, for a reason that stands in the log."""

    reason: str


def after_refusal(
    error: ChannelError, *, attempts: int, decided_at: datetime, now: datetime, give_up_after: timedelta
) -> Retry | GiveUp:
    """What follows a refusal.

    Args:
        error: What the channel said.
        attempts: How often the message was tried, this time included.
        decided_at: When the message was decided.
        now: When it was refused.
        give_up_after: How long a message is tried.
    """
    if now - decided_at >= give_up_after:
        return GiveUp("give_up_after has passed")
    if error.kind == "client" and now - decided_at >= WRONG_MESSAGE_AFTER and attempts > 1:
        return GiveUp("the receiver does not accept this message")
    if error.permanent:
        pause = PAUSE_UNTIL_MENDED if attempts > 1 else FIRST_PAUSE
    else:
        pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
    if error.retry_after is not None:
        pause = max(pause, timedelta(seconds=error.retry_after))
    return Retry(min(now + pause, max(decided_at + give_up_after, now + FIRST_PAUSE)))
