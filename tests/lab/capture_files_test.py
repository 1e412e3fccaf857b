"""Several capture files, parts of one: what is replayed is what was captured."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.lab import labtest, ledger
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.pcap_file import Packet, PcapFile
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts, expect_planned, start_load

PATIENCE = 30
CONNECTIONS, REQUESTS = 10, 4


class CaptureFilesTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = net = ThreeHosts(self.lab)
        self.plan = Plan(net.PRODUCTION, 80, connections=CONNECTIONS, requests=REQUESTS, pipeline=1,
                         rate=0, at_once=CONNECTIONS)
        self.target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        production = Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        recorder = Recorder(net.production, net.client_cable, "tcp port 80")
        load = json.loads(start_load(net.client, "load", self.plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], CONNECTIONS * REQUESTS)
        self.whole = recorder.stop()
        self.capture = PcapFile.read(self.whole)
        production.program.stop()

    def file(self, name: str, packets: list[Packet]) -> Path:
        return self.capture.write(self.lab.folder / name, packets)

    def parts(self, count: int) -> list[Path]:
        """The capture in files of equally many packets, as a ring of files is written."""
        packets = self.capture.packets
        each = len(packets) // count + 1
        return [self.file(f"part{n}.pcap", packets[n * each:(n + 1) * each]) for n in range(count)]

    def copier(self, files: list[Path], *options: object) -> Copier:
        return Copier(self.net.production, "-i", ",".join(map(str, files)), "-x",
                      f"80-{self.net.TARGET}:8080", *options)

    def expect_whole(self, account: ledger.Ledger, times: int = 1) -> None:
        account.expect(completed=CONNECTIONS * times)
        account.expect_all_delivered(expect_planned(self.target, self.plan, times=times))

    def test_sessions_go_on_from_file_to_file_in_whatever_order_they_are_named(self) -> None:
        first, second, third = self.parts(3)
        copier = self.copier([second, third, first], "-a", "max")
        self.expect_whole(copier.result(PATIENCE))
        self.assertIn("ready, replaying 3 files", copier.program.output())

    def test_files_that_cover_the_same_time(self) -> None:
        """Every other packet is in the other file, as two capture hosts have them."""
        packets = self.capture.packets
        files = [self.file("even.pcap", packets[::2]), self.file("odd.pcap", packets[1::2])]
        self.expect_whole(self.copier(files, "-a", "max").result(PATIENCE))

    def test_a_file_and_standard_input(self) -> None:
        first, second = self.parts(2)
        copier = Copier(self.net.production, "--pcap-file", f"-,{first}", "-x",
                        f"80-{self.net.TARGET}:8080", "-a", "max", stdin=f"cat {second}")
        self.expect_whole(copier.result(PATIENCE))

    def test_a_pipe_that_pauses_stops_nothing(self) -> None:
        """It has given all but the end of its last packet; the sessions go on without that."""
        size = self.whole.stat().st_size
        copier = Copier(self.net.production, "-i", "-", "-x", f"80-{self.net.TARGET}:8080", "-a",
                        "max", stdin=f"head -c {size - 5} {self.whole}; exec sleep 600")
        self.target.wait_for_requests(CONNECTIONS * REQUESTS, PATIENCE)
        account = copier.finish()
        self.assertEqual(account.sessions_seen, CONNECTIONS)
        self.assertGreaterEqual(account.outcomes[ledger.COMPLETED], CONNECTIONS - 1)

    def test_a_cut_file_is_told_and_the_others_are_replayed(self) -> None:
        files = self.parts(3)
        cut = self.file("cut.pcap", self.capture.packets[:2])
        cut.write_bytes(cut.read_bytes()[:-1])
        copier = self.copier([files[0], cut, *files[1:]], "-a", "max")
        self.assertEqual(copier.program.wait(PATIENCE), 1)
        told = [line for line in copier.program.output().splitlines() if "cut.pcap" in line]
        self.assertEqual(len(told), 1, copier.program.output())
        self.assertIn("cut.pcap: packet 2: ", told[0])
        self.expect_whole(ledger.read(copier.summary))

    def test_a_filter_holds_for_each_file(self) -> None:
        packets = self.capture.packets
        port = next(packet.ports[0] for packet in packets if packet.is_syn)
        copier = self.copier(self.parts(2), "-a", "max", "-F", f"port {port}")
        copier.result(PATIENCE).expect(completed=1)
        self.assertEqual(self.target.count(), REQUESTS)

    def test_long_pauses_are_shortened(self) -> None:
        packets = self.capture.packets
        middle = len(packets) // 2
        paused = [self.file("before.pcap", packets[:middle]),
                  self.file("after.pcap", [packet.later(3) for packet in packets[middle:]])]
        begin = time.monotonic()
        self.expect_whole(self.copier(paused, "-I", 100).result(PATIENCE))
        self.assertLess(time.monotonic() - begin, 2)

    def test_sessions_without_syn_are_left_out_or_adopted(self) -> None:
        later = [packet for packet in self.capture.packets if not packet.is_syn]
        capture = self.file("later.pcap", later)
        self.copier([capture], "-a", "max", "-O").result(PATIENCE).expect(no_syn_seen=CONNECTIONS)
        self.assertEqual(self.target.count(), 0)
        adopting = self.copier([capture], "-a", "max", "--midstream", "adopt")
        adopting.result(PATIENCE).expect(completed=CONNECTIONS)
        self.assertEqual(self.target.count(), CONNECTIONS * REQUESTS)

    def clients(self) -> set[str]:
        """address:port of each client of the capture."""
        return {f"{self.net.CLIENT}:{port}" for packet in self.capture.packets if packet.is_syn
                for port in packet.ports if port != 80}

    def test_rounds(self) -> None:
        copier = self.copier(self.parts(2), "-a", "max", "-T", 3)
        self.expect_whole(copier.result(PATIENCE), times=3)
        self.assertIn("rounds read: 3", copier.program.output())

    def test_rounds_at_the_recorded_pace_follow_each_other_without_a_pause(self) -> None:
        packets = self.capture.packets
        paced = self.file("paced.pcap", [packet.later(1 if n == len(packets) - 1 else 0)
                                         for n, packet in enumerate(packets)])
        begin = time.monotonic()
        self.expect_whole(self.copier([paced], "-T", 3, "-a", 2).result(PATIENCE), times=3)
        # Half a second each. The last packet of all is an acknowledgment of the client's.
        self.assertGreater(time.monotonic() - begin, 1.4)

    def test_rounds_with_the_clients_addresses(self) -> None:
        """The next round's session waits until the one before has left its 4-tuple."""
        self.net.target.ip("route", "add", f"{self.net.CLIENT}/32", "via",
                           self.net.PRODUCTION_INNER)
        copier = self.copier([self.whole], "-a", "max", "-T", 3, "-c", "keep")
        self.expect_whole(copier.result(PATIENCE), times=3)
        self.assertEqual({line.client for line in self.target.requests()}, self.clients())

    def test_rounds_and_copies_with_shifted_addresses(self) -> None:
        net = self.net
        ports = {client.split(":")[1] for client in self.clients()}
        addresses = [net.CLIENT, "10.1.1.2", "10.2.1.2", "10.3.1.2"]
        for address in addresses:
            net.target.ip("route", "add", f"{address}/32", "via", net.PRODUCTION_INNER)
        copier = self.copier([self.whole], "-a", "max", "-T", 2, "-n", 2, "-c", "keep",
                             "--shift-clients", 65536)
        self.expect_whole(copier.result(PATIENCE), times=4)
        self.assertEqual({line.client for line in self.target.requests()},
                         {f"{address}:{port}" for address in addresses for port in ports})

    def test_rounds_of_sessions_whose_close_was_not_captured(self) -> None:
        # Nor what follows it: an ACK from behind a FIN tells that something is missing.
        ended: set[tuple[int, int]] = set()
        packets = []
        for packet in self.capture.packets:
            if packet.ends_connection:
                ended.add(packet.ports)
            if packet.ports not in ended:
                packets.append(packet)
        copier = self.copier([self.file("open.pcap", packets)], "-a", "max", "-T", 3)
        copier.result(PATIENCE).expect(capture_ended=3 * CONNECTIONS)
        expect_planned(self.target, self.plan, times=3)

    def test_rounds_until_stopped(self) -> None:
        copier = self.copier([self.whole], "-T", 0)
        self.target.wait_for_requests(5 * CONNECTIONS * REQUESTS, PATIENCE)
        account = copier.finish()
        self.assertGreaterEqual(account.sessions_seen, 5 * CONNECTIONS)
        self.assertEqual(set(account.happened) - {"completed", "ended_by_us"}, set())

    def test_a_file_that_goes_away_between_rounds(self) -> None:
        gone = self.file("gone.pcap", self.capture.packets)
        copier = self.copier([gone], "-T", 0)
        self.target.wait_for_requests(CONNECTIONS * REQUESTS, PATIENCE)
        gone.unlink()
        self.assertEqual(copier.program.wait(PATIENCE), 1)
        self.assertIn(f"{gone}: No such file", copier.program.output())
        account = ledger.read(copier.summary)
        account.expect(completed=account.sessions_seen)
        self.assertEqual(self.target.count(), account.requests_seen)

    def test_a_capture_without_sessions_is_not_read_again(self) -> None:
        copier = Copier(self.net.production, "-i", self.whole, "-x",
                        f"81-{self.net.TARGET}:8080", "-T", 0, "-a", "max")
        self.assertEqual(copier.result(PATIENCE).sessions_seen, 0)
        self.assertIn("holds no session to replay", copier.program.output())
        self.assertIn("rounds read: 1", copier.program.output())


if __name__ == "__main__":
    labtest.main()
