"""Several workers (--workers) that share the sessions: each once, and one ledger of all."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

from tests.lab import labtest, ledger
from tests.lab.copier import Copier
from tests.lab.counting import PacketCounter
from tests.lab.datagrams import DatagramServer, plan
from tests.lab.http_load import Plan
from tests.lab.intercept import Intercept
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import FourHosts, ThreeHosts, expect_planned, start_load
from tests.lab.wait import wait_for

PATIENCE = 60


class WorkersTest(labtest.LabTest):
    def load(self, net: ThreeHosts | FourHosts, connections: int, requests: int = 1,
             rate: float = 0, at_once: int = 100, ipv6: bool = False) -> Plan:
        """Connections to production, all answered."""
        plan = Plan(net.PRODUCTION6 if ipv6 else net.PRODUCTION, 80, connections=connections,
                    requests=requests, pipeline=1, rate=rate, at_once=at_once)
        load = json.loads(start_load(net.client, f"load{ipv6}", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], connections * requests)
        return plan

    def servers(self, net: ThreeHosts | FourHosts) -> tuple[Nginx, Nginx]:
        """Production, and a target that answers otherwise."""
        return (Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80", f"[{net.PRODUCTION6}]:80"]),
                Nginx(net.target, "target", [f"{net.TARGET}:80", f"[{net.TARGET6}]:80"],
                      answer="an answer of another length"))

    def expect_shared(self, account: ledger.Ledger, workers: int) -> None:
        """Each has about as many sessions as the others."""
        self.assertEqual(len(account.by_worker), workers)
        fair = account.sessions_seen / workers
        for sessions in account.by_worker:
            self.assertTrue(fair * 0.6 < sessions < fair * 1.4, account.by_worker)

    def copy(self, net: ThreeHosts | FourHosts, workers: int, *options: object,
             connections: int = 400, rate: float = 0, ipv6: bool = False) -> Copier:
        """Copies a load, each request once, and all that the ledger tells is right."""
        _, target = self.servers(net)
        at = f"[{net.TARGET6}]:80" if ipv6 else f"{net.TARGET}:80"
        copier = Copier.live(net.production, "-x", f"80-{at}", "--workers", workers, *options)
        plan = self.load(net, connections, 2, rate, ipv6=ipv6)
        target.wait_for_requests(connections * 2, PATIENCE)
        account = copier.finish()
        byte_count = expect_planned(target, plan)
        account.expect(completed=connections)
        account.expect_all_delivered(byte_count)
        self.expect_shared(account, workers)
        return copier

    # ------------------------------------------------------------------------------------------------
    # Live.

    def test_2000_short_connections_by_two_workers(self) -> None:
        self.copy(ThreeHosts(self.lab), 2, connections=2000, rate=2000)

    def test_three_workers_on_two_interfaces(self) -> None:
        net = ThreeHosts(self.lab)
        self.copy(net, 3, "-i", f"{net.client_cable},{net.target_cable}")

    def test_ipv6(self) -> None:
        self.copy(ThreeHosts(self.lab), 2, ipv6=True)

    def test_loopback(self) -> None:
        host = self.lab.host("one")
        Nginx(host, "production", ["127.0.0.1:80"])
        target = Nginx(host, "target", ["127.0.0.1:8080"])
        copier = Copier.live(host, "-x", "80-127.0.0.1:8080", "--workers", 2)
        plan = Plan("127.0.0.1", 80, connections=300, requests=1, pipeline=1, rate=0, at_once=50)
        start_load(host, "load", plan).succeed(PATIENCE)
        target.wait_for_requests(300, PATIENCE)
        account = copier.finish()
        account.expect(completed=300)
        self.expect_shared(account, 2)

    def test_instances_share_the_ports_and_so_do_their_workers(self) -> None:
        self.copy(ThreeHosts(self.lab), 3, "-f", "1/4")

    def test_clients_keep_address_and_port(self) -> None:
        net = ThreeHosts(self.lab)
        net.target.ip("route", "add", f"{net.CLIENT}/32", "via", net.PRODUCTION_INNER)
        kept = PacketCounter(net.target, f"ip saddr {net.CLIENT} tcp flags syn / syn,ack")
        self.copy(net, 2, "-c", "keep")
        self.assertEqual(kept.value(), 400)

    def test_listed_addresses(self) -> None:
        net = ThreeHosts(self.lab)
        net.target.ip("route", "add", "10.7.0.0/16", "via", net.PRODUCTION_INNER)
        self.copy(net, 3, "-c", "10.7.3.x")

    def test_replies_by_way_of_an_intercept(self) -> None:
        net = FourHosts(self.lab)
        net.route_clients_to(net.ASSISTANT, net.ASSISTANT6)
        intercept = Intercept(net.assistant)
        copier = self.copy(net, 3, "-s", net.ASSISTANT)
        told = copier.program.output()
        self.assertEqual(told.count(f"intercept {net.ASSISTANT}:36524 is there"), 1, told)
        intercept.finish()

    def test_a_sigusr1_ledger_reconciles_and_sigterm_drains_all(self) -> None:
        """The target never answers, so the sessions stay."""
        net = ThreeHosts(self.lab)
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        Recording(net.target, "target", [f"{net.TARGET}:80"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80", "--workers", 2,
                             "--drain", 0.5, "--log-format", "json")
        self.load(net, 100)
        wait_for(lambda: self.meanwhile(copier)["sessions"]["active"] == 100, PATIENCE,
                 "100 sessions")
        copier.program.signal(signal.SIGTERM)
        account = copier.result(PATIENCE)
        self.assertIn("stopping: 100 sessions in flight get 0.5 s", copier.program.output())
        account.expect(ended_by_us=100)

    def meanwhile(self, copier: Copier) -> dict:
        """The ledger that SIGUSR1 prints."""
        def ledgers() -> list[str]:
            return re.findall(r'^\{.*"message":"ledger".*$', copier.program.output(), re.MULTILINE)
        before = len(ledgers())
        copier.program.signal(signal.SIGUSR1)
        wait_for(lambda: len(ledgers()) > before, PATIENCE, "a ledger")
        account = json.loads(ledgers()[-1])
        sessions = account["sessions"]
        self.assertEqual(sessions["seen"], sessions["active"] + sum(sessions["outcomes"].values()))
        self.assertEqual(sessions["seen"], sum(sessions["by_worker"].values()))
        return account

    def test_the_limit_of_sessions_is_that_of_all(self) -> None:
        net = ThreeHosts(self.lab)
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        Recording(net.target, "target", [f"{net.TARGET}:80"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80", "--workers", 3,
                             "--max-sessions", 20, "--drain", 0.1)
        self.load(net, 300)
        account = copier.finish()
        account.expect(ended_by_us=20, too_many_sessions=280)
        self.assertEqual(sum(account.by_worker), 300)

    def test_the_memory_is_that_of_all(self) -> None:
        """The target never answers, so the sessions stay."""
        net = ThreeHosts(self.lab)
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        Recording(net.target, "target", [f"{net.TARGET}:80"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80", "--workers", 3,
                             "-m", 100, "--drain", 0.1)
        self.load(net, 6000, rate=3000)
        status = Path(f"/proc/{copier.program.pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0])
        account = copier.finish()
        self.assertLess(peak, 100 * 1024)
        self.assertGreater(account.outcomes["no_memory"], 0)
        self.assertEqual(account.sessions_seen, 6000)

    def test_an_interface_that_comes_back_is_shared_again(self) -> None:
        net = ThreeHosts(self.lab)
        _, target = self.servers(net)
        def add_interface() -> None:
            net.production.ip("link", "add", "extra", "type", "veth", "peer", "name", "other")
            net.production.ip("link", "set", "extra", "up")
        add_interface()
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80", "--workers", 2,
                             "-i", f"{net.client_cable},extra")
        net.production.ip("link", "del", "extra")
        copier.program.wait_for_output("interface extra: The interface disappeared", PATIENCE)
        add_interface()
        copier.program.wait_for_output("interface extra: captured again", PATIENCE)
        self.load(net, 100)
        target.wait_for_requests(100, PATIENCE)
        copier.finish().expect(completed=100)
        for line in ("interface extra: The interface disappeared", "interface extra: captured again",
                     "ready, capturing"):
            self.assertEqual(copier.program.output().count(line), 1, line)

    def test_datagrams(self) -> None:
        self.copy_datagrams(2, 40)

    def test_datagrams_in_pieces_which_only_tell_a_port_together(self) -> None:
        self.copy_datagrams(3, 4000)

    def copy_datagrams(self, workers: int, size: int) -> None:
        net = ThreeHosts(self.lab)
        DatagramServer(net.production, "production", [f"{net.PRODUCTION}:53"])
        target = DatagramServer(net.target, "target", [f"{net.TARGET}:5353"])
        copier = Copier.live(net.production, "--udp", "-x", f"53-{net.TARGET}:5353", "--workers",
                             workers)
        load = net.client.python("load", "tests.lab.datagrams", "--to", f"{net.PRODUCTION}:53",
                                 "--clients", 100, "--count", 3, "--size", size, "--follow",
                                 target.record)
        self.assertEqual(json.loads(load.succeed(PATIENCE))["answered"], 300)
        account = copier.finish()
        account.expect(answered=100)
        sent = plan(100, 3, size)
        account.expect_all_delivered(sum(len(one) for stream in sent for one in stream))
        self.expect_shared(account, workers)
        # Three, and the later two of the target's answer: they tell no port.
        pieces = 5 if size > 1500 else 1
        packets = json.loads(account.text)["packets"]
        self.assertEqual(packets["captured"], 300 * pieces, account.text)

    # ------------------------------------------------------------------------------------------------
    # Files.

    def record(self, net: ThreeHosts, connections: int) -> tuple[Path, Plan]:
        recorder = Recorder(net.production, net.client_cable, "tcp port 80")
        plan = self.load(net, connections, 2)
        return recorder.stop(), plan

    def test_a_file_with_copies(self) -> None:
        net = ThreeHosts(self.lab)
        _, target = self.servers(net)
        capture, plan = self.record(net, 200)
        packets = {}
        for workers in (1, 3):
            copier = Copier(net.production, "-i", capture, "-x", f"80-{net.TARGET}:80", "-a", "max",
                            "-n", 3, "--workers", workers)
            account = copier.result(PATIENCE)
            account.expect(completed=600)
            self.expect_shared(account, workers)
            counted = json.loads(account.text)["packets"]
            packets[workers] = (counted["captured"], counted["verdicts"], counted["unparsable"])
        expect_planned(target, plan, times=6)
        self.assertEqual(packets[1], packets[3])

    def test_the_same_sample_whoever_replays_it(self) -> None:
        net = ThreeHosts(self.lab)
        _, target = self.servers(net)
        capture, _ = self.record(net, 200)
        happened = []
        tokens: list[set[str]] = []
        for workers in (1, 2):
            before = target.count()
            copier = Copier(net.production, "-i", capture, "-x", f"80-{net.TARGET}:80", "-a", "max",
                            "-r", 30, "--workers", workers)
            happened.append(copier.result(PATIENCE).happened)
            tokens.append({line.token for line in target.requests()[before:]})
        self.assertEqual(happened[0], happened[1])
        self.assertEqual(tokens[0], tokens[1])
        self.assertTrue(20 < happened[0]["completed"] < 100, happened)

    def test_rounds_begin_for_all_at_once_and_end_when_nobody_has_a_session(self) -> None:
        net = ThreeHosts(self.lab)
        _, target = self.servers(net)
        capture, plan = self.record(net, 3)
        copier = Copier(net.production, "-i", capture, "-x", f"80-{net.TARGET}:80", "-a", "max",
                        "-T", 4, "--workers", 8)  # some have none of the three
        account = copier.result(PATIENCE)
        account.expect(completed=12)
        self.assertIn(0, account.by_worker)
        self.assertIn("rounds read: 4", copier.program.output())
        expect_planned(target, plan, times=4)
        copier = Copier(net.production, "-i", capture, "-x", f"81-{net.TARGET}:80", "-a", "max",
                        "-T", 0, "--workers", 2)
        copier.result(PATIENCE)
        told = copier.program.output()
        self.assertEqual(told.count("the capture holds no session to replay"), 1, told)
        self.assertEqual(told.count("nothing to replay: none of"), 1, told)

    def test_a_damaged_file_is_told_of_once(self) -> None:
        net = ThreeHosts(self.lab)
        self.servers(net)
        capture, _ = self.record(net, 50)
        content = capture.read_bytes()
        capture.write_bytes(content[:len(content) // 2 - 7])
        copier = Copier(net.production, "-i", capture, "-x", f"80-{net.TARGET}:80", "-a", "max",
                        "--workers", 3)
        self.assertEqual(copier.program.wait(PATIENCE), 1)
        told = copier.program.output()
        self.assertEqual(len(re.findall(r"packet \d+", told)), 1, told)
        self.assertEqual(told.count("what came before it is replayed"), 1, told)

    def test_what_only_one_can_read_is_refused(self) -> None:
        host = self.lab.host("one")
        copier = Copier(host, "-i", "-", "-x", "80-127.0.0.1:8080", "--workers", 2)
        self.assertEqual(copier.program.wait(PATIENCE), 2)
        self.assertIn("--workers: '-' can be read once only", copier.program.output())


if __name__ == "__main__":
    labtest.main()
