"""Writes pip's configuration as it is on this machine into one file, for a build elsewhere; prints the paths it names.

Usage: python3 pip_configuration.py FILE
"""

# ruff: noqa: INP001, T201  # a script, not a part of the program

import ast
import subprocess
import sys
from pathlib import Path

# Where pip's defaults are meant for this machine alone.
LOCAL = {"cache-dir", "log", "target", "prefix", "user", "require-virtualenv", "break-system-packages"}


def main(target: Path) -> None:
    """Write the file; print each existing absolute path in it, one a line."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    # Later lines win: pip lists files first, from the machine's to the user's, and the environment after them.
    options: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        name, equals, value = line.partition("=")
        option = name.rpartition(".")[2]
        if equals and option not in LOCAL:
            options[option] = str(ast.literal_eval(value))
    lines = [f"{option} = {' '.join(value.split())}" for option, value in options.items()]
    target.write_text("\n".join(["[global]", *lines, ""]), encoding="utf-8")
    words = {word.removeprefix("file://") for value in options.values() for word in value.split()}
    places = {Path(word) for word in words if word.startswith("/")}
    # An index of files links to files beside it.
    places |= {place.parent for place in places if place.name == "simple"}
    for place in sorted(place for place in places if place.exists()):
        print(place)


main(Path(sys.argv[1]))
