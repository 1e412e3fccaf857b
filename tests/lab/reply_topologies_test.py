"""Every way by which replies come back, under load, in both families: each request once, every byte,
and production's own clients notice nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.counting import PacketCounter
from tests.lab.http_load import Plan
from tests.lab.intercept import Intercept
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts, expect_planned, start_load

PATIENCE = 60


@dataclass(frozen=True)
class Family:
    """The addresses of one IP family, as options name them."""

    production: str
    target: str
    assistant: str
    ip: str  # nft's word

    def at(self, address: str, port: int) -> str:
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


V4 = Family(FourHosts.PRODUCTION, FourHosts.TARGET, FourHosts.ASSISTANT, "ip")
V6 = Family(FourHosts.PRODUCTION6, FourHosts.TARGET6, FourHosts.ASSISTANT6, "ip6")


class ReplyTopologiesTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = FourHosts(self.lab)

    def copy(self, family: Family, *options: object) -> None:
        """5,000 short connections at 1,000/s, and 100 of 100 requests each, are copied."""
        production = family.at(family.production, 80)
        target_at = family.at(family.target, 8080)
        Nginx(self.net.production, "production", [production])
        target = Nginx(self.net.target, "target", [target_at], answer="an answer of another length")
        from_target = PacketCounter(self.net.client, f"{family.ip} saddr {family.target}")
        resets = PacketCounter(self.net.client, "tcp flags & rst == rst")
        copier = Copier.live(self.net.production, "-x", f"80-{target_at}", *options)
        short = Plan(family.production, 80, connections=5000, requests=1, pipeline=1, rate=1000,
                     at_once=2000)
        self.load(short)
        target.wait_for_requests(5000, PATIENCE)
        byte_count = expect_planned(target, short)
        before = {line.connection for line in target.requests()}
        kept_alive = Plan(family.production, 80, connections=100, requests=100, pipeline=1, rate=0,
                          at_once=100)
        self.load(kept_alive)
        target.wait_for_requests(5000 + 10_000, PATIENCE)
        ledger = copier.finish()
        byte_count += expect_planned(target, kept_alive, ignore=before)
        ledger.expect(completed=5100)
        ledger.expect_all_delivered(byte_count)
        self.assertEqual(resets.value(), 0)
        self.assertEqual(from_target.value(), 0)

    def load(self, plan: Plan) -> None:
        load = json.loads(start_load(self.net.client, f"load{plan.requests}", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], plan.connections * plan.requests)

    def by_assistant(self, family: Family) -> None:
        self.net.route_clients_to(FourHosts.ASSISTANT, FourHosts.ASSISTANT6)
        Intercept(self.net.assistant, "-i", self.net.assistant_device,
                  "-F", "tcp and src port 8080")
        self.copy(family, "-s", family.at(family.assistant, 36524))

    def test_assistant_ipv4(self) -> None:
        self.by_assistant(V4)

    def test_assistant_ipv6(self) -> None:
        self.by_assistant(V6)

    def on_target(self, family: Family, *options: str) -> None:
        """The replies go nowhere: the target has a route for the clients, to nobody."""
        self.net.route_clients_to(FourHosts.ASSISTANT, FourHosts.ASSISTANT6)
        Intercept(self.net.target, *options)
        self.copy(family, "-s", family.at(family.target, 36524))

    def test_intercept_on_the_target_by_capture_ipv4(self) -> None:
        self.on_target(V4, "-F", "tcp and src port 8080")

    def test_intercept_on_the_target_by_capture_ipv6(self) -> None:
        self.on_target(V6, "-F", "tcp and src port 8080")

    def on_target_by_nfqueue(self, family: Family) -> None:
        """The replies would reach the clients, by way of production, if they were not dropped."""
        self.net.route_clients_to(FourHosts.PRODUCTION_INNER, FourHosts.PRODUCTION_INNER6)
        self.net.production.sysctl("net/ipv4/ip_forward", 1)
        self.net.production.sysctl("net/ipv6/conf/all/forwarding", 1)
        Intercept(self.net.target, "--catch=nfqueue")
        self.copy(family, "-s", family.at(family.target, 36524))

    def test_intercept_on_the_target_by_nfqueue_ipv4(self) -> None:
        self.on_target_by_nfqueue(V4)

    def test_intercept_on_the_target_by_nfqueue_ipv6(self) -> None:
        self.on_target_by_nfqueue(V6)

    def test_self_ipv4(self) -> None:
        self.copy(V4)

    def test_self_ipv6(self) -> None:
        self.copy(V6)

    def keep(self, family: Family) -> None:
        """Production forwards: without the guard the clients would get the target's replies."""
        self.net.route_clients_to(FourHosts.PRODUCTION_INNER, FourHosts.PRODUCTION_INNER6)
        self.net.production.sysctl("net/ipv4/ip_forward", 1)
        self.net.production.sysctl("net/ipv6/conf/all/forwarding", 1)
        self.copy(family, "-c", "keep")

    def test_keep_ipv4(self) -> None:
        self.keep(V4)

    def test_keep_ipv6(self) -> None:
        self.keep(V6)


if __name__ == "__main__":
    labtest.main()
