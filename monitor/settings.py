"""What the process is told by its environment: where things are, and the secrets."""

import ipaddress
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

DEFAULT_BASE_URL = "https://api.respan.ai"
LARGEST_SECRET = 64 * 1024
SECRETS_FOLDER = Path("/run/secrets")


class SettingsError(Exception):
    """The environment says something that cannot be; names the variable and what it may be."""


class Address(tuple[str, int]):
    """A host and a port to listen on."""

    __slots__ = ()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return self[0] == "localhost" or ipaddress.ip_address(self[0]).is_loopback
        except ValueError:  # a name, of which nobody knows where it leads
            return False

    def __str__(self) -> str:
        host, port = self
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _address(text: object) -> object:
    if not isinstance(text, str):
        return text
    host, colon, port = text.strip().rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or not 0 <= int(port) <= 65535:  # noqa: PLR2004 - ports
        raise ValueError("it must be HOST:PORT, such as 127.0.0.1:9477")
    return Address((host.removeprefix("[").removesuffix("]"), int(port)))


class Settings(BaseSettings):
    """The process's settings, read from environment variables of the same name.

    Attributes:
        respan_base_url: Address of the API.
        monitor_rules: The rules file.
        monitor_database_url: A SQLAlchemy URL; None: SQLite in the state folder.
        monitor_listen: Where metrics, health, the API and the page are served.
        monitor_log_level: The least level that is logged.
        monitor_log_format: Lines for a console, JSON, or whichever fits where they go.
        monitor_api_token: Needed for whatever changes state over HTTP, and for reading beyond loopback.
    """

    model_config = SettingsConfigDict(frozen=True, arbitrary_types_allowed=True, extra="ignore", env_ignore_empty=True)

    respan_base_url: str = DEFAULT_BASE_URL
    monitor_rules: Path = Path("rules.toml")
    monitor_database_url: str | None = None
    # NoDecode: the address is HOST:PORT, although its type is a tuple, which pydantic-settings would read as JSON.
    monitor_listen: Annotated[Address, NoDecode, BeforeValidator(_address)] = Address(("127.0.0.1", 9477))
    monitor_log_level: Literal["debug", "info", "warning", "error"] = "info"
    monitor_log_format: Literal["auto", "console", "json"] = "auto"
    monitor_api_token: SecretStr | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment variables only: a stray .env file must not decide where a daemon writes."""
        del settings_cls, dotenv_settings, file_secret_settings
        return init_settings, env_settings

    @classmethod
    def load(cls, **overrides: Any) -> Self:  # noqa: ANN401 - fields of several types
        """The settings of this process; what the command line says wins.

        Raises:
            SettingsError: A variable cannot be read.
        """
        given = {name: value for name, value in overrides.items() if value is not None}
        if "monitor_api_token" not in given and (token := secret("MONITOR_API_TOKEN")):
            given["monitor_api_token"] = SecretStr(token)
        try:
            return cls(**given)
        except ValidationError as error:
            problems = "; ".join(
                f"{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
                for problem in error.errors(include_input=False, include_url=False)
            )
            raise SettingsError(problems) from None

    @property
    def database_url(self) -> str:
        """Where state is kept."""
        return self.monitor_database_url or f"sqlite:///{state_folder() / 'monitor.db'}"


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that systemd names in `$STATE_DIRECTORY`, else the user's state folder."""
    if given := environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    base = environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "budget-monitor"


def secret(name: str, environ: Mapping[str, str] = os.environ, folder: Path = SECRETS_FOLDER) -> str | None:
    """The value of `${NAME}`: a variable, or a file that holds it.

    Looks at the variable NAME, the file named by NAME_FILE, and the files NAME (or in lower case) in /run/secrets and
    in `$CREDENTIALS_DIRECTORY`. A line break at the end of a file is not part of the secret.

    Raises:
        SettingsError: A file that was named cannot be read.
    """
    if value := environ.get(name):
        return value
    if named := environ.get(f"{name}_FILE"):
        try:
            return _read(Path(named))
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise SettingsError(f"{name}_FILE: {named} cannot be read: {why}") from None
    folders = [folder, *([Path(given)] if (given := environ.get("CREDENTIALS_DIRECTORY")) else [])]
    for path in [place / spelled for place in folders for spelled in (name, name.lower())]:
        try:
            return _read(path)
        except (OSError, UnicodeDecodeError):
            continue
    return None


def lookup(environ: Mapping[str, str] = os.environ, folder: Path = SECRETS_FOLDER) -> Callable[[str], str | None]:
    """What the rules file asks for the values of `${NAME}`."""
    return lambda name: secret(name, environ, folder)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(LARGEST_SECRET).rstrip("\r\n")
