"""What the daemon projects for a customer, from what it keeps."""

from datetime import datetime

from monitor.polling.known import Known, outlook, spends_of
from monitor.spending.windows import WINDOWS
from monitor.store.customers import read_course
from monitor.store.database import Store
from simulation.journal import Forecast

ENVIRONMENT = "prod"


def projection(store: Store, customer: str, now: datetime) -> Forecast | None:
    """The projection of a customer's period, as of what the daemon has written down.

    Args:
        store: Its database.
        customer: Identifier.
        now: The time, UTC.

    Returns:
        Projected cost and the interval, USD; None where there is none.
    """
    with store.read() as tx:
        found = tx.customers.named(ENVIRONMENT, customer)
        if not found:
            return None
        ((place, record),) = found
        course = read_course(record.course)
        known = Known(record, course, record.total_cost)
        (spends,) = spends_of(tx.history, ENVIRONMENT, places=[place], known=[known], windows=WINDOWS, now=now)
    where = outlook(known, spends, now, forecast=True)
    if where.start is None or where.projected_min is None:
        return None
    if where.likely_low_min is None or where.likely_high_min is None:
        return None
    return where.projected_min, where.likely_low_min, where.likely_high_min
