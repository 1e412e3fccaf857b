"""What a packet costs at least, and what it costs by way of tcpcopy's own sink.

One segment of 40 bytes, sent over and over to a host that drops whatever comes to its device.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.bench import programs
from tests.bench.bench_target import deafen, introduce, mac_of
from tests.bench.measure import Measured
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab.labnet import Lab

PART = "limit"
_FROM, _TO = "10.0.2.1", "10.0.2.2"
_SINK = "tcpcopy's sink, 64 a turn"
_RING = "io_uring 64"
_WAYS = (("sendto", 1), ("sendmmsg", 64), ("uring", 32), ("uring", 64), ("uring", 256))
_MOST = 1.1  # times what a bare loop costs


class Limit:
    def __init__(self, lab: Lab, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._here, there = lab.host("here"), lab.host("there")
        self._device, their_device = lab.link(self._here, [f"{_FROM}/24"], there, [f"{_TO}/24"])
        their_mac = introduce(self._here, self._device, _TO, there, their_device)
        self._macs = [mac_of(self._here, self._device), their_mac]
        deafen(there, their_device)
        self._count = settings.count(200_000, 6_400)
        self._ns: dict[tuple[str, str], list[float]] = defaultdict(list)  # of CPU a packet

    def run(self) -> None:
        for _ in range(self._settings.rounds):
            for key, command in self._loops():
                self._measure(key, command)
        for (course, way), values in self._ns.items():
            self._report.add(PART, f"{course}: {way}, CPU a packet", values, "ns")
        for course in ("raw IP", "link layer"):
            self._compare(course)

    def _loops(self) -> Iterator[tuple[tuple[str, str], list[str]]]:
        for course, where, device in (
                ("raw IP", [], []), ("link layer", [self._device, *self._macs], [self._device])):
            for way, batch in _WAYS:
                name = "sendto" if batch == 1 else f"{way.replace('uring', 'io_uring')} {batch}"
                yield (course, name), ["bare_sender", str(self._count), way, str(batch), _FROM, _TO,
                                       *where]
            yield (course, _SINK), ["sink_sender", str(self._count), "64", _FROM, _TO, *device]

    def _measure(self, key: tuple[str, str], command: list[str]) -> None:
        program = Measured(self._here, [programs.path(command[0]), *command[1:]],
                           self._settings.client_cpu)
        cost = programs.answer(program)
        self._ns[key].append(1e9 * (cost["user"] + cost["system"]) / cost["packets"])

    def _compare(self, course: str) -> None:
        sink = self._ns[course, _SINK]
        bare = {way: values for (of, way), values in self._ns.items()
                if of == course and way != _SINK}
        cheapest = [min(values) for values in zip(*bare.values())]
        self._report.at_most(PART, f"{course}: tcpcopy's sink, of the cheapest bare loop",
                             [ours / least for ours, least in zip(sink, cheapest)], _MOST, " x")
        self._report.at_most(PART, f"{course}: tcpcopy's sink, of the bare loop with {_RING}",
                             [ours / ring for ours, ring in zip(sink, bare[_RING])], _MOST, " x")


def run(lab: Lab, settings: Settings, report: Report) -> None:
    Limit(lab, settings, report).run()
