"""Filters, as they are sent and as they are checked again."""

from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.respan.filters import NUMBER_FIELDS, OPERATORS, TEXT_FIELDS, Filter, FilterError, Filters
from monitor.respan.models import Customer

numbers = st.floats(-1e18, 1e18)
texts = st.text(max_size=8)
maybe_texts = st.none() | texts


def one(name: str, operator: str, *values: str | float) -> Filters:
    """A single condition."""
    return Filters({name: Filter(operator, values)})


def test_body_is_what_the_api_documents() -> None:
    """The body holds each field with its operator and a list, and how they combine."""
    filters = Filters({"total_cost": Filter("gte", (1,)), "email": Filter("endswith", ("@a.b", "@c.d"))}, "OR")

    assert filters.to_body() == {
        "filters": {
            "total_cost": {"operator": "gte", "value": [1]},
            "email": {"operator": "endswith", "value": ["@a.b", "@c.d"]},
        },
        "operator": "OR",
    }


def test_no_filters_have_an_empty_body_and_match_everyone() -> None:
    """Without conditions every customer is asked for."""
    filters = Filters()

    assert (filters.to_body(), filters.matches(Customer(customer_identifier="a"))) == (
        {"filters": {}, "operator": "AND"},
        True,
    )


@pytest.mark.parametrize(
    ("operator", "values", "row", "matches"),
    [
        ("", ["Ann"], "Ann", True),
        ("", ["Ann"], "ann", False),
        ("", ["Ann", "Bob"], "Bob", True),
        ("iexact", ["ANN"], "ann", True),
        ("iexact", ["ANN"], "anne", False),
        ("contains", ["nn"], "Anna", True),
        ("contains", ["NN"], "Anna", False),
        ("icontains", ["NN"], "Anna", True),
        ("startswith", ["An"], "Anna", True),
        ("startswith", ["na"], "Anna", False),
        ("endswith", ["na"], "Anna", True),
        ("endswith", ["An"], "Anna", False),
        ("in", ["Ann", "Bob"], "Bob", True),
        ("in", ["Ann", "Bob"], "Bo", False),
        ("not", ["Ann"], "Bob", True),
        ("not", ["Ann"], "Ann", False),
        ("not", ["Ann", "Bob"], "Bob", False),
        ("not", ["Ann"], None, True),
        ("isnull", [True], None, True),
        ("isnull", [True], "", False),
        ("isnull", [False], "", True),
        ("isnull", [False], None, False),
        ("", ["Ann"], None, False),
        ("contains", [""], None, False),
    ],
)
def test_text_operators(operator: str, values: list[Any], row: str | None, matches: bool) -> None:  # noqa: FBT001  # a table
    """Each operator on a text means what it means in a Django lookup."""
    assert one("name", operator, *values).matches(Customer(customer_identifier="a", name=row)) is matches


@pytest.mark.parametrize(
    ("operator", "values", "row", "matches"),
    [
        ("", [5], 5.0, True),
        ("", [5], 5.1, False),
        ("lt", [5], 4.9, True),
        ("lt", [5], 5, False),
        ("lte", [5], 5, True),
        ("lte", [5], 5.1, False),
        ("gt", [5], 5.1, True),
        ("gt", [5], 5, False),
        ("gte", [5], 5, True),
        ("gte", [5], 4.9, False),
        ("gt", [5, 1], 3, True),
        ("in", [1, 2], 2, True),
        ("in", [1, 2], 3, False),
        ("not", [0], 1, True),
        ("not", [0], 0, False),
        ("not", [0], None, True),
        ("isnull", [True], None, True),
        ("isnull", [True], 0, False),
        ("gte", [0], None, False),
    ],
)
def test_number_operators(operator: str, values: list[Any], row: float | None, matches: bool) -> None:  # noqa: FBT001  # a table
    """Each operator on a number means what it says; null is neither less nor more than anything."""
    assert one("total_cost", operator, *values).matches(Customer(customer_identifier="a", total_cost=row)) is matches


@pytest.mark.parametrize(("operator", "matches"), [("AND", False), ("OR", True)])
def test_conditions_combine(operator: Literal["AND", "OR"], matches: bool) -> None:  # noqa: FBT001  # a table
    """AND wants every condition, OR any."""
    filters = Filters({"total_cost": Filter("gte", (1,)), "name": Filter("", ("Ann",))}, operator)

    assert filters.matches(Customer(customer_identifier="a", total_cost=2.0, name="Bob")) is matches


@given(texts, st.lists(texts, min_size=1, max_size=3))
def test_not_is_the_opposite_of_equal(row: str, values: list[str]) -> None:
    """On a text that is there, exactly one of equal and not equal holds."""
    customer = Customer(customer_identifier="a", name=row)

    assert one("name", "not", *values).matches(customer) is not one("name", "", *values).matches(customer)


