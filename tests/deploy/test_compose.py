"""compose.yaml: what it starts, what it needs, and that the daemon in it sees what the demo's API tells."""

import re
from pathlib import Path
from typing import Any

import pytest

from monitor.demo.world import KEY
from tests.cli.builders import Desk
from tests.deploy.builders import DEPLOY, read_yaml
from tests.notify.receivers import free_port
from tests.prometheus.test_prometheus import get

TEXT = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
COMPOSE = read_yaml(DEPLOY / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EVERY_SERVICE = pytest.mark.parametrize("name", SERVICES)
VARIABLE = re.compile(r"\$\{(\w+)(?::?[-?]([^}]*))?\}")


def settings(name: str) -> dict[str, str]:
    """The lines of a file of variables, those in comments among them."""
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"#?([A-Z_]+)=(.*)", line) for line in lines]
    return {each[1]: each[2] for each in found if each}


def filled(text: str, values: dict[str, str]) -> str:
    """A text with its variables in place."""
    return VARIABLE.sub(lambda found: values.get(found[1]) or found[2] or "", text)


@EVERY_SERVICE
def test_an_image_is_named_with_its_version(name: str) -> None:
    """What runs tomorrow is what runs today: a version to the last digit, or our own image, built here."""
    service = SERVICES[name]

    if "build" in service:
        assert (service["image"], service["build"]) == ("budget-monitor", "..")
        assert (DEPLOY / service["build"] / "Dockerfile").exists()
    else:
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", service["image"])


@EVERY_SERVICE
def test_a_service_says_when_it_is_healthy(name: str) -> None:
    """Each has a health check, and whatever waits for it waits for that."""
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert how == {"condition": "service_healthy"}
        assert needed in SERVICES


@EVERY_SERVICE
def test_a_service_can_do_little(name: str) -> None:
    """None has capabilities or gets more, none is reached from another machine; ours are held in memory and on disk."""
    service = SERVICES[name]

    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    ours = "build" in service
    assert (service.get("read_only"), service.get("mem_limit")) == ((True, "384m") if ours else (None, None))


@EVERY_SERVICE
def test_what_is_mounted_is_there(name: str) -> None:
    """Files of this folder exist, and volumes are declared: a container engine would make up what is missing."""
    for volume in SERVICES[name].get("volumes", []):
        source = filled(volume["source"], {}) if isinstance(volume, dict) else volume.split(":")[0]
        if source == "./secrets":  # anybody's own, of which nothing is shipped
            continue
        assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_every_variable_is_explained() -> None:
    """What compose.yaml asks the environment for stands in .env.example, and nothing else but what channels need."""
    asked = {found[1] for found in VARIABLE.finditer(re.sub(r"(?m)^\s*#.*$", "", TEXT))}
    explained = settings(".env.example")

    # Who has a stand-in for the API knows where it is; nobody else needs another address.
    assert asked - explained.keys() == {"RESPAN_BASE_URL"}
    assert explained.keys() - asked == {"SLACK_URL"}
    assert [name for name, value in explained.items() if not value] == ["RESPAN_API_KEY", "MONITOR_API_TOKEN"]


def test_without_a_key_nothing_starts() -> None:
    """The only thing that must be given is asked for in a sentence, which names the demo too."""
    required = re.findall(r"\$\{(\w+):\?([^}]+)\}", TEXT)

    assert [name for name, _ in required] == ["RESPAN_API_KEY"]
    assert ".env.example" in required[0][1]
    assert "demo" in required[0][1]


def test_the_demo_adds_the_api_and_changes_nothing_else() -> None:
    """The profile has one service more; demo.env leads the daemon there, with the key that it takes."""
    demo = settings("demo.env")
    host, port = demo["RESPAN_BASE_URL"].removeprefix("http://").split(":")

    assert [name for name, service in SERVICES.items() if "profiles" in service] == [host]
    assert SERVICES[host]["profiles"] == ["demo"]
    assert SERVICES[host]["environment"]["MONITOR_LISTEN"].endswith(f":{port}")
    assert demo["RESPAN_API_KEY"] == KEY
    assert (DEPLOY / demo["RULES_FILE"]).exists()


def test_the_daemon_sees_what_the_demo_tells(tmp_path: Path) -> None:
    """Both services without containers, as they are but for addresses: the key is taken, alerts are raised."""
    demo = settings("demo.env")
    api, daemon = SERVICES["demo-api"], SERVICES["budget-monitor"]
    address = f"127.0.0.1:{free_port()}"
    told = {name: filled(value, demo) for name, value in daemon["environment"].items()}
    assert told["RESPAN_BASE_URL"] == demo["RESPAN_BASE_URL"]
    told |= {
        "RESPAN_BASE_URL": f"http://{address}",
        "MONITOR_LISTEN": "127.0.0.1:0",
        "MONITOR_RULES": str(DEPLOY / demo["RULES_FILE"]),
        "STATE_DIRECTORY": str(tmp_path),
        "NO_PROXY": "127.0.0.1",
    }

    with Desk(tmp_path, {"MONITOR_LISTEN": address}).process(*api["command"]) as stand_in:
        stand_in.line("made-up API")
        with Desk(tmp_path, told).process("run") as process:
            served = process.address()
            process.line("Atlas Freight")
            scrape = get(f"{served}/metrics")

    assert 'budget_monitor_credentials_refused{environment="prod"} 0.0' in scrape
    assert re.search(r'budget_monitor_alerts\{environment="prod".+state="firing"\} [1-9]', scrape)


def test_secrets_are_not_committed() -> None:
    """What holds keys is ignored by git."""
    ignored = (DEPLOY / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert {".env", "secrets/"} <= set(ignored)
    assert SERVICES["budget-monitor"]["env_file"] == [{"path": ".env", "required": False}]
