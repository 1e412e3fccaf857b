"""intercept: catches a target's replies and brings them to those who announced their sessions."""

from __future__ import annotations

import signal

from tests.lab import labtest
from tests.lab.intercept import PORT, Intercept, binary
from tests.lab.topology import FourHosts

PATIENCE = 30


class InterceptProgramTest(labtest.LabTest):
    """What it does without any peer."""

    def test_it_tells_what_it_does_and_ends_when_told(self) -> None:
        net = FourHosts(self.lab)
        for number, ending in enumerate((signal.SIGINT, signal.SIGTERM)):
            intercept = Intercept(net.assistant)
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
        for arguments, code, told in (
                (["-i", "eth77"], 2, "-i: interface eth77: there is no such interface"),
                (["-F", "tcp prot 80"], 2, "-F: ")):
            program = net.assistant.start(f"failing{told}", binary(), *arguments)
            self.assertEqual(program.wait(PATIENCE), code)
            lines = program.output().splitlines()
            self.assertEqual(len(lines), 1, lines)
            self.assertTrue(lines[0].startswith("intercept: "), lines)
            self.assertIn(told, lines[0])


if __name__ == "__main__":
    labtest.main()
