"""Where the daemon is asked what it projects: the one place that knows how."""

from datetime import datetime

from monitor.store.database import Store
from simulation.journal import Forecast


def projection(store: Store, customer: str, now: datetime) -> Forecast | None:  # noqa: ARG001 - see below
    """What a customer's period will have cost, as the daemon sees it now; None where it does not say.

    The daemon projects nothing yet.

    Args:
        store: The daemon's database.
        customer: Identifier.
        now: The time of the last row.
    """
    return None
