"""The field table tells the truth about the rows and standings that it names."""

import pytest

from monitor.respan.models import Customer
from monitor.rules.expression import Expression
from monitor.rules.fields import FIELDS, Source
from monitor.spending.standing import Standing
from tests.rules.builders import customer, exact, find, holds, measured


def test_every_field_of_a_row_is_in_the_table() -> None:
    """What the API lists can be named in a rule, and nothing else claims to come from the row."""
    assert {name for name, field in FIELDS.items() if field.source is Source.ROW} == {*Customer.__struct_fields__}


@pytest.mark.parametrize(
    "name", [name for name, field in FIELDS.items() if field.source in {Source.PERIOD, Source.HISTORY}]
)
def test_every_period_field_is_read_from_a_standing(name: str) -> None:
    """What a field of the period, or of history, reads is an attribute of a standing."""
    standing = Standing(exact=False, cost_low=None, cost_high=None)

    assert all(hasattr(standing, attribute) for attribute in FIELDS[name].attributes)


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.source is Source.DERIVED])
def test_every_formula_has_the_type_that_the_table_says(name: str) -> None:
    """A derived field's formula can be loaded and gives the type of the field."""
    assert Expression.parse(name).type is FIELDS[name].type


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.formula and field.unit])
def test_the_unit_of_a_formula_is_the_one_in_the_table(name: str) -> None:
    """A derived number's unit follows from the units in its formula."""
    assert Expression.parse(FIELDS[name].formula).unit == FIELDS[name].unit


@pytest.mark.parametrize("name", [None, ""])
def test_a_customer_without_a_name_goes_by_the_identifier(name: str | None) -> None:
    """`customer` falls back to the identifier where the name is null or empty."""
    assert holds("customer == 'user_123'", customer(name=name))


def test_a_customer_with_a_name_goes_by_it() -> None:
    """`customer` is the name where there is one."""
    assert holds("customer == 'John Doe'", customer(name="John Doe"))


@pytest.mark.parametrize(
    ("email", "domain"), [("John@Example.COM", "example.com"), ("a@b@example.org", "example.org"), ("a@", "")]
)
def test_an_email_domain_is_what_follows_the_last_at_sign(email: str, domain: str) -> None:
    """`email_domain` is in lower case and begins after the last @."""
    assert holds(f"email_domain == '{domain}'", customer(email=email))


@pytest.mark.parametrize("email", [None, "", "nobody"])
def test_an_email_without_an_at_sign_has_no_domain(email: str | None) -> None:
    """`email_domain` is null without an email address."""
    assert holds("email_domain is None", customer(email=email))


def test_the_documented_customer_has_used_46_percent_of_the_period() -> None:
    """Spend in the period, not lifetime spend, is compared with the period's budget."""
    row = customer(total_cost=523.45, period_budget=100.0)

    finding = find(measured("period_used", 0.1), row, exact(45.67))

    assert finding is not None
    assert finding.value == pytest.approx(0.4567)
