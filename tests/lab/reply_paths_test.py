"""Where copies come from when it is not this host, and how their replies find it."""

from __future__ import annotations

import json

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.counting import PacketCounter
from tests.lab.http_load import Plan
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts, ThreeHosts, expect_planned, start_load

PATIENCE = 30


class ReplyPathsTest(labtest.LabTest):
    def copy(self, net: ThreeHosts | FourHosts, copier: Copier, target: Nginx,
             ipv6: bool = False) -> None:
        """200 connections of three requests; each arrives once."""
        host = net.PRODUCTION6 if ipv6 else net.PRODUCTION
        plan = Plan(host, 80, connections=200, requests=3, pipeline=1, rate=0, at_once=20)
        load = json.loads(start_load(net.client, "load", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], 600)
        target.wait_for_requests(600, PATIENCE)
        ledger = copier.finish()
        byte_count = expect_planned(target, plan)
        ledger.expect(completed=200)
        ledger.expect_all_delivered(byte_count)

    def test_listed_addresses_with_a_route_back(self) -> None:
        net = ThreeHosts(self.lab)
        net.target.ip("route", "add", "10.7.0.0/16", "via", net.PRODUCTION_INNER)
        listed = PacketCounter(net.target, f"ip saddr 10.7.3.0/24 ip saddr != {{10.7.3.0, "
                                           f"10.7.3.255}} tcp flags syn / syn,ack")
        others = PacketCounter(net.target, "ip saddr != 10.7.3.0/24 tcp flags syn / syn,ack")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-c", "10.7.3.x", "-x", f"80-{net.TARGET}:8080")
        self.assertIn("replaying from 10.7.3.0/24; the target must route",
                      copier.program.output())
        self.copy(net, copier, target)
        self.assertEqual(listed.value(), 200)
        self.assertEqual(others.value(), 0)

    def test_listed_ipv6_network(self) -> None:
        net = ThreeHosts(self.lab)
        net.target.ip("-6", "route", "add", "2001:db8:7::/48", "via", net.PRODUCTION_INNER6)
        listed = PacketCounter(net.target, "ip6 saddr 2001:db8:7::/64 tcp flags syn / syn,ack")
        Nginx(net.production, "production", [f"[{net.PRODUCTION6}]:80"])
        target = Nginx(net.target, "target", [f"[{net.TARGET6}]:8080"])
        copier = Copier.live(net.production, "-c", "2001:db8:7::/64",
                             "-x", f"80-[{net.TARGET6}]:8080")
        self.copy(net, copier, target, ipv6=True)
        self.assertEqual(listed.value(), 200)

    def test_secondary_addresses_of_this_host(self) -> None:
        """The kernel owns them, so the copies stay clear of its ports, and of its RSTs."""
        net = ThreeHosts(self.lab)
        net.production.address(net.target_cable, "10.0.2.11/24", "10.0.2.12/24")
        resets = PacketCounter(net.target, "ip saddr {10.0.2.11, 10.0.2.12} tcp flags & rst == rst")
        ephemeral = PacketCounter(net.target, "ip saddr {10.0.2.11, 10.0.2.12} tcp sport 32768-60999")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-c", "10.0.2.11,10.0.2.12",
                             "-x", f"80-{net.TARGET}:8080")
        self.copy(net, copier, target)
        self.assertEqual(resets.value(), 0)
        self.assertEqual(ephemeral.value(), 0)

    def test_kept_addresses_of_a_host_that_forwards(self) -> None:
        """The target's way back to the clients leads through this host, which forwards nothing of
        it to them."""
        net = ThreeHosts(self.lab)
        net.target.ip("route", "add", "default", "via", net.PRODUCTION_INNER)
        net.production.sysctl("net/ipv4/ip_forward", 1)
        from_target = PacketCounter(net.client, f"ip saddr {net.TARGET}")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-c", "keep", "-x", f"80-{net.TARGET}:8080")
        self.copy(net, copier, target)
        self.assertEqual(from_target.value(), 0)
        # Once it is gone, the host forwards again.
        net.client.run("curl", "-sf", "-m", "5", f"http://{net.PRODUCTION}/")

    def test_kept_addresses_seen_on_the_targets_segment(self) -> None:
        """The replies go to the assistant host, on a segment that shows them to everybody."""
        net = FourHosts(self.lab)
        net.route_clients_to(net.ASSISTANT, net.ASSISTANT6)
        net.switch.ip("link", "set", "hub", "type", "bridge", "ageing_time", "0")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-c", "keep", "-x", f"80-{net.TARGET}:8080")
        self.assertIn(f"looked for on {net.production_device}", copier.program.output())
        self.copy(net, copier, target)


if __name__ == "__main__":
    labtest.main()
