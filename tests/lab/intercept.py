"""The intercept under test, as a test handles it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.lab.labnet import Host
from tests.lab.process import Program

READY = "ready: "  # and not "already"
PORT = 36524  # where it listens, and tcpcopy looks for it, when nobody says otherwise
_SECONDS = 15.0


def binary() -> str:
    """The built program; INTERCEPT_BINARY names another one."""
    path = Path(os.environ.get("INTERCEPT_BINARY", "tools/intercept")).absolute()
    if not path.is_file():
        raise SystemExit(f"there is no {path}; build //tools:intercept or set INTERCEPT_BINARY")
    return str(path)


class Intercept:
    """A running intercept, ready when the constructor returns."""

    _count = 0

    def __init__(self, host: Host, *arguments: object, prefix: tuple[str, ...] = ()) -> None:
        """`prefix` is a command that starts it, such as setpriv."""
        Intercept._count += 1
        self.program: Program = host.start(f"intercept{Intercept._count}", *prefix, binary(),
                                           *map(str, arguments))
        self.program.wait_for_output(READY, _SECONDS)

    def finish(self) -> str:
        """Ctrl-C; returns all that it said."""
        self.program.signal(signal.SIGINT)
        self.program.succeed(_SECONDS)
        return self.program.output()

    def kill(self) -> None:
        """The end without a farewell."""
        self.program.signal(signal.SIGKILL)
        self.program.wait(_SECONDS)
