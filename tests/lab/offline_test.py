"""Capture files, made a moment before, replayed to a real server."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.lab import labtest, ledger
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.pcap_file import PcapFile
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import ThreeHosts, expect_planned, start_load

PATIENCE = 30
SECONDS = 2  # that the recorded load lasts


class OfflineTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        self.plan = Plan(self.net.PRODUCTION, 80, connections=40, requests=5, pipeline=1,
                         rate=40 / SECONDS, at_once=40)
        self.target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:8080"])

    def record(self, *options: str) -> Path:
        """A capture of the planned load, taken on production; `options` are dumpcap's."""
        net = self.net
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        recorder = Recorder(net.production, net.client_cable, "tcp port 80", *options)
        load = json.loads(start_load(net.client, "load", self.plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], 200)
        return recorder.stop()

    def replay(self, capture: Path, *options: object) -> float:
        """Replays, expects everything to have come, and tells how many seconds that took."""
        copier = Copier(self.net.production, "-i", capture, "-x", f"80-{self.net.TARGET}:8080",
                        *options)
        begin = time.monotonic()
        ledger = copier.result(PATIENCE)
        seconds = time.monotonic() - begin
        byte_count = expect_planned(self.target, self.plan)
        ledger.expect(completed=self.plan.connections)
        ledger.expect_all_delivered(byte_count)
        return seconds

    def test_as_fast_as_the_target_can(self) -> None:
        self.assertLess(self.replay(self.record(), "-a", "max"), SECONDS)

    def test_at_the_recorded_pace(self) -> None:
        self.assertGreater(self.replay(self.record(), "-a", 1), SECONDS * 0.9)

    def test_twice_as_fast(self) -> None:
        self.assertTrue(SECONDS * 0.4 < self.replay(self.record(), "-a", 2) < SECONDS * 0.95)

    def test_again_while_the_target_remembers_the_first_run(self) -> None:
        """It closed first, and without timestamps only numbers tell a new SYN from an old one."""
        net, count, words = self.net, 20, "hello"
        net.target.sysctl("net/ipv4/tcp_timestamps", 0)
        net.production.sysctl("net/ipv4/ip_local_port_range", f"{1024 + count} 65535")
        closing = ("--close-after", len(words))
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"], *closing)
        Recording(net.target, "closing", [f"{net.TARGET}:80"], *closing)
        recorder = Recorder(net.production, net.client_cable, "tcp port 80")
        for _ in range(count):
            net.play(f"{net.PRODUCTION}:80", f"send:{words}", "wait-eof").succeed(PATIENCE)
        capture = recorder.stop()
        at_target = Recorder(net.target, net.target_device,
                             "dst port 80 and tcp[tcpflags] & (tcp-syn|tcp-rst) != 0")
        for _ in range(2):
            Copier(net.production, "-i", capture, "-x", f"80-{net.TARGET}:80", "-a", "max").result(
                PATIENCE).expect(completed=count)
        packets = PcapFile.read(at_target.stop()).packets
        self.assertEqual(len(packets), 2 * count)  # SYNs, and nothing else
        self.assertEqual(len({packet.ports for packet in packets}), count)  # all that it has

    def test_standard_input(self) -> None:
        capture = self.record()
        copier = Copier(self.net.production, "-i", "-", "-x", f"80-{self.net.TARGET}:8080", "-a",
                        "max", stdin=f"cat {capture}")
        ledger = copier.result(PATIENCE)
        byte_count = expect_planned(self.target, self.plan)
        ledger.expect(completed=self.plan.connections)
        ledger.expect_all_delivered(byte_count)

    def test_cut_file_is_replayed_until_the_cut(self) -> None:
        capture = self.record()
        content = capture.read_bytes()
        capture.write_bytes(content[:len(content) // 2 - 7])
        copier = Copier(self.net.production, "-i", capture, "-x", f"80-{self.net.TARGET}:8080",
                        "-a", "max")
        copier.program.wait(PATIENCE)
        self.assertRegex(copier.program.output(), r"packet \d+")
        self.assertIn(str(capture), copier.program.output())
        self.assertGreater(self.target.count(), 50)
        self.assertLess(self.target.count(), 200)

    def test_packets_cut_by_the_snapshot_length_are_named(self) -> None:
        """Nobody can know the missing bytes: what was captured before them arrives, no more."""
        capture = self.record("-s", "100")
        copier = Copier(self.net.production, "-i", capture, "-x", f"80-{self.net.TARGET}:8080",
                        "-a", "max", "-t", 2)
        copier.program.wait(PATIENCE)
        self.assertRegex(copier.program.output(), r"packet \d+")
        account = ledger.read(copier.summary)
        account.check()
        self.assertEqual(account.happened, {"capture_gap": self.plan.connections})
        self.assertEqual([line for line in self.target.requests() if line.status == 200], [])

    def test_a_capture_without_a_session_of_x_says_so(self) -> None:
        copier = Copier(self.net.production, "-i", self.record(), "-x",
                        f"8081-{self.net.TARGET}:8080", "-a", "max")
        self.assertEqual(copier.result(PATIENCE).sessions_seen, 0)
        self.assertRegex(copier.program.output(), r"nothing to replay: none of [1-9]\d+ packets")

    def test_no_capture_at_all(self) -> None:
        text = self.lab.folder / "text.pcap"
        text.write_text("This is not a capture file, whatever its name says.\n")
        copier = Copier(self.net.production, "-i", text, "-x", f"80-{self.net.TARGET}:8080")
        self.assertNotEqual(copier.program.wait(PATIENCE), 0)
        self.assertIn(str(text), copier.program.output())


if __name__ == "__main__":
    labtest.main()
