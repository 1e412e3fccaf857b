"""One copier and many targets, each behind a path of its own: many circumstances at once."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, field

from tests.lab.copier import Copier
from tests.lab.exchanges import Exchange, exchanges
from tests.lab.http_load import Plan, body
from tests.lab.labnet import Host, Lab
from tests.lab.ledger import Ledger
from tests.lab.path import CLEAN, LEFTWARD, RIGHTWARD, Faults, FaultyPath
from tests.lab.process import Program
from tests.lab.scripted_client import random_bytes
from tests.lab.servers import Nginx
from tests.lab.topology import expect_planned, start_load

_PRODUCTION = "10.0.0.1"
_DOWNLOAD = "try_files /files/answer =404;"  # whatever is asked for
_LOAD_SECONDS = 120


@dataclass(frozen=True)
class Circumstances:
    """What is between production and a target, and what is peculiar to the target."""

    towards: Faults = CLEAN
    back: Faults = CLEAN
    seed: object = 1
    # Of the target, below /proc/sys/net/ipv4.
    sysctls: dict[str, object] = field(default_factory=dict)
    mss: int | None = None  # that the target announces


@dataclass
class Way:
    name: str
    what: Circumstances
    port: int  # of production
    host: Host  # of the target
    address: str
    path: FaultyPath
    target: Nginx
    loads: list[tuple[Plan, Program]] = field(default_factory=list)

    def connections(self) -> list[Exchange]:
        return exchanges(self.path.passages())

    def sent_again(self) -> float:
        """Percent of the copier's packets with something in them that brought nothing new."""
        clients = [one.client for one in self.connections()]
        return 100 * sum(one.again for one in clients) / sum(one.packets for one in clients)

    def largest_payload(self) -> int:
        """In bytes, of all packets of the copier."""
        return max(packet.length for packet in self.path.passages()
                   if packet.direction == RIGHTWARD)

    def largest_window(self) -> int:
        """The largest one that the target announced, not scaled."""
        return max(packet.window for packet in self.path.passages()
                   if packet.direction == LEFTWARD)

    def told(self) -> str:
        """A line about how it went."""
        seconds = [one.seconds or math.nan for one in self.connections()]
        return (f"{self.name:32} {len(seconds):3} connections, the longest {max(seconds):5.1f} s, "
                f"{self.sent_again():4.1f} % sent again")

    def expect_answered(self) -> None:
        """Production answered everything that its clients asked."""
        for plan, load in self.loads:
            answered = json.loads(load.succeed(_LOAD_SECONDS))["answered"]
            assert answered == plan.connections * plan.requests, answered

    def expect_arrived(self) -> None:
        """The target got all of the loads, every byte; otherwise shows how its connections went."""
        self.expect_answered()
        try:
            self._expect_at_target()
        except (AssertionError, OSError):
            for one in self.connections():
                if one.seconds is None:
                    print(one.told(self.name), file=sys.stderr)
            raise

    def _expect_at_target(self) -> None:
        count = sum(plan.connections * plan.requests for plan, _ in self.loads)
        self.target.wait_for_requests(count, _LOAD_SECONDS)
        putting = {line.connection for line in self.target.requests() if line.request[:3] == "PUT"}
        for plan, _ in self.loads:
            if plan.upload:
                self._expect_uploads(plan)
            else:
                expect_planned(self.target, plan, ignore=putting)

    def _expect_uploads(self, plan: Plan) -> None:
        for connection in range(1, plan.connections + 1):
            for number in range(1, plan.requests + 1):
                came = self.target.put_file(f"{connection}-{number}").read_bytes()
                assert came == body(connection, number, plan.upload), f"{self.name}: {connection}"


class Ways:
    """client -- production -- (a path -- a target) for each way."""

    def __init__(self, lab: Lab, ways: dict[str, Circumstances], answer: int) -> None:
        """Production and the targets answer every GET with `answer` bytes, and keep what is PUT."""
        self.lab = lab
        self.client, self.production = lab.host("client"), lab.host("production")
        lab.link(self.client, ["10.0.0.2/24"], self.production, [f"{_PRODUCTION}/24"])
        self._answer = random_bytes(answer)
        self.ways = [self._add(number, name, what)
                     for number, (name, what) in enumerate(ways.items(), 1)]
        server = Nginx(self.production, "nginx", [f"{_PRODUCTION}:{way.port}" for way in self.ways],
                       location=_DOWNLOAD)
        server.add_file("answer", self._answer)

    def _add(self, number: int, name: str, what: Circumstances) -> Way:
        host = self.lab.host(f"target{number}")
        here, there = f"10.1.{number}.1", f"10.1.{number}.2"
        path = FaultyPath(self.lab, self.production, [f"{here}/24"], host, [f"{there}/24"],
                          rightward=what.towards, leftward=what.back, seed=f"{what.seed}/{name}")
        for setting, value in what.sysctls.items():
            host.sysctl(f"net/ipv4/{setting}", value)
        if what.mss:
            host.ip("route", "change", f"10.1.{number}.0/24", "dev", path.devices[1], "src", there,
                    "advmss", str(what.mss))
        target = Nginx(host, f"target{number}", [f"{there}:80"], location=_DOWNLOAD)
        target.add_file("answer", self._answer)
        return Way(name, what, 8000 + number, host, there, path, target)

    def copy(self, *plans: Plan) -> Ledger:
        """Plays `plans` (their host and port do not matter) on each way at the same time.

        Fails when anything does not arrive as it was sent, or does not end well.
        """
        copier = self.begin(*plans)
        for way in self.ways:
            way.expect_arrived()
        ledger = copier.finish(_LOAD_SECONDS)
        ledger.expect(completed=len(self.ways) * sum(plan.connections for plan in plans))
        ledger.expect_all_delivered()
        return ledger

    def begin(self, *plans: Plan, options: tuple[object, ...] = ()) -> Copier:
        """Starts the copier, with more `options`, and the loads."""
        mapping = ",".join(f"{way.port}-{way.address}:80" for way in self.ways)
        copier = Copier.live(self.production, "-x", mapping, "--drain", _LOAD_SECONDS, *options)
        for way in self.ways:
            for number, plan in enumerate(plans):
                own = Plan(**{**vars(plan), "host": _PRODUCTION, "port": way.port})
                way.loads.append((own, start_load(self.client, f"{way.port}-{number}", own)))
        return copier
