"""What the API answers: a page of customers, one customer's detail."""

from datetime import datetime

import msgspec


class Customer(msgspec.Struct, gc=False, kw_only=True):
    """One row of the customer list, under the API's own names. Times are UTC."""

    customer_identifier: str
    id: str | None = None
    unique_organization_id: str = ""
    environment: str | None = None
    name: str | None = None
    email: str | None = None
    first_seen: datetime | None = None
    last_active_timeframe: datetime | None = None
    active_days: float | None = None
    number_of_requests: float | None = None
    total_requests: float | None = None
    total_tokens: float | None = None
    tokens: float | None = None
    total_cost: float | None = None
    cost: float | None = None
    average_latency: float | None = None
    average_ttft: float | None = None
    average_monthly_cost: float | None = None
    period_budget: float | None = None
    budget_duration: str | None = None
    total_budget: float | None = None
