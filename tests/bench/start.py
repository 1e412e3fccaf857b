"""How long it takes from the start of the program until the first packet comes to the target.

From right before tcpcopy replaces the shell that starts it, by the wall clock, which stamps
captured packets, too.
"""

from __future__ import annotations

import shlex

from tests.bench.bench_target import RawTarget, introduce
from tests.bench.made_capture import Capture
from tests.bench.measure import Measured
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab.labnet import Lab
from tests.lab.pcap_file import PcapFile
from tests.lab.recorder import Recorder

PART = "start"
_PRODUCTION, _TARGET = "192.0.2.1", "10.0.2.2"
_STARTS = 5  # in each round
_MOST_MS = 20


def run(lab: Lab, settings: Settings, report: Report) -> None:
    here, target_host = lab.host("here"), lab.host("target")
    device, their_device = lab.link(here, ["10.0.2.1/24"], target_host, [f"{_TARGET}/24"])
    introduce(here, device, _TARGET, target_host, their_device)
    RawTarget(target_host, "target", their_device, b"ok", settings.target_cpu)
    capture = Capture(_PRODUCTION, 80, "198.18.0.1").short_http(b"ok").write(
        lab.folder / "one.pcap", 1, 1)
    recorder = Recorder(target_host, their_device, "tcp[tcpflags] & tcp-syn != 0 and "
                        "tcp[tcpflags] & tcp-ack = 0")
    began: dict[str, list[float]] = {name: [] for name in settings.copiers}
    for _ in range(settings.rounds * settings.count(_STARTS, 1)):
        for name, program in settings.copiers.items():
            command = shlex.join([*program, "-i", str(capture), "-x", f"80-{_TARGET}:80",
                                  "-a", "max"])
            measured = Measured(here, ["bash", "-c", f"echo $EPOCHREALTIME; exec {command}"],
                               settings.client_cpu)
            measured.cost()
            began[name].append(float(measured.out.read_text().split()[0]))
    syns = [packet.microseconds / 1e6 for packet in PcapFile.read(recorder.stop()).packets]
    for name, starts in began.items():
        first = [next(at for at in syns if at >= start) for start in starts]
        report.at_most(PART, f"{name}: from its start to the first packet of a file",
                       [1000 * (at - start) for at, start in zip(first, starts)], _MOST_MS, " ms")
    report.add(PART, "starts", [len(syns)], "")
