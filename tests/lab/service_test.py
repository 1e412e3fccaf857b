"""tcpcopy and intercept as services: -d, -l, -P, and SIGHUP."""

from __future__ import annotations

import re
import signal

from tests.lab import copier, daemon, intercept, labtest, ledger
from tests.lab.daemon import Daemon
from tests.lab.http_load import Plan
from tests.lab.labnet import Host
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts, expect_planned, start_load
from tests.lab.wait import wait_for, wait_until_steady

PATIENCE = 30
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "


class ServiceTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = FourHosts(self.lab)


class Both:
    """What holds for either program."""

    class ForEach(ServiceTest):
        NAME: str
        host: Host
        command: list[str]
        TABLE: str  # stands in what it prints at the end

        def start(self, name: str = "service") -> Daemon:
            return Daemon(self.host, name, *self.command)

        def test_it_tells_its_log_and_its_number(self) -> None:
            service = self.start()
            self.assertEqual(service.foreground.output(), "")
            self.assertEqual(service.pid_file.read_text(), f"{service.pid}\n")
            self.assertNotEqual(service.pid, service.foreground.pid)
            service.wait_for_log(f"{self.NAME}: ready", PATIENCE)
            self.assertEqual(service.finish(), 0)
            log = service.log.read_text()
            self.assertRegex(log, rf"(?m)^{STAMP}{self.NAME}: ready")
            self.assertIn(self.TABLE, log)
            self.assertFalse(service.pid_file.exists())

        def test_what_keeps_it_from_starting_is_told_at_the_prompt(self) -> None:
            program = daemon.start(self.host, "service", *self.command, "-i", "eth77")
            self.assertEqual(program.wait(PATIENCE), 2)
            self.assertRegex(program.output(), rf"\A{self.NAME}: -i: interface eth77: .*\n\Z")
            self.assertFalse((self.lab.folder / "service.pid").exists())
            program = daemon.start(self.host, "service", "setpriv", "--bounding-set", "-net_raw",
                                   "--inh-caps", "-net_raw", "--", *self.command)
            self.assertEqual(program.wait(PATIENCE), 1)
            self.assertIn("CAP_NET_RAW", program.output())
            self.assertFalse((self.lab.folder / "service.pid").exists())
            self.assertEqual((self.lab.folder / "service.log").read_text(), "")

        def test_a_second_one_is_refused(self) -> None:
            service = self.start()
            second = daemon.start(self.host, "service", *self.command)
            self.assertEqual(second.wait(PATIENCE), 2)
            self.assertEqual(second.output(), f"{self.NAME}: -P: 'service.pid' belongs to process "
                                              f"{service.pid}, which is running\n")
            self.assertTrue(service.running)
            self.assertEqual(service.pid_file.read_text(), f"{service.pid}\n")
            self.assertEqual(service.finish(), 0)

        def test_a_pid_file_left_behind_is_no_obstacle(self) -> None:
            killed = self.start()
            killed.stop()
            self.assertTrue(killed.pid_file.exists())
            service = self.start()
            self.assertNotEqual(service.pid, killed.pid)
            self.assertEqual(service.finish(), 0)
            self.assertFalse(service.pid_file.exists())

        def test_sighup_begins_a_new_log(self) -> None:
            service = self.start()
            service.wait_for_log("ready", PATIENCE)
            old = service.rotate()
            before = old.read_text()
            self.assertIn("ready", before)
            service.signal(signal.SIGUSR1)
            service.wait_for_log(self.TABLE, PATIENCE)
            self.assertEqual(service.finish(), 0)
            self.assertEqual(service.log.read_text().count(self.TABLE), 2)
            self.assertEqual(old.read_text(), before)


class TcpcopyTest(Both.ForEach):
    NAME = "tcpcopy"
    TABLE = "  captured packets: "

    def setUp(self) -> None:
        super().setUp()
        self.host = self.net.production
        self.command = [copier.binary(), "-x", f"80-{self.net.TARGET}:8080"]


class InterceptTest(Both.ForEach):
    NAME = "intercept"
    TABLE = "replies that nobody asked for"

    def setUp(self) -> None:
        super().setUp()
        self.host = self.net.assistant
        self.command = [intercept.binary()]