@given(numbers, numbers, st.sampled_from([("lt", "gte"), ("gt", "lte")]))
def test_orders_are_opposites(row: float, value: float, pair: tuple[str, str]) -> None:
    """Of less and at least, and of more and at most, exactly one holds."""
    customer = Customer(customer_identifier="a", total_cost=row)

    assert one("total_cost", pair[0], value).matches(customer) is not one("total_cost", pair[1], value).matches(
        customer
    )


@given(maybe_texts, texts, st.sampled_from([("", "iexact"), ("contains", "icontains")]))
def test_case_never_excludes_what_exact_text_includes(row: str | None, value: str, pair: tuple[str, str]) -> None:
    """Whoever matches with case matches without."""
    customer = Customer(customer_identifier="a", name=row)

    assert one("name", pair[0], value).matches(customer) <= one("name", pair[1], value).matches(customer)


@given(maybe_texts, st.none() | numbers, texts, numbers)
def test_or_includes_and(name: str | None, cost: float | None, text: str, value: float) -> None:
    """Whoever meets all conditions meets any of them."""
    customer = Customer(customer_identifier="a", name=name, total_cost=cost)
    conditions = {"name": Filter("contains", (text,)), "total_cost": Filter("lte", (value,))}

    assert Filters(conditions, "AND").matches(customer) <= Filters(conditions, "OR").matches(customer)


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    """Any filters that the API offers."""
    conditions: dict[str, Filter] = {}
    for name in draw(st.sets(st.sampled_from(sorted(TEXT_FIELDS | NUMBER_FIELDS)))):
        values = texts if name in TEXT_FIELDS else numbers
        conditions[name] = Filter(draw(st.sampled_from(["", "in", "not"])), tuple(draw(st.lists(values, min_size=1))))
    return Filters(conditions, draw(st.sampled_from(["AND", "OR"])))


@given(filters())
def test_body_survives_the_wire(given_filters: Filters) -> None:
    """What is read back from the body's JSON are the same filters."""
    body: Any = msgspec.json.decode(msgspec.json.encode(given_filters.to_body()))

    read = Filters(
        {name: Filter(each["operator"], tuple(each["value"])) for name, each in body["filters"].items()},
        body["operator"],
    )
    assert read == given_filters


@pytest.mark.parametrize(
    ("name", "operator", "values", "says"),
    [
        ("total_csot", "gte", [1], "unknown field 'total_csot': did you mean 'total_cost'?"),
        ("zzz", "gte", [1], "unknown field 'zzz': known are active_days"),
        ("period_budget", "gte", [1], "the API cannot filter by period_budget; .* Use `where` in a rule"),
        ("total_cost", "gteq", [1], "unknown operator 'gteq': did you mean 'gte'?"),
        ("total_cost", "contains", ["1"], "total_cost has no operator 'contains'; it has \"\" \\(equal\\), gt"),
        ("name", "lt", ["m"], "name has no operator 'lt'"),
        ("total_cost", "gte", ["1"], 'total_cost is compared with finite numbers, not with "1"'),
        ("total_cost", "gte", [True], "total_cost is compared with finite numbers, not with true"),
        ("total_cost", "gte", [float("nan")], "finite numbers, not with nan"),
        ("total_cost", "gte", [float("inf")], "finite numbers, not with inf"),
        ("total_cost", "gte", [10**400], "finite numbers"),
        ("name", "", [5], 'name is compared with texts: write "5" in quotes'),
        ("total_cost", "gte", [], "the value of a filter is empty"),
        ("total_cost", "isnull", ["true"], "isnull takes one boolean"),
        ("total_cost", "isnull", [True, False], "isnull takes one boolean"),
    ],
)
def test_refuses_what_the_api_does_not_offer(name: str, operator: str, values: list[Any], says: str) -> None:
    """A filter that cannot work is refused with what would."""
    with pytest.raises(FilterError, match=says):
        one(name, operator, *values)


@pytest.mark.parametrize("value", ["prod", 1, True, {"a": 1}])
def test_refuses_value_that_is_no_list(value: object) -> None:
    """A single value is refused with how to write it."""
    with pytest.raises(FilterError, match=r"a list: write value = \["):
        Filter("", value)  # type: ignore[arg-type]  # the mistake under test


def test_error_carries_nearest_name() -> None:
    """The name that was probably meant can be shown apart from the sentence."""
    with pytest.raises(FilterError) as caught:
        Filters(operator="ADN")  # type: ignore[arg-type]  # the mistake under test

    assert caught.value.nearest == "AND"


def test_every_documented_operator_is_offered() -> None:
    """No documented operator is missing, and none is made up."""
    documented = ", iexact, lt, lte, gt, gte, contains, icontains, startswith, endswith, in, isnull, not"

    assert set(documented.split(", ")) == OPERATORS
