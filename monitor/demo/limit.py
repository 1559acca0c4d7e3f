"""The API's request limit: a sliding window for each organization."""

import math
from collections import defaultdict, deque
from datetime import datetime, timedelta

WINDOW = timedelta(seconds=60)


class SlidingWindow:
    """At most `limit` requests of an organization in any window of 60 s; refused ones take no place.

    Attributes:
        limit: Requests a window; None: no limit.
    """

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._taken: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def admit(self, organization: str, at: datetime) -> int | None:
        """Take a place, or say in how many whole seconds one is free.

        Args:
            organization: Whose request it is.
            at: When it came; never earlier than the one before.

        Returns:
            None if the request was admitted, else seconds to wait, at least 1.
        """
        taken = self._taken[organization]
        while taken and taken[0] <= at - WINDOW:
            taken.popleft()
        if self.limit is None or len(taken) < self.limit:
            taken.append(at)
            return None
        if not taken:
            return math.ceil(WINDOW.total_seconds())
        return max(1, math.ceil((taken[0] + WINDOW - at).total_seconds()))
