"""What rules say of a customer, with as much of its row as is known."""

from typing import Any

import pytest

from monitor.inspection.formula import Case, Truth
from monitor.inspection.person import completed
from monitor.inspection.verdicts import Answer, Verdict, verdicts
from monitor.respan.models import Customer
from tests.inspection.builders import NOW, case, course
from tests.polling.builders import BUDGET
from tests.rulebook.builders import ENVIRONMENT, PROD, read, rules_file

READ = course(usage=81.2)
WHERE = BUDGET.replace("value =", "where = \"email_domain != 'example.com'\"\nvalue =")
IDLE = '[[rules]]\nname = "idle"\nwhen = "hours_since(last_active_timeframe) > 5"\nseverity = "info"\n'


def verdict(rule: str, of: Case) -> Verdict:
    """What the only rule of a file says."""
    (found,) = verdicts(read(rules_file(rules=rule, environments=PROD), ENVIRONMENT).rules, "prod", of)
    return found


@pytest.mark.parametrize(
    ("of_case", "answer", "levels"),
    [
        ({"known": READ}, Answer.HOLDS, (1, 1)),
        ({"known": course(usage=12.0)}, Answer.DOES_NOT_HOLD, (None, None)),
        ({}, Answer.UNDECIDED, (None, 2)),
        ({"known": course(usage=60.0, total_low=493.45)}, Answer.UNDECIDED, (0, 1)),
        ({"period_budget": None}, Answer.DOES_NOT_HOLD, (None, None)),
    ],
)
def test_a_rule_that_the_database_can_answer(
    of_case: dict[str, Any], answer: Answer, levels: tuple[int | None, int | None]
) -> None:
    """It holds at a level, does not, or may once a reading tells."""
    found = verdict(BUDGET, case(**of_case))

    assert (found.answer, (found.reached, found.possible)) == (answer, levels)


def test_a_rule_that_needs_the_row() -> None:
    """Whether it holds rests on what nobody keeps, and that is named; the value is shown nevertheless."""
    found = verdict(WHERE, case(known=READ))

    where, value = found.parts
    assert (found.answer, found.lacking) == (Answer.NEEDS_ROW, frozenset({"email"}))
    assert where.truth is None
    assert value.value is not None
    assert value.value.low == pytest.approx(0.812)


def test_nothing_is_asked_for_that_does_not_matter() -> None:
    """Where no level is reached, it does not hold, whoever it is."""
    assert verdict(WHERE, case(known=course(usage=12.0))).answer is Answer.DOES_NOT_HOLD


@pytest.mark.parametrize(
    ("email", "answer", "truth"),
    [
        ("john@acme.example", Answer.HOLDS, Truth.YES),
        ("john@example.com", Answer.DOES_NOT_HOLD, Truth.NO),
        (None, Answer.DOES_NOT_HOLD, Truth.UNKNOWN),
    ],
)
def test_with_the_row(email: str | None, answer: Answer, truth: Truth) -> None:
    """Once the API was asked, every rule is answered."""
    without = case(known=READ)
    row = Customer(customer_identifier="user_123", email=email, total_cost=9_999.0)
    found = verdict(WHERE, Case(completed(without.person, row, NOW), without.standing, NOW))

    assert (found.answer, found.parts[0].truth) == (answer, truth)


def test_a_condition_on_the_row() -> None:
    """A rule with `when` needs what it reads, too."""
    found = verdict(IDLE, case())

    assert (found.answer, found.lacking) == (Answer.NEEDS_ROW, frozenset({"last_active_timeframe"}))


def test_rules_of_other_environments_are_left_out() -> None:
    """Only what applies to the customer's environment is judged."""
    book = read(
        rules_file(
            rules=BUDGET.replace("value =", 'environments = ["test"]\nvalue ='),
            environments=PROD + '[[environments]]\nname = "test"\n',
        ),
        ENVIRONMENT,
    )

    assert verdicts(book.rules, "prod", case()) == []
