"""wrk: what the same connections cost with the kernel's sockets, the client that everyone has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.bench.measure import Cost, Measured
from tests.lab.labnet import Host


@dataclass(frozen=True)
class Wrk:
    connections: int
    per_second: float
    cost: Cost

    @classmethod
    def run(cls, host: Host, url: str, at_once: int, seconds: int, cpu: int | None) -> Wrk:
        """Short connections, one request each, for so many whole seconds."""
        program = Measured(host, ["wrk", "-t", "1", "-c", str(at_once), "-d", f"{seconds}s",
                                  "-H", "Connection: close", url], cpu)
        cost = program.cost()
        text = program.out.read_text()
        requests = re.search(r"(\d+) requests in ", text)
        rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
        assert requests and rate, text
        errors = re.search(r"Non-2xx|Socket errors.*[1-9].*", text)
        assert not errors, text
        return cls(int(requests[1]), float(rate[1]), cost)
