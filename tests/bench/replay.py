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
        return int(self.summary["sessions"]["outcomes"]["completed"])

    @property
    def sent(self) -> int:
        """Packets."""
        return int(self.summary["packets"]["sent"])


class RunningReplay:
    """A tcpcopy that may have to be stopped."""

    _count = 0

    def __init__(self, host: Host, binary: str, *arguments: object, cpu: int | None = None) -> None:
        RunningReplay._count += 1
        self._summary = host.lab.folder / f"replay{RunningReplay._count}.json"
        self.measured = Measured(host, [binary, *map(str, arguments),
                                        "--summary-json", str(self._summary)], cpu)

    def result(self) -> Replay:
        cost = self.measured.cost()
        return Replay(json.loads(self._summary.read_text()), cost)
