"""The one table of fields that an expression may name.

A new field is one row here: the parser, the compiler, the messages and the documentation all read this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from monitor.rules.types import NO_UNIT, RATIO, Type


class Source(StrEnum):
    """Where a field's value comes from."""

    ROW = "row"
    PERIOD = "period"
    HISTORY = "history"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One name of the expression language.

    Attributes:
        name: As written in an expression.
        type: Its type.
        unit: "USD", "ratio", "requests", "tokens", "days", "seconds"; empty where it has none.
        description: One sentence for the documentation.
        source: `row`: an attribute of the API's row; `period`: of the customer's standing in the current period;
            `history`: of that standing too, from what was listed before, and as sure as a row; `derived`: a formula
            over other fields.
        nullable: Whether it can be unknown.
        null_known: Whether a null is seen without a reading of the period; if not, a standing that is not exact leaves
            open whether there is a value at all.
        costs: Whether it moves with what was spent in the period, so that only an exact standing tells it.
        formula: The expression that a derived field stands for; empty otherwise.
        attributes: What is read. One attribute of the row; of a standing the lower and the upper bound, or one
            attribute that means nothing unless the standing is exact; nothing for a derived field.
    """

    name: str
    type: Type
    unit: str
    description: str
    source: Source
    nullable: bool = True
    null_known: bool = True
    costs: bool = False
    formula: str = ""
    attributes: tuple[str, ...] = ()


def _row(name: str, type_: Type, unit: str, description: str, *, nullable: bool = True) -> Field:
    return Field(
        name=name,
        type=type_,
        unit=unit,
        description=description,
        source=Source.ROW,
        nullable=nullable,
        attributes=(name,),
    )


def _period(
    name: str,
    type_: Type,
    unit: str,
    description: str,
    attributes: tuple[str, ...],
    *,
    null_known: bool = False,
    costs: bool = False,
) -> Field:
    return Field(
        name=name,
        type=type_,
        unit=unit,
        description=description,
        source=Source.PERIOD,
        null_known=null_known,
        costs=costs,
        attributes=attributes,
    )


def _history(name: str, description: str) -> Field:
    return Field(
        name=name,
        type=Type.NUMBER,
        unit="USD",
        description=description,
        source=Source.HISTORY,
        attributes=(name,),
    )


def _derived(name: str, type_: Type, unit: str, description: str, formula: str, *, nullable: bool = True) -> Field:
    return Field(
        name=name,
        type=type_,
        unit=unit,
        description=description,
        source=Source.DERIVED,
        nullable=nullable,
        formula=formula,
    )


_NUMBER, _TEXT, _TIME = Type.NUMBER, Type.TEXT, Type.TIME

_TABLE = (
    _row("customer_identifier", _TEXT, NO_UNIT, "The identifier that the customer's owner chose.", nullable=False),
    _row("id", _TEXT, NO_UNIT, "The API's own identifier: customer, environment and organization."),
    _row(
        "unique_organization_id", _TEXT, NO_UNIT, "The organization; empty where the API leaves it out.", nullable=False
    ),
    _row("environment", _TEXT, NO_UNIT, "The API's environment: prod or test."),
    _row("name", _TEXT, NO_UNIT, "The customer's name."),
    _row("email", _TEXT, NO_UNIT, "The customer's email address."),
    _row("first_seen", _TIME, NO_UNIT, "When the customer made the first request."),
    _row("last_active_timeframe", _TIME, NO_UNIT, "When the customer was last active; may be coarse, and late."),
    _row("active_days", _NUMBER, "days", "Days on which the customer was active."),
    _row("number_of_requests", _NUMBER, "requests", "Requests in the customer's lifetime."),
    _row("total_requests", _NUMBER, "requests", "The same as number_of_requests."),
    _row("total_tokens", _NUMBER, "tokens", "Tokens in the customer's lifetime."),
    _row("tokens", _NUMBER, "tokens", "The same as total_tokens."),
    _row("total_cost", _NUMBER, "USD", "Spend in the customer's lifetime; for the current period see period_cost."),
    _row("cost", _NUMBER, "USD", "The same as total_cost."),
    _row("average_latency", _NUMBER, "seconds", "Average time until a request's answer was complete."),
    _row("average_ttft", _NUMBER, "seconds", "Average time until the first token of an answer."),
    _row(
        "average_monthly_cost", _NUMBER, "USD", "As the API says; it divides by active days and is not to be relied on."
    ),
    _row("period_budget", _NUMBER, "USD", "Budget of one period; null: no budget; 0: a budget of nothing."),
    _row("budget_duration", _TEXT, NO_UNIT, "Length of a budget period: daily, weekly, monthly or yearly."),
    _row("total_budget", _NUMBER, "USD", "Budget for the customer's lifetime; null: no budget."),
    _period(
        "period_cost",
        _NUMBER,
        "USD",
        "Spend in the current budget period.",
        ("cost_low", "cost_high"),
        null_known=True,
        costs=True,
    ),
    _period("period_start", _TIME, NO_UNIT, "When the current budget period began.", ("start",)),
    _period("period_end", _TIME, NO_UNIT, "When the current budget period ends.", ("end",)),
    _period(
        "period_elapsed",
        _NUMBER,
        RATIO,
        "Share of the current budget period that has passed, 0 to 1.",
        ("elapsed_low", "elapsed_high"),
    ),
    _period(
        "projected_period_cost",
        _NUMBER,
        "USD",
        "What the period will have cost by its end at the rate of now: the rate of the last day, week or month blended "
        "with the period's own; null until a tenth of the period or three readings of it have passed.",
        ("projected_min", "projected_max"),
        costs=True,
    ),
    _period(
        "projected_low",
        _NUMBER,
        "USD",
        "The lower end of where four in five such projections end up.",
        ("likely_low_min", "likely_low_max"),
        costs=True,
    ),
    _period(
        "projected_high",
        _NUMBER,
        "USD",
        "The upper end of where four in five such projections end up.",
        ("likely_high_min", "likely_high_max"),
        costs=True,
    ),
    _period(
        "exhausts_at",
        _TIME,
        NO_UNIT,
        "When the period's budget runs out at the rate of now; null where it lasts until the period's end.",
        ("exhausts_at",),
        costs=True,
    ),
    _history("spend_1h", "Spend of the last hour, counted from the full hour before it began; null until known."),
    _history(
        "spend_24h", "Spend of the last 24 hours, counted from the full hour before they began; null until known."
    ),
    _history("spend_7d", "Spend of the last 7 days, counted from the full hour before they began; null until known."),
    _history(
        "spend_30d", "Spend of the last 30 days, counted from the midnight (UTC) before they began; null until known."
    ),
    _derived(
        "customer",
        _TEXT,
        NO_UNIT,
        "The customer's name, or the identifier where there is no name.",
        "customer_identifier if name is None or name == '' else name",
        nullable=False,
    ),
    _derived(
        "email_domain",
        _TEXT,
        NO_UNIT,
        "What follows the last @ of the email address, in lower case.",
        "lower(after_last(email, '@'))",
    ),
    _derived(
        "period_used", _NUMBER, RATIO, "Share of the period's budget that is spent.", "period_cost / period_budget"
    ),
    _derived(
        "pace",
        _NUMBER,
        RATIO,
        "How fast the budget is spent: above 1, faster than the period passes.",
        "period_used / period_elapsed",
    ),
    _derived("period_remaining", _NUMBER, "USD", "What is left of the period's budget.", "period_budget - period_cost"),
    _derived("total_used", _NUMBER, RATIO, "Share of the lifetime budget that is spent.", "total_cost / total_budget"),
    _derived("total_remaining", _NUMBER, "USD", "What is left of the lifetime budget.", "total_budget - total_cost"),
)

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _TABLE})
