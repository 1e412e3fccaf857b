"""What a program costs, and what many measurements of it say."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from tests.lab.labnet import Host
from tests.lab.wait import wait_until_steady


@dataclass(frozen=True)
class Cost:
    """Of a program from its start to its end."""

    seconds: float  # that passed
    user: float  # seconds of CPU
    system: float

    @property
    def cpu(self) -> float:
        return self.user + self.system


class Measured:
    """A running program whose cost is known at its end. Standard output goes to `out`."""

    _count = 0

    def __init__(self, host: Host, command: list[str], cpu: int | None = None,
                 feed: bool = False) -> None:
        """`cpu`: the only one that it may run on. `feed`: `stdin` is to be written to."""
        Measured._count += 1
        self.command = command
        self.name = f"measured{Measured._count}"
        self.out: Path = host.lab.folder / f"{self.name}.out"
        self.err = self.out.with_suffix(".err")
        # All of these become the next one without a fork, so the cost is that of one process.
        inside = ["setpriv", "--pdeathsig", "KILL", "--", *host.inside(*pinned(command, cpu))]
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self._began = time.monotonic()
            self._process = subprocess.Popen(
                inside, stdin=subprocess.PIPE if feed else subprocess.DEVNULL, stdout=out,
                stderr=err, cwd=host.lab.folder)
        host.lab.programs.append(self)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stdin(self) -> BinaryIO:
        assert self._process.stdin is not None
        return cast(BinaryIO, self._process.stdin)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """What the lab does at its end."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def tail(self) -> str:
        return f"--- {' '.join(self.command)}\n{self.out.read_text()}{self.err.read_text()}"

    def resident(self) -> int:
        """Bytes of memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def cpu_seconds(self) -> float:
        """Of CPU that all of its threads have had so far."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def cost(self) -> Cost:
        """Waits for its end; fails when that was no success."""
        _, status, usage = os.wait4(self._process.pid, 0)
        seconds = time.monotonic() - self._began
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._process.returncode != 0:
            raise AssertionError(f"ended with {self._process.returncode}:\n{self.tail()}")
        return Cost(seconds, usage.ru_utime, usage.ru_stime)


def pinned(command: list[str], cpu: int | None) -> list[str]:
    return command if cpu is None else ["taskset", "-c", str(cpu), *command]


def busy_share(seconds: float) -> float:
    """Of all CPUs of this machine, in the `seconds` to come: how much of them is used."""
    busy, every = _ticks()
    wait_until_steady(lambda: None, 10 * seconds, seconds)
    busy_then, every_then = _ticks()
    return (busy_then - busy) / max(1, every_then - every)


def _ticks() -> tuple[int, int]:
    """Of all CPUs since the machine started: those with something to do, and all."""
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]  # waiting for a disk is idle, too
    return sum(fields) - idle, sum(fields)


@dataclass(frozen=True)
class Spread:
    """The same thing measured several times."""

    median: float
    least: float
    most: float

    @staticmethod
    def of(values: Iterable[float]) -> Spread:
        found = list(values)
        return Spread(statistics.median(found), min(found), max(found))

    def __str__(self) -> str:
        if self.least == self.most:
            return _short(self.median)
        return f"{_short(self.median)} ({_short(self.least)}..{_short(self.most)})"


def _short(value: float) -> str:
    """Three digits that matter, and all before the point."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1e}"
