"""Writes the tables of the README's reference from the tables that the program itself works with.

`make reference` brings the README up to date; a test fails where it is not.
"""

from collections.abc import Iterator
from pathlib import Path

from monitor.rules.fields import FIELDS, Source
from monitor.rules.functions import AGGREGATES, FUNCTIONS
from monitor.web.families import FAMILIES

README = Path(__file__).parents[1] / "README.md"
FROM = {Source.ROW: "the API's row", Source.PERIOD: "a reading of the period", Source.HISTORY: "total costs over time"}


def fields() -> Iterator[str]:
    """The field table."""
    yield "| field | type | what it is | where it comes from |"
    yield "| --- | --- | --- | --- |"
    for field in FIELDS.values():
        kind = f"{field.type.value}, {field.unit}" if field.unit else field.type.value
        source = FROM.get(field.source) or f"`{field.formula}`"
        yield f"| `{field.name}` | {kind} | {field.description} | {source} |"


def functions() -> Iterator[str]:
    """The table of functions."""
    yield "| function | what it gives |"
    yield "| --- | --- |"
    for function in FUNCTIONS.values():
        arguments = [kind.value if kind else "any" for kind in function.parameters]
        shown = ", ".join(arguments) + (", …" if function.variadic else "")
        yield f"| `{function.name}({shown})` | {function.description} |"


def aggregates() -> Iterator[str]:
    """The table of functions over all customers."""
    yield "| aggregate | what it gives |"
    yield "| --- | --- |"
    for aggregate in AGGREGATES.values():
        shown = aggregate.parameter.value if aggregate.required else f"[{aggregate.parameter.value}]"
        yield f"| `{aggregate.name}({shown})` | {aggregate.description} |"


def metrics() -> Iterator[str]:
    """The families of metrics, but for those of the process itself."""
    yield "| metric | type | labels | what it is |"
    yield "| --- | --- | --- | --- |"
    for family in FAMILIES:
        labels = ", ".join(f"`{label}`" for label in family.labels)
        yield f"| `{family.exposed}` | {family.kind.value} | {labels} | {family.documentation} |"


TABLES = {"fields": fields, "functions": functions, "aggregates": aggregates, "metrics": metrics}


def updated(text: str) -> str:
    """The README's text with every table as it should be."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"README.md must have a place between {begin!r} and {end!r}")
        text = "\n".join([before + begin, *table(), end + after])
    return text
