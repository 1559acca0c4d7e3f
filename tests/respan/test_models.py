"""What the API answers, and what it might."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.respan.errors import BadAnswer
from monitor.respan.models import Customer, decode_detail, decode_page
from tests.respan.builders import DOCUMENTED_ROW, page, row

UNREADABLE = [
    b"",
    b"<!doctype html><title>502 Bad Gateway</title>",
    b"null",
    b"[]",
    b'"text"',
    b"{}",
    b'{"results": null}',
    b'{"results": {}}',
    page(row())[:-20],
    page(row()) + b"}",
    page().replace(b"[]", b"[" * 100_000 + b"]" * 100_000),
    b"\xff\xfe",
]


def test_reads_documented_page() -> None:
    """The documented row is read field by field."""
    customer = decode_page(page(row())).customers[0]

    assert {
        name: getattr(customer, name) for name in DOCUMENTED_ROW if name not in ("first_seen", "last_active_timeframe")
    } == {name: value for name, value in DOCUMENTED_ROW.items() if name not in ("first_seen", "last_active_timeframe")}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-12-29T10:30:00Z", datetime(2025, 12, 29, 10, 30, tzinfo=UTC)),
        ("2024-06-07 17:35:34.452434+00:00", datetime(2024, 6, 7, 17, 35, 34, 452434, tzinfo=UTC)),
        ("2025-12-29T10:30:00", datetime(2025, 12, 29, 10, 30, tzinfo=UTC)),
        ("2025-12-29T12:30:00+02:00", datetime(2025, 12, 29, 10, 30, tzinfo=UTC)),
        (None, None),
    ],
)
@pytest.mark.parametrize("name", ["first_seen", "last_active_timeframe"])
def test_reads_both_timestamp_forms_as_utc(name: str, text: str | None, time: datetime | None) -> None:
    """Both documented forms, one without a zone and one in another zone are the same instants in UTC."""
    read = getattr(decode_page(page(row(**{name: text}))).customers[0], name)

    assert (read, read and read.tzinfo) == (time, time and UTC)


def test_reads_row_without_anything_but_identifier() -> None:
    """An older API's row without budgets, names and averages is a customer."""
    assert decode_page(page({"customer_identifier": "a"})).customers == [Customer(customer_identifier="a")]


def test_reads_nulls() -> None:
    """A row whose every other field is null is a customer, of the organization without a name."""
    nulls = dict.fromkeys(DOCUMENTED_ROW) | {"customer_identifier": "a"}

    assert decode_page(page(nulls)).customers == [Customer(customer_identifier="a", unique_organization_id="")]


def test_ignores_unknown_keys() -> None:
    """A key that nobody documented changes nothing, in a row or around it."""
    assert decode_page(page(row(mood="good"), filters_data={"a": [1]})) == decode_page(page(row()))


@pytest.mark.parametrize("text", [b"100", b"100.0", b"1e2"])
def test_reads_any_form_of_number(text: bytes) -> None:
    """A number may be written with or without a fraction."""
    body = page(row(period_budget=None)).replace(b'"period_budget":null', b'"period_budget":' + text)

    assert decode_page(body).customers[0].period_budget == 100.0


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"total_cost": "523.45"}, "total_cost: Expected `float | null`, got `str`"),
        ({"total_cost": True}, "total_cost: Expected `float | null`, got `bool`"),
        ({"total_cost": 10**30}, "total_cost: Expected `float` <= 1e+18"),
        ({"total_cost": -(10**400)}, "total_cost: Number out of range"),
        ({"first_seen": "yesterday"}, "first_seen: Invalid RFC3339 encoded datetime"),
        ({"first_seen": "0001-01-01T00:00:00+14:00"}, "Expected a time between the years 1 and 9999"),
        ({"customer_identifier": ""}, "customer_identifier: Expected `str` of length >= 1"),
        ({"customer_identifier": None}, "customer_identifier: Expected `str`, got `null`"),
        ({"customer_identifier": 7}, "customer_identifier: Expected `str`, got `int`"),
        ({"name": ["x"]}, "name: Expected `str | null`, got `array`"),
    ],
)
def test_says_what_is_wrong_with_row(fields: dict[str, Any], problem: str) -> None:
    """A row with a field of the wrong type is told with the field and what was expected."""
    body = json.dumps({"results": [row(**fields)]}).encode()

    assert decode_page(body).malformed[0].problem == problem


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1" + b"0" * 400])
def test_lets_no_endless_number_in(number: bytes) -> None:
    """What is not a finite number never becomes an amount of money."""
    body = page(row(total_cost=0.5)).replace(b"0.5", number)

    try:
        customers = decode_page(body).customers
    except BadAnswer:
        customers = []

    assert customers == []


@pytest.mark.parametrize("bad", [{"customer_identifier": "b", "total_cost": "x"}, {}, [], 5, None, "text"])
def test_malformed_row_costs_that_row_only(bad: object) -> None:
    """The rows around a malformed one are read, in their order."""
    read = decode_page(page({"customer_identifier": "a"}, bad, {"customer_identifier": "c"}, count=3, next="?page=2"))

    assert ([c.customer_identifier for c in read.customers], [m.position for m in read.malformed]) == (["a", "c"], [1])


@pytest.mark.parametrize(
    ("fields", "identifier"),
    [
        ({"customer_identifier": "b", "total_cost": "x"}, "b"),
        ({"customer_identifier": 7}, None),
        ({"customer_identifier": ""}, None),
        ({"total_cost": 1}, None),
    ],
)
def test_malformed_row_names_customer_where_it_can(fields: dict[str, Any], identifier: str | None) -> None:
    """The identifier of a malformed row is given if it is one."""
    assert decode_page(page(fields)).malformed[0].customer_identifier == identifier


