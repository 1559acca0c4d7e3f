"""Which customer was probably meant."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from monitor.notify.text import clean
from monitor.store.customers import Place
from monitor.store.database import Transaction

# Identifiers that are compared: more would take longer than anybody waits for a hint.
COMPARED = 20_000
_STRETCH = 1000
_SHOWN = 3


def nearest(tx: Transaction, identifier: str, environments: Iterable[str]) -> str:
    """A sentence that says that there is no such customer, and which identifiers are spelled most alike.

    Args:
        tx: Where to look.
        identifier: What was asked for.
        environments: Where it was looked for.
    """
    names = list(environments)
    if not names:
        return "nothing has been read yet; `budget-monitor run` or `once` does"
    spelled: dict[str, str] = {}
    for known in _identifiers(tx, names):
        spelled.setdefault(known.casefold(), known)
        if len(spelled) >= COMPARED:
            break
    alike = get_close_matches(identifier.casefold(), spelled, n=_SHOWN)
    where = " or ".join(clean(name) for name in names)
    sentence = f"there is no customer {clean(identifier)!r} in {where}"
    if not alike:
        return sentence
    return f"{sentence}; did you mean {' or '.join(repr(clean(spelled[each])) for each in alike)}?"


def _identifiers(tx: Transaction, environments: Iterable[str]) -> Iterator[str]:
    for environment in environments:
        after: Place | None = None
        while records := tx.customers.all(environment, after, _STRETCH):
            after = records[-1][0]
            yield from (place.customer_identifier for place, _ in records)
