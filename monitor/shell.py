"""What all commands share: their options, how they end, how they explain what went wrong."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from monitor.daemon import RulesRefused
from monitor.logs import set_up_logs
from monitor.rulebook import Rulebook, RulebookError, load
from monitor.settings import Settings, SettingsError, lookup
from monitor.store.database import Store
from monitor.store.errors import StoreError, WrongDatabaseUrl
from monitor.web.server import ListenError

FAILED, MISUSED = 1, 2

# Stands for what is not set; a channel can have it for its address.
_NOT_SET = "console://not-set"

_F = TypeVar("_F", bound=Callable[..., Any])


def rules_option(command: _F) -> _F:
    """`--rules FILE`."""
    return click.option(
        "--rules", type=click.Path(path_type=Path), metavar="FILE", help="The rules file. [default: rules.toml]"
    )(command)


def json_option(command: _F) -> _F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def read_settings(rules: Path | None, **defaults: str) -> Settings:
    """The settings of the process, with logs set up; `defaults` stand in for what nobody has set."""
    settings = Settings.load(monitor_rules=rules)
    unset = {name: value for name, value in defaults.items() if name not in settings.model_fields_set}
    settings = settings.model_copy(update=unset)
    set_up_logs(settings.monitor_log_level, settings.monitor_log_format)
    return settings


def read_rules(settings: Settings) -> Rulebook:
    """The rules file."""
    return load(settings.monitor_rules, lookup())


def glance_at_rules(settings: Settings) -> Rulebook:
    """The rules file to look at, not to work with: a key or a token that is not set, or not readable, does not matter.

    Raises:
        RulebookError: It cannot be used; what is not set matters where a rule reads it.
    """
    known = lookup()

    def value(name: str) -> str | None:
        try:
            return known(name)
        except SettingsError:
            return None

    try:
        return load(settings.monitor_rules, value)
    except RulebookError as error:
        refused = error
    book = load(settings.monitor_rules, lambda name: value(name) or _NOT_SET)
    if any(_NOT_SET in (text or "") for rule in _formulas(book) for text in rule):
        raise refused
    return book


@contextmanager
def reading(settings: Settings) -> Iterator[Store]:
    """The database, to be looked at while the daemon writes to it."""
    store = Store(settings.database_url, readonly=True)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def explained() -> Iterator[None]:
    """End with a sentence instead of a traceback where something is wrong that the user can mend."""
    try:
        yield
    except RulebookError as error:
        stop(str(error), MISUSED)
    except (SettingsError, RulesRefused, ListenError, WrongDatabaseUrl) as error:
        stop(f"error: {error}", MISUSED)
    except StoreError as error:
        stop(f"error: {error}", FAILED)


def _formulas(book: Rulebook) -> Iterator[tuple[str | None, ...]]:
    yield from ((entry.rule.where, entry.rule.value, entry.rule.when) for entry in book.rules)
    yield from ((entry.rule.where, entry.rule.value, entry.rule.when) for entry in book.aggregates)


def stop(message: str, status: int) -> NoReturn:
    """End with a message on standard error."""
    click.echo(message, err=True)
    sys.exit(status)


def print_json(value: object) -> None:
    """Print one JSON value for people and programs alike."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