@pytest.mark.parametrize(
    "name", [b'"cut \\ud83d"', b'"\\udc00"', b'"\xff\xfe"', b'"\\\\\\ud800x"', b'"\\ud800\\u0041"']
)
def test_customer_cannot_hide_behind_broken_text(name: bytes) -> None:
    """A name with half a surrogate pair or bytes that are no UTF-8 costs neither the row nor the page."""
    body = page(row(name="NAME"), row(customer_identifier="b")).replace(b'"NAME"', name)

    assert [c.customer_identifier for c in decode_page(body).customers] == ["user_123", "b"]


def test_whole_surrogate_pairs_and_escapes_survive_a_broken_neighbour() -> None:
    """Where one row's text is broken, well-formed escapes of other rows are read as they are."""
    body = (
        page(row(name="BAD"), row(name="GOOD")).replace(b"BAD", b"\\ud800").replace(b"GOOD", b"\\ud83d\\ude00\\\\ud800")
    )

    assert decode_page(body).customers[1].name == "😀\\ud800"


def test_broken_text_in_identifier_is_malformed() -> None:
    """Two identifiers that differ only in broken text must not become one customer."""
    body = page(row(customer_identifier="NAME")).replace(b'"NAME"', b'"a\\ud800"')

    assert [m.problem for m in decode_page(body).malformed] == ["customer_identifier: Expected `str` of valid unicode"]


@pytest.mark.parametrize(
    ("count", "read"), [(51, 51), (51.0, 51), (None, None), ("51", None), (-1, None), (2.5, None), (True, None)]
)
def test_count_is_whole_number_or_unknown(count: object, read: int | None) -> None:
    """A count that makes no sense is unknown, and the page is read all the same."""
    decoded = decode_page(page(row(), count=count))

    assert (decoded.count, len(decoded.customers)) == (read, 1)


@pytest.mark.parametrize(("following", "has_next"), [("http://x/?page=2", True), (None, False), ("", False), (2, True)])
def test_next_page_is_what_next_says(following: object, has_next: bool) -> None:  # noqa: FBT001  # a parameter of the table
    """There is a next page if `next` holds something."""
    assert decode_page(page(row(), next=following)).has_next is has_next


def test_absent_next_and_count_are_none() -> None:
    """An answer of results alone is a last page of unknown count."""
    decoded = decode_page(b'{"results": []}')

    assert (decoded.count, decoded.has_next) == (None, False)


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_is_no_page_is_bad_answer(body: bytes) -> None:
    """HTML, half a document, wrong top levels and endless nesting are refused with our error."""
    with pytest.raises(BadAnswer):
        decode_page(body)


def test_bad_answer_says_how_it_begins() -> None:
    """The error quotes the beginning of the answer and names the environment."""
    with pytest.raises(BadAnswer, match=r"Environment 'prod': .*begins with \"<html> Sorry\".*RESPAN_BASE_URL"):
        decode_page(b"<html>\n\x1b[1mSorry".replace(b"\x1b[1m", b"\x1b"), environment="prod")


@given(
    st.one_of(
        st.binary(),
        st.tuples(st.integers(0, 700), st.binary(max_size=4)).map(
            lambda cut: page(row())[: cut[0]] + cut[1] + page(row())[cut[0] + len(cut[1]) :]
        ),
    )
)
def test_decoding_raises_nothing_but_bad_answer(body: bytes) -> None:
    """Any bytes at all are a page, a detail, or a bad answer."""
    for decode in (decode_page, decode_detail):
        try:
            decode(body)
        except BadAnswer as exc:
            assert str(exc).endswith(".")  # noqa: PT017  # most bytes raise, a few need not


def test_reads_documented_detail() -> None:
    """The documented detail is read: usage in the period, its start, and no end."""
    detail = decode_detail(
        b'{"id": "user_123", "name": "John Doe", "email": "john@example.com", "customer_identifier": "user_123",'
        b'"environment": "prod", "total_budget": 1000, "period_budget": 100, "organization_name": "Acme Inc",'
        b'"total_period_usage": 45.67, "period_start": "2025-12-01T00:00:00Z", "period_end": null,'
        b'"budget_duration": "monthly", "updated_at": "2025-12-29T10:30:00Z"}'
    )

    assert (detail.total_period_usage, detail.period_start, detail.period_end) == (
        45.67,
        datetime(2025, 12, 1, tzinfo=UTC),
        None,
    )


@pytest.mark.parametrize("body", [b"{}", b'{"id": 17}', b'{"customer_identifier": null, "period_start": null}'])
def test_detail_may_lack_anything(body: bytes) -> None:
    """An older detail without usage, or with a number for its id, is read."""
    assert decode_detail(body).total_period_usage is None


def test_what_nobody_needs_of_a_detail_may_be_anything() -> None:
    """A name that is a number, or a markup in words, costs no reading."""
    body = b'{"name": 7, "markup_percentage": "20 %", "updated_at": "today", "total_period_usage": 45.67}'

    assert decode_detail(body).total_period_usage == 45.67


def test_detail_times_are_utc() -> None:
    """A time without a zone counts as UTC in a detail too."""
    assert decode_detail(b'{"period_start": "2025-12-01 00:00:00"}').period_start == datetime(2025, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"total_period_usage": "45.67"}', b'{"period_start": "soon"}'])
def test_detail_of_wrong_types_is_bad_answer(body: bytes) -> None:
    """A usage that is no number is never guessed."""
    with pytest.raises(BadAnswer):
        decode_detail(body)
