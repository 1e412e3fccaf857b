"""The suite's own programs, built beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.bench.measure import Measured


def path(name: str) -> str:
    """BENCH_PROGRAMS names another folder than that of the runfiles."""
    program = Path(os.environ.get("BENCH_PROGRAMS", "tests/bench"), name).absolute()
    if not program.is_file():
        raise SystemExit(f"there is no {program}; build //tests/bench or set BENCH_PROGRAMS")
    return str(program)


def answer(program: Measured) -> dict[str, Any]:
    """What a program that prints one object of JSON printed; waits for its end."""
    program.cost()
    return printed(program)


def printed(program: Measured) -> dict[str, Any]:
    """The same of one that has ended."""
    found: dict[str, Any] = json.loads(program.out.read_text())
    return found
