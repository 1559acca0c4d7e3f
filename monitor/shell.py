"""What all commands share: their options, how they end, how they explain what went wrong."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from monitor.daemon import RulesRefused
from monitor.inspection.listing import UnknownEnvironment
from monitor.logs import set_up_logs
from monitor.rulebook import Rulebook, RulebookError, load
from monitor.settings import Settings, SettingsError, lookup
from monitor.store.errors import StoreError, WrongDatabaseUrl
from monitor.web.server import ListenError

FAILED, MISUSED = 1, 2

_F = TypeVar("_F", bound=Callable[..., Any])


def rules_option(command: _F) -> _F:
    """`--rules FILE`."""
    return click.option(
        "--rules", type=click.Path(path_type=Path), metavar="FILE", help="The rules file. [default: rules.toml]"
    )(command)


def json_option(command: _F) -> _F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def environment_option(command: _F) -> _F:
    """`--environment NAME`."""
    return click.option("--environment", metavar="NAME", help="Look at this environment only. [default: all]")(command)


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


@contextmanager
def explained() -> Iterator[None]:
    """End with a sentence instead of a traceback where something is wrong that the user can mend."""
    try:
        yield
    except RulebookError as error:
        stop(str(error), MISUSED)
    except (SettingsError, RulesRefused, ListenError, WrongDatabaseUrl, UnknownEnvironment) as error:
        stop(f"error: {error}", MISUSED)
    except StoreError as error:
        stop(f"error: {error}", FAILED)


def stop(message: str, status: int) -> NoReturn:
    """End with a message on standard error."""
    click.echo(message, err=True)
    sys.exit(status)


def print_json(value: object) -> None:
    """Print one JSON value for people and programs alike."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
