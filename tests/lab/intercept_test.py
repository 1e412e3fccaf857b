"""intercept: catches a target's replies and brings them to those who announced their sessions."""

from __future__ import annotations

import json
import re
import signal

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.counting import PacketCounter
from tests.lab.http_load import Plan
from tests.lab.intercept import PORT, Intercept, binary
from tests.lab.labnet import Host
from tests.lab.process import Program
from tests.lab.scripted_client import random_bytes
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import FourHosts, expect_planned, start_load
from tests.lab.wait import wait_for

PATIENCE = 30


class InterceptProgramTest(labtest.LabTest):
    """What it does without any peer."""

    def test_it_tells_what_it_does_and_ends_when_told(self) -> None:
        net = FourHosts(self.lab)
        for number, ending in enumerate((signal.SIGINT, signal.SIGTERM)):
            intercept = Intercept(net.assistant)
            listening = net.assistant.run("ss", "-ltnH")
            self.assertIn(f"0.0.0.0:{PORT} ", listening)
            intercept.program.signal(signal.SIGUSR1)
            intercept.program.wait_for_output("sessions", PATIENCE)
            intercept.program.signal(ending)
            intercept.program.succeed(PATIENCE)
            told = intercept.program.output()
            self.assertIn("intercept: ready: replies are captured on all interfaces; "
                          f"listening on 0.0.0.0:{PORT}, [::]:{PORT}, own protocol, "
                          "without a secret", told)
            self.assertEqual(told.count("replies that nobody asked for"), 2, number)

    def test_an_interface_may_disappear_and_come_back(self) -> None:
        net = FourHosts(self.lab)
        def add_interface() -> None:
            net.assistant.ip("link", "add", "extra", "type", "veth", "peer", "name", "other")
            net.assistant.ip("link", "set", "extra", "up")
        add_interface()
        intercept = Intercept(net.assistant, "-i", "extra", "-F", "tcp and src port 8080")
        net.assistant.ip("link", "del", "extra")
        intercept.program.wait_for_output("interface extra: The interface disappeared; trying again "
                                          "each second", PATIENCE)
        add_interface()
        intercept.program.wait_for_output("interface extra: captured again", PATIENCE)
        intercept.finish()

    def test_what_it_cannot_do_is_one_line(self) -> None:
        net = FourHosts(self.lab)
        Intercept(net.assistant)
        for arguments, code, told in (
                ([], 1, "36524"),  # taken by the first one
                (["-i", "eth77"], 2, "-i: interface eth77: there is no such interface"),
                (["-b", "192.0.2.77"], 1, "192.0.2.77"),
                (["-F", "tcp prot 80"], 2, "-F: ")):
            program = net.assistant.start(f"failing{told}", binary(), *arguments)
            self.assertEqual(program.wait(PATIENCE), code)
            lines = program.output().splitlines()
            self.assertEqual(len(lines), 1, lines)
            self.assertTrue(lines[0].startswith("intercept: "), lines)
            self.assertIn(told, lines[0])

    def test_what_it_may_not_do_is_one_line(self) -> None:
        net = FourHosts(self.lab)
        for capability, arguments in (("CAP_NET_RAW", []),
                                      ("CAP_NET_ADMIN", ["--catch", "nfqueue"])):
            without = "-" + capability.removeprefix("CAP_").lower()
            program = net.assistant.start(capability, "setpriv", "--bounding-set", without,
                                          "--inh-caps", without, "--", binary(), *arguments)
            self.assertEqual(program.wait(PATIENCE), 1)
            self.assertRegex(program.output(), rf"\Aintercept: .*{capability} is missing; .*\n\Z")


