"""Reads fields of one customer by name, for sentences and explanations; rules have a faster way of their own."""

import ast
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from monitor.rules.compiler import compile_function
from monitor.rules.expression import derived
from monitor.rules.fields import FIELDS, Field, Source
from monitor.rules.monotonicity import uncertain_fields
from monitor.rules.runtime import is_null, timestamp
from monitor.rules.writer import NOW, ROW, STANDING, Point, Writer

Reader = Callable[[Any, Any, datetime], dict[str, object]]


def read_fields(names: Iterable[str]) -> Reader:
    """Prepares to read some fields.

    Args:
        names: Of the field table; others are passed over.

    Returns:
        A function of a row, a standing and the time that gives the value of each field by name. What is not known is
        None, and so is what depends on the period where the standing is not exact.
    """
    readers = {name: _reader(FIELDS[name]) for name in names if name in FIELDS}

    def read(row: object, standing: object, now: datetime) -> dict[str, object]:
        return {name: reader(row, standing, now) for name, reader in readers.items()}

    return read


def _reader(field: Field) -> Callable[[Any, Any, datetime], object]:
    if field.source is Source.ROW:
        return lambda row, _standing, _now: getattr(row, field.attributes[0])
    if field.source is Source.PERIOD:
        known = _knowing([field])
        return lambda _row, standing, _now: getattr(standing, field.attributes[0]) if known(standing) else None
    if field.source is Source.HISTORY:
        return lambda _row, standing, _now: getattr(standing, field.attributes[0])
    tree = derived(field.name)
    writer = Writer()
    value = writer.value(tree, Point())
    loads = [writer.load(local) for local in writer.loads.values()]
    compute = compile_function("read", [ROW, STANDING, NOW], [*loads, ast.Return(value)])
    known = _knowing(FIELDS[name] for name in uncertain_fields(tree))

    def read(row: Any, standing: Any, now: datetime) -> object:  # noqa: ANN401 - rows and standings of any kind
        if not known(standing):
            return None
        result = compute(row, standing, timestamp(now))
        return None if is_null(result) else result

    return read


def _knowing(fields: Iterable[Field]) -> Callable[[Any], bool]:
    """Whether a standing tells what uncertain fields are: of a period that was read the start, not yet the cost."""
    uncertain = list(fields)
    if not uncertain:
        return lambda _standing: True
    if any(field.costs for field in uncertain):
        return lambda standing: bool(standing.exact)
    return lambda standing: bool(standing.read)