class CopyTest(ServiceTest):
    """Copies by services."""

    def setUp(self) -> None:
        super().setUp()
        Nginx(self.net.production, "production", [f"{self.net.PRODUCTION}:80"])
        self.target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:8080"])
        self.command = [copier.binary(), "-x", f"80-{self.net.TARGET}:8080",
                        "--summary-json", "summary.json"]

    def plan(self, connections: int, rate: float) -> Plan:
        return Plan(self.net.PRODUCTION, 80, connections=connections, requests=2, pipeline=1,
                    rate=rate, at_once=100)

    def expect_completed(self, plan: Plan) -> None:
        summary = ledger.read(self.lab.folder / "summary.json")
        summary.expect(completed=plan.connections)
        summary.expect_all_delivered()
        expect_planned(self.target, plan)

    def test_once_the_prompt_is_back_nothing_is_missed(self) -> None:
        plan = self.plan(20, 0)
        tcpcopy = Daemon(self.net.production, "tcpcopy", *self.command)
        start_load(self.net.client, "load", plan).succeed(PATIENCE)
        self.target.wait_for_requests(40, PATIENCE)
        self.assertEqual(tcpcopy.finish(), 0)
        self.expect_completed(plan)

    def test_nothing_is_missed_by_way_of_an_intercept(self) -> None:
        """Logs of both are moved away under load."""
        plan = self.plan(600, 200.0)
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)
        catcher = Daemon(self.net.assistant, "intercept", intercept.binary())
        tcpcopy = Daemon(self.net.production, "tcpcopy", *self.command, "-s", self.net.ASSISTANT)
        load = start_load(self.net.client, "load", plan)
        for count in (200, 600):
            self.target.wait_for_requests(count, PATIENCE)
            for service in (catcher, tcpcopy):
                service.rotate().unlink()
        self.assertTrue(load.running)
        load.succeed(PATIENCE)
        self.target.wait_for_requests(1200, PATIENCE)
        self.assertEqual(tcpcopy.finish(), 0)
        self.assertEqual(catcher.finish(), 0)
        self.expect_completed(plan)
        self.assertRegex(tcpcopy.log.read_text(), r"(?m)^  completed +600 +1200 ")

    def test_a_file_by_its_relative_name(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 80")
        plan = self.plan(20, 0)
        start_load(self.net.client, "load", plan).succeed(PATIENCE)
        capture = recorder.stop()
        program = daemon.start(self.net.production, "tcpcopy", *self.command, "-i", capture.name)
        program.succeed(PATIENCE)
        folder = self.lab.folder
        wait_for(lambda: (folder / "summary.json").exists() and
                 not (folder / "tcpcopy.pid").exists(), PATIENCE, "the end of the file")
        self.expect_completed(plan)

    def test_the_prompt_waits_for_an_intercept(self) -> None:
        program = daemon.start(self.net.production, "tcpcopy", *self.command, "-s",
                               self.net.ASSISTANT)
        program.wait_for_output("waiting for intercept", PATIENCE)
        self.assertTrue(wait_until_steady(lambda: program.running, PATIENCE))
        self.assertEqual((self.lab.folder / "tcpcopy.log").read_text(), "")
        catcher = Daemon(self.net.assistant, "intercept", intercept.binary())
        tcpcopy = Daemon(self.net.production, "tcpcopy", foreground=program)
        tcpcopy.wait_for_log("ready, capturing", PATIENCE)
        self.assertEqual(tcpcopy.finish(), 0)
        self.assertEqual(catcher.finish(), 0)

    def test_no_intercept_is_told_at_the_prompt(self) -> None:
        program = daemon.start(self.net.production, "tcpcopy", *self.command, "-s",
                               self.net.ASSISTANT, "--lost-intercept-timeout", "0.5")
        self.assertEqual(program.wait(PATIENCE), 1)
        self.assertIn("no intercept could be reached for 0.5 s", program.output())
        self.assertFalse((self.lab.folder / "tcpcopy.pid").exists())

    def test_sigterm_lets_sessions_in_flight_end(self) -> None:
        tcpcopy = Daemon(self.net.production, "tcpcopy", *self.command, "--drain", 10)
        held = self.net.client.python(
            "held", "tests.lab.scripted_client", f"{self.net.PRODUCTION}:80",
            "send:GET /held HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n", "expect:1", "wait-eof")
        self.target.wait_for_requests(1, PATIENCE)
        tcpcopy.signal(signal.SIGTERM)
        tcpcopy.wait_for_log("stopping: 1 sessions in flight get 10.0 s", PATIENCE)
        held.stop()
        wait_for(lambda: not tcpcopy.running, PATIENCE, tcpcopy.tail)
        self.assertEqual(tcpcopy.exit_code, 0)
        self.assertFalse(re.search(r"ended by us", tcpcopy.log.read_text()))


if __name__ == "__main__":
    labtest.main()
