"""A capture of short HTTP connections as fast as it goes, beside wrk, to the same target.

Both run on one CPU and the target on the other, in turn, round by round. A connection's CPU is that
of the client's process; what its packets cost in the target's kernel until they are queued there is
in it for both, because a cable between namespaces delivers in the sender's time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.bench.bench_target import BenchNginx, RawTarget, introduce
from tests.bench.device_watch import DeviceWatch
from tests.bench.made_capture import Capture
from tests.bench.kernel_client import Wrk
from tests.bench.measure import Cost
from tests.bench.replay import Replay, RunningReplay
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab.labnet import Host, Lab

PART = "offline"
KERNEL = "wrk"
_PRODUCTION = "192.0.2.1"
_FIRST_CLIENT = "198.18.0.1"
_NGINX, _LIGHT = "10.0.2.2", "10.0.3.2"
_MANY, _FEW = 400, 20  # connections at once
_WRK_SECONDS = 2


@dataclass(frozen=True)
class Scene:
    """Who replays to whom, and how."""

    name: str  # for the table
    target: str  # its address
    device: str  # of the target
    pid: int  # of the target
    at_once: int
    capture: Path
    nginx: BenchNginx | None  # the target, where it is one


class Offline:
    def __init__(self, lab: Lab, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._connections = settings.count(50_000, 500)
        self._here = lab.host("here")
        self._found: dict[tuple[str, str], list[float]] = defaultdict(list)
        nginx_host, device = self._target_host(lab, "nginx", _NGINX)
        nginx = BenchNginx(nginx_host, "nginx", _NGINX, cpu=settings.target_cpu)
        light_host, light_device = self._target_host(lab, "light", _LIGHT)
        light = RawTarget(light_host, "light", light_device, nginx.answer(), settings.target_cpu)
        capture = Capture(_PRODUCTION, 80, _FIRST_CLIENT).short_http(nginx.answer())
        many, few = lab.folder / "many.pcap", lab.folder / "few.pcap"
        # Of sessions that overlap in the file more than _FEW could not be held back.
        capture.write(few, self._connections, 1)
        capture.write(many, self._connections, _MANY)
        self._captured = capture.client_packets
        pid = nginx.program.pid
        self._scenes = [
            Scene("nginx", _NGINX, device, pid, _MANY, many, nginx),
            Scene(f"nginx, {_FEW} at once", _NGINX, device, pid, _FEW, few, nginx),
            Scene("light target", _LIGHT, light_device, light.program.pid, _MANY, many, None),
        ]

    def _target_host(self, lab: Lab, name: str, address: str) -> tuple[Host, str]:
        host = lab.host(name)
        here, there = lab.link(self._here, [f"{address[:-1]}1/24"], host, [f"{address}/24"])
        introduce(self._here, here, address, host, there)
        return host, there

    def run(self) -> None:
        self._report.add(PART, "packets of captured clients / connection",
                         [self._captured], "")
        for scene in self._scenes:
            self._found.clear()
            for _ in range(self._settings.rounds):
                self._kernel(scene)
                for name, program in self._settings.copiers.items():
                    self._replay(name, program, scene)
            for name, program in self._settings.copiers.items():
                if scene is self._scenes[0]:
                    self._count_system_calls(name, program, scene)
            self._tell(scene)

    def _kernel(self, scene: Scene) -> None:
        self._clear(scene)
        with DeviceWatch(scene.pid, scene.device) as watch:
            done = Wrk.run(self._here, f"http://{scene.target}/", scene.at_once,
                           self._settings.count(_WRK_SECONDS, 1), self._settings.client_cpu)
        self._note(KERNEL, done.connections, done.cost, watch)

    def _replay(self, name: str, program: list[str], scene: Scene) -> None:
        self._clear(scene)
        limit = ["--max-sessions", scene.at_once] if scene.at_once == _FEW else []
        before = scene.nginx.requests() if scene.nginx else 0
        with DeviceWatch(scene.pid, scene.device) as watch:
            done = self._run(program, scene, *limit)
        came = scene.nginx.requests() - before if scene.nginx else done.completed
        self._note(name, max(came, 1), done.cost, watch)
        self._found[name, "arrived"].append(100 * came / self._connections)
        self._found[name, "sent"].append(done.sent / self._connections)

    def _count_system_calls(self, name: str, program: list[str], scene: Scene) -> None:
        """In a run of its own. strace makes each of them slower, so there are a little fewer."""
        self._clear(scene)
        counts = scene.capture.with_suffix(".strace")
        done = self._run(["strace", "-f", "-c", "-o", str(counts), *program],
                         scene)
        lines = [line.split() for line in counts.read_text().splitlines()]
        total = next(int(words[3]) for words in lines if words and words[-1] == "total")
        self._found[name, "calls"].append(total / self._connections)
        self._found[name, "calls a packet"].append(total / done.sent)

    def _run(self, program: list[str], scene: Scene, *more: object) -> Replay:
        return RunningReplay(self._here, program, "-i", scene.capture, "-x",
                             f"80-{scene.target}:80", "-a", "max", *more,
                             cpu=self._settings.client_cpu).result()

    @staticmethod
    def _clear(scene: Scene) -> None:
        if scene.nginx:
            scene.nginx.forget_closed()

    def _note(self, name: str, connections: int, cost: Cost, watch: DeviceWatch) -> None:
        found = self._found
        found[name, "rate"].append(connections / watch.seconds())
        found[name, "cpu"].append(1e6 * cost.cpu / connections)
        found[name, "user"].append(1e6 * cost.user / connections)
        found[name, "system"].append(1e6 * cost.system / connections)
        found[name, "packets"].append(watch.packets / connections)

    def _tell(self, scene: Scene) -> None:
        for name in (KERNEL, *self._settings.copiers):
            for key, what, unit in (
                    ("rate", "connections/s", ""), ("cpu", "CPU a connection", "us"),
                    ("user", "of it user", "us"), ("system", "of it system", "us"),
                    ("packets", "packets to the target / connection", ""),
                    ("sent", "of these sent by the replay", ""),
                    ("calls", "system calls / connection", ""),
                    ("arrived", "requests that arrived", "%")):
                if self._found[name, key]:
                    self._report.add(PART, f"{scene.name}: {name}: {what}",
                                     self._found[name, key], unit)
            if name != KERNEL:
                self._compare(name, scene)

    def _compare(self, name: str, scene: Scene) -> None:
        def ratios(key: str) -> list[float]:
            return [ours / theirs for ours, theirs in zip(self._found[name, key],
                                                          self._found[KERNEL, key])]
        report, what = self._report, f"{scene.name}: {name}"
        report.at_least(PART, f"{what}: requests that arrived", self._found[name, "arrived"], 100,
                        " %")
        if scene.nginx is None:
            return
        report.at_least(PART, f"{what}: connections/s of wrk", ratios("rate"),
                        1 if scene.at_once == _FEW else 2, " x")
        if scene.at_once == _FEW:
            return
        report.at_most(PART, f"{what}: user CPU a connection", self._found[name, "user"], 1.5,
                       " us")
        report.at_most(PART, f"{what}: CPU a connection, of wrk's", ratios("cpu"), 0.45, " x")
        report.at_most(PART, f"{what}: system calls a packet sent",
                       self._found[name, "calls a packet"], 0.1)
        report.at_most(PART, f"{what}: packets sent a connection", self._found[name, "sent"], 4)


def run(lab: Lab, settings: Settings, report: Report) -> None:
    Offline(lab, settings, report).run()
