"""Clients and targets that do not behave: each session ends in the outcome that tells why."""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.scripted_client import random_bytes
from tests.lab.servers import Recording
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for

PATIENCE = 30
ANSWERING = ("--separator", "\\n", "--answer", "ok\\n")


class TroubleTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        self.production = Recording(self.net.production, "production",
                                    [f"{self.net.PRODUCTION}:80"], *ANSWERING)

    def target(self, *behaviour: object) -> Recording:
        return Recording(self.net.target, "target", [f"{self.net.TARGET}:80"], *behaviour)

    def copier(self, *options: object) -> Copier:
        return Copier.live(self.net.production, "-x", f"80-{self.net.TARGET}:80", *options)

    def play(self, *steps: str) -> None:
        self.net.play(f"{self.net.PRODUCTION}:80", *steps).succeed(PATIENCE)

    def test_client_resets_in_the_middle(self) -> None:
        target, copier = self.target(*ANSWERING), self.copier()
        self.play("send:one\\n", "expect:3", "send-random:5000", "expect:3", "reset")
        self.production.wait_for_ends(1, PATIENCE)
        target.wait_for_ends(1, PATIENCE)
        ledger = copier.finish()
        self.assertEqual(target.streams(), [b"one\n" + random_bytes(5000)])
        self.assertEqual(target.ends(), ["ConnectionResetError"])
        ledger.expect(reset_by_client=1)
        ledger.expect_all_delivered(5004)

    def test_target_refuses(self) -> None:
        copier = self.copier()
        for _ in range(5):
            self.play("send:one\\n", "expect:3")
        ledger = copier.finish()
        ledger.expect(refused_by_target=5)
        self.assertEqual((ledger.bytes_seen, ledger.bytes_delivered), (20, 0))

    def test_target_resets(self) -> None:
        target, copier = self.target("--reset-after", 4), self.copier()
        self.play("send:one\\n", "expect:3", "send:two\\n", "expect:3")
        target.wait_for_ends(1, PATIENCE)
        ledger = copier.finish()
        ledger.expect(reset_by_target=1)
        self.assertEqual(target.streams(), [b"one\n"])
        self.assertEqual((ledger.bytes_seen, ledger.bytes_delivered), (8, 4))

    def test_target_closes_early(self) -> None:
        """A FIN where production went on: the rest cannot be delivered, and the ledger says so."""
        target, copier = self.target(*ANSWERING, "--close-after", 4), self.copier()
        self.play("send:one\\n", "expect:3", "send:two\\n", "expect:3")
        target.wait_for_ends(1, PATIENCE)
        ledger = copier.finish()
        ledger.check()
        self.assertEqual((ledger.sessions_seen, ledger.active), (1, 0), ledger.text)
        self.assertEqual(ledger.outcomes["completed"], 0, ledger.text)
        self.assertEqual(target.streams(), [b"one\n"])
        self.assertEqual(ledger.bytes_seen, 8)
        self.assertLess(ledger.bytes_delivered, 8)

    def test_target_never_answers(self) -> None:
        """It accepts and reads and stays silent; after -t seconds the session is given up."""
        target, copier = self.target(), self.copier("-t", 2)
        self.play("send:one\\n", "expect:3", "send:two\\n", "expect:3")
        target.wait_for_ends(1, PATIENCE)
        ledger = copier.finish()
        ledger.expect(target_timeout=1)
        self.assertEqual(target.streams(), [b"one\n"])
        self.assertEqual((ledger.requests_seen, ledger.requests_delivered), (2, 1))

    def test_target_is_not_there(self) -> None:
        """Not even a refusal: SYNs vanish, the session ends after -t seconds."""
        self.net.target.run("nft", "add table ip x; add counter ip x syns; add chain ip x in "
                            "{ type filter hook input priority 0; }; "
                            "add rule ip x in tcp dport 80 counter name syns drop")
        copier = self.copier("-t", 2)
        self.play("send:one\\n", "expect:3")
        wait_for(lambda: self.syns_dropped() >= 2, PATIENCE, "a lost SYN is sent again")
        ledger = copier.finish()
        self.assertLessEqual(ledger.happened.keys(), {"target_timeout", "ended_by_us"})
        self.assertEqual(ledger.sessions_seen, 1)
        self.assertEqual(ledger.bytes_delivered, 0)

    def syns_dropped(self) -> int:
        listed = self.net.target.run("nft", "list", "counter", "ip", "x", "syns")
        return int(listed.split("packets ")[1].split()[0])

    def test_one_bad_session_costs_only_itself(self) -> None:
        """Every third client resets; all others complete, byte for byte."""
        target, copier = self.target(*ANSWERING), self.copier()
        for number in range(12):
            end = ["reset"] if number % 3 == 0 else []
            self.play(f"send:hello {number}\\n", "expect:3", *end)
        target.wait_for_streams([f"hello {n}\n".encode() for n in range(12)], PATIENCE)
        target.wait_for_ends(12, PATIENCE)
        copier.finish().expect(completed=8, reset_by_client=4)


if __name__ == "__main__":
    labtest.main()
