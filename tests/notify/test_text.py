"""Customer text made harmless, and figures as people read them."""

# ruff: noqa: RUF001 - look-alikes are what is tested

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.notify.text import NAME_LIMIT, clean, defang, moment, percent, quantity, shorten, span, usd
from monitor.rules.summary_filters import FILTERS


@given(st.text())
def test_clean_text_is_one_visible_line(text: str) -> None:
    """No control, format or line-breaking character survives, the length is bounded, and something is always seen."""
    cleaned = clean(text)

    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in cleaned)
    assert 0 < len(cleaned) <= NAME_LIMIT
    assert cleaned == cleaned.strip()


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """What is clean stays as it is."""
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Acme\r\nBcc: all@example.com", "Acme Bcc: all@example.com"),
        ("\x1b[31mred\x07", "[31mred"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\u200bd\u2060m\ufeffin", "admin"),
        ("\u3164\u200d \u2800", "(blank)"),
        ("z" + "\u0310" * 40, "z" + "\u0310" * 3),
        ("Łukasz 日本 العربية", "Łukasz 日本 العربية"),
    ],
)
def test_tricks_with_characters_are_undone(text: str, cleaned: str) -> None:
    """Line ends, escapes, direction marks, unseen signs and towers of accents go; ordinary scripts stay."""
    assert clean(text) == cleaned


def test_a_long_name_keeps_both_its_ends() -> None:
    """Names that differ only at their ends stay different."""
    assert shorten("customer-" + "x" * 100 + "-17", 20) == "customer-xxxx…xxx-17"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone", "＠everyone"),
        ("x@here", "x＠here"),
        ("bob@here.example.com", "bob＠here.example.com"),
        ("<@U123> <!channel>", "‹＠U123› ‹!channel›"),
        ("john.doe+x@example.com", "john.doe+x@example.com"),
        ("https://evil.example/a", "https:∕∕evil.example/a"),
    ],
)
def test_defanged_text_calls_nobody_and_links_nowhere(text: str, shown: str) -> None:
    """Signs that start a mention, a tag or a link are replaced; a mail address stays one."""
    assert defang(text) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (1234.56, "$1,234.56"),
        (0.0, "$0.00"),
        (-0.0, "$0.00"),
        (-5, "-$5.00"),
        (0.0034, "$0.0034"),
        (0.000001234, "$0.0000012"),
        (float("inf"), "$∞"),
    ],
)
def test_dollars(amount: float, shown: str) -> None:
    """Cents, thousands and amounts under a cent read as people write them."""
    assert usd(amount) == shown


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (0.812, "81.2 %"),
        (0.8, "80 %"),
        (0.99996, "99.9 %"),
        (1.07999983, "108 %"),
        (0.9300001, "93 %"),
        (0.79999999, "79.9 %"),
        (0.29, "29 %"),
        (12.5, "1,250 %"),
        (0, "0 %"),
        (0.00004, "0.004 %"),
        (0.9999999999999, "100 %"),
    ],
)
def test_percentages(ratio: float, shown: str) -> None:
    """One decimal is shown, and none that would claim a level that was not reached."""
    assert percent(ratio) == shown


@given(
    st.floats(min_value=0.001, max_value=20),
    st.sampled_from([level / 100 for level in range(5, 300, 5)] + [0.125, 0.375, 0.625, 0.875]),
)
@example(0.7999999, 0.8)
@example(0.49996, 0.5)
@example(0.6249, 0.625)
@example(1.1999, 1.2)
def test_no_figure_claims_a_level_that_was_not_reached(ratio: float, level: float) -> None:
    """What reads as at or over a level is there; what is there reads so. And no figure is off by a tenth."""
    shown = float(percent(ratio).removesuffix(" %").replace(",", "")) / 100

    assert (shown >= level - 1e-12) == (ratio >= level * (1 - 1e-9))
    assert abs(shown - ratio) < 0.001 + 1e-9


@given(st.floats(min_value=0, max_value=1000))
def test_summaries_and_messages_write_the_same_figure(ratio: float) -> None:
    """A rule's sentence and the figure beside it never differ."""
    assert percent(ratio) == FILTERS["percent"].apply(ratio)


@given(st.floats(min_value=0, max_value=0.999_999))
def test_a_share_under_one_never_reads_as_all(ratio: float) -> None:
    """100 % is only said when it is so."""
    assert percent(ratio) != "100 %"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.5, "ratio", "50 %"),
        (12.0, "USD", "$12.00"),
        (3.0, "days", "3 days"),
        (2.5, "", "2.5"),
        (1e6, "", "1,000,000"),
    ],
)
def test_quantities_carry_their_unit(value: float, unit: str, shown: str) -> None:
    """A value reads in the unit of its rule."""
    assert quantity(value, unit) == shown


def test_a_time_leaves_out_what_is_plain() -> None:
    """Midnight's hour and the year of the message say nothing."""
    now = datetime(2025, 12, 29, tzinfo=UTC)

    assert moment(datetime(2025, 12, 1, tzinfo=UTC), near=now) == "1 Dec UTC"
    assert moment(datetime(2024, 2, 29, 8, 5, tzinfo=UTC), near=now) == "29 Feb 2024 08:05 UTC"


@pytest.mark.parametrize(("seconds", "shown"), [(4320, "1 h 12 min"), (90061, "1 d 1 h"), (0.4, "0 s"), (60, "1 min")])
def test_a_span_shows_its_two_largest_units(seconds: float, shown: str) -> None:
    """Lateness is read at a glance."""
    assert span(timedelta(seconds=seconds)) == shown
