"""What sessions take while nothing happens in them: memory, and CPU.

Clients that connect and stay, from a capture that comes through a pipe and does not end; the target
remembers nothing, so that it holds a million of them.
"""

from __future__ import annotations

import time

from tests.bench.bench_target import RawTarget, introduce
from tests.bench.device_watch import received
from tests.bench.made_capture import Capture
from tests.bench.replay import RunningReplay
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab.labnet import Lab
from tests.lab.wait import wait_for, wait_until_steady

PART = "memory"
_PRODUCTION, _TARGET = "192.0.2.1", "10.0.2.2"
_FIRST_CLIENT = "198.18.0.1"
_PATIENCE = 300.0
_PACKETS = 2  # that open a connection: SYN and ACK
_KIB, _MIB = 1 << 10, 1 << 20


class Memory:
    def __init__(self, lab: Lab, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._here, target_host = lab.host("here"), lab.host("target")
        device, self._device = lab.link(self._here, ["10.0.2.1/24"], target_host, [f"{_TARGET}/24"])
        introduce(self._here, device, _TARGET, target_host, self._device)
        self._target = RawTarget(target_host, "target", self._device, b"", settings.target_cpu)
        self._capture = Capture(_PRODUCTION, 80, _FIRST_CLIENT).idle()
        self._steps = [settings.count(full, smoke) for full, smoke in
                       ((10_000, 100), (100_000, 200), (1_000_000, 400))]
        self._idle_seconds = settings.count(10, 1)

    def run(self) -> None:
        for name, program in self._settings.copiers.items():
            self._measure(name, program)

    def _measure(self, name: str, program: list[str]) -> None:
        # Kept addresses: a million clients are as many 4-tuples. 16 GB, so that none is refused.
        replay = RunningReplay(self._here, program, "-i", "-", "-x", f"80-{_TARGET}:80", "-a",
                               "max", "-c", "keep", "-m", 16_000, "-t", 86_400, "-k", 604_800,
                               "--drain", 0, cpu=self._settings.client_cpu, feed=True)
        measured = replay.measured
        resident = []
        opened = 0
        for count in self._steps:
            self._open(replay, opened, count - opened)
            opened = count
            resident.append(measured.resident())
            self._report.add(PART, f"{name}: RSS with {count:,} idle sessions",
                             [resident[-1] / _MIB], "MiB")
            if count == self._steps[0]:
                self._idle(name, replay)
        measured.interrupt()
        measured.stdin.close()
        done = replay.result()
        self._report.add(PART, f"{name}: sessions opened, of those captured",
                         [100 * done.ended("ended_by_us") / opened], "%")
        slope = (resident[-1] - resident[0]) / (self._steps[-1] - self._steps[0])
        self._report.at_most(PART, f"{name}: RSS of one more idle session", [slope], _KIB, " bytes")
        self._report.at_most(PART, f"{name}: RSS with {opened:,} idle sessions",
                             [resident[-1] / _MIB], 1024, " MiB")

    def _open(self, replay: RunningReplay, first: int, count: int) -> None:
        before = received(self._target.program.pid, self._device)
        self._capture.stream(replay.measured.stdin, first, count)

        def came() -> int:
            return received(self._target.program.pid, self._device) - before
        wait_for(lambda: came() >= _PACKETS * count or not replay.measured.running, _PATIENCE,
                 lambda: f"{_PACKETS * count} packets, {came()} came")
        wait_until_steady(came, _PATIENCE)

    def _idle(self, name: str, replay: RunningReplay) -> None:
        before, began = replay.measured.cpu_seconds(), time.monotonic()
        wait_for(lambda: time.monotonic() - began >= self._idle_seconds, _PATIENCE, "time passes")
        share = (replay.measured.cpu_seconds() - before) / (time.monotonic() - began)
        self._report.at_most(PART, f"{name}: share of a core with {self._steps[0]:,} idle sessions",
                             [100 * share], 0.5, " %")


def run(lab: Lab, settings: Settings, report: Report) -> None:
    Memory(lab, settings, report).run()
