"""Durations as people write them: `90s`, `0.5s`, `15m`, `1h30m`, `7d`."""

import re
from datetime import timedelta

LONGEST = timedelta(days=3650)
"""Longer is a slip of the pen; ten years also stay far from where dates overflow."""

_MICROSECONDS = {
    "w": 7 * 86_400_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
}
# Units fall from left to right and none comes twice, as in Prometheus: `30m1h` is more likely a mistake than a wish.
_PATTERN = re.compile(
    r"(?=.)" + "".join(rf"(?:(?P<{unit}>[0-9]{{1,9}}(?:\.[0-9]{{1,6}})?){unit})?" for unit in _MICROSECONDS)
)


def parse_duration(text: str) -> timedelta:
    """Read a duration, from zero to ten years, to the microsecond.

    Raises:
        ValueError: With a sentence that does not repeat the text, since it may come from the environment.
    """
    if text == "0":
        return timedelta(0)
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError("not a duration; write it like '90s', '0.5s', '15m', '1h30m' or '7d'")
    microseconds = sum(float(number) * _MICROSECONDS[unit] for unit, number in match.groupdict().items() if number)
    if microseconds > LONGEST / timedelta(microseconds=1):
        raise ValueError(f"longer than {LONGEST.days} days; write a shorter duration")
    return timedelta(microseconds=round(microseconds))


def format_duration(duration: timedelta) -> str:
    """Write a duration of zero or more so that `parse_duration` reads the same: "1h30m", "0s"."""
    left = duration // timedelta(microseconds=1)
    parts = []
    for unit in ("d", "h", "m"):
        count, left = divmod(left, _MICROSECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    seconds, fraction = divmod(left, 1_000_000)
    if left or not parts:
        parts.append(f"{seconds}.{fraction:06d}".rstrip("0").rstrip(".") + "s")
    return "".join(parts)
