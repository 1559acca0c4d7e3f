"""A listing as JSON: one object, a customer on each line."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime

from monitor.inspection.bounds import Bounds
from monitor.inspection.listing import Entry, Listing
from monitor.store.times import instant

Json = Mapping[str, object]


def listing_lines(listing: Listing, now: datetime) -> Iterator[str]:
    """The lines of the object, as they are read."""
    environments = [{"name": name, "as_of": time(at)} for name, at in listing.complete_at.items()]
    head = json.dumps({"environments": environments, "matched": listing.matched}, ensure_ascii=False)
    yield f'{head[:-1]}, "customers": ['
    waiting: str | None = None
    for stretch in listing.entries:
        for entry in stretch:
            if waiting is not None:
                yield f"{waiting},"
            waiting = json.dumps(entry_json(entry, now), ensure_ascii=False, allow_nan=False)
    if waiting is not None:
        yield waiting
    yield "]}"


def entry_json(entry: Entry, now: datetime) -> Json:
    """One customer of a listing."""
    sight, found = entry.sight, entry.figures
    record, standing, until = sight.record, sight.standing, sight.period_until
    return {
        "environment": sight.environment,
        "organization": sight.place.organization,
        "customer_identifier": sight.place.customer_identifier,
        "as_of": time(sight.as_of),
        "missing_since": time(instant(record.missing_since)),
        "alert": entry.alert.value if entry.alert is not None else None,
        "over": entry.over.value if entry.over is not None else None,
        "period_budget": record.period_budget,
        "budget_duration": record.budget_duration,
        "total_budget": record.total_budget,
        "total_cost": record.total_cost,
        "exact": found.exact,
        "period_cost": within(found.period_cost),
        "period_used": within(found.period_used),
        "period_remaining": within(found.period_remaining),
        "period_start": time(standing.start),
        "period_end": time(standing.end),
        "period_ended": until is not None and until <= now,
        "period_elapsed": within(found.period_elapsed),
        "pace": within(found.pace),
        "projected_period_cost": within(found.projected_period_cost),
        "exhausts_at": time(standing.exhausts_at if standing.exact else None),
        "spend_1h": standing.spend_1h,
        "spend_24h": standing.spend_24h,
        "spend_7d": standing.spend_7d,
        "spend_30d": standing.spend_30d,
        "waiting_since": time(instant(record.waiting_since)),
    }


def time(at: datetime | None) -> str | None:
    """A time in ISO 8601, UTC."""
    return None if at is None else at.isoformat()


def within(of: Bounds | None) -> Json | None:
    """The bounds of a figure; null where there is none. JSON has no infinity: a bound that is none is null."""
    return None if of is None else {"low": finite(of.low), "high": finite(of.high)}


def finite(value: float | None) -> float | None:
    """A number as JSON knows it."""
    return value if value is not None and math.isfinite(value) else None
