"""The systemd unit and its guide, as far as they can be checked without booting; `deploy/systemd/try-it.sh` boots."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = FOLDER / "budget-monitor.service"
GUIDE = FOLDER / "README.md"
INSTALLED = "/opt/budget-monitor/bin/budget-monitor"


def settings_of(unit: str) -> dict[str, list[str]]:
    """The values of each setting, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_watchdog_leaves_time_for_several_feedings() -> None:
    """The daemon tells how it is every five seconds; the watchdog waits for many of these."""
    unit = settings_of(UNIT.read_text(encoding="utf-8"))

    assert unit["Type"] == ["notify"]
    assert unit["WatchdogSec"] == ["60s"]


def test_a_wrong_file_is_not_tried_again_and_anything_else_is() -> None:
    """Exit status 2 is a matter for people; whatever else ends it is not."""
    unit = settings_of(UNIT.read_text(encoding="utf-8"))

    assert (unit["Restart"], unit["RestartPreventExitStatus"]) == (["always"], ["2"])


def test_no_key_is_in_the_environment() -> None:
    """The key is a credential, and the sample of the environment has none."""
    unit = settings_of(UNIT.read_text(encoding="utf-8"))

    assert [value.partition(":")[0] for value in unit["LoadCredential"]] == ["RESPAN_API_KEY"]
    assert not re.search(r"KEY|TOKEN", "\n".join(unit["Environment"]))
    assert not re.search(r"^#?\w*(KEY|TOKEN)\w*=", (FOLDER / "environment").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_sample_of_the_environment_has_variables_of_the_program() -> None:
    """Each of ours is a setting, and nothing is set by the sample as it stands."""
    sample = (FOLDER / "environment").read_text(encoding="utf-8")
    named = re.findall(r"^#([A-Z_]+)=", sample, re.MULTILINE)

    assert [name for name in named if not name.endswith("_PROXY") and name.lower() not in Settings.model_fields] == []
    assert not [line for line in sample.splitlines() if line and not line.startswith("#")]


def test_the_guide_is_ten_lines_at_most_and_installs_this_unit() -> None:
    """What it copies is there, and the unit starts what it installs."""
    lines = GUIDE.read_text(encoding="utf-8").split("```sh\n")[1].split("```")[0].splitlines()
    copied = re.findall(r"\b((?:deploy|requirements)/\S+)", "\n".join(lines))

    assert len(lines) <= 10
    assert [path for path in copied if not (FOLDER.parents[1] / path).exists()] == []
    assert f"ExecStart={INSTALLED} run" in UNIT.read_text(encoding="utf-8").splitlines()
    assert f"python3 -m venv {Path(INSTALLED).parents[1]}" in lines


analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")


@analyze
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    """Every setting is known, and every value can be read."""
    # Installed nowhere here: the program's place is taken by one that is there.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(INSTALLED, "/bin/true"), encoding="utf-8")

    verified = _systemd_analyze("verify", str(unit))

    assert [line for line in verified.stderr.splitlines() if UNIT.name in line] == []


@analyze
def test_its_exposure_is_at_most_1_5() -> None:
    """By systemd's own measure, from 0 (nothing can be done to it) to 10."""
    told = _systemd_analyze("security", "--offline=true", "--threshold=15", str(UNIT))
    if "unrecognized option" in told.stderr:
        pytest.skip("this systemd-analyze cannot measure a file")

    measured = re.search(r"exposure level for budget-monitor.service: ([0-9.]+)", told.stdout)
    assert measured is not None, told.stdout + told.stderr
    assert float(measured[1]) <= 1.5


def _systemd_analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a program of the system
        ["systemd-analyze", *arguments],  # noqa: S607 - wherever it is
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "cat"},
    )
