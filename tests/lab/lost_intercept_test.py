"""intercept goes away while it carries replies, and comes back."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.intercept import Intercept
from tests.lab.ledger import read
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts, start_load
from tests.lab.wait import wait_for, wait_until_steady

PATIENCE = 30
RATE = 200.0


class LostInterceptTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = FourHosts(self.lab)
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)
        Nginx(self.net.production, "production", [f"{self.net.PRODUCTION}:80"])
        self.target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:8080"])

    def copier(self, *arguments: object) -> Copier:
        return Copier(self.net.production, "-x", f"80-{self.net.TARGET}:8080",
                      "-s", self.net.ASSISTANT, *arguments)

    def plan(self, connections: int) -> Plan:
        return Plan(self.net.PRODUCTION, 80, connections=connections, requests=1, pipeline=1,
                    rate=RATE, at_once=100)

    def hold_a_session(self) -> None:
        """A client that stays, with a request that was answered."""
        self.net.client.python(
            "held", "tests.lab.scripted_client", f"{self.net.PRODUCTION}:80",
            "send:GET /held HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "expect:1", "wait-eof")
        wait_for(lambda: any("/held" in line.request for line in self.target.requests()), PATIENCE,
                 "the held session's request at the target")

    def test_none_was_there(self) -> None:
        """It waits for the first one, captures nothing until then, and says why it ends."""
        copier = self.copier("--lost-intercept-timeout", "0.5")
        self.assertEqual(copier.program.wait(PATIENCE), 1)
        told = copier.program.output()
        self.assertIn(f"waiting for intercept: {self.net.ASSISTANT}:36524", told)
        self.assertIn(f"no intercept could be reached for 0.5 s: {self.net.ASSISTANT}:36524; "
                      "with -L tcpcopy waits on", told)
        self.assertNotIn("ready, capturing", told)
        self.assertIn("seen", told)

    def test_the_first_one_may_come_later(self) -> None:
        """What clients did before it came is not copied."""
        copier = self.copier()
        copier.program.wait_for_output("waiting for intercept", PATIENCE)
        start_load(self.net.client, "early", self.plan(50)).succeed(PATIENCE)
        Intercept(self.net.assistant)
        copier.program.wait_for_output("ready, capturing", PATIENCE)
        start_load(self.net.client, "load", self.plan(50)).succeed(PATIENCE)
        self.target.wait_for_requests(50, PATIENCE)
        copier.finish().expect(completed=50)

    def test_clients_on_the_copiers_own_host(self) -> None:
        """Their copies come from that host's own address, where no intercept is needed."""
        Intercept(self.net.assistant)
        copier = self.copier()
        copier.program.wait_for_output("ready, capturing", PATIENCE)
        for _ in range(3):
            self.net.production.run("curl", "-sf", "-m", "5", f"http://{self.net.PRODUCTION}/")
        self.target.wait_for_requests(3, PATIENCE)
        copier.finish().expect(completed=3)

    def test_without_l_it_ends(self) -> None:
        """With the ledger, in which the session that was in flight is told apart."""
        intercept = Intercept(self.net.assistant)
        copier = self.copier("--lost-intercept-timeout", "1")
        copier.program.wait_for_output("ready, capturing", PATIENCE)
        self.hold_a_session()
        intercept.kill()
        self.assertEqual(copier.program.wait(PATIENCE), 1)
        told = copier.program.output()
        self.assertIn(f"intercept {self.net.ASSISTANT}:36524 is gone", told)
        self.assertIn("no intercept could be reached for 1 s", told)
        ledger = read(copier.summary)
        ledger.expect(replies_lost=1)

    def test_cut_off_without_a_word(self) -> None:
        """No FIN, no RST: its silence tells."""
        Intercept(self.net.assistant)
        copier = self.copier("-L")
        copier.program.wait_for_output("is there", PATIENCE)
        self.hold_a_session()
        self.net.assistant.ip("link", "set", self.net.assistant_device, "down")
        copier.program.wait_for_output("is gone", PATIENCE)
        self.net.assistant.ip("link", "set", self.net.assistant_device, "up")
        wait_for(lambda: copier.program.output().count("is there") == 2, PATIENCE,
                 "intercept is there again")
        start_load(self.net.client, "load", self.plan(50)).succeed(PATIENCE)
        self.target.wait_for_requests(51, PATIENCE)
        copier.finish().expect(completed=50, replies_lost=1)

    def record(self, connections: int) -> Path:
        """A capture file of a load."""
        capture = self.lab.folder / "capture.pcap"
        recorder = self.net.production.start(
            "dumpcap", "dumpcap", "-P", "-i", self.net.client_cable, "-f", "tcp port 80",
            "-w", str(capture))
        recorder.wait_for_output("File: ", PATIENCE)
        start_load(self.net.client, "load", self.plan(connections)).succeed(PATIENCE)
        # What the kernel still holds when dumpcap is told to stop is lost.
        wait_until_steady(lambda: capture.stat().st_size, PATIENCE)
        recorder.signal(signal.SIGINT)
        recorder.succeed(PATIENCE)
        return capture

    def test_a_file_waits_for_its_return(self) -> None:
        """Only what is in flight is lost: the file is not read while no reply can come."""
        capture = self.record(400)
        intercept = Intercept(self.net.assistant)
        copier = self.copier("-i", capture)
        self.target.wait_for_requests(100, PATIENCE)
        intercept.kill()
        copier.program.wait_for_output("is gone", PATIENCE)
        before = self.target.count()
        Intercept(self.net.assistant)
        ledger = copier.result(PATIENCE)
        self.assertLessEqual(ledger.happened.keys(), {"completed", "replies_lost"}, ledger.text)
        self.assertEqual(ledger.sessions_seen, 400)
        self.assertLess(before, 350, "the file was over too soon")
        self.assertLess(ledger.outcomes["replies_lost"], 20, ledger.text)

    def test_killed_and_started_again_under_load(self) -> None:
        """What begins later than a second after its return completes."""
        intercept = Intercept(self.net.assistant)
        copier = self.copier("-L")
        copier.program.wait_for_output("is there", PATIENCE)
        self.hold_a_session()
        connections = 1200
        begin = time.monotonic()  # connection n begins (n - 1) / RATE later, or after that
        load = start_load(self.net.client, "load", self.plan(connections))
        self.target.wait_for_requests(200, PATIENCE)
        intercept.kill()
        copier.program.wait_for_output("is gone", PATIENCE)
        Intercept(self.net.assistant)
        returned = time.monotonic()
        load.succeed(PATIENCE)
        first_sure = int((returned + 1.0 - begin) * RATE) + 2
        self.assertLess(first_sure, connections - 200, "the load was over too soon")
        sure = {f"GET /load/{n}/1 HTTP/1.1" for n in range(first_sure, connections + 1)}
        wait_for(lambda: sure <= {line.request for line in self.target.requests()}, PATIENCE,
                 "each request of a session that began later than a second after the return")
        ledger = copier.finish()
        ledger.check()
        self.assertEqual(ledger.happened.keys(), {"completed", "replies_lost"}, ledger.text)
        self.assertGreaterEqual(ledger.outcomes["completed"], len(sure))
        self.assertEqual(ledger.sessions_seen, connections + 1)


if __name__ == "__main__":
    labtest.main()
