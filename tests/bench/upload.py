"""One session that sends much: what a megabyte costs, and how few packets it leaves as.

Beside it the same from a socket of the kernel, which joins segments, too; and tcpcopy by raw IP
packets, where each segment goes by itself. As in `offline`, what the target's kernel does with a
packet until it is queued there is in all of these.
"""

from __future__ import annotations

import sys
from collections import defaultdict

from tests.bench import programs
from tests.bench.bench_target import introduce
from tests.bench.device_watch import DeviceWatch
from tests.bench.made_capture import Capture
from tests.bench.measure import Measured, pinned
from tests.bench.replay import RunningReplay
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab.labnet import Lab

PART = "upload"
_PRODUCTION, _TARGET, _PORT = "192.0.2.1", "10.0.2.2", 9000
_KERNEL = "a socket of the kernel"
_MEGABYTE = 1_000_000
_START_SECONDS = 20.0


class Upload:
    def __init__(self, lab: Lab, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._here, there = lab.host("here"), lab.host("target")
        device, self._device = lab.link(self._here, ["10.0.2.1/24"], there, [f"{_TARGET}/24"])
        introduce(self._here, device, _TARGET, there, self._device)
        self._megabytes = settings.count(128, 1)
        self._sink = there.start("sink", *pinned(self._python("byte_sink", _TARGET, _PORT),
                                                 settings.target_cpu))
        self._sink.wait_for_output("ready", _START_SECONDS)
        self._capture = Capture(_PRODUCTION, _PORT, "198.18.0.1").upload(
            self._megabytes * _MEGABYTE).write(lab.folder / "upload.pcap", 1, 1)
        self._found: dict[tuple[str, str], list[float]] = defaultdict(list)

    @staticmethod
    def _python(module: str, *arguments: object) -> list[str]:
        return [sys.executable, "-P", "-B", "-m", f"tests.bench.{module}", *map(str, arguments)]

    def run(self) -> None:
        copiers = dict(self._settings.copiers)
        for name, program in self._settings.copiers.items():
            copiers[f"{name}, --send=ip"] = [*program, "--send=ip"]
        for _ in range(self._settings.rounds):
            self._kernel()
            for name, program in copiers.items():
                self._replay(name, program)
        for (name, key), values in self._found.items():
            self._report.add(PART, f"{name}: {key}", values, "")
        for name in copiers:
            ratios = [ours / theirs for ours, theirs in zip(
                self._found[name, "CPU us a MB"], self._found[_KERNEL, "CPU us a MB"])]
            self._report.add(PART, f"{name}: CPU, of the kernel's socket", ratios, "x")

    def _kernel(self) -> None:
        size = self._megabytes * _MEGABYTE
        with DeviceWatch(self._sink.pid, self._device) as watch:
            program = Measured(self._here, self._python("byte_client", _TARGET, _PORT, size),
                               self._settings.client_cpu)
            cost = programs.answer(program)
        self._note(_KERNEL, cost["user"], cost["system"], watch)

    def _replay(self, name: str, program: list[str]) -> None:
        with DeviceWatch(self._sink.pid, self._device) as watch:
            done = RunningReplay(self._here, program, "-i", self._capture, "-x",
                                 f"{_PORT}-{_TARGET}:{_PORT}", "-a", "max",
                                 cpu=self._settings.client_cpu).result()
        assert done.completed == 1, done.summary
        self._note(name, done.cost.user, done.cost.system, watch)

    def _note(self, name: str, user: float, system: float, watch: DeviceWatch) -> None:
        found = self._found
        found[name, "MB/s"].append(self._megabytes / watch.seconds())
        found[name, "CPU us a MB"].append(1e6 * (user + system) / self._megabytes)
        found[name, "of it user"].append(1e6 * user / self._megabytes)
        found[name, "packets to the target a MB"].append(watch.packets / self._megabytes)


def run(lab: Lab, settings: Settings, report: Report) -> None:
    Upload(lab, settings, report).run()
