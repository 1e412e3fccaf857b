"""intercept: catches a target's replies and brings them to those who announced their sessions."""

from __future__ import annotations

import signal

from tests.lab import labtest
from tests.lab.intercept import PORT, Intercept, binary
from tests.lab.process import Program
from tests.lab.servers import Recording
from tests.lab.topology import FourHosts

PATIENCE = 30


class InterceptProgramTest(labtest.LabTest):
    """What it does without any peer."""

    def test_it_tells_what_it_does_and_ends_when_told(self) -> None:
        net = FourHosts(self.lab)
        for number, ending in enumerate((signal.SIGINT, signal.SIGTERM)):
            intercept = Intercept(net.assistant)
            listening = net.assistant.run("ss", "-ltnH")
            self.assertIn(f"0.0.0.0:{PORT} ", listening)
            intercept.program.signal(signal.SIGUSR1)
            intercept.program.wait_for_output("sessions", PATIENCE)
            intercept.program.signal(ending)
            intercept.program.succeed(PATIENCE)
            told = intercept.program.output()
            self.assertIn("intercept: ready: replies are captured on all interfaces; "
                          f"listening on 0.0.0.0:{PORT}, [::]:{PORT}, own protocol, "
                          "without a secret", told)
            self.assertEqual(told.count("replies that nobody asked for"), 2, number)

    def test_what_it_cannot_do_is_one_line(self) -> None:
        net = FourHosts(self.lab)
        Intercept(net.assistant)
        for arguments, code, told in (
                ([], 1, "36524"),  # taken by the first one
                (["-i", "eth77"], 2, "-i: interface eth77: there is no such interface"),
                (["-b", "192.0.2.77"], 1, "192.0.2.77"),
                (["-F", "tcp prot 80"], 2, "-F: ")):
            program = net.assistant.start(f"failing{told}", binary(), *arguments)
            self.assertEqual(program.wait(PATIENCE), code)
            lines = program.output().splitlines()
            self.assertEqual(len(lines), 1, lines)
            self.assertTrue(lines[0].startswith("intercept: "), lines)
            self.assertIn(told, lines[0])


class ClassicPeersTest(labtest.LabTest):
    """Peers that speak TCPCopy's protocol and share no code with us."""

    def setUp(self) -> None:
        super().setUp()
        self.net = FourHosts(self.lab)
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)
        Recording(self.net.target, "target", [f"{self.net.TARGET}:8080"], "--answer", "ok")
        self.peers = 0

    def session(self, port: int, target_port: int = 8080) -> str:
        return f"{self.net.CLIENT}:{port},{self.net.TARGET}:{target_port}"

    def reply(self, port: int, flags: str = "SA", target_port: int = 8080) -> str:
        return (f"{self.net.TARGET}:{target_port} > {self.net.CLIENT}:{port} "
                f"{flags} payload 0")

    def peer(self, host: str, *steps: str) -> Program:
        self.peers += 1
        return self.net.production.python(f"peer{self.peers}", "tests.lab.classic_peer",
                                          f"{host}:{PORT}", *steps)

    def expect(self, peer: Program, *replies: str) -> None:
        peer.wait_for_output("done", PATIENCE)
        self.assertEqual(peer.out.read_text().splitlines(), [*replies, "done"])

    def test_replies_go_to_the_one_who_asked(self) -> None:
        intercept = Intercept(self.net.assistant, "--protocol", "classic")
        for first in (1000, 2000):
            ports = range(first, first + 20)
            steps = [step for port in ports for step in (
                f"announce:{self.session(port)}", f"syn:{self.session(port)}", "replies:1")]
            self.expect(self.peer(self.net.ASSISTANT, *steps), *(self.reply(p) for p in ports))
        self.assertRegex(intercept.finish(), r"relayed +[4-9]\d ")

    def test_a_refusal_is_a_reply_too(self) -> None:
        Intercept(self.net.assistant, "--protocol", "classic", "-F", "tcp and src port 8081")
        closed = self.session(1000, 8081)
        self.expect(self.peer(self.net.ASSISTANT, f"announce:{closed}", f"syn:{closed}", "replies:1"),
                    self.reply(1000, "RA", 8081))

    def test_a_reply_before_its_announcement_waits(self) -> None:
        intercept = Intercept(self.net.assistant, "--protocol", "classic", "--target", 8080)
        early = [step for port in range(1000, 1010) for step in (
            f"syn:{self.session(port)}", f"announce:{self.session(port)}", "replies:1")]
        self.expect(self.peer(self.net.ASSISTANT, *early),
                    *(self.reply(port) for port in range(1000, 1010)))
        self.assertRegex(intercept.finish(), r"held +[1-9]")

    def test_replies_that_nobody_asked_for_go_nowhere(self) -> None:
        intercept = Intercept(self.net.assistant, "--protocol", "classic")
        wanted = self.session(1001)
        self.expect(self.peer(self.net.ASSISTANT, f"announce:{self.session(999)}",
                              f"syn:{self.session(1000)}", f"announce:{wanted}", f"syn:{wanted}",
                              "replies:1"),
                    self.reply(1001))
        self.assertRegex(intercept.finish(), r"stray +[1-9]")


if __name__ == "__main__":
    labtest.main()
