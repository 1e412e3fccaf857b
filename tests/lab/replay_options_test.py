"""Options that change how one session is captured or replayed: -H, -R, -S, -B, -W."""

from __future__ import annotations

import re
from pathlib import Path

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.intercept import Intercept
from tests.lab.offload import switch
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for, wait_until_steady

PATIENCE = 30


class ReplayOptionsTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)

    def copier(self, *options: object) -> Copier:
        return Copier.live(self.net.production, "-x", f"80-{self.net.TARGET}:80", *options)

    def test_clients_on_localhost_come_from_the_address_given(self) -> None:
        net = self.net
        net.target.ip("route", "add", "10.9.0.0/16", "via", net.PRODUCTION_INNER)
        net.target.ip("route", "add", "10.0.1.0/24", "via", net.PRODUCTION_INNER)
        Nginx(net.production, "nginx", ["127.0.0.1:80", f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:80"])
        # Another's address, and one of this host's own.
        for count, address in ((1, "10.9.0.7"), (2, net.PRODUCTION)):
            copier = self.copier("-c", "keep", "-H", address)
            net.production.run("curl", "-sS", "-m", str(PATIENCE), "http://127.0.0.1/")
            target.wait_for_requests(count, PATIENCE)
            copier.finish().expect(completed=1)
            self.assertEqual(target.requests()[-1].client.rsplit(":", 1)[0], address)

    def syn_gaps(self, *options: object) -> list[float]:
        """Seconds between the SYNs that a silent target gets, first to last of some."""
        net = self.net
        copier = self.copier(*options)
        recorder = Recorder(net.target, net.target_device, "tcp[tcpflags] & tcp-syn != 0")
        script = net.play(f"{net.PRODUCTION}:80", "send:x", "wait-eof")

        def stamps() -> list[float]:
            shown = net.target.run("tshark", "-r", str(recorder.file), "-T", "fields", "-e",
                                   "frame.time_epoch")
            return [float(line) for line in shown.split()]
        wait_for(lambda: recorder.file.stat().st_size > 0 and len(stamps()) >= 3, PATIENCE,
                 "three SYNs come")
        recorder.stop()
        script.stop()
        copier.finish()
        times = stamps()
        return [later - earlier for earlier, later in zip(times, times[1:])]

    def test_the_first_retransmission_timeout(self) -> None:
        net = self.net
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        net.target.run("nft", "add table ip t; add chain ip t c { type filter hook input "
                              "priority 0; }; add rule ip t c drop")
        slow = self.syn_gaps()
        fast = self.syn_gaps("-R", 200)
        self.assertGreater(slow[0], 0.9)
        self.assertTrue(0.19 < fast[0] < 0.8, fast)

    def packet_sizes(self, *options: object) -> list[tuple[int, int]]:
        """Of an upload's packets at the target: bytes of the IP packet, and of its payload."""
        net = self.net
        copier = self.copier(*options)
        recorder = Recorder(net.target, net.target_device, "tcp dst port 80")
        begin = len(self.target.streams())
        net.play(f"{net.PRODUCTION}:80", "send-random:20000", "expect:2").succeed(PATIENCE)
        wait_for(lambda: len(self.target.ends()) > begin, PATIENCE, "the copy has ended")
        shown = net.target.run("tshark", "-r", str(recorder.stop()), "-T", "fields", "-e", "ip.len",
                               "-e", "tcp.len")
        copier.finish().expect(completed=1)
        self.assertEqual(len(self.target.streams()[-1]), 20000)
        return [(int(ip), int(tcp)) for ip, tcp in map(str.split, shown.splitlines())]

    def test_packets_and_segments_are_as_small_as_asked_for(self) -> None:
        net = self.net
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"], "--answer", "ok")
        self.target = Recording(net.target, "target", [f"{net.TARGET}:80"], "--answer", "ok")
        # Joined segments are parted before the cable.
        switch(net.production, net.target_cable, "tx", on=False)
        self.assertEqual(max(ip for ip, _ in self.packet_sizes()), 1500)
        self.assertEqual(max(ip for ip, _ in self.packet_sizes("-M", 576)), 576)
        self.assertTrue(500 < max(tcp for _, tcp in self.packet_sizes("-D", 536)) <= 536)

    def test_so_many_connections_to_an_intercept_at_another_port(self) -> None:
        net = self.net
        Intercept(net.target, "-p", 4000, "-F", "tcp and src port 80")
        self.copier("-s", net.TARGET, "-p", 4000, "-C", 5)

        def connections() -> int:
            return net.target.run("ss", "-tnH", "state", "established", "sport", "=", ":4000"
                                  ).count("\n")
        self.assertEqual(wait_until_steady(connections, PATIENCE), 5)

    def test_a_silent_client_is_given_up(self) -> None:
        net = self.net
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"], "--answer", "ok")
        target = Recording(net.target, "target", [f"{net.TARGET}:80"], "--answer", "ok")
        patient, impatient = self.copier(), self.copier("-k", 1)
        script = net.play(f"{net.PRODUCTION}:80", "send:x", "expect:2", "wait-eof")
        target.wait_for_ends(1, PATIENCE)
        impatient.finish().expect(capture_ended=1)
        script.stop()
        patient.finish().expect(completed=1)
        self.assertEqual(sorted(target.ends()), ["fin", "fin"])

    def test_a_short_snapshot_length_cuts_and_says_so(self) -> None:
        net = self.net
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"], "--answer", "ok")
        target = Recording(net.target, "target", [f"{net.TARGET}:80"], "--answer", "ok")
        copier = self.copier("-S", 100, "--drain", 20)
        net.play(f"{net.PRODUCTION}:80", "send-random:500", "expect:2").succeed(PATIENCE)
        copier.program.wait_for_output("see -S", PATIENCE)
        copier.finish().expect(capture_gap=1)
        self.assertLess(sum(map(len, target.streams())), 100)

    def ring_bytes(self, megabytes: int) -> int:
        """Memory that the process shares with the kernel for captured packets."""
        copier = self.copier("-B", megabytes)
        maps = Path(f"/proc/{copier.program.pid}/maps").read_text()
        copier.finish()
        ranges = [line.split()[0].split("-") for line in maps.splitlines()
                  if re.search(r"socket:\[", line)]
        return sum(int(end, 16) - int(begin, 16) for begin, end in ranges)

    def test_the_capture_buffer_is_as_large_as_asked_for(self) -> None:
        Nginx(self.net.production, "nginx", [f"{self.net.PRODUCTION}:80"])
        difference = self.ring_bytes(48) - self.ring_bytes(16)
        self.assertTrue(30 << 20 < difference < 34 << 20, difference)

    def replay_two_requests_to_a_silent_target(self, *options: object) -> list[bytes]:
        net = self.net
        copier = self.copier(*options)
        net.play(f"{net.PRODUCTION}:80", "send:first", "expect:2", "send:second", "expect:2",
                 ).succeed(PATIENCE)
        account = copier.finish()
        account.check()
        return self.target.streams()

    def test_without_waiting_requests_follow_each_other(self) -> None:
        net = self.net
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"], "--answer", "ok")
        self.target = Recording(net.target, "target", [f"{net.TARGET}:80"])
        self.assertEqual(self.replay_two_requests_to_a_silent_target("--drain", 1), [b"first"])
        self.assertEqual(self.replay_two_requests_to_a_silent_target("-W"),
                         [b"first", b"firstsecond"])


if __name__ == "__main__":
    labtest.main()
