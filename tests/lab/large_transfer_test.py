"""50 MB in one session: up, down, both at once; over a cable, and where 1 % is lost each way."""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.path import Faults
from tests.lab.scripted_client import random_bytes
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import ThreeHosts
from tests.lab.upload import upload
from tests.lab.wait import wait_for

SIZE = 50_000_000
PATIENCE = 100
LOSSY = Faults(loss=1, delay=0.001)


class LargeTransferTest(labtest.LabTest):
    def expect_completed(self, copier: Copier, least: int) -> None:
        ledger = copier.finish()
        ledger.expect(completed=1)
        ledger.expect_all_delivered()
        self.assertGreaterEqual(ledger.bytes_seen, least)

    def upload(self, faults: Faults | None) -> None:
        net = ThreeHosts(self.lab, towards_target=faults, from_target=faults)
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:80"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80")
        # A live capture never slows production down: with more than a busy machine can read it loses
        # packets, which is not what is tested here.
        upload(net.client, net.PRODUCTION, target, SIZE, PATIENCE, rate="40M")
        self.expect_completed(copier, SIZE)

    def download(self, faults: Faults | None) -> None:
        """The second request waits for all that answers the first one."""
        net = ThreeHosts(self.lab, towards_target=faults, from_target=faults)
        production = Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:80"])
        for server in (production, target):
            server.add_file("large", random_bytes(SIZE))
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80")
        urls = [f"http://{net.PRODUCTION}/files/large", f"http://{net.PRODUCTION}/end"]
        net.client.run("curl", "-sSf", "-m", str(PATIENCE), "-o", "/dev/null", urls[0], urls[1])
        target.wait_for_requests(2, PATIENCE)
        self.assertEqual([(line.request, line.status) for line in target.requests()],
                         [("GET /files/large HTTP/1.1", 200), ("GET /end HTTP/1.1", 200)])
        self.expect_completed(copier, 100)

    def both(self, faults: Faults | None) -> None:
        net = ThreeHosts(self.lab, towards_target=faults, from_target=faults)
        Recording(net.production, "echo", [f"{net.PRODUCTION}:7"], "--echo")
        target = Recording(net.target, "target", [f"{net.TARGET}:7"], "--echo")
        copier = Copier.live(net.production, "-x", f"7-{net.TARGET}:7")
        net.play(f"{net.PRODUCTION}:7", f"exchange:{SIZE}").succeed(PATIENCE)
        wait_for(lambda: target.ends() == ["fin"], PATIENCE,
                 lambda: f"fin, not {target.ends()} {[len(s) for s in target.streams()]}")
        self.assertEqual(target.streams(), [random_bytes(SIZE)])
        self.expect_completed(copier, SIZE)

    def test_upload(self) -> None:
        self.upload(None)

    def test_upload_while_packets_are_lost(self) -> None:
        self.upload(LOSSY)

    def test_download(self) -> None:
        self.download(None)

    def test_download_while_packets_are_lost(self) -> None:
        self.download(LOSSY)

    def test_both_at_once(self) -> None:
        self.both(None)

    def test_both_at_once_while_packets_are_lost(self) -> None:
        self.both(LOSSY)


if __name__ == "__main__":
    labtest.main()
