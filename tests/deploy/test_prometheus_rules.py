"""What Prometheus and Alertmanager are told: checked by their own programs, and against the metrics that there are."""

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from monitor.settings import Settings
from tests.cli.builders import PATIENCE
from tests.deploy.builders import (
    DEPLOY,
    MISSING,
    OF_PROMETHEUS,
    PROMTOOL,
    alerting_rules,
    exported,
    named,
    read_yaml,
    selected,
)

FOLDER = DEPLOY / "prometheus"
AMTOOL = shutil.which("amtool")
RULES = {rule["alert"]: rule for rule in alerting_rules()}
NEEDS_PROMTOOL = pytest.mark.skipif(PROMTOOL is None, reason=f"promtool {MISSING}")
ASKED_FOR = {
    "down": "BudgetMonitorDown",
    "blind": "BudgetMonitorBlind",
    "credentials refused": "BudgetMonitorCredentialsRefused",
    "channel failing": "BudgetMonitorChannelFailing",
    "backlog old": "BudgetMonitorBacklogOld",
    "near the request limit": "BudgetMonitorNearRequestLimit",
    "store failing": "BudgetMonitorDatabaseFailing",
    "rules file refused": "BudgetMonitorRulesRefused",
}


def check(*command: str) -> tuple[int, str]:
    """Exit status and all that a program says about the files of a folder."""
    done = subprocess.run(  # noqa: S603 - found in PATH
        command, cwd=FOLDER, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return done.returncode, done.stdout + done.stderr


@NEEDS_PROMTOOL
def test_promtool_accepts_the_files() -> None:
    """The configuration with its rules is in the language of Prometheus."""
    status, said = check(str(PROMTOOL), "check", "config", "prometheus.yml")

    assert (status, f"SUCCESS: {len(RULES)} rules found" in said) == (0, True), said


@NEEDS_PROMTOOL
def test_every_alert_fires_when_it_should_and_only_then() -> None:
    """`promtool test rules` passes."""
    status, said = check(str(PROMTOOL), "test", "rules", "alerts.test.yml")

    assert (status, "SUCCESS" in said) == (0, True), said


def test_every_alert_is_tested_both_ways() -> None:
    """Each has a case in which it fires, and one in which it does not."""
    cases: dict[str, set[bool]] = defaultdict(set)
    for group in read_yaml(FOLDER / "alerts.test.yml")["tests"]:
        for case in group.get("alert_rule_test", []):
            cases[case["alertname"]].add(bool(case.get("exp_alerts")))

    assert dict(cases) == {name: {True, False} for name in RULES}


@pytest.mark.parametrize("name", ASKED_FOR.values(), ids=ASKED_FOR)
def test_what_must_be_noticed_has_an_alert(name: str) -> None:
    """The ways in which a daemon becomes useless are all looked at."""
    assert name in RULES


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    """It has a severity, a sentence, and a runbook that names a section of the guide."""
    headings = re.findall(r"^#+ (.+)$", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    section = re.search(r"See '([^']+)'\.$", rule["annotations"]["runbook"])

    assert rule["alert"].startswith("BudgetMonitor")
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    assert rule["annotations"]["summary"].endswith(".")
    assert section is not None
    assert section[1] in headings


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_alert_asks_for_what_there_is(rule: dict[str, Any]) -> None:
    """Its metrics exist, and have the labels by which it selects."""
    there = exported() | OF_PROMETHEUS
    metrics = named(rule["expr"])

    assert metrics
    assert metrics - there.keys() == set()
    scraped = ("job", "instance")
    assert {pair for pair in selected(rule["expr"]) if pair[1] not in (*there[pair[0]], *scraped)} == set()


def test_the_daemon_is_scraped_where_compose_runs_it() -> None:
    """Prometheus asks for the service at the port that it listens on, under the job that alerts name."""
    (job,) = read_yaml(FOLDER / "prometheus.yml")["scrape_configs"]
    service = read_yaml(DEPLOY / "compose.yaml")["services"]["budget-monitor"]

    _, port = Settings(monitor_listen=service["environment"]["MONITOR_LISTEN"]).monitor_listen
    assert job["static_configs"] == [{"targets": [f"budget-monitor:{port}"]}]
    assert f'up{{job="{job["job_name"]}"}}' in RULES["BudgetMonitorDown"]["expr"]


@pytest.mark.skipif(AMTOOL is None, reason="amtool is not installed (Debian's package prometheus-alertmanager has it)")
@pytest.mark.parametrize("uncommented", [False, True], ids=["as it is", "with the receivers that it shows"])
def test_amtool_accepts_the_configuration_of_alertmanager(tmp_path: Path, *, uncommented: bool) -> None:
    """Also with the receivers that it shows in comments."""
    text = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    before, receivers = text.split("receivers:\n")
    shown = re.sub(r"^  # ", "  ", receivers, flags=re.MULTILINE) if uncommented else receivers
    config = tmp_path / "alertmanager.yml"
    config.write_text(f"{before}receivers:\n{shown}", encoding="utf-8")

    status, said = check(str(AMTOOL), "check-config", str(config))

    assert (status, f"{3 if uncommented else 1} receivers" in said) == (0, True), said


def test_inhibitions_name_alerts_that_there_are() -> None:
    """What silences another alert, and what it silences, are alerts of alerts.yml."""
    rules = read_yaml(DEPLOY / "alertmanager" / "alertmanager.yml")["inhibit_rules"]
    matchers = [re.fullmatch(r'alertname(=~?)"(.+)"', each["source_matchers"][0]) for each in rules]
    targets = [re.fullmatch(r'alertname(=~?)"(.+)"', each["target_matchers"][0]) for each in rules]

    for matcher in (*matchers, *targets):
        assert matcher is not None
        assert any(re.fullmatch(matcher[2], name) for name in RULES)
