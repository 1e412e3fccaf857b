"""The program under test, as a test handles it."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path

from tests.lab import ledger
from tests.lab.labnet import Host
from tests.lab.process import Program

READY = "ready"
_READY_SECONDS = 15.0
_DRAIN_SECONDS = 30.0


def binary() -> str:
    """The built program; TCPCOPY_BINARY names another one."""
    path = Path(os.environ.get("TCPCOPY_BINARY", "tools/tcpcopy")).absolute()
    if not path.is_file():
        raise SystemExit(f"there is no {path}; build //tools:tcpcopy or set TCPCOPY_BINARY")
    return str(path)


class Copier:
    """A running tcpcopy with a summary file of its own."""

    _count = 0

    def __init__(self, host: Host, *arguments: object, stdin: str = "") -> None:
        """Starts it; what the shell command `stdin` prints comes to its standard input."""
        Copier._count += 1
        name = f"tcpcopy{Copier._count}"
        self.summary = host.lab.folder / f"{name}.json"
        command = [binary(), *map(str, arguments), "--summary-json", str(self.summary)]
        if stdin:
            command = ["bash", "-c", f"exec {shlex.join(command)} < <({stdin})"]
        self.program: Program = host.start(name, *command)

    @classmethod
    def live(cls, host: Host, *arguments: object) -> Copier:
        """Starts a live copy and waits until nothing that is sent from now on can be missed."""
        copier = cls(host, *arguments)
        copier.program.wait_for_output(READY, _READY_SECONDS)
        return copier

    def finish(self, seconds: float = _DRAIN_SECONDS) -> ledger.Ledger:
        """Ctrl-C, drain, and the ledger."""
        self.program.signal(signal.SIGINT)
        return self.result(seconds)

    def result(self, seconds: float) -> ledger.Ledger:
        """The ledger of a run that ends by itself, with success."""
        self.program.succeed(seconds)
        summary = ledger.read(self.summary)
        summary.check()
        return summary
