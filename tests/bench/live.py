"""A production server whose short connections are copied while it serves them.

Rates are kept whatever the answers do (http_clients.cc). Each rate is run without and with the
copier in turn, and with sockets of the kernel, which everyone has, that open as many connections to
the target from where the copier stands. Clients, production, copier and target share the CPUs of this
machine, and nobody is pinned: what one of them needs the others lack.
"""

from __future__ import annotations

import statistics
from collections import defaultdict

from tests.bench import programs
from tests.bench.bench_target import BenchNginx
from tests.bench.device_watch import received
from tests.bench.kernel_client import Wrk
from tests.bench.measure import Measured
from tests.bench.replay import RunningReplay
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab.copier import READY
from tests.lab.labnet import Host, Lab
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for, wait_until_steady

PART = "live"
_ALONE, _KERNEL = "alone", "kernel's sockets"
_RATES = (1_000, 5_000, 10_000, 15_000)
_SECONDS = 4
_PATIENCE = 30.0
_REACHED = 0.98  # of a rate: it was kept
_CLIENTS = [f"10.0.1.{last}" for last in range(10, 18)]
_COPIERS = [f"10.0.2.{last}" for last in range(10, 18)]  # of the kernel's sockets on production
# TCPCopy 1.0 and its intercept needed 57 us where wrk needed 25: half of that, of wrk's.
_MOST_CPU = 57 / 25 / 2
_MOST_P99_MS, _MOST_P99_SHARE = 0.2, 0.05  # more than without copying: one of them


class Live:
    def __init__(self, lab: Lab, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._net = ThreeHosts(lab)
        self._net.client.address(self._net.client_device, *[f"{one}/24" for one in _CLIENTS])
        self._net.production.address(self._net.target_cable, *[f"{one}/24" for one in _COPIERS])
        self._production = BenchNginx(self._net.production, "production", self._net.PRODUCTION)
        self._target = BenchNginx(self._net.target, "target", self._net.TARGET)
        self._rates = _RATES[:1] if settings.smoke else _RATES
        self._found: dict[tuple[str, int, str], list[float]] = defaultdict(list)

    def run(self) -> None:
        self._report.note("live: clients, production, copier and target compete for the same CPUs")
        for _ in range(self._settings.rounds):
            kernel = Wrk.run(self._net.client, f"http://{self._net.PRODUCTION}/", 400, 1, None)
            self._found["wrk", 0, "cpu"].append(1e6 * kernel.cost.cpu / kernel.connections)
            for rate in self._rates:
                self._load(_ALONE, rate)
                self._beside_kernel(rate)
                for name, program in self._settings.copiers.items():
                    self._copy(name, program, rate)
        self._report.add(PART, "wrk, as fast as it can: CPU a connection",
                         self._found["wrk", 0, "cpu"], "us")
        for rate in self._rates:
            self._tell(rate)

    def _clients(self, host: Host, server: str, rate: int, *addresses: str) -> Measured:
        count = int(rate * self._settings.count(_SECONDS, 1))
        return Measured(host, [programs.path("http_clients"), server, str(rate), str(count),
                               *addresses])

    def _load(self, name: str, rate: int) -> int:
        """Returns how many connections clients had answered."""
        answer = programs.answer(
            self._clients(self._net.client, self._net.PRODUCTION, rate, *_CLIENTS))
        found = self._found
        found[name, rate, "p50"].append(answer["latency_ms"]["50"])
        found[name, rate, "p99"].append(answer["latency_ms"]["99"])
        found[name, rate, "late"].append(answer["late_ms"]["99"])
        found[name, rate, "rate"].append(answer["answered"] / answer["seconds"])
        return int(answer["answered"])

    def _beside_kernel(self, rate: int) -> None:
        net = self._net
        beside = self._clients(net.production, net.TARGET, rate, *_COPIERS)
        self._load(_KERNEL, rate)
        cost = beside.cost()
        came = programs.printed(beside)["answered"]
        self._found[_KERNEL, rate, "cpu"].append(1e6 * cost.cpu / max(came, 1))

    def _copy(self, name: str, program: list[str], rate: int) -> None:
        before = self._target.requests()
        replay = RunningReplay(self._net.production, program, "-x", f"80-{self._net.TARGET}:80")
        wait_for(lambda: READY in replay.measured.err.read_text(), _PATIENCE, replay.measured.tail)
        answered = self._load(name, rate)
        # Told to stop, it begins no session more, not even of packets that it has yet to read.
        wait_until_steady(
            lambda: received(self._target.program.pid, self._net.target_device), _PATIENCE)
        replay.measured.interrupt()
        done = replay.result()
        came = self._target.requests() - before
        found = self._found
        found[name, rate, "share"].append(100 * came / answered)
        found[name, rate, "lost"].append(done.summary["capture"]["dropped_by_kernel"])
        found[name, rate, "sent"].append(done.sent / max(came, 1))
        for kind, seconds in (("cpu", done.cost.cpu), ("user", done.cost.user),
                              ("system", done.cost.system)):
            found[name, rate, kind].append(1e6 * seconds / max(came, 1))

    def _tell(self, rate: int) -> None:
        reached = statistics.median(self._found[_ALONE, rate, "rate"])
        if reached < _REACHED * rate:
            self._report.note(f"live: {rate:,}/s is more than this machine serves without copying, "
                              f"at the moment: {reached:,.0f}/s")
        for name in (_ALONE, _KERNEL, *self._settings.copiers):
            for key, what, unit in (
                    ("rate", "connections answered/s", ""), ("late", "clients late, p99", "ms"),
                    ("p50", "clients' latency, p50", "ms"), ("p99", "clients' latency, p99", "ms"),
                    ("share", "copied connections", "%"),
                    ("sent", "packets sent / connection", ""),
                    ("lost", "packets that the capture lost", ""),
                    ("cpu", "CPU a copied connection", "us"),
                    ("user", "of it user", "us"), ("system", "of it system", "us")):
                if self._found[name, rate, key]:
                    self._report.add(PART, f"{rate:,}/s: {name}: {what}",
                                     self._found[name, rate, key], unit)
        for name in self._settings.copiers:
            self._compare(name, rate)

    def _compare(self, name: str, rate: int) -> None:
        found, report = self._found, self._report
        what = f"{rate:,}/s: {name}"
        shares = found[name, rate, "share"]
        full = 100 * sum(share >= 100 for share in shares) / len(shares)
        report.at_least(PART, f"{what}: runs in which all connections were copied", [full],
                        90 if rate > 10_000 else 100, " %")
        if rate == 10_000:
            ratios = [ours / wrk for ours, wrk in zip(found[name, rate, "cpu"],
                                                      found["wrk", 0, "cpu"])]
            report.at_most(PART, f"{what}: CPU a copied connection, of wrk's", ratios, _MOST_CPU,
                           " x")
        if rate <= 10_000:
            alone, copied = found[_ALONE, rate, "p99"], found[name, rate, "p99"]
            bound = max(_MOST_P99_MS, _MOST_P99_SHARE * sorted(alone)[len(alone) // 2])
            report.at_most(PART, f"{what}: clients' p99, more than without copying",
                           [with_it - without for with_it, without in zip(copied, alone)],
                           round(bound, 3), " ms")
            beside = found[_KERNEL, rate, "p99"]
            report.add(PART, f"{what}: clients' p99, more than beside the kernel's sockets",
                       [ours - theirs for ours, theirs in zip(copied, beside)], "ms")


def run(lab: Lab, settings: Settings, report: Report) -> None:
    Live(lab, settings, report).run()
