"""A program of the lab that goes to the background (-d), as a test handles it."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from signal import SIGHUP, SIGKILL, SIGTERM, Signals

from tests.lab.labnet import Host
from tests.lab.process import Program
from tests.lab.wait import wait_for

_START_SECONDS = 20.0
_STOP_SECONDS = 20.0
_PR_SET_CHILD_SUBREAPER = 36


def start(host: Host, name: str, *command: object) -> Program:
    """Starts `command` with -d; its log is NAME.log, its pid file NAME.pid in the lab's folder."""
    # What goes to the background becomes our child, so that its exit code can be seen.
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError("this process cannot look after those in the background")
    return host.start(name, *map(str, command), "-d", "-l", f"{name}.log", "-P", f"{name}.pid")


class Daemon:
    """A running one, ready when the constructor returns. The lab stops it at the end."""

    def __init__(self, host: Host, name: str, *command: object,
                 foreground: Program | None = None) -> None:
        """Starts `command`, unless it is there already: `foreground`, by `start`."""
        self.name = name
        self.log = host.lab.folder / f"{name}.log"
        self.pid_file = host.lab.folder / f"{name}.pid"
        self.exit_code: int | None = None
        self.foreground = foreground or start(host, name, *command)
        self.foreground.succeed(_START_SECONDS)
        self.pid = int(self.pid_file.read_text())
        host.lab.programs.append(self)

    def signal(self, number: Signals) -> None:
        os.kill(self.pid, number)

    @property
    def running(self) -> bool:
        if self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == self.pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code is None

    def finish(self, ending: Signals = SIGTERM) -> int:
        """Tells it to end; returns the exit code."""
        self.signal(ending)
        wait_for(lambda: not self.running, _STOP_SECONDS, lambda: f"{self.name} ends\n{self.tail()}")
        assert self.exit_code is not None
        return self.exit_code

    def stop(self) -> None:
        """SIGKILL, when it still runs."""
        if self.running:
            self.finish(SIGKILL)

    def rotate(self) -> Path:
        """Moves the log away as logrotate does, and waits until there is a new one."""
        old = self.log.with_suffix(".log.old")
        self.log.rename(old)
        self.signal(SIGHUP)
        wait_for(self.log.exists, _STOP_SECONDS, f"a new {self.log.name}")
        return old

    def wait_for_log(self, text: str, seconds: float) -> None:
        wait_for(lambda: text in self.log.read_text(), seconds,
                 lambda: f"{text!r} in the log of {self.name}\n{self.tail()}")

    def tail(self) -> str:
        log = self.log.read_text() if self.log.exists() else "(no log)\n"
        return f"--- {self.name}, in the background: {self.log.name}\n{log}"
