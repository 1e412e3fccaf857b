"""The systemd units, as far as the lab has use for them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path("tools/package/systemd")


def settings(program: str) -> dict[str, str]:
    """The last value of each setting of the program's unit."""
    lines = (FOLDER / f"{program}@.service").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def privileges(program: str) -> list[str]:
    """The command that starts another one with the capabilities of the unit, and no more."""
    unit = settings(program)
    names = [name.removeprefix("CAP_").lower() for name in unit["AmbientCapabilities"].split()]
    assert unit["CapabilityBoundingSet"] == unit["AmbientCapabilities"], unit
    only = ",".join(["-all", *(f"+{name}" for name in names)])
    return ["setpriv", "--no-new-privs", "--inh-caps", only, "--ambient-caps", only,
            "--bounding-set", only, "--"]
