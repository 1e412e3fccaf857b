"""Large bodies both ways, over a cable and over loopback, where captured frames exceed any MTU."""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.labnet import Host
from tests.lab.scripted_client import random_bytes
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for

SIZES = (20_000, 100_000, 1_000_000, 20_000_000)
PATIENCE = 60


class TransferTest(labtest.LabTest):
    def upload(self, client: Host, url: str, copier: Copier, target: Nginx) -> None:
        for size in SIZES:
            body = self.lab.folder / str(size)
            body.write_bytes(random_bytes(size))
            client.run("curl", "-sSf", "-m", str(PATIENCE), "-T", str(body), f"{url}/put/{size}")
        target.wait_for_requests(len(SIZES), PATIENCE)
        ledger = copier.finish()
        for size in SIZES:
            self.assertEqual(target.put_file(str(size)).read_bytes(), random_bytes(size), size)
        ledger.expect(completed=len(SIZES))
        ledger.expect_all_delivered()
        self.assertGreater(ledger.bytes_seen, sum(SIZES))

    def test_uploads_over_a_cable(self) -> None:
        net = ThreeHosts(self.lab)
        Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:8080")
        self.upload(net.client, f"http://{net.PRODUCTION}", copier, target)

    def test_uploads_over_ipv6(self) -> None:
        net = ThreeHosts(self.lab)
        Nginx(net.production, "nginx", [f"[{net.PRODUCTION6}]:80"])
        target = Nginx(net.target, "target", [f"[{net.TARGET6}]:8080"])
        copier = Copier.live(net.production, "-x", f"80-[{net.TARGET6}]:8080")
        self.upload(net.client, f"http://[{net.PRODUCTION6}]", copier, target)

    def test_uploads_over_loopback(self) -> None:
        host = self.lab.host("one")
        Nginx(host, "production", ["127.0.0.1:80"])
        target = Nginx(host, "target", ["127.0.0.1:8080"])
        copier = Copier.live(host, "-x", "80-127.0.0.1:8080")
        self.upload(host, "http://127.0.0.1", copier, target)

    def test_downloads(self) -> None:
        net = ThreeHosts(self.lab)
        content = random_bytes(10_000_000)
        production = Nginx(net.production, "nginx", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:80"])
        for server in (production, target):
            server.add_file("large", content)
        copier = Copier.live(net.production, "-x", f"80-{net.TARGET}:80")
        url = f"http://{net.PRODUCTION}/files/large"
        got = self.lab.folder / "got"
        # Two on one connection, so that the second request has to wait for 10 MB.
        net.client.run("curl", "-sSf", "-m", str(PATIENCE), "-o", str(got), url, "-o", str(got),
                       url)
        self.assertEqual(got.read_bytes(), content)
        target.wait_for_requests(2, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=1)
        ledger.expect_all_delivered()
        self.assertEqual([(line.request, line.number, line.status) for line in target.requests()],
                         [("GET /files/large HTTP/1.1", n, 200) for n in (1, 2)])

    def test_both_sides_talk_at_once(self) -> None:
        """An echo: what comes back is as large as what is sent, and nobody waits for turns."""
        net = ThreeHosts(self.lab)
        size = 2_000_000
        Recording(net.production, "echo", [f"{net.PRODUCTION}:7"], "--echo")
        target = Recording(net.target, "target", [f"{net.TARGET}:7"], "--echo")
        copier = Copier.live(net.production, "-x", f"7-{net.TARGET}:7")
        steps = [step for _ in range(size // 50_000) for step in ("send-random:50000", "expect:50000")]
        net.play(f"{net.PRODUCTION}:7", *steps).succeed(PATIENCE)
        target.wait_for_streams([random_bytes(50_000) * (size // 50_000)], PATIENCE)
        wait_for(lambda: target.ends() == ["fin"], PATIENCE, lambda: f"fin, not {target.ends()}")
        ledger = copier.finish()
        ledger.expect(completed=1)
        ledger.expect_all_delivered(size)


if __name__ == "__main__":
    labtest.main()
