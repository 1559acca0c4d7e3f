"""Writes the tables of the README and of the operations guide from the tables that the program itself works with.

`make reference` brings both up to date; a test fails where they are not.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from monitor.rules.fields import FIELDS, Source
from monitor.rules.functions import AGGREGATES, FUNCTIONS
from monitor.web.families import FAMILIES
from scripts import log_events

README = Path(__file__).parents[1] / "README.md"
GUIDE = Path(__file__).parents[1] / "deploy" / "README.md"
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


def process_metrics() -> Iterator[str]:
    """The metrics of the process itself, which the client library adds; those that this machine has."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    yield "| metric | type | what it is |"
    yield "| --- | --- | --- |"
    for metric in registry.collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        yield f"| `{name}` | {metric.type} | {metric.documentation.rstrip('.')}. |"


TABLES = {
    "fields": fields,
    "functions": functions,
    "aggregates": aggregates,
    "metrics": metrics,
    "process metrics": process_metrics,
    "log events": log_events.table,
}
OF_README = ("fields", "functions", "aggregates", "metrics")
OF_GUIDE = ("metrics", "process metrics", "log events")


def updated(text: str, tables: Iterable[str] = OF_README) -> str:
    """A document's text with every table as it should be.

    Args:
        text: The document.
        tables: Which of the tables it has.
    """
    for name in tables:
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"the document must have a place between {begin!r} and {end!r}")
        text = "\n".join([before + begin, *TABLES[name](), end + after])
    return text


def main() -> None:
    """Bring all documents up to date."""
    for document, tables in ((README, OF_README), (GUIDE, OF_GUIDE)):
        document.write_text(updated(document.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
