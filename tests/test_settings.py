"""What the process is told by its environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import pytest

from monitor.settings import Address, Settings, SettingsError, lookup, secret, state_folder


def load(overrides: Mapping[str, object] | None = None, **variables: str) -> Settings:
    """The settings of a process with these variables, and none else of ours."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("MONITOR_", "RESPAN_"))}
    with patch.dict(os.environ, {**others, **variables}, clear=True):
        return Settings.load(**(overrides or {}))


def test_everything_has_a_default() -> None:
    """Nothing need be set but the key."""
    settings = load()

    assert settings.respan_base_url == "https://api.respan.ai"
    assert settings.monitor_rules == Path("rules.toml")
    assert settings.monitor_listen == Address(("127.0.0.1", 9477))
    assert (settings.monitor_log_level, settings.monitor_log_format) == ("info", "auto")
    assert settings.monitor_api_token is None


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("RESPAN_BASE_URL", "https://proxy.example/api", "https://proxy.example/api"),
        ("MONITOR_RULES", "/etc/monitor/rules.toml", Path("/etc/monitor/rules.toml")),
        ("MONITOR_DATABASE_URL", "sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
        ("MONITOR_LISTEN", "0.0.0.0:80", Address(("0.0.0.0", 80))),
        ("MONITOR_LISTEN", " localhost:0 ", Address(("localhost", 0))),
        ("MONITOR_LISTEN", "[::1]:9477", Address(("::1", 9477))),
        ("MONITOR_LOG_LEVEL", "debug", "debug"),
        ("MONITOR_LOG_FORMAT", "json", "json"),
    ],
)
def test_each_variable_is_read(variable: str, text: str, value: object) -> None:
    """A variable sets the setting of its name."""
    assert getattr(load(None, **{variable: text}), variable.lower()) == value


@pytest.mark.parametrize("variable", ["RESPAN_BASE_URL", "MONITOR_RULES", "MONITOR_LISTEN", "MONITOR_LOG_LEVEL"])
def test_an_empty_variable_is_as_if_not_set(variable: str) -> None:
    """A line of a compose file that sets nothing changes nothing."""
    assert getattr(load(None, **{variable: ""}), variable.lower()) == getattr(load(), variable.lower())


def test_the_command_line_wins() -> None:
    """What is given explicitly comes before the environment; None was not given."""
    given = {"monitor_rules": Path("b.toml"), "monitor_log_level": None}

    settings = load(given, MONITOR_RULES="a.toml", MONITOR_LOG_LEVEL="error")

    assert (settings.monitor_rules, settings.monitor_log_level) == (Path("b.toml"), "error")


def test_no_dotenv_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stray file in the working folder does not decide where a daemon writes."""
    (tmp_path / ".env").write_text("MONITOR_DATABASE_URL=sqlite:////elsewhere.db\n")
    monkeypatch.chdir(tmp_path)

    assert load().monitor_database_url is None


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("MONITOR_LISTEN", "9477", "MONITOR_LISTEN: it must be HOST:PORT, such as 127.0.0.1:9477"),
        ("MONITOR_LISTEN", ":9477", "MONITOR_LISTEN: it must be HOST:PORT, such as 127.0.0.1:9477"),
        ("MONITOR_LISTEN", "localhost:http", "MONITOR_LISTEN: it must be HOST:PORT, such as 127.0.0.1:9477"),
        ("MONITOR_LISTEN", "localhost:65536", "MONITOR_LISTEN: it must be HOST:PORT, such as 127.0.0.1:9477"),
        ("MONITOR_LISTEN", "localhost:-1", "MONITOR_LISTEN: it must be HOST:PORT, such as 127.0.0.1:9477"),
        ("MONITOR_LISTEN", "localhost:²", "MONITOR_LISTEN: it must be HOST:PORT, such as 127.0.0.1:9477"),
        ("MONITOR_LOG_LEVEL", "chatty", "MONITOR_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'"),
        ("MONITOR_LOG_FORMAT", "xml", "MONITOR_LOG_FORMAT: Input should be 'auto', 'console' or 'json'"),
    ],
)
def test_a_variable_that_cannot_be_read(variable: str, text: str, said: str) -> None:
    """The error names the variable and what it may be."""
    with pytest.raises(SettingsError) as caught:
        load(None, **{variable: text})

    assert str(caught.value) == said


def test_all_wrong_variables_are_told_at_once() -> None:
    """Nobody has to start twice to find the second."""
    with pytest.raises(SettingsError) as caught:
        load(MONITOR_LISTEN="x", MONITOR_LOG_LEVEL="y")

    assert "MONITOR_LISTEN: " in str(caught.value)
    assert "MONITOR_LOG_LEVEL: " in str(caught.value)


def test_the_token_does_not_show() -> None:
    """Neither repr nor text of the settings holds it."""
    settings = load(MONITOR_API_TOKEN="token-nobody-sees")

    assert settings.monitor_api_token is not None
    assert settings.monitor_api_token.get_secret_value() == "token-nobody-sees"
    assert "nobody-sees" not in f"{settings!r} {settings}"


def test_the_token_may_come_from_a_file(tmp_path: Path) -> None:
    """A token is a secret like the key."""
    (tmp_path / "token").write_text("from-a-file\n")

    settings = load(MONITOR_API_TOKEN_FILE=str(tmp_path / "token"))

    assert settings.monitor_api_token is not None
    assert settings.monitor_api_token.get_secret_value() == "from-a-file"


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"STATE_DIRECTORY": "/var/lib/budget-monitor"}, "/var/lib/budget-monitor"),
        ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}, "/var/lib/a"),
        ({"XDG_STATE_HOME": "/home/ada/.state"}, "/home/ada/.state/budget-monitor"),
        ({"STATE_DIRECTORY": "/var/lib/a", "XDG_STATE_HOME": "/x"}, "/var/lib/a"),
        ({}, str(Path.home() / ".local/state/budget-monitor")),
    ],
)
def test_where_state_is_kept(environ: dict[str, str], folder: str) -> None:
    """In the folder of the service, else in the user's own."""
    assert state_folder(environ) == Path(folder)


