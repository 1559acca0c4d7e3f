"""Signs of life, on a clock that is set by hand."""

from dataclasses import dataclass

import pytest

from monitor.store.errors import StoreError
from monitor.vitals import PATIENCE, Vitals, WitnessedWriter
from tests.endtoend.builders import InlineWriter


@dataclass
class Clock:
    """Shows what it is set to."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.seconds


def vitals(clock: Clock, *environments: str, pause: float = 30.0) -> Vitals:
    """Signs are due of these environments."""
    made = Vitals(clock)
    made.expect(environments or ["prod"], pause)
    return made


def test_an_hour_of_silence_that_the_api_asked_for_is_no_sign_of_hanging() -> None:
    """The longest wait that the API may impose passes, and so does the way back into the pace after it."""
    clock = Clock()
    of = vitals(clock)

    clock.seconds += 3600 + 600

    assert of.hanging() is None


def test_a_poll_that_waits_for_ever_hangs() -> None:
    """After the patience and the pause, the environment without a sign is named, with the time."""
    clock = Clock()
    of = vitals(clock, "prod", "test")

    clock.seconds += PATIENCE + 31
    of.sign("test")

    assert of.hanging() == "prod: polling has shown no sign of life for 76 minutes"


def test_a_long_pause_between_polls_is_no_sign_of_hanging() -> None:
    """Whoever polls once a day is silent for a day."""
    clock = Clock()
    of = vitals(clock, pause=86400.0)

    clock.seconds += 86400.0 + 60

    assert of.hanging() is None


def test_a_sign_begins_the_wait_anew() -> None:
    """What has just been seen at work does not hang."""
    clock = Clock()
    of = vitals(clock)
    clock.seconds += PATIENCE + 31

    of.sign("prod")

    assert of.hanging() is None


def test_an_environment_that_is_no_longer_watched_owes_no_sign() -> None:
    """After a reload signs are due of the environments in force alone, from then on."""
    clock = Clock()
    of = vitals(clock, "prod")
    clock.seconds += PATIENCE + 31

    of.expect(["test"], 30.0)
    of.sign("prod")

    assert of.hanging() is None


def test_polling_has_begun_with_the_first_sign() -> None:
    """Before it, it has not."""
    of = vitals(Clock())
    before = of.begun.is_set()

    of.sign("prod")

    assert (before, of.begun.is_set()) == (False, True)


async def test_what_the_database_has_done_is_a_sign_and_so_is_what_it_refused() -> None:
    """A writer that is witnessed gives what the work gives, and a sign for each piece, failed ones included."""
    signs: list[str] = []
    writer = WitnessedWriter(InlineWriter(), lambda: signs.append("sign"))

    def refuse() -> None:
        raise StoreError("disk full")

    result = await writer.run(max, 1, 2)
    with pytest.raises(StoreError):
        await writer.run(refuse)

    assert (result, signs) == (2, ["sign", "sign"])
