"""How much later a reply is answered when an intercept brings it: beside replies captured here.

`bazel run //tests/lab:reply_delay -- --rate 10000` replays the same capture by each reply path, one after
the other, and prints how long after each SYN-ACK the target got its answer.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lab import labnet
from tests.lab.copier import Copier
from tests.lab.exchanges import quantile
from tests.lab.http_load import Plan
from tests.lab.intercept import Intercept
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts, start_load

_SECONDS = 120
_CONNECTIONS = 5000
_RECORDED_RATE = 1000.0  # connections a second
_REPLIES = 4.0  # of a target, a short connection: SYN-ACK, ACK, answer with FIN, ACK


@dataclass(frozen=True)
class Delays:
    """Of one reply path: milliseconds from SYN-ACK to its answer, sorted, and the rate reached."""

    name: str
    milliseconds: list[float]
    replies_a_second: float

    def row(self) -> str:
        marks = "".join(f"{quantile(self.milliseconds, share):10.3f}" for share in (0.5, 0.9, 0.99))
        return f"{self.name:24}{self.replies_a_second:12.0f}{marks}"


def measure(lab: labnet.Lab, rate: float) -> list[Delays]:
    """Delays of local capture (-c keep), by an assistant, and by the target itself."""
    net = FourHosts(lab)
    Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
    Nginx(net.target, "target", [f"{net.TARGET}:8080"])
    capture = _record(net)
    speed = rate / _REPLIES / _RECORDED_RATE
    results = []
    for name, gateway, intercept, options in (
            ("captured here", net.PRODUCTION_INNER, None, ("-c", "keep")),
            ("by an assistant", net.ASSISTANT, net.assistant, ("-s", net.ASSISTANT)),
            ("by the target itself", net.ASSISTANT, net.target, ("-s", net.TARGET))):
        net.target.ip("route", "replace", net.CLIENTS, "via", gateway)
        helper = Intercept(intercept, "-F", "tcp and src port 8080") if intercept else None
        recorder = Recorder(net.target, net.target_device, "tcp port 8080", "-s", "96")
        copier = Copier(net.production, "-i", capture, "-x", f"80-{net.TARGET}:8080",
                        "-a", speed, *options)
        copier.result(_SECONDS).expect(completed=_CONNECTIONS)
        results.append(_delays(name, recorder.stop()))
        if helper:
            helper.finish()
    return results


def _record(net: FourHosts) -> Path:
    recorder = Recorder(net.production, net.client_cable, "tcp port 80")
    start_load(net.client, "load", Plan(
        net.PRODUCTION, 80, connections=_CONNECTIONS, requests=1, pipeline=1, rate=_RECORDED_RATE,
        at_once=1000)).succeed(_SECONDS)
    return recorder.stop()


def _delays(name: str, capture: Path) -> Delays:
    printed = subprocess.run(
        ["tshark", "-r", str(capture), "-T", "fields", "-e", "frame.time_epoch", "-e", "tcp.stream",
         "-e", "tcp.flags", "-e", "tcp.srcport"], capture_output=True, text=True, check=True).stdout
    asked: dict[str, float] = {}  # by stream: when the SYN-ACK left
    answered: dict[str, float] = {}  # by stream: when its first answer came
    replies: list[float] = []
    for line in printed.splitlines():
        at, stream, flags, source = line.split("\t")
        time, syn = float(at), bool(int(flags, 16) & 0x02)
        if source == "8080":
            replies.append(time)
            if syn:
                asked.setdefault(stream, time)
        elif not syn:
            answered.setdefault(stream, time)
    delays = sorted((answered[stream] - asked[stream]) * 1000 for stream in asked)
    return Delays(name, delays, len(replies) / (replies[-1] - replies[0]))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=10_000, help="replies a second")
    options = parser.parse_args()
    labnet.enter()
    lab = labnet.Lab()
    try:
        results = measure(lab, options.rate)
    finally:
        lab.close()
    print(f"{'ms to the answer of a SYN-ACK':24}{'replies/s':>7}{'p50':>10}{'p90':>10}{'p99':>10}")
    for result in results:
        print(result.row())
    return 0


if __name__ == "__main__":
    sys.exit(main())
