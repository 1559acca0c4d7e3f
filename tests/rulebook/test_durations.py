"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rulebook import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0", timedelta(0)),
        ("0s", timedelta(0)),
        ("250ms", timedelta(milliseconds=250)),
        ("0.5s", timedelta(milliseconds=500)),
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
    ],
)
def test_reads_numbers_with_units(text: str, duration: timedelta) -> None:
    """A duration is a row of numbers with units, the largest first."""
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "s", "5", "5 m", "1H", "-5s", "30m1h", "1s1s", "1.s", ".5s", "٣s", "inf", "1e3s", "5s\n"]
)
def test_refuses_what_only_looks_like_a_duration(text: str) -> None:
    """Anything else is refused with the forms that are understood."""
    with pytest.raises(ValueError, match="write it like '90s'"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["3651d", "999999999w"])
def test_refuses_durations_beyond_ten_years(text: str) -> None:
    """A duration that no date arithmetic survives is refused."""
    with pytest.raises(ValueError, match="longer than 3650 days"):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3650)))
def test_reads_what_it_writes(duration: timedelta) -> None:
    """Writing a duration and reading it again changes nothing."""
    assert parse_duration(format_duration(duration)) == duration


@given(st.text(max_size=30))
def test_any_text_is_a_bounded_duration_or_a_value_error(text: str) -> None:
    """No text makes it overflow or fail in another way."""
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) <= duration <= timedelta(days=3650)