def test_the_database_is_in_the_state_folder() -> None:
    """Where no URL is set it is SQLite, there."""
    with patch.dict(os.environ, {"STATE_DIRECTORY": "/var/lib/x"}):
        assert load().database_url == "sqlite:////var/lib/x/monitor.db"


@pytest.mark.parametrize(
    ("address", "text"), [(("127.0.0.1", 9477), "127.0.0.1:9477"), (("::1", 80), "[::1]:80"), (("host", 0), "host:0")]
)
def test_an_address_is_written_as_it_is_read(address: tuple[str, int], text: str) -> None:
    """Brackets stand around what holds colons itself."""
    assert str(Address(address)) == text
    assert load(MONITOR_LISTEN=text).monitor_listen == Address(address)


def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The folder of container secrets and that of service credentials, both empty."""
    secrets, credentials = tmp_path / "secrets", tmp_path / "credentials"
    secrets.mkdir()
    credentials.mkdir()
    return secrets, credentials


def test_where_a_secret_is_looked_for(tmp_path: Path) -> None:
    """The variable wins over the named file, that over container secrets, those over service credentials."""
    secrets, credentials = folders(tmp_path)
    (tmp_path / "named").write_text("from the named file\n")
    (secrets / "THE_KEY").write_text("from the container\r\n")
    (credentials / "the_key").write_text("from the service")
    environ = {
        "THE_KEY": "from the variable",
        "THE_KEY_FILE": str(tmp_path / "named"),
        "CREDENTIALS_DIRECTORY": str(credentials),
    }

    found = [secret("THE_KEY", environ, secrets)]
    del environ["THE_KEY"]
    found.append(secret("THE_KEY", environ, secrets))
    del environ["THE_KEY_FILE"]
    found.append(secret("THE_KEY", environ, secrets))
    (secrets / "THE_KEY").unlink()
    found.append(secret("THE_KEY", environ, secrets))
    del environ["CREDENTIALS_DIRECTORY"]
    found.append(secret("THE_KEY", environ, secrets))

    assert found == ["from the variable", "from the named file", "from the container", "from the service", None]


@pytest.mark.parametrize("name", ["RESPAN_API_KEY", "respan_api_key"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_secret_file_has_either_spelling(tmp_path: Path, name: str, place: int) -> None:
    """Container and service secrets are often in lower case."""
    both = folders(tmp_path)
    (both[place] / name).write_text("the key\n")

    found = lookup({"CREDENTIALS_DIRECTORY": str(both[1])}, both[0])("RESPAN_API_KEY")

    assert found == "the key"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_named_file_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    """Whoever names a file wants that one: the variable, the path and the reason are told, the content is not."""
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        secret("THE_KEY", {"THE_KEY_FILE": str(path)}, tmp_path / "none")

    reason = "No such file or directory" if content is None else "it is not text"
    assert str(caught.value) == f"THE_KEY_FILE: {path} cannot be read: {reason}"


def test_a_folder_in_the_place_of_a_secret_is_none(tmp_path: Path) -> None:
    """Something else of that name is passed over."""
    secrets, _ = folders(tmp_path)
    (secrets / "THE_KEY").mkdir()

    assert secret("THE_KEY", {}, secrets) is None


def test_a_huge_secret_does_not_fill_the_memory(tmp_path: Path) -> None:
    """A wrong path, to a device say, is read only so far."""
    assert len(secret("THE_KEY", {"THE_KEY_FILE": "/dev/zero"}, tmp_path) or "") == 65536
