"""The dashboards as files: what Grafana needs to show them, and what a person needs to read them."""

from collections import Counter
from itertools import combinations
from typing import Any

import pytest

from tests.deploy.builders import (
    DEPLOY,
    OF_PROMETHEUS,
    Panel,
    dashboards,
    exported,
    named,
    panels,
    read_yaml,
    selected,
)

BOARDS = dashboards()
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
TYPES = {"stat", "timeseries", "table", "bargauge"}
EVERY_PANEL = pytest.mark.parametrize("panel", panels(), ids=str)


def expressions() -> list[str]:
    """Whatever a dashboard asks Prometheus: queries of panels, of variables, of annotations."""
    return [
        *(target["expr"] for panel in panels() for target in panel.targets),
        *(
            each["definition"]
            for board in BOARDS.values()
            for each in board["templating"]["list"]
            if "definition" in each
        ),
        *(each["expr"] for board in BOARDS.values() for each in board["annotations"]["list"] if "expr" in each),
    ]


def test_there_are_two_dashboards() -> None:
    """One for whoever minds the money, one for whoever minds the daemon; each leads to the other."""
    assert {name: board["title"] for name, board in BOARDS.items()} == {
        "budgets.json": "Budgets",
        "daemon.json": "The daemon",
    }
    links = {board["uid"]: [link["url"] for link in board["links"]] for board in BOARDS.values()}
    assert links == {
        "budget-monitor-budgets": ["/d/budget-monitor-daemon"],
        "budget-monitor-daemon": ["/d/budget-monitor-budgets"],
    }


@pytest.mark.parametrize(
    ("file", "variables"), [("budgets.json", {"environment", "rule"}), ("daemon.json", {"environment", "channel"})]
)
def test_variables_narrow_down_what_is_shown(file: str, variables: set[str]) -> None:
    """Each has a label and a description, begins with everything, and is used."""
    listed = {each["name"]: each for each in BOARDS[file]["templating"]["list"]}

    assert set(listed) == {"datasource", *variables}
    used = " ".join(target["expr"] for panel in panels() if panel.board == file for target in panel.targets)
    for name in variables:
        assert listed[name]["label"]
        assert listed[name]["description"]
        assert listed[name]["current"]["value"] == ["$__all"]
        assert listed[name]["datasource"] == SOURCE
        assert f'=~"${name}"' in used


@pytest.mark.parametrize("file", BOARDS)
def test_panels_have_ids_of_their_own_and_do_not_overlap(file: str) -> None:
    """Grafana tells panels by their ids, and lays them out on 24 columns."""
    placed = [(panel["id"], panel["gridPos"]) for panel in BOARDS[file]["panels"]]

    assert [number for number, count in Counter(number for number, _ in placed).items() if count > 1] == []
    assert [number for number, at in placed if at["x"] + at["w"] > 24] == []
    assert [(one, other) for (one, at), (other, to) in combinations(placed, 2) if overlap(at, to)] == []


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether two places share a cell."""
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


@EVERY_PANEL
def test_a_panel_can_be_read_by_who_was_not_told(panel: Panel) -> None:
    """It has a title, sentences that say what it shows, a unit, and a name for each line."""
    said = panel.said
    unit = said["fieldConfig"]["defaults"].get("unit")

    assert said["type"] in TYPES
    assert said["title"]
    assert len(said["description"]) > 30
    assert said["description"].endswith(".")
    assert unit
    assert said["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None
    if said["type"] != "table":
        assert all(target["legendFormat"] not in ("", "__auto") for target in panel.targets)


@EVERY_PANEL
def test_a_panel_asks_the_chosen_prometheus(panel: Panel) -> None:
    """Panel and queries go to the source that the variable names, and each query has a letter of its own."""
    assert panel.said["datasource"] == SOURCE
    assert [target["datasource"] for target in panel.targets] == [SOURCE] * len(panel.targets)
    letters = [target["refId"] for target in panel.targets]
    assert letters == sorted(set(letters))


@EVERY_PANEL
def test_what_is_counted_is_counted_once(panel: Panel) -> None:
    """Where a point counts what is new since the point before, points are as far apart as they look back."""
    looks_back = any("$__interval" in target["expr"] for target in panel.targets)

    assert panel.said.get("interval") == ("1m" if looks_back else None)
    assert looks_back == (panel.said["fieldConfig"]["defaults"].get("custom", {}).get("drawStyle") == "bars")


@EVERY_PANEL
def test_a_table_shows_every_query_under_a_name(panel: Panel) -> None:
    """Each query of a table becomes a column with a name and a unit of its own."""
    if panel.said["type"] != "table":
        return
    (organize,) = [each["options"] for each in panel.said["transformations"] if each["id"] == "organize"]
    columns = {organize["renameByName"][f"Value #{target['refId']}"] for target in panel.targets}
    overridden: dict[str, Any] = {
        each["matcher"]["options"]: {prop["id"] for prop in each["properties"]}
        for each in panel.said["fieldConfig"]["overrides"]
    }

    assert all(target["format"] == "table" and target["instant"] for target in panel.targets)
    assert {name for name in columns if "unit" not in overridden.get(name, set())} == set()
    assert panel.said["options"]["sortBy"][0]["displayName"] in columns


def test_every_metric_exists() -> None:
    """What the dashboards name is exported by the daemon or made by Prometheus."""
    there = exported().keys() | OF_PROMETHEUS.keys()

    assert {name for expression in expressions() for name in named(expression)} - there == set()


def test_every_label_exists() -> None:
    """A selector by a label that a metric does not have would match everything, or nothing."""
    there = exported() | OF_PROMETHEUS
    asked = {pair for expression in expressions() for pair in selected(expression)}

    assert {(metric, label) for metric, label in asked if label not in there[metric]} == set()
    assert len(asked) > 30


def test_provisioning_leads_to_the_dashboards() -> None:
    """Grafana finds the dashboards where compose.yaml puts them, and Prometheus under its name there."""
    compose = read_yaml(DEPLOY / "compose.yaml")["services"]
    (provider,) = read_yaml(DEPLOY / "grafana" / "provisioning" / "dashboards" / "dashboards.yaml")["providers"]
    (source,) = read_yaml(DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yaml")["datasources"]
    mounted = dict(volume.removesuffix(":ro").split(":") for volume in compose["grafana"]["volumes"])

    assert mounted["./grafana/dashboards"] == provider["options"]["path"]
    assert mounted["./grafana/provisioning"] == "/etc/grafana/provisioning"
    home = compose["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/budgets.json"
    assert (source["type"], source["url"], source["isDefault"]) == ("prometheus", "http://prometheus:9090", True)
    scraped = read_yaml(DEPLOY / "prometheus" / "prometheus.yml")["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scraped
