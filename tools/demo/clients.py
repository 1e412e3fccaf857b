"""The clients of the demo: curl in its many ways, each with a plan that ends by itself."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from tests.lab.labnet import Host
from tests.lab.process import Program

SECONDS = 12  # that the load lasts


@dataclass(frozen=True)
class Group:
    """`clients` curls, each with so many requests a second."""

    name: str
    clients: int
    rate: int
    keep_alive: bool
    body_bytes: tuple[int, int] | None = None  # of POSTs: from, to

    @property
    def requests(self) -> int:
        return self.clients * self.rate * SECONDS

    @property
    def sessions(self) -> int:
        return self.clients if self.keep_alive else self.requests

    def __str__(self) -> str:
        kind = "POST" if self.body_bytes else "GET"
        how = "on one connection each" if self.keep_alive else "on a new connection each time"
        return f"{self.clients} {self.name}, {self.rate} {kind}/s {how}"


GROUPS = (
    Group("readers", clients=10, rate=20, keep_alive=True),
    Group("visitors", clients=8, rate=15, keep_alive=False),
    Group("customers", clients=6, rate=5, keep_alive=True, body_bytes=(100, 20_000)),
    Group("photographers", clients=2, rate=1, keep_alive=True, body_bytes=(200_000, 2_000_000)),
)


def start(host: Host, site: str) -> list[Program]:
    """Starts everybody; each curl ends when its requests are done."""
    programs = []
    for group in GROUPS:
        for number in range(1, group.clients + 1):
            name = f"{group.name}{number}"
            programs.append(host.start(name, *_curl(group, name, site, host.lab.folder)))
    return programs


def _curl(group: Group, name: str, site: str, folder: Path) -> list[str]:
    command = ["curl", "-sS", "-f", "-o", "/dev/null", "-A", f"{name}/1.0",
               "--rate", f"{group.rate}/s"]
    if not group.keep_alive:
        command += ["-H", "Connection: close"]
    if group.body_bytes:
        body = folder / f"{name}.body"
        body.write_bytes(random.randbytes(random.randint(*group.body_bytes)))
        command += ["--data-binary", f"@{body}", "-H", "Content-Type: application/octet-stream"]
    return [*command, f"http://{site}/{name}/[1-{group.rate * SECONDS}]"]
