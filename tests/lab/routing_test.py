"""What is copied and what is not, and where replies go: proxies, mirror ports, kept addresses."""

from __future__ import annotations

import json

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.counting import PacketCounter
from tests.lab.http_load import Plan
from tests.lab.labnet import Host
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import ThreeHosts, expect_planned, start_load
from tests.lab.upload import upload

PATIENCE = 30


class RoutingTest(labtest.LabTest):
    def load(self, client: Host, plan: Plan) -> None:
        load = json.loads(start_load(client, "load", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], plan.connections * plan.requests)

    def test_proxy_copies_its_clients_only(self) -> None:
        """Production is a proxy: it talks to port 80 of others, the test server among them."""
        net = ThreeHosts(self.lab)
        upstream = self.lab.host("upstream")
        self.lab.link(net.production, ["10.0.3.1/24"], upstream, ["10.0.3.2/24"])
        behind = Nginx(upstream, "upstream", ["10.0.3.2:80"])
        Nginx(net.production, "proxy", [f"{net.PRODUCTION}:80"],
              location="proxy_pass http://10.0.3.2:80; proxy_http_version 1.0;")
        target = Nginx(net.target, "target", [f"{net.TARGET}:80"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80")
        plan = Plan(net.PRODUCTION, 80, connections=100, requests=3, pipeline=1, rate=0, at_once=20)
        self.load(net.client, plan)
        self.assertEqual(behind.count(), 300)
        net.production.run("curl", "-sf", "-m", "5", f"http://{net.TARGET}/own")
        target.wait_for_requests(301, PATIENCE)
        ledger = copier.finish()
        own = [line for line in target.requests() if line.request == "GET /own HTTP/1.1"]
        self.assertEqual(len(own), 1)
        byte_count = expect_planned(target, plan, ignore={line.connection for line in own})
        ledger.expect(completed=100)
        ledger.expect_all_delivered(byte_count)

    def test_two_copiers_do_not_get_in_each_others_way(self) -> None:
        net = ThreeHosts(self.lab)
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.production, "target", ["127.0.0.1:8080"])
        copiers = [Copier.live(net.production, "-x", "80-127.0.0.1:8080") for _ in range(2)]
        self.load(net.client, Plan(net.PRODUCTION, 80, connections=50, requests=3, pipeline=1,
                                   rate=0, at_once=20))
        target.wait_for_requests(300, PATIENCE)
        for copier in copiers:
            ledger = copier.finish()
            ledger.expect(completed=50)
            ledger.expect_all_delivered()

    def test_mirror_port(self) -> None:
        """The copier sees traffic of two others, because a switch floods it to all ports."""
        switch = self.lab.host("switch")
        switch.ip("link", "add", "hub", "type", "bridge", "ageing_time", "0")
        switch.ip("link", "set", "hub", "up")
        client, production, monitor, target = map(
            self.lab.host, ("client", "production", "monitor", "target"))
        for host, address in ((client, "10.0.1.2"), (production, "10.0.1.1"), (monitor, "10.0.1.3")):
            _, port = self.lab.link(host, [f"{address}/24"], switch, [])
            switch.ip("link", "set", port, "master", "hub")
        self.lab.link(monitor, ["10.0.2.1/24"], target, ["10.0.2.2/24"])
        Nginx(production, "nginx", ["10.0.1.1:80"])
        nginx = Nginx(target, "target", ["10.0.2.2:8080"])
        copier = Copier.live(monitor, "-x", "10.0.1.1:80-10.0.2.2:8080")
        plan = Plan("10.0.1.1", 80, connections=100, requests=3, pipeline=1, rate=0, at_once=20)
        self.load(client, plan)
        nginx.wait_for_requests(300, PATIENCE)
        ledger = copier.finish()
        byte_count = expect_planned(nginx, plan)
        ledger.expect(completed=100)
        ledger.expect_all_delivered(byte_count)

    def test_kept_addresses(self) -> None:
        """The target sees the clients' own addresses and ports; no client ever sees its replies."""
        net = ThreeHosts(self.lab)
        net.target.ip("route", "add", "default", "via", net.PRODUCTION_INNER)
        net.production.sysctl("net/ipv4/ip_forward", 1)
        from_target = PacketCounter(net.client, f"ip saddr {net.TARGET}")
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"], "--answer", "ok")
        target = Recording(net.target, "target", [f"{net.TARGET}:8080"], "--answer", "ok")
        copier = Copier.live(net.production, "-c", "keep", "-x", f"80-{net.TARGET}:8080")
        for number in range(20):
            net.play(f"{net.PRODUCTION}:80", f"send:hello {number}", "expect:2").succeed(PATIENCE)
        target.wait_for_streams([f"hello {n}".encode() for n in range(20)], PATIENCE)
        target.wait_for_ends(20, PATIENCE)
        copier.finish().expect(completed=20)
        production = next(p for p in self.lab.programs if p.name == "production")
        self.assertTrue(production.running)
        self.assertEqual({line["peer"][0] for line in target.closed()}, {net.CLIENT})
        self.assertEqual(from_target.value(), 0)

    def test_kept_ipv6_addresses(self) -> None:
        net = ThreeHosts(self.lab)
        net.target.ip("-6", "route", "add", "default", "via", net.PRODUCTION_INNER6)
        net.production.sysctl("net/ipv6/conf/all/forwarding", 1)
        from_target = PacketCounter(net.client, f"ip6 saddr {net.TARGET6}")
        Recording(net.production, "production", [f"[{net.PRODUCTION6}]:80"], "--answer", "ok")
        target = Recording(net.target, "target", [f"[{net.TARGET6}]:8080"], "--answer", "ok")
        copier = Copier.live(net.production, "-c", "keep", "-x", f"80-[{net.TARGET6}]:8080")
        net.play(f"[{net.PRODUCTION6}]:80", "send:hello", "expect:2").succeed(PATIENCE)
        target.wait_for_streams([b"hello"], PATIENCE)
        target.wait_for_ends(1, PATIENCE)
        copier.finish().expect(completed=1)
        self.assertEqual(target.closed()[0]["peer"][0], net.CLIENT6)
        self.assertEqual(from_target.value(), 0)

    def upload_past_a_narrow_link(self, ipv6: bool) -> None:
        """A router between the copier and the target has a link of 1,300 bytes.

        Of IPv6 it says so; IPv4 leaves without DF, so that it fragments and asks nothing of us."""
        net = ThreeHosts(self.lab)
        router = self.lab.host("router")
        self.lab.link(net.production, ["10.0.3.1/24", "2001:db8:3::1/64"],
                      router, ["10.0.3.2/24", "2001:db8:3::2/64"])
        narrow, _ = self.lab.link(router, ["10.0.4.1/24", "2001:db8:4::1/64"],
                                  net.target, ["10.0.4.2/24", "2001:db8:4::2/64"])
        router.sysctl("net/ipv4/ip_forward", 1)
        router.sysctl("net/ipv6/conf/all/forwarding", 1)
        router.ip("link", "set", narrow, "mtu", "1300")
        net.production.ip("route", "add", "10.0.4.0/24", "via", "10.0.3.2")
        net.target.ip("route", "add", "10.0.3.0/24", "via", "10.0.4.1")
        net.production.ip("-6", "route", "add", "2001:db8:4::/64", "via", "2001:db8:3::2")
        net.target.ip("-6", "route", "add", "2001:db8:3::/64", "via", "2001:db8:4::1")
        source = f"[{net.PRODUCTION6}]" if ipv6 else net.PRODUCTION
        there = "[2001:db8:4::2]" if ipv6 else "10.0.4.2"
        Nginx(net.production, "nginx", [f"{source}:80"])
        target = Nginx(net.target, "target", [f"{there}:80"])
        copier = Copier.live(net.production, "-x", f"80-{there}:80")
        upload(net.client, source, target, 100_000, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=1)
        ledger.expect_all_delivered()
        self.assertEqual(ledger.too_big > 0, ipv6)

    def test_narrow_link(self) -> None:
        self.upload_past_a_narrow_link(ipv6=False)

    def test_narrow_link_of_ipv6(self) -> None:
        self.upload_past_a_narrow_link(ipv6=True)

    def test_sampling_takes_some_and_names_the_rest(self) -> None:
        net = ThreeHosts(self.lab)
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:80"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80", "-r", 50)
        self.load(net.client, Plan(net.PRODUCTION, 80, connections=400, requests=1, pipeline=1,
                                   rate=0, at_once=50))
        ledger = copier.finish()
        self.assertEqual(ledger.happened.keys(), {"completed", "left_out_by_sampling"})
        self.assertEqual(ledger.sessions_seen, 400)
        self.assertEqual(target.count(), ledger.outcomes["completed"])
        self.assertTrue(120 < target.count() < 280, target.count())


if __name__ == "__main__":
    labtest.main()
