"""UDP: each datagram of a client arrives once at the target, live and from a capture file."""

from __future__ import annotations

import json

from tests.lab import labtest, ledger
from tests.lab.copier import Copier, binary
from tests.lab.counting import PacketCounter
from tests.lab.datagrams import DatagramServer, plan
from tests.lab.recorder import Recorder
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_until_steady

PATIENCE = 30


class UdpTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        self._loads = 0

    def servers(self, *behaviour: object) -> DatagramServer:
        """Production answers what it gets; returns the target."""
        net = self.net
        DatagramServer(net.production, "production",
                       [f"{net.PRODUCTION}:53", f"[{net.PRODUCTION6}]:53"])
        return DatagramServer(net.target, "target", [f"{net.TARGET}:5353", f"[{net.TARGET6}]:5353"],
                              *behaviour)

    def ask(self, clients: int, count: int, size: int = 40, ipv6: bool = False,
            target: DatagramServer | None = None, copies: int = 1) -> list[list[bytes]]:
        """Each of `clients` sends `count` datagrams, when those before have come to `target`; returns
        them. All were answered by production."""
        self._loads += 1
        to = f"[{self.net.PRODUCTION6}]:53" if ipv6 else f"{self.net.PRODUCTION}:53"
        follow = ["--follow", target.record, "--copies", copies] if target else []
        load = self.net.client.python(
            f"load{self._loads}", "tests.lab.datagrams", "--to", to, "--clients", clients,
            "--count", count, "--size", size, *follow)
        self.assertEqual(json.loads(load.succeed(PATIENCE))["answered"], clients * count)
        return plan(clients, count, size)

    def unreachables(self) -> PacketCounter:
        """What production's kernel tells the target: it knows nothing of our ports."""
        return PacketCounter(self.net.target, "icmp type destination-unreachable")

    def unreachables6(self) -> PacketCounter:
        return PacketCounter(self.net.target, "icmpv6 type destination-unreachable")

    def expect(self, summary: ledger.Ledger, sent: list[list[bytes]], copies: int = 1,
               **happened: int) -> None:
        """The ledger holds exactly what was sent, `copies` times."""
        summary.expect(**happened)
        count = sum(len(stream) for stream in sent) * copies
        self.assertEqual(summary.requests_seen, count, summary.text)
        summary.expect_all_delivered(sum(len(one) for stream in sent for one in stream) * copies)

    def answered(self, summary: ledger.Ledger) -> int:
        return json.loads(summary.text)["datagrams"]["answered"]

    def expect_streams(self, target: DatagramServer, sent: list[list[bytes]],
                       copies: int = 1) -> None:
        """Each client's datagrams came in order, from an endpoint of their own."""
        target.wait_for([one for stream in sent for one in stream] * copies, PATIENCE)
        self.assertEqual(sorted(target.by_sender().values()), sorted(sent * copies))

    # -----------------------------------------------------------------------------------------------

    def test_live_with_both_families(self) -> None:
        net = self.net
        target = self.servers()
        told, told6 = self.unreachables(), self.unreachables6()
        copier = Copier.live(net.production, "--udp", "-x",
                             f"{net.PRODUCTION}:53-{net.TARGET}:5353,"
                             f"[{net.PRODUCTION6}]:53-[{net.TARGET6}]:5353")
        sent = (self.ask(30, 10, target=target) +
                self.ask(30, 10, size=41, ipv6=True, target=target))
        summary = copier.finish()
        self.expect_streams(target, sent)
        self.expect(summary, sent, answered=60)
        self.assertEqual(self.answered(summary), 600)
        self.assertEqual(json.loads(summary.text)["packets"]["replies"], 600)
        self.assertEqual(told.value() + told6.value(), 0)

    def test_datagrams_in_pieces_arrive_whole(self) -> None:
        """Requests of 8 kB and of the longest that there is, and answers as long."""
        net = self.net
        target = self.servers()
        told, told6 = self.unreachables(), self.unreachables6()
        copier = Copier.live(net.production, "--udp", "-x",
                             f"53-{net.TARGET}:5353,[{net.PRODUCTION6}]:53-[{net.TARGET6}]:5353")
        sent = (self.ask(10, 5, size=8000, target=target) +
                self.ask(10, 5, size=8001, ipv6=True, target=target) +
                self.ask(1, 3, size=65507, target=target) +
                self.ask(1, 3, size=65527, ipv6=True, target=target))
        summary = copier.finish()
        self.expect_streams(target, sent)
        self.expect(summary, sent, answered=22)
        self.assertEqual(self.answered(summary), 106)
        self.assertEqual(told.value() + told6.value(), 0)

    def test_pieces_where_connections_are_tracked(self) -> None:
        """The kernel then joins pieces as they come in, and as they leave."""
        net = self.net
        net.production.run("nft", "add table inet x; add chain inet x in { type filter hook "
                           "prerouting priority 0; }; add chain inet x out { type filter hook "
                           "output priority 0; }; add rule inet x in ct state invalid counter; "
                           "add rule inet x out ct state invalid counter")
        target = self.servers()
        told, told6 = self.unreachables(), self.unreachables6()
        copier = Copier.live(net.production, "--udp", "-x",
                             f"53-{net.TARGET}:5353,[{net.PRODUCTION6}]:53-[{net.TARGET6}]:5353")
        sent = (self.ask(5, 3, size=5000, target=target) +
                self.ask(5, 3, size=5001, ipv6=True, target=target))
        self.expect(copier.finish(), sent, answered=10)
        self.expect_streams(target, sent)
        self.assertEqual(told.value() + told6.value(), 0)

    def test_pieces_fit_the_mtu_that_is_given(self) -> None:
        net = self.net
        target = self.servers("--answer", 1)
        large = PacketCounter(net.target, f"ip saddr {net.PRODUCTION_INNER} meta length > 576")
        copier = Copier.live(net.production, "--udp", "-x", f"53-{net.TARGET}:5353", "-M", 576)
        sent = self.ask(3, 5, size=4000, target=target)
        self.expect(copier.finish(), sent, answered=3)
        self.expect_streams(target, sent)
        self.assertEqual(large.value(), 0)

    def test_three_copies(self) -> None:
        net = self.net
        target = self.servers()
        copier = Copier.live(net.production, "--udp", "-x", f"53-{net.TARGET}:5353", "-n", 3)
        sent = self.ask(20, 5, size=100, target=target, copies=3)
        summary = copier.finish()
        self.expect_streams(target, sent, copies=3)
        self.expect(summary, sent, copies=3, answered=60)

    def test_a_fifth_of_the_sessions(self) -> None:
        """Binomial: 20 % of 900 sessions; six standard deviations are 72."""
        net = self.net
        target = self.servers()
        copier = Copier.live(net.production, "--udp", "-x", f"53-{net.TARGET}:5353", "-r", 20)
        self.ask(900, 2)
        wait_until_steady(lambda: len(target.datagrams()), PATIENCE)
        summary = copier.finish()
        answered = summary.happened["answered"]
        self.assertTrue(108 <= answered <= 252, summary.text)
        summary.expect(answered=answered, left_out_by_sampling=900 - answered)
        self.assertEqual(len(target.datagrams()), 2 * answered)
        self.assertEqual(len(target.by_sender()), answered)

    def test_clients_keep_their_addresses(self) -> None:
        net = self.net
        target = self.servers()
        net.target.ip("route", "add", "10.0.1.0/24", "via", net.PRODUCTION_INNER)
        net.target.ip("-6", "route", "add", "2001:db8:1::/64", "via", net.PRODUCTION_INNER6)
        net.production.sysctl("net/ipv4/ip_forward", 1)
        net.production.sysctl("net/ipv6/conf/all/forwarding", 1)
        strays = PacketCounter(net.client, f"ip saddr {net.TARGET}")
        strays6 = PacketCounter(net.client, f"ip6 saddr {net.TARGET6}")
        copier = Copier.live(net.production, "--udp", "-c", "keep", "-x",
                             f"53-{net.TARGET}:5353,[{net.PRODUCTION6}]:53-[{net.TARGET6}]:5353")
        sent = (self.ask(20, 5, size=3000, target=target) +
                self.ask(20, 5, size=2999, ipv6=True, target=target))
        summary = copier.finish()
        self.expect(summary, sent, answered=40)
        self.expect_streams(target, sent)
        self.assertEqual({sender[0] for sender in target.by_sender()}, {net.CLIENT, net.CLIENT6})
        self.assertEqual(strays.value() + strays6.value(), 0)

    def test_at_the_link_layer_from_listed_addresses(self) -> None:
        net = self.net
        target = self.servers()
        net.target.ip("route", "add", "10.7.0.0/16", "via", net.PRODUCTION_INNER)
        copier = Copier.live(net.production, "--udp", "-c", "10.7.3.x", "-o", net.target_cable,
                             "-x", f"53-{net.TARGET}:5353")
        sent = self.ask(20, 5, size=3000, target=target)
        self.expect(copier.finish(), sent, answered=20)
        self.expect_streams(target, sent)
        self.assertTrue(all(sender[0].startswith("10.7.3.") for sender in target.by_sender()))

    def test_a_target_on_this_host(self) -> None:
        net = self.net
        DatagramServer(net.production, "production", [f"{net.PRODUCTION}:53"])
        target = DatagramServer(net.production, "target", ["127.0.0.1:5353"])
        told = PacketCounter(net.production, "icmp type destination-unreachable")
        copier = Copier.live(net.production, "--udp", "-x", "53-127.0.0.1:5353")
        sent = self.ask(20, 5, size=70, target=target)
        self.expect(copier.finish(), sent, answered=20)
        self.expect_streams(target, sent)
        self.assertEqual(told.value(), 0)

    def record(self, clients: int, count: int, size: int, ipv6: bool = False
               ) -> tuple[str, list[list[bytes]]]:
        recorder = Recorder(self.net.production, self.net.client_cable,
                            "udp or (ip[6:2] & 0x1fff != 0) or ip6 proto 44")
        sent = self.ask(clients, count, size, ipv6)
        return str(recorder.stop()), sent

    def test_from_a_capture_file(self) -> None:
        net = self.net
        target = self.servers()
        capture, sent = self.record(8, 4, 1600)  # the target's socket has little room
        told = self.unreachables()
        copier = Copier(net.production, "--udp", "-i", capture, "-x", f"53-{net.TARGET}:5353",
                        "-a", "max")
        summary = copier.result(PATIENCE)
        self.expect_streams(target, sent)
        self.expect(summary, sent, answered=8)
        self.assertEqual(self.answered(summary), 32)
        self.assertEqual(told.value(), 0)

    def test_ipv6_from_a_capture_file_to_an_ipv4_target(self) -> None:
        net = self.net
        target = self.servers()
        capture, sent = self.record(5, 4, 3000, ipv6=True)
        copier = Copier(net.production, "--udp", "-i", capture, "-x", f"53-{net.TARGET}:5353",
                        "-I", 10)
        self.expect(copier.result(PATIENCE), sent, answered=5)
        self.expect_streams(target, sent)

    def test_a_target_that_says_nothing(self) -> None:
        net = self.net
        target = self.servers("--silent")
        capture, sent = self.record(5, 2, 40)
        copier = Copier(net.production, "--udp", "-i", capture, "-x", f"53-{net.TARGET}:5353",
                        "-t", 1)
        summary = copier.result(PATIENCE)
        self.expect_streams(target, sent)
        self.expect(summary, sent, unanswered=5)
        self.assertIn("datagrams answered by the target: 0 of 10 sent", copier.program.output())

    def test_a_closed_port_is_told(self) -> None:
        """The kernel of the target sends few of its ICMP messages: one comes at least."""
        net = self.net
        self.servers()
        capture, sent = self.record(1, 2, 40)
        copier = Copier(net.production, "--udp", "-i", capture, "-x", f"53-{net.TARGET}:9", "-t", 1)
        self.expect(copier.result(PATIENCE), sent, refused_by_target=1)

    def test_what_it_does_not_do_is_said_in_one_line(self) -> None:
        net = self.net
        for arguments, reason in ((["-s", net.TARGET], "contradicts -s"),
                                  (["--doctor"], "contradicts --doctor")):
            program = net.production.start(f"refused{reason[-3:]}", binary(), "--udp", "-x",
                                           f"53-{net.TARGET}:5353", *arguments)
            self.assertEqual(program.wait(PATIENCE), 2)
            self.assertIn(f"--udp: {reason}", program.output())
            self.assertEqual(program.output().count("\n"), 1)

    def test_dry_run_tells_what_would_be_captured(self) -> None:
        net = self.net
        program = net.production.start("dry", binary(), "--udp", "--dry-run", "-x",
                                       f"53-{net.TARGET}:5353")
        told = program.succeed(PATIENCE)
        self.assertIn("datagrams that clients send to port 53", told)
        self.assertIn("udp and ((dst port 53))", told)
        self.assertIn("udp sport 5353", told)


if __name__ == "__main__":
    labtest.main()
