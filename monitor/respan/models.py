"""What the API answers: a page of customers, one customer's detail."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from monitor.respan.errors import BadAnswer, excerpt

# Beyond it nothing is a number of dollars or of tokens: it is a fault of the answer that would poison every sum.
Number = Annotated[float, msgspec.Meta(ge=-1e18, le=1e18)]
Identifier = Annotated[str, msgspec.Meta(min_length=1)]


class Customer(msgspec.Struct, gc=False, kw_only=True):
    """One row of the customer list, under the API's own names. Times are UTC."""

    customer_identifier: Identifier
    id: str | int | None = None
    unique_organization_id: str = ""
    environment: str | None = None
    name: str | None = None
    email: str | None = None
    first_seen: datetime | None = None
    last_active_timeframe: datetime | None = None
    active_days: Number | None = None
    number_of_requests: Number | None = None
    total_requests: Number | None = None
    total_tokens: Number | None = None
    tokens: Number | None = None
    total_cost: Number | None = None
    cost: Number | None = None
    average_latency: Number | None = None
    average_ttft: Number | None = None
    average_monthly_cost: Number | None = None
    period_budget: Number | None = None
    budget_duration: str | None = None
    total_budget: Number | None = None

    def __post_init__(self) -> None:
        # By identity: msgspec gives this very UTC for "Z" and "+00:00", and a call for each time of a row is dear.
        if (seen := self.first_seen) is not None and seen.tzinfo is not UTC:
            self.first_seen = _as_utc(seen)
        if (active := self.last_active_timeframe) is not None and active.tzinfo is not UTC:
            self.last_active_timeframe = _as_utc(active)


class CustomerDetail(msgspec.Struct, kw_only=True):
    """What one customer's detail says of its period, under the API's own names. Times are UTC, money is USD.

    Every field may be None: older versions of the API lack some, and a customer without a budget has no period. What
    nobody needs is not read, so that its being of another type than documented costs no reading.
    """

    customer_identifier: str | None = None
    total_period_usage: Number | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    budget_duration: str | None = None

    def __post_init__(self) -> None:
        for field in ("period_start", "period_end"):
            if (time := getattr(self, field)) is not None:
                setattr(self, field, _as_utc(time))


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that could not be read.

    Attributes:
        position: Its place in the page, from 0.
        customer_identifier: Whose row it is, where that much can be read. Chosen by the customer: never trust its text.
        problem: What is wrong with it, as "field: what was expected".
    """

    position: int
    customer_identifier: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the customer list.

    Attributes:
        count: How many customers there are on all pages; None where the API does not say.
        has_next: Whether the API names a page after this one.
        customers: The rows that could be read, in their order.
        malformed: The rows that could not.
    """

    count: int | None
    has_next: bool
    customers: list[Customer]
    malformed: list[Malformed]


class _Envelope(msgspec.Struct):
    results: list[Customer]
    count: Annotated[int, msgspec.Meta(ge=0)] | None = None
    next: str | None = None


class _LooseEnvelope(msgspec.Struct):
    results: list[msgspec.Raw]
    count: object = None
    next: object = None


# Building a decoder costs more than decoding a row; one serves all pages and threads.
_page = msgspec.json.Decoder(_Envelope)
_loose_page = msgspec.json.Decoder(_LooseEnvelope)
_row = msgspec.json.Decoder(Customer)
_any_object = msgspec.json.Decoder(dict[str, object])
_detail = msgspec.json.Decoder(CustomerDetail)

# RecursionError: an answer nested deeper than any customer can be.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode_page(body: bytes, *, environment: str = "", request: str = "listing customers") -> Page:
    """Read one page of the customer list; a row that cannot be read costs that row only.

    Args:
        body: The answer as it came, JSON.
        environment: Our label of the environment, for the error.
        request: What was asked, for the error.

    Raises:
        BadAnswer: It is no page of customers: no JSON, no object, or without a list of `results`.
    """
    try:
        page = _page.decode(body)
    except _UNREADABLE:
        return _decode_row_by_row(body, environment, request)
    return Page(page.count, bool(page.next), page.results, [])


def decode_detail(
    body: bytes, *, environment: str = "", request: str = "reading a customer's detail"
) -> CustomerDetail:
    """Read one customer's detail.

    Args:
        body: The answer as it came, JSON.
        environment: Our label of the environment, for the error.
        request: What was asked, for the error.

    Raises:
        BadAnswer: It is no JSON object, or one of the fields has a wrong type.
    """
    try:
        return _detail.decode(body)
    except _UNREADABLE as exc:
        raise _bad_answer(body, _problem(exc), environment, request) from None


def _decode_row_by_row(body: bytes, environment: str, request: str) -> Page:
    try:
        page = _loose_page.decode(_mark_lone_surrogates(body))
    except _UNREADABLE as exc:
        raise _bad_answer(body, _problem(exc), environment, request) from None
    customers: list[Customer] = []
    malformed: list[Malformed] = []
    for position, raw in enumerate(page.results):
        row = bytes(raw)
        try:
            customers.append(_decode_row(row))
        except _UNREADABLE as exc:
            malformed.append(Malformed(position, _identifier(row), _problem(exc)))
    return Page(_count(page.count), bool(page.next), customers, malformed)


def _decode_row(row: bytes) -> Customer:
    try:
        return _row.decode(row)
    except UnicodeDecodeError:
        return _decode_broken_text(row)
    except msgspec.ValidationError:
        fields = _any_object.decode(row)
        if fields.get("unique_organization_id", "") is not None:
            raise
        del fields["unique_organization_id"]
        return msgspec.convert(fields, Customer)


def _decode_broken_text(row: bytes) -> Customer:
    # A name that is no text must not hide what its owner spends; in an identifier it could make two customers one.
    customer = _row.decode(row.decode("utf-8", "replace"))
    if "\ufffd" in customer.customer_identifier:
        raise msgspec.ValidationError("Expected `str` of valid unicode - at `$.customer_identifier`")
    return customer


_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def _mark_lone_surrogates(body: bytes) -> bytes:
    r"""Replace half a surrogate pair (`\ud800`) by a byte that is no UTF-8.

    Several JSON writers emit one where a string was cut between two halves. msgspec then refuses the whole document,
    whereas it tells a bad byte only of the row that holds it.
    """
    return _ESCAPE.sub(lambda found: b"\xff" if found[1] else found[0], body)


def _identifier(row: bytes) -> str | None:
    try:
        identifier = _any_object.decode(row).get("customer_identifier")
    except _UNREADABLE:
        return None
    return identifier if isinstance(identifier, str) and identifier else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value >= 0 and value == int(value) else None


def _problem(exc: Exception) -> str:
    """Say what msgspec says, field first."""
    if isinstance(exc, RecursionError):
        return "nested too deeply"
    if isinstance(exc, UnicodeDecodeError):
        return "text that is not UTF-8"
    what, _, path = str(exc).partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    return f"{field}: {what}" if field else what


def _as_utc(time: datetime) -> datetime:
    """Read a time without a zone as UTC, and one in another zone as the same instant in UTC.

    Raises:
        ValueError: UTC's calendar does not reach that far.
    """
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("Expected a time between the years 1 and 9999") from None


def _bad_answer(body: bytes, problem: str, environment: str, request: str) -> BadAnswer:
    begins = excerpt(body[:1000].decode("utf-8", "replace"))
    detail = f'an answer that cannot be read ({problem}); it begins with "{begins}"' if begins else "an empty answer"
    return BadAnswer(environment, request, detail)
