"""Interfaces that go and come back, under the capture and on the way to the target."""

from __future__ import annotations

import re
import signal

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.labnet import Host
from tests.lab.servers import Recording
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for

PATIENCE = 30
ANSWERING = ("--separator", "\\n", "--answer", "ok\\n")


def send_errors(copier: Copier) -> int:
    """How many packets could not be sent so far, by what it prints when asked."""
    copier.program.signal(signal.SIGUSR1)
    told = re.findall(r"(\d+) send errors", copier.program.output())
    return int(told[-1]) if told else 0


class InterfacesTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = net = ThreeHosts(self.lab)
        Recording(net.production, "production", ["0.0.0.0:80"], *ANSWERING)
        self.target = Recording(net.target, "target", [f"{net.TARGET}:80"], *ANSWERING)

    def copier(self, *options: object) -> Copier:
        return Copier.live(self.net.production, "-x", f"80-{self.net.TARGET}:80", *options)

    def play(self, *steps: str) -> None:
        self.net.play(f"{self.net.PRODUCTION}:80", *steps).succeed(PATIENCE)

    def join(self, left: Host, device: str, address: str, right: Host, other: str,
             other_address: str) -> None:
        """A cable in the place of the one that was cut."""
        left.ip("link", "add", device, "type", "veth", "peer", "name", other, "netns", right.name)
        for host, end, own in ((left, device, address), (right, other, other_address)):
            host.ip("link", "set", end, "up")
            host.address(end, own)

    def test_the_captured_one_disappears(self) -> None:
        net = self.net
        copier = self.copier("-i", net.client_cable)
        self.play("send:one\\n", "expect:3")
        waiting = net.play(f"{net.PRODUCTION}:80", "send:two\\n", "expect:3", "expect:3")
        self.target.wait_for_streams([b"one\n", b"two\n"], PATIENCE)
        for round_number in (1, 2):
            net.production.ip("link", "del", net.client_cable)
            wait_for(lambda: copier.program.output().count("trying again each second")
                     == round_number, PATIENCE, lambda: f"it is missed\n{copier.program.tail()}")
            self.join(net.production, net.client_cable, f"{net.PRODUCTION}/24",
                      net.client, net.client_device, f"{net.CLIENT}/24")
            wait_for(lambda: copier.program.output().count("captured again") == round_number,
                     PATIENCE, lambda: f"it is captured again\n{copier.program.tail()}")
            self.play(f"send:round {round_number}\\n", "expect:3")
        waiting.stop()  # its session goes on, too
        self.target.wait_for_ends(4, PATIENCE)
        copier.finish().expect(completed=4)
        self.assertEqual(sorted(self.target.streams()),
                         [b"one\n", b"round 1\n", b"round 2\n", b"two\n"])

    def test_the_captured_one_goes_down_and_up(self) -> None:
        net = self.net
        copier = self.copier("-i", net.client_cable)
        self.play("send:one\\n", "expect:3")
        net.production.ip("link", "set", net.client_cable, "down")
        net.production.ip("link", "set", net.client_cable, "up")
        self.play("send:two\\n", "expect:3")
        self.target.wait_for_ends(2, PATIENCE)
        copier.finish().expect(completed=2)

    def test_a_new_address_is_copied_from_its_first_packet_on(self) -> None:
        net = self.net
        copier = self.copier()
        addresses = [f"10.0.1.{number}" for number in range(11, 16)]
        for address in addresses:
            net.production.address(net.client_cable, f"{address}/24")
            net.play(f"{address}:80", f"send:{address}\\n", "expect:3").succeed(PATIENCE)
        self.target.wait_for_streams([f"{address}\n".encode() for address in addresses], PATIENCE)
        self.target.wait_for_ends(len(addresses), PATIENCE)
        copier.finish().expect(completed=len(addresses))

    def way_to_the_target_goes(self, *options: object) -> None:
        """A session goes on where it was, and one that began when there was no way begins late."""
        net = self.net
        copier = self.copier(*options)
        waiting = net.play(f"{net.PRODUCTION}:80", "send:one\\n", "expect:3", "expect:3")
        self.target.wait_for_streams([b"one\n"], PATIENCE)
        net.production.ip("link", "del", net.target_cable)
        self.play("send:two\\n", "expect:3")
        waiting.stop()
        wait_for(lambda: send_errors(copier) > 0, PATIENCE, "packets that cannot be sent")
        self.join(net.production, net.target_cable, f"{net.PRODUCTION_INNER}/24",
                  net.target, net.target_device, f"{net.TARGET}/24")
        self.play("send:three\\n", "expect:3")
        self.target.wait_for_ends(3, PATIENCE)
        copier.finish().expect(completed=3)
        self.assertEqual(sorted(self.target.streams()), [b"one\n", b"three\n", b"two\n"])

    def test_the_way_to_the_target_goes(self) -> None:
        self.way_to_the_target_goes()

    def test_the_way_of_frames_to_the_target_goes(self) -> None:
        self.way_to_the_target_goes("-o", self.net.target_cable)


if __name__ == "__main__":
    labtest.main()
