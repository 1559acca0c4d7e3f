"""When a message that was refused is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify.failures import ChannelError, Kind
from monitor.notify.patience import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PAUSE_UNTIL_MENDED,
    WRONG_MESSAGE_AFTER,
    GiveUp,
    Retry,
    after_refusal,
)

NOW = datetime(2025, 12, 29, 10, 30, tzinfo=UTC)
DAY = timedelta(hours=24)
KINDS: tuple[Kind, ...] = ("auth", "not_found", "rate_limited", "client", "server", "network", "unknown")


def refusal(kind: Kind = "server", *, permanent: bool = False, retry_after: float | None = None) -> ChannelError:
    """A refusal that passes, unless it says otherwise."""
    return ChannelError("no", kind=kind, permanent=permanent, retry_after=retry_after)


def following(
    error: ChannelError, *, attempts: int = 1, waited: timedelta = timedelta(0), give_up_after: timedelta = DAY
) -> Retry | GiveUp:
    """What follows a refusal of a message that was decided some time ago."""
    return after_refusal(error, attempts=attempts, decided_at=NOW - waited, now=NOW, give_up_after=give_up_after)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (5000, 60)]
)
def test_pauses_double_up_to_a_minute(attempts: int, seconds: int) -> None:
    """What may pass is tried again soon, then less and less often, but every minute."""
    assert following(refusal(), attempts=attempts) == Retry(NOW + timedelta(seconds=seconds))


def test_what_must_be_mended_is_tried_rarely() -> None:
    """A refusal that does not pass by itself is tried once more at once, and then every five minutes."""
    revoked = refusal("auth", permanent=True)

    assert following(revoked, attempts=1) == Retry(NOW + FIRST_PAUSE)
    assert following(revoked, attempts=2) == Retry(NOW + PAUSE_UNTIL_MENDED)
    assert following(revoked, attempts=200) == Retry(NOW + PAUSE_UNTIL_MENDED)


@pytest.mark.parametrize(("asked", "seconds"), [(30.0, 30), (0.1, 1), (0.0, 1), (600.0, 600)])
def test_the_receivers_wish_counts_where_it_is_longer(asked: float, seconds: int) -> None:
    """`retry_after` lengthens a pause, and never shortens it."""
    wish = refusal("rate_limited", retry_after=asked)

    assert following(wish) == Retry(NOW + timedelta(seconds=seconds))


def test_given_up_after_its_time() -> None:
    """A message is given up once `give_up_after` has passed since it was decided."""
    assert following(refusal(), waited=DAY) == GiveUp("give_up_after has passed")
    assert isinstance(following(refusal(), waited=DAY - timedelta(seconds=1)), Retry)


def test_the_last_try_is_at_the_end() -> None:
    """A pause does not reach beyond the time to give up, so that the message has its full time."""
    almost = DAY - timedelta(seconds=10)

    assert following(refusal(retry_after=3600.0), waited=almost) == Retry(NOW + timedelta(seconds=10))


def test_a_wrong_message_does_not_hold_up_the_others_for_a_day() -> None:
    """A message that the receiver calls wrong is given up after a quarter of an hour, and not at the first try."""
    wrong = refusal("client")

    assert isinstance(following(wrong, attempts=2, waited=WRONG_MESSAGE_AFTER - timedelta(seconds=1)), Retry)
    assert following(wrong, attempts=2, waited=WRONG_MESSAGE_AFTER) == GiveUp(
        "the receiver does not accept this message"
    )
    assert isinstance(following(wrong, attempts=1, waited=WRONG_MESSAGE_AFTER), Retry)


@given(
    kind=st.sampled_from(KINDS),
    permanent=st.booleans(),
    retry_after=st.none() | st.floats(0, 1e6),
    attempts=st.integers(1, 10**6),
    waited=st.timedeltas(timedelta(0), timedelta(days=3)),
    give_up_after=st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
)
def test_every_refusal_is_followed_by_something(
    *,
    kind: Kind,
    permanent: bool,
    retry_after: float | None,
    attempts: int,
    waited: timedelta,
    give_up_after: timedelta,
) -> None:
    """Whatever was said: the next try lies ahead, at most a pause beyond the time to give up, or there is none."""
    error = refusal(kind, permanent=permanent, retry_after=retry_after)

    decided = following(error, attempts=attempts, waited=waited, give_up_after=give_up_after)

    if isinstance(decided, GiveUp):
        assert waited >= min(give_up_after, WRONG_MESSAGE_AFTER)
    else:
        assert waited < give_up_after
        assert decided.at >= NOW + FIRST_PAUSE
        assert decided.at <= max(NOW - waited + give_up_after, NOW + FIRST_PAUSE)
        if retry_after is None and not permanent:
            assert decided.at <= NOW + LONGEST_PAUSE
