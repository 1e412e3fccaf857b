"""A run of tcpcopy whose cost is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.bench.measure import Cost, Measured
from tests.lab.labnet import Host


@dataclass(frozen=True)
class Replay:
    summary: dict[str, Any]  # of --summary-json
    cost: Cost

    @property
    def completed(self) -> int:
        return self.ended("completed")

    def ended(self, outcome: str) -> int:
        return int(self.summary["sessions"]["outcomes"][outcome])

    @property
    def sent(self) -> int:
        """Packets."""
        return int(self.summary["packets"]["sent"])


class RunningReplay:
    """A tcpcopy that may have to be stopped. `program` is it, or begins with one that starts it."""

    _count = 0

    def __init__(self, host: Host, program: list[str], *arguments: object, cpu: int | None = None,
                 feed: bool = False) -> None:
        RunningReplay._count += 1
        self._summary = host.lab.folder / f"replay{RunningReplay._count}.json"
        self.measured = Measured(host, [*program, *map(str, arguments),
                                        "--summary-json", str(self._summary)], cpu, feed)

    def result(self) -> Replay:
        cost = self.measured.cost()
        return Replay(json.loads(self._summary.read_text()), cost)
