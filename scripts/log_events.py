"""What the daemon logs: every event that its source writes, found by reading it, and what each of them means."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "monitor"
LEVELS = ("debug", "info", "warning", "error", "critical")

EVENTS = {
    # As the daemon lives
    "serving": "It has begun: rules, channels and database are good, HTTP answers, polling begins.",
    "stopping": "It was told to end, and finishes what is in flight.",
    "rules reloaded": "The rules file was read again and is in force.",
    "rules refused, the old ones stay in force": (
        "The file was read again and has a mistake, which `error` names. Mend it, look it over with "
        "`budget-monitor check`, and reload."
    ),
    "doubtful rules": (
        "A rule is allowed and probably not meant; `budget-monitor check` shows what was probably meant."
    ),
    "ended what the rules file no longer has": (
        "Alerts of rules, and messages of channels, that were taken out of the file ended without a word."
    ),
    # As it sees
    "alert": (
        "An alert has changed. `said` tells whether a route sends it to a channel; `reason` tells why it changed."
    ),
    "figure fell": (
        "A customer's total cost or period usage fell, which no spending explains: a correction, or a mistake, at "
        "the API. Nothing to do; what was spent since is counted from the lower figure."
    ),
    "request failed, trying again": (
        "A request to the API failed. A warning the first time, and whenever it fails in another way; it is "
        "repeated with growing pauses."
    ),
    "poll incomplete": (
        "Not every customer was read, and `error` tells why. What was read counts; nothing is resolved by "
        "absence. Said once, until a poll is complete."
    ),
    "poll complete again": "Every customer was read, after polls that were not complete.",
    "reading failed": (
        "One customer's period could not be read: the customer is gone, or the answer was not understood. It is "
        "tried again after ten minutes, and others go first."
    ),
    "alert not confirmed in time": (
        "A reading that was to confirm an alert before it is said took longer than a minute, so the alert was "
        "said with what is known for sure."
    ),
    "rows skipped": (
        "Rows of the list cannot be read, and those customers are not watched; `first` tells what is wrong with "
        "the first of them. Said once, until a poll has none."
    ),
    "row skipped": "Each of those rows.",
    "rows left out that the API should have filtered": (
        "The API listed customers that the filters of the rules file exclude; they were left out here. A filter's "
        "name may be one that the API does not know. Said once, until a poll has none."
    ),
    # As it tells
    "message delivered": "A channel has accepted a message about so many `events`.",
    "channel refused a message": (
        "It is tried again until the channel's `give_up_after` has passed. Said when the refusals begin and when "
        "they change; `error` tells what to do."
    ),
    "channel accepts messages again": "After refusals; what had waited is being sent, in order.",
    "message given up": (
        "A message was tried as long as it may be, or the receiver will never take it. The other channels are told so."
    ),
    # As it keeps
    "database failed; nothing is called sent until it is back": (
        "The database cannot be read or written: a full disk, or another process that holds it. It is tried again "
        "every few seconds. Said once."
    ),
    "database works again": "After it had failed.",
    "database failed": "The same, found while delivering to this channel.",
    "old messages could not be forgotten": "What is older than it need be stays another hour.",
    # As it is supervised (systemd)
    "the service manager could not be told": (
        "systemd did not take a notification; if this goes on, it will restart the daemon."
    ),
    "stuck: the watchdog is no longer told that all is well": (
        "A part of the daemon has stopped working without ending, and systemd is going to restart it. Please "
        "report `problem`."
    ),
    "the thread that writes to the database does not answer": (
        "A write hangs, as on a network file system that is gone; systemd is going to restart the daemon."
    ),
}
"""What each event means, and what to do where something is to be done; in the order of the guide."""


@dataclass(frozen=True, slots=True)
class Call:
    """One place of the source that logs.

    Attributes:
        event: What it says.
        levels: At which it may say so.
        fields: What goes with it.
        place: File and line.
    """

    event: str
    levels: tuple[str, ...]
    fields: tuple[str, ...]
    place: str


def calls(root: Path = SOURCE) -> Iterator[Call]:
    """Every place that logs, under a folder.

    Raises:
        ValueError: An event is put together while the program runs, so that nobody can look it up.
    """
    for path in sorted(root.rglob("*.py")):
        yield from _calls(ast.parse(path.read_text(encoding="utf-8")), path.relative_to(root).as_posix())


def table() -> Iterator[str]:
    """The table of the guide.

    Raises:
        KeyError: An event is not described.
    """
    found: dict[str, list[Call]] = {}
    for call in calls():
        found.setdefault(call.event, []).append(call)
    if unknown := found.keys() - EVENTS.keys():
        raise KeyError(f"scripts/log_events.py must tell what is meant by {sorted(unknown)}")
    yield "| event | level | with | what it means, and what to do |"
    yield "| --- | --- | --- | --- |"
    for event, meaning in EVENTS.items():
        here = found.get(event, [])
        levels = ", ".join(level for level in LEVELS if any(level in call.levels for call in here))
        fields = ", ".join(f"`{name}`" for name in dict.fromkeys(name for call in here for name in call.fields))
        yield f"| {event} | {levels} | {fields} | {meaning} |"


def _calls(tree: ast.Module, file: str) -> Iterator[Call]:
    methods = dict(_methods(tree))
    for node in ast.walk(tree):
        levels = methods.get(ast.unparse(node.func)) if isinstance(node, ast.Call) else None
        if not isinstance(node, ast.Call) or levels is None:
            continue
        event = node.args[0] if node.args else None
        if not isinstance(event, ast.Constant) or not isinstance(event.value, str):
            raise ValueError(f"{file}:{node.lineno}: an event must be a text to look up")  # noqa: TRY004 - not a type
        fields = tuple(keyword.arg for keyword in node.keywords if keyword.arg)
        yield Call(event.value, tuple(levels), fields, f"{file}:{node.lineno}")


def _methods(tree: ast.Module) -> Iterator[tuple[str, Sequence[str]]]:
    """What logs when it is called, with its levels: a logger's methods, and names that stand for one of several."""
    loggers = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("structlog.get_logger(")
        for name in map(ast.unparse, node.targets)
    }
    plain = {f"{logger}.{level}": [level] for logger in loggers for level in LEVELS}
    yield from plain.items()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp):
            choices = [ast.unparse(choice) for choice in (node.value.body, node.value.orelse)]
            if all(choice in plain for choice in choices):
                yield ast.unparse(node.targets[0]), [level for choice in choices for level in plain[choice]]