class ClassicPeersTest(labtest.LabTest):
    """Peers that speak TCPCopy's protocol and share no code with us."""

    def setUp(self) -> None:
        super().setUp()
        self.net = FourHosts(self.lab)
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)
        Recording(self.net.target, "target", [f"{self.net.TARGET}:8080"], "--answer", "ok")
        self.peers = 0

    def session(self, port: int, target_port: int = 8080) -> str:
        return f"{self.net.CLIENT}:{port},{self.net.TARGET}:{target_port}"

    def reply(self, port: int, flags: str = "SA", target_port: int = 8080) -> str:
        return (f"{self.net.TARGET}:{target_port} > {self.net.CLIENT}:{port} "
                f"{flags} payload 0")

    def peer(self, host: str, *steps: str) -> Program:
        self.peers += 1
        return self.net.production.python(f"peer{self.peers}", "tests.lab.classic_peer",
                                          f"{host}:{PORT}", *steps)

    def queue(self, host: Host, *arguments: object) -> Intercept:
        """An intercept whose rule is set, because somebody is connected."""
        intercept = Intercept(host, "--catch", "nfqueue", "--protocol", "classic", *arguments)
        self.peer(self.net.TARGET if host is self.net.target else self.net.ASSISTANT)
        wait_for(lambda: any("NFQUEUE" in line for line in mangle(host)), PATIENCE, "the rule")
        return intercept

    def expect(self, peer: Program, *replies: str) -> None:
        peer.wait_for_output("done", PATIENCE)
        self.assertEqual(peer.out.read_text().splitlines(), [*replies, "done"])

    def test_replies_go_to_the_one_who_asked(self) -> None:
        intercept = Intercept(self.net.assistant, "--protocol", "classic")
        for first in (1000, 2000):
            ports = range(first, first + 20)
            steps = [step for port in ports for step in (
                f"announce:{self.session(port)}", f"syn:{self.session(port)}", "replies:1")]
            self.expect(self.peer(self.net.ASSISTANT, *steps), *(self.reply(p) for p in ports))
        self.assertRegex(intercept.finish(), r"relayed +[4-9]\d ")

    def test_a_refusal_is_a_reply_too(self) -> None:
        Intercept(self.net.assistant, "--protocol", "classic", "-F", "tcp and src port 8081")
        closed = self.session(1000, 8081)
        self.expect(self.peer(self.net.ASSISTANT, f"announce:{closed}", f"syn:{closed}", "replies:1"),
                    self.reply(1000, "RA", 8081))

    def test_a_reply_before_its_announcement_waits(self) -> None:
        intercept = Intercept(self.net.assistant, "--protocol", "classic", "--target", 8080)
        early = [step for port in range(1000, 1010) for step in (
            f"syn:{self.session(port)}", f"announce:{self.session(port)}", "replies:1")]
        self.expect(self.peer(self.net.ASSISTANT, *early),
                    *(self.reply(port) for port in range(1000, 1010)))
        self.assertRegex(intercept.finish(), r"held +[1-9]")

    def test_replies_that_nobody_asked_for_go_nowhere(self) -> None:
        intercept = Intercept(self.net.assistant, "--protocol", "classic")
        wanted = self.session(1001)
        self.expect(self.peer(self.net.ASSISTANT, f"announce:{self.session(999)}",
                              f"syn:{self.session(1000)}", f"announce:{wanted}", f"syn:{wanted}",
                              "replies:1"),
                    self.reply(1001))
        self.assertRegex(intercept.finish(), r"stray +[1-9]")

    def test_two_peers_get_their_own(self) -> None:
        Intercept(self.net.assistant, "--protocol", "classic", "--target", 8080)
        both = [self.peer(self.net.ASSISTANT, *(
            step for port in range(first, first + 20) for step in (
                f"announce:{self.session(port)}", f"syn:{self.session(port)}", "replies:1")))
            for first in (1000, 2000)]
        for first, peer in zip((1000, 2000), both):
            self.expect(peer, *(self.reply(port) for port in range(first, first + 20)))

    def test_the_queue_takes_replies_out_of_the_traffic(self) -> None:
        """On the target: the assistant host, where they would go, sees none of them."""
        escaped = PacketCounter(self.net.assistant, "tcp sport 8080")
        self.queue(self.net.target, "--target", f"{self.net.TARGET}:8080",
                   "-x", f"{self.net.CLIENT6},10.0.1.77")
        ports = range(1000, 1020)
        steps = [step for port in ports for step in (
            f"announce:{self.session(port)}", f"syn:{self.session(port)}", "replies:1")]
        self.expect(self.peer(self.net.TARGET, *steps), *(self.reply(port) for port in ports))
        self.assertEqual(escaped.value(), 0)
        # But to those on the pass list they go.
        passed = f"10.0.1.77:1000,{self.net.TARGET}:8080"
        last = self.session(1020)
        self.expect(self.peer(self.net.TARGET, f"announce:{passed}", f"syn:{passed}",
                              f"announce:{last}", f"syn:{last}", "replies:1"),
                    self.reply(1020))
        wait_for(lambda: escaped.value() > 0, PATIENCE, "the reply to 10.0.1.77")

    def test_the_queue_on_an_assistant_host(self) -> None:
        """Its own kernel, which may own the clients' addresses, does not see them either."""
        self.net.assistant.address(self.net.assistant_device, f"{self.net.CLIENT}/32")
        resets = PacketCounter(self.net.target, "tcp flags & rst == rst")
        self.queue(self.net.assistant, "--target", 8080)
        ports = range(1000, 1020)
        steps = [step for port in ports for step in (
            f"announce:{self.session(port)}", f"syn:{self.session(port)}", "replies:1")]
        self.expect(self.peer(self.net.ASSISTANT, *steps), *(self.reply(port) for port in ports))
        self.assertEqual(resets.value(), 0)

    def test_a_firewall_that_is_loaded_anew_takes_the_rule_along(self) -> None:
        intercept = self.queue(self.net.target, "--target", 8080)
        whole = mangle(self.net.target)
        self.net.target.run("nft", "flush", "ruleset")
        intercept.program.wait_for_output("was removed by somebody and is set again", PATIENCE)
        self.assertEqual(mangle(self.net.target), whole)

    def test_the_rule_goes_with_the_program(self) -> None:
        host = self.net.target
        before = mangle(host)
        arguments = ("--catch", "nfqueue", "--protocol", "classic")
        for ending in (signal.SIGINT, signal.SIGTERM):
            intercept = Intercept(host, *arguments)
            self.assertNotEqual(mangle(host), before)
            intercept.program.signal(ending)
            intercept.program.succeed(PATIENCE)
            self.assertEqual(mangle(host), before)
        # Killed, it leaves at most a rule without effect, and the next one removes that.
        killed = Intercept(host, *arguments)
        ports = range(1000, 1003)
        self.peer(self.net.TARGET, *(step for port in ports for step in (
            f"announce:{self.session(port)}", f"syn:{self.session(port)}", "replies:1"))
            ).wait_for_output("done", PATIENCE)
        killed.kill()
        escaped = PacketCounter(self.net.assistant, "tcp sport 8080")
        self.net.production.python("stranger", "tests.lab.classic_peer", f"{self.net.TARGET}:8080",
                                   f"syn:{self.session(1010)}")
        wait_for(lambda: escaped.value() > 0, PATIENCE, "replies pass when nobody takes them")
        Intercept(host, *arguments).finish()
        self.assertEqual(mangle(host), before)

    def test_it_can_be_started_again_at_once(self) -> None:
        # The kernel takes apart what a killed program waited for behind its end.
        for arguments in ((), ("--catch", "nfqueue")):
            for _ in range(20):
                Intercept(self.net.target, *arguments).kill()


