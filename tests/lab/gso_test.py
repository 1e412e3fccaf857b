"""Large payloads leave as few packets that the target's cable is not the narrower for (GSO)."""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.counting import PacketCounter
from tests.lab.offload import switch
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts
from tests.lab.upload import upload

SIZE = 20_000_000
MSS = 1448  # of both families' packets at most, with timestamps
PATIENCE = 60


class GsoTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)

    def copy(self, family: int, *arguments: str) -> tuple[int, int]:
        """Copies an upload. How many packets came to the target's host, and how many were joined."""
        net = self.net
        production, there = ((net.PRODUCTION, net.TARGET) if family == 4 else
                             (f"[{net.PRODUCTION6}]", f"[{net.TARGET6}]"))
        Nginx(net.production, "production", [f"{production}:80"])
        target = Nginx(net.target, "target", [f"{there}:80"])
        copier = Copier.live(net.production, "-x", f"80-{there}:80", *arguments)
        counter = PacketCounter(net.target, "tcp dport 80")
        upload(net.client, production, target, SIZE, PATIENCE, rate="40M")
        ledger = copier.finish()
        ledger.expect(completed=1)
        ledger.expect_all_delivered()
        self.assertGreater(ledger.sent, SIZE // MSS)
        return counter.value(), ledger.sent_joined

    def test_a_device_that_cuts_segments(self) -> None:
        came, joined = self.copy(4)
        self.assertLess(came, SIZE // MSS / 5)
        self.assertGreater(joined, 0)

    def test_over_ipv6(self) -> None:
        came, joined = self.copy(6)
        self.assertLess(came, SIZE // MSS / 5)
        self.assertGreater(joined, 0)

    def test_a_device_that_does_not(self) -> None:
        """The kernel cuts them, and computes their checksums."""
        switch(self.net.production, self.net.target_cable, "tx", on=False)
        came, joined = self.copy(4)
        self.assertGreater(came, SIZE // MSS)
        self.assertGreater(joined, 0)

    def test_through_the_kernels_ip_each_segment_goes_alone(self) -> None:
        came, joined = self.copy(4, "--send=ip")
        self.assertGreater(came, SIZE // MSS)
        self.assertEqual(joined, 0)


if __name__ == "__main__":
    labtest.main()
