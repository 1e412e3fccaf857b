"""The systemd units, as far as the lab has use for them."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).absolute().parents[2] / "tools/package/systemd"


def _lines(program: str) -> list[list[str]]:
    lines = (FOLDER / f"{program}@.service").read_text().splitlines()
    return [line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")]


def settings(program: str) -> dict[str, str]:
    """The last value of each setting of the program's unit."""
    return {name: value for name, value in _lines(program)}


def all_of(program: str, setting: str) -> list[str]:
    """All values of one setting."""
    return [value for name, value in _lines(program) if name == setting]


def starter(program: str) -> list[str]:
    """The command that starts another one with the capabilities of the unit, and no more, in its
    sandbox."""
    unit = settings(program)
    names = [name.removeprefix("CAP_").lower() for name in unit["AmbientCapabilities"].split()]
    assert unit["CapabilityBoundingSet"] == unit["AmbientCapabilities"], unit
    only = ",".join(["-all", *(f"+{name}" for name in names)])
    return ["setpriv", "--no-new-privs", "--inh-caps", only, "--ambient-caps", only,
            "--bounding-set", only, "--", sys.executable, "-P", "-B", "-m", "tests.lab.confined",
            program, "--"]
