"""Starting, being told to stop, being killed: nothing is left behind."""

from __future__ import annotations

import signal

from tests.lab import labtest, ledger
from tests.lab.copier import Copier, binary
from tests.lab.labnet import Host
from tests.lab.servers import Recording
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for

PATIENCE = 30
ANSWERING = ("--separator", "\\n", "--answer", "ok\\n")


def ruleset(host: Host) -> str:
    return host.run("nft", "list", "ruleset").strip()


class LifecycleTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        Recording(self.net.production, "production", [f"{self.net.PRODUCTION}:80"], *ANSWERING)

    def target(self, *behaviour: object) -> Recording:
        return Recording(self.net.target, "target", [f"{self.net.TARGET}:80"], *behaviour)

    def copier(self) -> Copier:
        return Copier.live(self.net.production, "-x", f"80-{self.net.TARGET}:80")

    def play(self, *steps: str) -> None:
        self.net.play(f"{self.net.PRODUCTION}:80", *steps).succeed(PATIENCE)

    def test_killed_leaves_no_guard(self) -> None:
        copier = self.copier()
        self.assertNotEqual(ruleset(self.net.production), "")
        copier.program.signal(signal.SIGKILL)
        self.assertEqual(copier.program.wait(PATIENCE), -signal.SIGKILL)
        wait_for(lambda: ruleset(self.net.production) == "", PATIENCE,
                 lambda: f"the guard goes: {ruleset(self.net.production)}")

    def test_stopped_leaves_no_guard(self) -> None:
        copier = self.copier()
        copier.finish().expect()
        self.assertEqual(ruleset(self.net.production), "")
        for word in ledger.TABLE_WORDS:
            self.assertIn(word, copier.program.output().lower())

    def test_sigterm_is_as_good_as_ctrl_c(self) -> None:
        copier = self.copier()
        copier.program.signal(signal.SIGTERM)
        copier.result(PATIENCE).expect()

    def test_ctrl_c_lets_sessions_in_flight_end(self) -> None:
        target, copier = self.target(*ANSWERING, "--delay", 1), self.copier()
        self.play("send:one\\n", "expect:3", "send:two\\n", "expect:3")
        wait_for(lambda: target.streams() == [b"one\n"], PATIENCE, "the first request")
        ended = copier.finish()
        target.wait_for_ends(1, PATIENCE)
        self.assertEqual(target.streams(), [b"one\ntwo\n"])
        self.assertEqual(target.ends(), ["fin"])
        ended.expect(completed=1)
        ended.expect_all_delivered(8)

    def test_ctrl_c_resets_what_does_not_end(self) -> None:
        target, copier = self.target(), self.copier()
        self.play("send:one\\n", "expect:3", "send:two\\n", "expect:3")
        wait_for(lambda: target.streams() == [b"one\n"], PATIENCE, "the first request")
        ended = copier.finish()
        ended.expect(ended_by_us=1)
        target.wait_for_ends(1, PATIENCE)
        self.assertEqual(target.ends(), ["ConnectionResetError"])
        self.assertEqual(ruleset(self.net.production), "")

    def test_sigusr1_prints_the_ledger_and_goes_on(self) -> None:
        target, copier = self.target(*ANSWERING), self.copier()
        self.play("send:one\\n", "expect:3")
        target.wait_for_ends(1, PATIENCE)
        copier.program.signal(signal.SIGUSR1)
        for word in ledger.TABLE_WORDS:
            wait_for(lambda: word in copier.program.output().lower(), PATIENCE,
                     lambda: f"{word} is printed\n{copier.program.tail()}")
        self.play("send:two\\n", "expect:3")
        target.wait_for_streams([b"one\n", b"two\n"], PATIENCE)
        target.wait_for_ends(2, PATIENCE)
        copier.finish().expect(completed=2)

    def test_copies_on_when_nobody_listens(self) -> None:
        target = self.target(*ANSWERING)
        command = f"exec {binary()} -x 80-{self.net.TARGET}:80"
        for number, streams in enumerate(
                ("<&- >&- 2>&-", ">/dev/full 2>/dev/full", "> >(true) 2>&1"), 1):
            with self.subTest(streams=streams):
                program = self.net.production.start(f"mute{number}", "bash", "-c",
                                                    f"{command} {streams}")
                wait_for(lambda: ruleset(self.net.production), PATIENCE, "the guard")
                program.signal(signal.SIGUSR1)
                self.play("send:one\\n", "expect:3")
                target.wait_for_streams([b"one\n"] * number, PATIENCE)
                program.signal(signal.SIGINT)
                self.assertGreaterEqual(program.wait(PATIENCE), 0)
                self.assertEqual(ruleset(self.net.production), "")

    def test_names_the_missing_capability(self) -> None:
        for capability in ("net_raw", "net_admin"):
            program = self.net.production.start(
                f"without_{capability}", "setpriv", "--bounding-set", f"-{capability}", "--",
                binary(), "-x", f"80-{self.net.TARGET}:80")
            self.assertNotEqual(program.wait(PATIENCE), 0)
            self.assertIn(f"CAP_{capability.upper()}", program.output())
            self.assertIn("setcap", program.output())


if __name__ == "__main__":
    labtest.main()
