"""Sends that leave past the kernel's IP (-o), sends that fail for a moment, and none at all."""

from __future__ import annotations

import itertools
import json

from tests.lab import labtest
from tests.lab.copier import Copier, binary
from tests.lab.counting import PacketCounter
from tests.lab.http_load import Plan
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts, expect_planned, start_load
from tests.lab.vlan_switch import VlanSwitch

PATIENCE = 30


class LinkLayerTest(labtest.LabTest):
    loads = itertools.count()

    def copy(self, net: ThreeHosts, copier: Copier, target: Nginx) -> None:
        """200 connections of three requests; each arrives once."""
        plan = Plan(net.PRODUCTION, 80, connections=200, requests=3, pipeline=1, rate=0, at_once=20)
        load = json.loads(start_load(net.client, "load", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], 600)
        target.wait_for_requests(600, PATIENCE)
        ledger = copier.finish()
        byte_count = expect_planned(target, plan)
        ledger.expect(completed=200)
        ledger.expect_all_delivered(byte_count)

    def test_past_the_firewall(self) -> None:
        """Nothing that the kernel itself would send gets to the target's port."""
        net = ThreeHosts(self.lab)
        net.production.run("nft", "add table ip x; add chain ip x out { type filter hook output "
                           "priority 0; }; add rule ip x out tcp dport 8080 drop")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:8080", "-o", net.target_cable)
        self.assertIn(f"sending at the link layer: {net.TARGET} by {net.target_cable} to",
                      copier.program.output())
        self.copy(net, copier, target)

    def test_by_itself_where_the_next_hop_is_known(self) -> None:
        net = ThreeHosts(self.lab)
        net.production.run("nft", "add table ip x; add chain ip x out { type filter hook output "
                           "priority 0; }; add rule ip x out tcp dport 8080 drop")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:8080")
        self.assertIn("sending at the link layer: ", copier.program.output())
        self.copy(net, copier, target)

    def test_a_target_that_only_the_kernel_can_reach(self) -> None:
        """A rule for what leaves sends it another way: frames go nowhere, so IP takes over. The
        other target goes on to get frames, the only ones that pass a rule."""
        net = ThreeHosts(self.lab)
        behind = net.add_address_only_by_ip()
        net.production.run("nft", "add table ip y; add chain ip y out { type filter hook output "
                           "priority 1; }; add rule ip y out tcp dport 8081 drop")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80", f"{net.PRODUCTION}:81"])
        target = Nginx(net.target, "target", [f"{behind}:8080"])
        other = Nginx(net.target, "other", [f"{net.TARGET}:8081"])
        copier = Copier.live(net.production, "-x", f"80-{behind}:8080,81-{net.TARGET}:8081")
        self.load(net, 81)
        other.wait_for_requests(20, PATIENCE)
        self.load(net, 80)
        copier.program.wait_for_output(f"{behind} answers nothing of what is sent at the link layer",
                                       PATIENCE)
        target.wait_for_requests(20, PATIENCE)
        self.load(net, 81)
        other.wait_for_requests(40, PATIENCE)
        copier.finish().expect(completed=60)

    def load(self, net: ThreeHosts, port: int) -> None:
        """20 connections of one request to that port of production."""
        plan = Plan(net.PRODUCTION, port, connections=20, requests=1, pipeline=1, rate=0, at_once=20)
        start_load(net.client, f"load {next(self.loads)}", plan).succeed(PATIENCE)

    def test_through_a_gateway(self) -> None:
        """With the clients' own addresses, IPv6, and a target behind a router."""
        net = ThreeHosts(self.lab)
        far = self.lab.host("far")
        self.lab.link(net.target, ["2001:db8:4::1/64"], far, ["2001:db8:4::2/64"])
        net.target.sysctl("net/ipv6/conf/all/forwarding", 1)
        net.production.ip("-6", "route", "add", "2001:db8:4::/64", "via", net.TARGET6)
        net.target.ip("-6", "route", "add", "2001:db8:7::/64", "via", net.PRODUCTION_INNER6)
        far.ip("-6", "route", "add", "default", "via", "2001:db8:4::1")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80", f"[{net.PRODUCTION6}]:80"])
        target = Nginx(far, "target", ["[2001:db8:4::2]:8080"])
        copier = Copier.live(net.production, "-x", "80-[2001:db8:4::2]:8080", "-c",
                             "2001:db8:7::/64", "-o", net.target_cable)
        self.assertIn(f"({net.TARGET6})", copier.program.output())
        self.copy(net, copier, target)

    def test_with_a_vlan_tag(self) -> None:
        """The kernel has no such VLAN: MACs are written down, and replies come tagged, too."""
        net = ThreeHosts(self.lab)
        behind = self.lab.host("behind")
        switch = VlanSwitch(self.lab, net.production, ["10.0.5.1/24"], behind, ["10.0.5.2/24"], 42)
        mac = {host.name: json.loads(host.ip("-j", "link", "show", "dev", device))[0]["address"]
               for host, device in ((net.production, switch.trunk), (behind, switch.access))}
        behind.ip("neigh", "add", "10.0.5.1", "lladdr", mac["production"], "dev", switch.access)
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(behind, "target", ["10.0.5.2:8080"])
        copier = Copier.live(net.production, "-o", switch.trunk, "--vlan", "42:3",
                             "-x", f"80-10.0.5.2:8080@{mac['behind']}")
        self.copy(net, copier, target)
        self.assertNotIn("no tag", switch.program.output())

    def survive(self, trouble: str, *arguments: str) -> None:
        """`trouble`, a shell command, happens to production under load. All sessions complete, those
        that it hit by sending again."""
        net = self.net
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:8080", *arguments)
        plan = Plan(net.PRODUCTION, 80, connections=600, requests=1, pipeline=1, rate=200.0,
                    at_once=100)
        load = start_load(net.client, "load", plan)
        target.wait_for_requests(100, PATIENCE)
        net.production.run("sh", "-ec", trouble)
        load.succeed(PATIENCE)
        target.wait_for_requests(600, PATIENCE)
        ledger = copier.finish()
        byte_count = expect_planned(target, plan)
        ledger.expect(completed=600)
        ledger.expect_all_delivered(byte_count)
        errors = json.loads(ledger.text)["packets"]["send_errors"]
        self.assertGreater(errors, 0, "the trouble was over before anything was sent")

    def test_interface_goes_down_and_comes_back(self) -> None:
        self.net = ThreeHosts(self.lab)
        cable = self.net.target_cable
        self.survive(f"ip link set {cable} down; sleep 0.3; ip link set {cable} up", "--send=ip")

    def test_interface_goes_down_and_comes_back_by_itself(self) -> None:
        self.net = ThreeHosts(self.lab)
        cable = self.net.target_cable
        self.survive(f"ip link set {cable} down; sleep 0.3; ip link set {cable} up")

    def test_interface_goes_down_and_comes_back_at_the_link_layer(self) -> None:
        self.net = ThreeHosts(self.lab)
        cable = self.net.target_cable
        self.survive(f"ip link set {cable} down; sleep 0.3; ip link set {cable} up", "-o", cable)

    def test_sends_are_refused_for_a_moment(self) -> None:
        self.net = ThreeHosts(self.lab)
        self.survive("nft 'add table ip x; add chain ip x out { type filter hook output priority 0; "
                     "}; add rule ip x out tcp dport 8080 drop'; sleep 0.3; nft delete table ip x",
                     "--send=ip")

    def test_dry_run_sends_nothing(self) -> None:
        net = ThreeHosts(self.lab)
        Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        seen = PacketCounter(net.target, f"ip saddr {net.PRODUCTION_INNER} tcp dport 8080")
        for runs, arguments in enumerate(([], ["-c", "keep"], ["-o", net.target_cable],
                          ["-s", net.TARGET, "-c", "10.7.0.x"], ["--workers", "2"])):
            program = net.production.start(f"dry{runs}", binary(), "--dry-run", "-x",
                                           f"80-{net.TARGET}:8080", *arguments)
            told = program.succeed(PATIENCE)
            self.assertTrue(told.startswith("dry run: replaying from "), told)
            self.assertIn(f"to {net.TARGET} by {net.target_cable}", told)
            workers = 2 if "--workers" in arguments else r"\d+"
            self.assertRegex(told, rf"(?m)^  workers +{workers}$")
        self.assertEqual(seen.value(), 0)
        self.assertNotIn("tcpcopy_", net.production.run("nft", "list", "tables"))


if __name__ == "__main__":
    labtest.main()
