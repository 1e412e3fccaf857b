"""A production server and a target that were told the same hold the same data."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from tests.lab.wait import wait_for

_SHOWN = 10  # lines of a difference
_WIDTH = 200


class Server(Protocol):
    def data(self) -> list[str]:
        """All data as lines, whose order does not matter."""


def wait_until_equal(production: Server, target: Server, seconds: float) -> None:
    """Until the target has what production has; production's clients are done.

    Production is asked each time, too: memcached leaves out what it is about to move.
    """
    expected: list[str] = []
    found: list[str] = []

    def equal() -> bool:
        expected[:] = sorted(production.data())
        found[:] = sorted(target.data())
        return found == expected
    wait_for(equal, seconds, lambda: "equal data; " + _difference(expected, found))
    assert expected, "production has no data: nothing was compared"


def _difference(expected: Iterable[str], found: Iterable[str]) -> str:
    missing = Counter(expected) - Counter(found)
    extra = Counter(found) - Counter(expected)
    return "\n".join(
        f"only {where} ({lines.total()} lines):\n"
        + "\n".join(f"  {line[:_WIDTH]}" for line in list(lines)[:_SHOWN])
        for where, lines in (("at production", missing), ("at the target", extra)))


def file_tree(folder: Path) -> list[str]:
    """Every file and folder below, each file with its length and a digest."""
    lines = []
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_dir():
            lines.append(f"{name}/")
        else:
            content = path.read_bytes()
            lines.append(f"{name} {len(content)} {hashlib.sha256(content).hexdigest()}")
    return lines
