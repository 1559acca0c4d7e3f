"""The files of deploy/, read as their programs read them, and a Prometheus that runs with them."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from prometheus_client import CollectorRegistry
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from monitor.web.families import FAMILIES, Kind
from tests.prometheus.test_prometheus import configured

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROMTOOL = shutil.which("promtool")
PROMETHEUS = shutil.which("prometheus")
MISSING = "is not installed (Debian's package prometheus has it)"

OF_PROMETHEUS = {"up": ("job", "instance"), "ALERTS": ("alertname", "alertstate", "severity")}
"""What Prometheus makes by itself, with its labels."""


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - whatever the file says
    """The only document of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_documents(text: str) -> list[Any]:
    """All documents of a YAML text."""
    return list(yaml.safe_load_all(text))


def exported() -> dict[str, tuple[str, ...]]:
    """Every sample that the daemon exports, by name, with its labels."""
    samples: dict[str, tuple[str, ...]] = {}
    for family in FAMILIES:
        samples[family.exposed] = family.labels
        if family.kind is Kind.HISTOGRAM:
            samples[f"{family.name}_bucket"] = (*family.labels, "le")
            samples |= {f"{family.name}_{suffix}": family.labels for suffix in ("sum", "count")}
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    for metric in registry.collect():
        samples |= {sample.name: tuple(sample.labels) for sample in metric.samples}
    return samples


def named(expression: str) -> set[str]:
    """The metrics that an expression of PromQL names."""
    bare = re.sub(
        r'"[^"]*"', "", re.sub(r'\{__name__=~"([^"]*)"\}', lambda names: names[1].replace("|", " "), expression)
    )
    return set(re.findall(r"\b(?:budget_monitor_\w+|process_\w+|python_\w+|up|ALERTS)\b", bare))


def selected(expression: str) -> set[tuple[str, str]]:
    """The (metric, label) pairs that an expression selects by."""
    return {
        (metric, label)
        for metric, selector in re.findall(r"\b(\w+)\{((?:[^}\"]|\"[^\"]*\")*)\}", expression)
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", selector)
    }


@dataclass(frozen=True)
class Panel:
    """A panel of a dashboard.

    Attributes:
        board: File of the dashboard.
        said: As the file has it.
    """

    board: str
    said: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.board}: {self.said['title']}"

    @property
    def targets(self) -> list[dict[str, Any]]:
        """Its queries."""
        return list(self.said["targets"])


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard, by the name of its file."""
    folder = DEPLOY / "grafana" / "dashboards"
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def panels() -> list[Panel]:
    """Every panel of every dashboard but the headings of rows."""
    return [
        Panel(name, panel)
        for name, board in dashboards().items()
        for panel in board["panels"]
        if panel["type"] != "row"
    ]


def alerting_rules() -> list[dict[str, Any]]:
    """The rules of alerts.yml."""
    groups = read_yaml(DEPLOY / "prometheus" / "alerts.yml")["groups"]
    return [rule for group in groups for rule in group["rules"]]


@contextmanager
def prometheus(folder: Path, **targets: str) -> Iterator[str]:
    """The address of a Prometheus with the files of deploy/, but a scrape and an evaluation every second.

    Args:
        folder: For its configuration and its data.
        **targets: Addresses of the jobs, with `_` for `-` in their names; of ours and of what a test adds.
    """
    config = read_yaml(DEPLOY / "prometheus" / "prometheus.yml")
    shutil.copy(DEPLOY / "prometheus" / "alerts.yml", folder)
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    del config["alerting"]
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    for name, target in targets.items():
        job = jobs.setdefault(name.replace("_", "-"), {"job_name": name.replace("_", "-")})
        job["static_configs"] = [{"targets": [target]}]
    config["scrape_configs"] = list(jobs.values())
    with configured(folder, config) as server:
        yield server
