"""The Dockerfile, as far as it can be checked without building; `deploy/image/try-it.sh` builds and runs."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from monitor.settings import Settings

CHECKOUT = Path(__file__).parents[2]
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
# Instructions, continued lines joined, comments left out.
INSTRUCTIONS = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ").splitlines()


def of(instruction: str, *, stage: int = -1) -> list[str]:
    """The arguments of each such instruction of a stage; the last stage is what is shipped."""
    stages: list[list[str]] = []
    for line in filter(str.strip, INSTRUCTIONS):
        if line.startswith("FROM "):
            stages.append([])
        stages[-1].append(line)
    return [line.split(None, 1)[1].strip() for line in stages[stage] if line.split()[0] == instruction]


def test_both_stages_have_a_base_that_the_locks_support() -> None:
    """Python's own slim image, of a version that the project takes."""
    bases = [of("FROM", stage=stage)[0].split()[0] for stage in (0, -1)]
    wanted = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]

    assert bases[0] == bases[1]
    minor = int(re.fullmatch(r"python:3\.(\d+)-slim", bases[0])[1])  # type: ignore[index]
    assert wanted == ">=3.11,<3.14"
    assert 11 <= minor < 14


def test_packages_come_from_the_hashed_locks() -> None:
    """Nothing from outside is installed without its hash, and nothing is compiled."""
    builds = " ".join(of("RUN", stage=0))
    installs = re.findall(r"(?:\$INSTALL|install) (-r|--no-index)", builds)

    assert "install --require-hashes --only-binary :all:" in builds
    assert installs == ["-r", "-r", "--no-index"]


def test_no_registry_is_named() -> None:
    """Where packages come from is the builder's affair: it is handed in, as a secret that leaves no trace."""
    assert not re.search(r"https?://|index-url|PIP_INDEX", DOCKERFILE)
    assert all("--mount=type=secret,id=pip" in run for run in of("RUN", stage=0) if "$INSTALL -r" in run)


def test_what_is_shipped_runs_nothing_while_it_is_built() -> None:
    """The last stage only copies: no cache, no tool and no mount of the build can stay in it."""
    assert of("RUN") == []


def test_it_is_nobody_by_number() -> None:
    """Kubernetes can tell that a numeric user is not root; the state folder is that user's."""
    user = of("USER")[0]

    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert [copy for copy in of("COPY") if "/state" in copy] == [
        f"--from=build --chown={user} /state /var/lib/budget-monitor"
    ]
    assert of("VOLUME") == ["/var/lib/budget-monitor"]


def test_its_variables_are_settings() -> None:
    """What the image sets of ours is read, and everything that is written goes to the one volume."""
    variables = dict(each.split("=", 1) for each in of("ENV")[0].split())
    ours = {name.lower() for name in variables if name.startswith("MONITOR_")}

    assert ours <= Settings.model_fields.keys()
    assert {variables[name] for name in ("HOME", "TMPDIR", "STATE_DIRECTORY")} == {"/var/lib/budget-monitor"}
    assert Settings(monitor_listen=variables["MONITOR_LISTEN"]).monitor_listen == ("0.0.0.0", int(of("EXPOSE")[0]))


def test_signals_reach_the_program_itself() -> None:
    """The first process is the program, not a shell; its health check is its own command."""
    assert (of("ENTRYPOINT"), of("CMD"), of("STOPSIGNAL")) == (
        ['["python", "-m", "monitor"]'],
        ['["run"]'],
        ["SIGTERM"],
    )
    assert of("HEALTHCHECK")[0].endswith('CMD ["budget-monitor", "healthcheck"]')


@pytest.mark.parametrize("path", ["LICENSE", "README.md", "pyproject.toml", "monitor", "requirements/build.txt"])
def test_what_is_copied_is_let_through(path: str) -> None:
    """The build is shown little: what it copies is among it, and is there."""
    let_through = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert f"!{path}" in let_through
    assert (CHECKOUT / path).exists()
    assert any(path in copy.split() for copy in of("COPY", stage=0))


@pytest.mark.parametrize("script", ["image/try-it.sh", "systemd/try-it.sh", "try-it/lib.sh"])
def test_the_scripts_can_be_read(script: str) -> None:
    """Bash finds no mistake in the form of what only runs as root."""
    path = CHECKOUT / "deploy" / script

    read = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)  # noqa: S603, S607

    assert (read.returncode, read.stderr) == (0, "")