def mangle(host: Host) -> list[str]:
    """The rules of the firewall's tables where the queue's rule stands, without counters."""
    text = "".join(host.run(program, "-t", "mangle") for program in ("iptables-save", "ip6tables-save"))
    text += host.run("nft", "list", "tables")
    return [line for line in text.splitlines() if line.startswith("-A") or "tcpcopy" in line]


class WithTcpcopyTest(labtest.LabTest):
    """Whole sessions of our tcpcopy."""

    def setUp(self) -> None:
        super().setUp()
        self.net = FourHosts(self.lab)
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)

    def copy(self, sessions: int, *options: object, ipv6: bool = False,
             target_at: str = "") -> None:
        """So many sessions of five requests are copied, and production's clients see none of it."""
        net = self.net
        production = net.PRODUCTION6 if ipv6 else net.PRODUCTION
        target = target_at or (f"[{net.TARGET6}]:8080" if ipv6 else f"{net.TARGET}:8080")
        source = f"[{production}]" if ipv6 else production
        Nginx(net.production, "production", [f"{source}:80"])
        copied = Nginx(net.target, "target", [f"[{net.TARGET6}]:8080", f"{net.TARGET}:8080"],
                       answer="something else")
        resets = PacketCounter(net.client, "tcp flags & rst == rst")
        strangers = PacketCounter(net.client, "tcp sport 8080")
        copier = Copier.live(net.production, "-x", f"80-{target}", *options)
        plan = Plan(production, 80, connections=sessions, requests=5, pipeline=1, rate=0, at_once=20)
        load = json.loads(start_load(net.client, "load", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], 5 * sessions)
        copied.wait_for_requests(5 * sessions, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=sessions)
        ledger.expect_all_delivered(expect_planned(copied, plan))
        self.assertEqual(resets.value(), 0)
        self.assertEqual(strangers.value(), 0)

    def test_queue_on_the_target(self) -> None:
        escaped = PacketCounter(self.net.assistant, "tcp sport 8080")
        intercept = Intercept(self.net.target, "--catch", "nfqueue")
        self.copy(200, "-s", self.net.TARGET)
        self.assertEqual(escaped.value(), 0)
        intercept.finish()

    def test_queue_on_the_target_ipv6(self) -> None:
        escaped = PacketCounter(self.net.assistant, "tcp sport 8080")
        Intercept(self.net.target, "--catch", "nfqueue", "--allow", "2001:db8::/32")
        self.copy(200, "-s", f"[{self.net.TARGET6}]", ipv6=True)
        self.assertEqual(escaped.value(), 0)

    def test_capture_on_the_target(self) -> None:
        intercept = Intercept(self.net.target)
        self.copy(200, "-s", self.net.TARGET)
        told = intercept.finish()
        self.assertRegex(told, r"relayed +\d{4}")
        self.assertEqual(told.count(f"{self.net.TARGET}:8080 is this host: what it answers also "
                                    "leaves for the clients"), 1, told)

    def test_two_intercepts_share_the_sessions(self) -> None:
        """What is meant for one client the target sends to one host, for the other to another."""
        net = self.net
        net.client.address(net.client_device, "10.0.1.130/24")
        net.target.ip("route", "add", "10.0.1.128/25", "via", net.PRODUCTION_INNER)
        both = [Intercept(host) for host in (net.assistant, net.production)]
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:8080",
                             "-s", f"{net.ASSISTANT},{net.PRODUCTION_INNER}")
        for number in range(10):
            for client in (net.CLIENT, "10.0.1.130"):
                net.client.run("curl", "-sSf", "-m", str(PATIENCE), "--interface", client,
                               f"http://{net.PRODUCTION}/{number}")
        target.wait_for_requests(20, PATIENCE)
        copier.finish().expect(completed=20)
        for intercept in both:
            self.assertRegex(intercept.finish(), r"relayed +\d{2} ")

    def copy_to_a_container(self, *catching: str) -> str:
        """The target's host translates its container's address, in both directions."""
        net = self.net
        container = self.lab.host("container")
        bridge, _ = self.lab.link(net.target, ["172.17.0.1/24"], container, ["172.17.0.2/24"])
        container.ip("route", "add", "default", "via", "172.17.0.1")
        net.target.sysctl("net/ipv4/ip_forward", 1)
        net.target.run("nft", "add table ip nat; add chain ip nat in "
                       "{ type nat hook prerouting priority dstnat; }; "
                       "add rule ip nat in tcp dport 9090 dnat to 172.17.0.2:8080")
        contained = Nginx(container, "container", ["172.17.0.2:8080"])
        looking = [word.format(bridge=bridge, outside=net.target_device) for word in catching]
        intercept = Intercept(net.target, *looking, "-D", f"172.17.0.2:8080-{net.TARGET}:9090")
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:9090", "-s", net.TARGET)
        plan = Plan(net.PRODUCTION, 80, connections=20, requests=5, pipeline=1, rate=0, at_once=5)
        start_load(net.client, "load", plan).succeed(PATIENCE)
        contained.wait_for_requests(100, PATIENCE)
        copier.finish().expect(completed=20)
        expect_planned(contained, plan)
        return intercept.finish()

    def test_queue_before_a_container(self) -> None:
        told = self.copy_to_a_container("--catch", "nfqueue")
        self.assertRegex(told, r"rewritten +\d{3}")
        self.assertRegex(told, r"twins +0 ")

    def test_capture_before_a_container(self) -> None:
        """It sees each reply twice: before and behind the translation."""
        self.expect_twins(self.copy_to_a_container())

    def test_capture_of_two_interfaces(self) -> None:
        self.expect_twins(self.copy_to_a_container("-i", "{bridge},{outside}"))

    def expect_twins(self, told: str) -> None:
        rewritten = re.search(r"rewritten +(\d{3})", told)
        self.assertTrue(rewritten, told)
        self.assertRegex(told, rf"twins +{rewritten.group(1)} ")

    def whole_replies(self, *catching: str) -> None:
        """Packets as large as the target hands them to its interface, none of them cut."""
        net = self.net
        intercept = Intercept(net.target, *catching)
        production = Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        for server in (production, target):
            server.add_file("large", random_bytes(1_000_000))
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:8080", "-s", net.TARGET,
                             "--payload", "all")
        net.client.run("curl", "-sSf", "-m", str(PATIENCE), "-o", "/dev/null",
                       f"http://{net.PRODUCTION}/files/large")
        target.wait_for_requests(1, PATIENCE)
        copier.finish().expect(completed=1)
        told = intercept.finish()
        self.assertRegex(told, r"cut +0 ")
        self.assertGreater(int(re.search(r"messages of (\d+) bytes", told).group(1)), 1_000_000, told)

    def test_whole_replies_by_capture(self) -> None:
        self.whole_replies()

    def test_whole_replies_by_queue(self) -> None:
        self.whole_replies("--catch", "nfqueue")

    def test_two_tcpcopys_on_one_intercept(self) -> None:
        net = self.net
        intercept = Intercept(net.assistant)
        Nginx(net.production, "production", [f"{net.PRODUCTION}:{port}" for port in (80, 81)])
        target = Nginx(net.target, "target", [f"{net.TARGET}:{port}" for port in (8080, 8081)])
        copiers = [Copier.live(net.production, "-x", f"{80 + i}-{net.TARGET}:{8080 + i}",
                               "-s", net.ASSISTANT) for i in range(2)]
        for i in range(2):
            plan = Plan(net.PRODUCTION, 80 + i, connections=100, requests=2, pipeline=1, rate=0,
                        at_once=20)
            load = json.loads(start_load(net.client, f"load{i}", plan).succeed(PATIENCE))
            self.assertEqual(load["answered"], 200)
        target.wait_for_requests(400, PATIENCE)
        for copier in copiers:
            copier.finish().expect(completed=100)
        self.assertRegex(intercept.finish(), r"relayed +\d{4}")


if __name__ == "__main__":
    labtest.main()
