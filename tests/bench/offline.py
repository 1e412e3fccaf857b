"""A capture of short HTTP connections as fast as it goes, beside wrk, to the same nginx.

Both run on one CPU and nginx on the other, in turn, round by round. A connection's CPU is that of the
client's process; what its packets cost in the target's kernel until they are queued there is in it
for both, because a cable between namespaces delivers in the sender's time.
"""

from __future__ import annotations

from collections import defaultdict

from tests.bench.bench_target import BenchNginx
from tests.bench.device_watch import DeviceWatch
from tests.bench.http_capture import HttpCapture
from tests.bench.kernel_client import Wrk
from tests.bench.measure import Cost
from tests.bench.replay import RunningReplay
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab.labnet import Lab

PART = "offline"
KERNEL = "wrk"
_PRODUCTION, _HERE, _TARGET = "192.0.2.1", "10.0.2.1", "10.0.2.2"
_FIRST_CLIENT = "198.18.0.1"
_AT_ONCE = 400
_FEW = 20  # that many at once are another goal
_WRK_SECONDS = 2


class Offline:
    def __init__(self, lab: Lab, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._here, target = lab.host("here"), lab.host("target")
        _, self._device = lab.link(self._here, [f"{_HERE}/24"], target, [f"{_TARGET}/24"])
        self._target = BenchNginx(target, "target", _TARGET, cpu=settings.target_cpu)
        self._connections = settings.count(50_000, 500)
        capture = HttpCapture(_PRODUCTION, 80, self._target.answer(), _FIRST_CLIENT)
        self._files = {_AT_ONCE: lab.folder / "many.pcap", _FEW: lab.folder / "few.pcap"}
        # Of sessions that overlap in the file more than _FEW cannot be held back.
        capture.write(self._files[_FEW], self._connections, 1)
        self._captured = capture.write(self._files[_AT_ONCE], self._connections, _AT_ONCE)
        self._found: dict[tuple[str, str], list[float]] = defaultdict(list)

    def run(self) -> None:
        self._report.add(PART, "packets of captured clients / connection",
                         [self._captured / self._connections], "")
        for at_once in (_AT_ONCE, _FEW):
            for _ in range(self._settings.rounds):
                self._kernel(at_once)
                for name, binary in self._settings.copiers.items():
                    self._replay(name, binary, at_once)
            self._tell(at_once)
            self._found.clear()

    def _kernel(self, at_once: int) -> None:
        with DeviceWatch(self._target.program.pid, self._device) as watch:
            done = Wrk.run(self._here, f"http://{_TARGET}/", at_once,
                           self._settings.count(_WRK_SECONDS, 1),
                           self._settings.client_cpu)
        self._note(KERNEL, done.connections, done.cost, watch)

    def _replay(self, name: str, binary: str, at_once: int) -> None:
        limit = ["--max-sessions", at_once] if at_once == _FEW else []
        before = self._target.requests()
        with DeviceWatch(self._target.program.pid, self._device) as watch:
            done = RunningReplay(self._here, binary, "-i", self._files[at_once], "-x",
                                 f"80-{_TARGET}:80", "-a", "max", *limit, cpu=self._settings.client_cpu).result()
        came = self._target.requests() - before
        self._note(name, max(came, 1), done.cost, watch)
        self._found[name, "arrived"].append(100 * came / self._connections)
        self._found[name, "sent"].append(done.sent / self._connections)

    def _note(self, name: str, connections: int, cost: Cost, watch: DeviceWatch) -> None:
        found = self._found
        found[name, "rate"].append(connections / watch.seconds())
        found[name, "cpu"].append(1e6 * cost.cpu / connections)
        found[name, "user"].append(1e6 * cost.user / connections)
        found[name, "system"].append(1e6 * cost.system / connections)
        found[name, "packets"].append(watch.packets / connections)
        found[name, "start"].append(1000 * cost.seconds)

    def _tell(self, at_once: int) -> None:
        for name in (KERNEL, *self._settings.copiers):
            def add(key: str, what: str, unit: str) -> None:
                if self._found[name, key]:
                    self._report.add(PART, f"{name}, {at_once} at once: {what}",
                                     self._found[name, key], unit)
            add("rate", "connections/s", "")
            add("cpu", "CPU a connection", "us")
            add("user", "of it user", "us")
            add("system", "of it system", "us")
            add("packets", "packets to the target / connection", "")
            add("sent", "of these of the replay", "")
            add("arrived", "requests that arrived", "%")
            if name != KERNEL:
                self._compare(name, at_once)

    def _compare(self, name: str, at_once: int) -> None:
        def ratios(key: str) -> list[float]:
            return [ours / theirs for ours, theirs in zip(self._found[name, key],
                                                          self._found[KERNEL, key])]
        report = self._report
        report.at_least(PART, f"{name}, {at_once} at once: requests that arrived",
                        self._found[name, "arrived"], 100, " %")
        if at_once == _FEW:
            report.at_least(PART, f"{name}, {_FEW} at once: connections/s of wrk", ratios("rate"),
                            1, " x")
            return
        report.at_least(PART, f"{name}: connections/s of wrk", ratios("rate"), 2, " x")
        report.at_most(PART, f"{name}: user CPU a connection", self._found[name, "user"], 1.5,
                       " us")
        report.at_most(PART, f"{name}: CPU a connection, of wrk's", ratios("cpu"), 0.45, " x")
        report.at_most(PART, f"{name}: packets sent a connection", self._found[name, "sent"], 4)


def run(lab: Lab, settings: Settings, report: Report) -> None:
    Offline(lab, settings, report).run()
