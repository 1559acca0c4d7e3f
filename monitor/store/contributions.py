"""What every customer adds to the sums of the rules over all customers, kept until the customer is read again.

A series is what is kept for one formula in one environment. It is complete once a whole walk has gone by: until then it
lacks customers. It is current while the last poll has read everybody who may have changed.

Up to `SLOTS` series share a block: a row of it holds for each of them the least and the greatest that one customer adds.
The greatest is None where the customer adds nothing; the least alone is None where the customer, who may be the greatest
of all, may also not count at all.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, literal_column, select, update

from monitor.store.customers import Place
from monitor.store.schema import SLOTS, contributions, series
from monitor.store.statement import Statement

LONGEST = 2_100
"""Rows that are read at a time: those of the largest page, and of as many other customers who lie between."""

Key = tuple[int, str]
"""A customer within an organization: when first seen (microseconds since 1970 UTC), and identifier."""

Contributions_ = tuple[Any, ...]
"""Such a customer, then the least and the greatest for each slot in use."""

# Beyond it a number is as good as infinite. Sums of millions of smaller ones cannot overflow, which PostgreSQL refuses.
_LARGEST = 1e300
