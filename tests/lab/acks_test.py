"""How many packets a replayed session takes, and with --faithful-acks which ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.labnet import Host
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts

PATIENCE = 30
CONNECTIONS = 20
PURE_ACK = "0x0010"


class AcksTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        self.production = Nginx(self.net.production, "nginx", [f"{self.net.PRODUCTION}:80"])
        self.target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:80"])

    def record(self) -> Path:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 80")
        for _ in range(CONNECTIONS):
            self.net.client.run("curl", "-sS", "-m", str(PATIENCE), "-o", "/dev/null",
                                f"http://{self.net.PRODUCTION}/")
        return recorder.stop()

    def client_packets(self, host: Host, capture: Path) -> Counter[str]:
        """Of the clients, by their flags; with `+data` where they bear some."""
        shown = host.run("tshark", "-r", str(capture), "-Y", "tcp.dstport == 80", "-T", "fields",
                         "-e", "tcp.flags", "-e", "tcp.len")
        lines = map(str.split, shown.splitlines())
        return Counter(f"0x{int(flags, 16):04x}" + ("+data" if int(length) else "")
                       for flags, length in lines)

    def replayed(self, capture: Path, *options: object) -> Counter[str]:
        recorder = Recorder(self.net.target, self.net.target_device, "tcp dst port 80")
        copier = Copier(self.net.production, "-i", capture, "-x", f"80-{self.net.TARGET}:80",
                        *options)
        copier.result(PATIENCE).expect(completed=CONNECTIONS)
        return self.client_packets(self.net.target, recorder.stop())

    def test_packets_are_saved_unless_acks_are_to_be_faithful(self) -> None:
        capture = self.record()
        captured = self.client_packets(self.net.production, capture)
        self.assertGreaterEqual(captured.total(), 5 * CONNECTIONS, captured)
        for speed in (1, "max"):
            with self.subTest(speed=speed):
                faithful = self.replayed(capture, "-a", speed, "--faithful-acks")
                self.assertEqual(faithful, captured)
        by_default = self.replayed(capture, "-a", "max")
        self.assertLessEqual(by_default.total(), 4 * CONNECTIONS, by_default)
        # Only what no data or FIN could bear.
        self.assertLessEqual(by_default[PURE_ACK], CONNECTIONS, by_default)


if __name__ == "__main__":
    labtest.main()
