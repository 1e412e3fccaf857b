"""The kernel's own TCP client and the copier over the same path, at the same time.

`bazel run //tests/lab:side_by_side -- --loss 5 --delay-ms 20` prints how long connections took,
from the first SYN until both FINs are acknowledged, and what the slow ones waited for.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass

from tests.lab import labnet
from tests.lab.copier import Copier
from tests.lab.exchanges import Exchange, exchanges, quantile
from tests.lab.http_load import Plan, body
from tests.lab.ledger import Ledger
from tests.lab.path import Faults
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts, expect_planned, start_load
from tests.lab.wait import wait_for

_PORT_OF_KERNEL, _PORT_OF_COPIER = 81, 80
_LOAD_SECONDS = 300
BOUND = 5.0  # times the kernel's median
SHARES = (0.5, 0.75, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class Durations:
    """How long the connections of one client took."""

    name: str
    exchanges: list[Exchange]  # all of them ended
    seconds: list[float]  # sorted

    @staticmethod
    def of(name: str, found: list[Exchange], port: int) -> Durations:
        mine = [one for one in found if one.server_port == port and one.seconds is not None]
        return Durations(name, mine, sorted(one.seconds or 0.0 for one in mine))

    def mean(self) -> float:
        return sum(self.seconds) / len(self.seconds)

    def at(self, share: float) -> float:
        return quantile(self.seconds, share)

    def beyond(self, bound: float) -> int:
        return sum(one > bound for one in self.seconds)

    def sent_again(self) -> float:
        """The share of the packets with something in them that brought nothing new."""
        return (sum(one.client.again for one in self.exchanges) /
                sum(one.client.packets for one in self.exchanges))

    def waits_of_slowest(self, share: float, least: float) -> str:
        """In the slowest connections, silences of `least` seconds or more, by what ended them."""
        slow = [one for one in self.exchanges if (one.seconds or 0.0) >= self.at(1.0 - share)]
        waits = [wait for one in slow for wait in one.waits() if wait[0] >= least]
        count = Counter(kind for _, kind in waits)
        total = {kind: sum(seconds for seconds, other in waits if other == kind) for kind in count}
        lines = [f"{self.name}, slowest {share:.0%}: {sum(one.seconds or 0 for one in slow):.1f} s"]
        lines += [f"{total[kind]:10.2f} s in {count[kind]:5} silences of "
                  f"{total[kind] / count[kind] * 1000:6.0f} ms until {kind}"
                  for kind in sorted(count, key=lambda kind: -total[kind])]
        return "\n".join(lines)

    def stories_of_slowest(self, count: int) -> str:
        """Every packet of the slowest connections, as it came to the path."""
        slowest = sorted(self.exchanges, key=lambda one: -(one.seconds or 0.0))[:count]
        return "\n".join(one.told(self.name) for one in slowest)


@dataclass(frozen=True)
class Comparison:
    kernel: Durations
    copier: Durations
    ledger: Ledger

    def bound(self) -> float:
        """In seconds, for every connection."""
        return BOUND * self.kernel.at(0.5)

    def table(self) -> str:
        names = ["mean", *(f"p{share * 100:g}" for share in SHARES), f"> {BOUND:g} x", "again"]
        lines = [f"{'ms':10}" + "".join(f"{name:>9}" for name in names)]
        rows = {one.name: [one.mean(), *map(one.at, SHARES)] for one in (self.kernel, self.copier)}
        for one in (self.kernel, self.copier):
            lines.append(f"{one.name:10}" + "".join(f"{v * 1000:9.1f}" for v in rows[one.name]) +
                         f"{one.beyond(self.bound()):9}{one.sent_again():9.1%}")
        lines.append(f"{'ratio':10}" + "".join(
            f"{c / k:9.2f}" for k, c in zip(rows[self.kernel.name], rows[self.copier.name])))
        return "\n".join(lines)


def compare(lab: labnet.Lab, plan: Plan, faults: Faults, seed: object = 1,
            congestion_control: str = "cubic") -> Comparison:
    """Copies `plan` from production to the target, and plays it to the target directly besides.

    Connection for connection both meet the same faults. Fails when anything does not arrive as it
    was sent. `congestion_control` is of the kernel's client: cubic is Linux's default.
    """
    net = ThreeHosts(lab, towards_target=faults, from_target=faults, seed=seed, fair=True)
    Nginx(net.production, "production", [f"{net.PRODUCTION}:{_PORT_OF_COPIER}"])
    targets = {port: Nginx(net.target, f"target{port}", [f"{net.TARGET}:{port}"])
               for port in (_PORT_OF_KERNEL, _PORT_OF_COPIER)}
    plans = {_PORT_OF_KERNEL: _to(plan, net.TARGET, _PORT_OF_KERNEL),
             _PORT_OF_COPIER: _to(plan, net.PRODUCTION, _PORT_OF_COPIER)}
    copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:{_PORT_OF_COPIER}")
    loads = [start_load(net.production, "kernel", plans[_PORT_OF_KERNEL], congestion_control),
             start_load(net.client, "load", plans[_PORT_OF_COPIER])]
    for load in loads:
        answered = json.loads(load.succeed(_LOAD_SECONDS))["answered"]
        assert answered == plan.connections, answered
    for port, target in targets.items():
        target.wait_for_requests(plan.connections, _LOAD_SECONDS)
        _expect_arrived(target, plans[port])
    wait_for(lambda: sum(one.seconds is not None for one in exchanges(net.path.passages())) ==
             2 * plan.connections, _LOAD_SECONDS, "all connections end")
    ledger = copier.finish()
    ledger.expect(completed=plan.connections)
    ledger.expect_all_delivered()
    found = exchanges(net.path.passages())
    return Comparison(Durations.of("kernel", found, _PORT_OF_KERNEL),
                      Durations.of("copier", found, _PORT_OF_COPIER), ledger)


def _to(plan: Plan, host: str, port: int) -> Plan:
    return Plan(**{**vars(plan), "host": host, "port": port})


def _expect_arrived(target: Nginx, plan: Plan) -> None:
    if not plan.upload:
        expect_planned(target, plan)
        return
    for connection in range(1, plan.connections + 1):
        assert target.put_file(f"{connection}-1").read_bytes() == body(connection, 1, plan.upload)


def short_connections(count: int, rate: float) -> Plan:
    return Plan("", 0, connections=count, requests=1, pipeline=1, rate=rate, at_once=1000)


def uploads(count: int, rate: float, size: int) -> Plan:
    return Plan("", 0, connections=count, requests=1, pipeline=1, rate=rate, at_once=count,
                upload=size)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loss", type=float, default=5.0, help="percent, in each direction")
    parser.add_argument("--duplicate", type=float, default=0.0)
    parser.add_argument("--reorder", type=float, default=0.0)
    parser.add_argument("--delay-ms", type=float, default=20.0, help="in each direction")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--uploads", type=int, default=50)
    parser.add_argument("--upload-rate", type=float, default=10.0)
    parser.add_argument("--upload-size", type=int, default=1_000_000)
    parser.add_argument("--congestion-control", default="cubic", help="of the kernel's client")
    parser.add_argument("--show", type=int, default=0, help="so many slowest ones, each packet")
    options = parser.parse_args()
    faults = Faults(loss=options.loss, duplicate=options.duplicate, reorder=options.reorder,
                    delay=options.delay_ms / 1000)
    for plan in (short_connections(options.connections, options.rate),
                 uploads(options.uploads, options.upload_rate, options.upload_size)):
        if plan.connections:
            _show(plan, faults, options)
    return 0


def _show(plan: Plan, faults: Faults, options: argparse.Namespace) -> None:
    lab = labnet.Lab()
    try:
        result = compare(lab, plan, faults, options.seed, options.congestion_control)
    except BaseException:
        lab.show_logs()
        raise
    finally:
        lab.close()
    print(f"\n{plan.connections} {'uploads' if plan.upload else 'short connections'}, each way "
          f"{faults}; the kernel has {options.congestion_control}")
    print(result.table())
    for one in (result.kernel, result.copier):
        print(one.waits_of_slowest(0.1, max(0.005, 0.1 * result.kernel.at(0.5))))
        print(one.stories_of_slowest(options.show))


if __name__ == "__main__":
    labnet.enter()
    sys.exit(main())
