"""Both programs as their systemd units start them: no root, two capabilities, a filter of system calls,
and a manager that listens."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from tests.lab import copier, intercept, labtest, ledger, units
from tests.lab.http_load import Plan
from tests.lab.labnet import Host
from tests.lab.notify_socket import NotifySocket
from tests.lab.process import Program
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts, expect_planned, start_load
from tests.lab.wait import wait_for

PATIENCE = 60
USER = 1000


class UnprivilegedTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = FourHosts(self.lab)
        self.target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:8080"])
        Nginx(self.net.production, "production", [f"{self.net.PRODUCTION}:80"])
        self.plan = Plan(self.net.PRODUCTION, 80, connections=50, requests=2, pipeline=1, rate=0,
                         at_once=50)

    def start(self, host: Host, program: str, *arguments: str) -> tuple[Program, NotifySocket]:
        """Starts it as its unit does, and waits until it is ready."""
        binary = {"tcpcopy": copier, "intercept": intercept}[program].binary()
        manager = NotifySocket(program)
        self.addCleanup(manager.close)
        options = self.lab.folder / f"{program}.conf"
        options.write_text("\n".join(arguments) + "\n")
        running = host.start(program, "env", f"NOTIFY_SOCKET={manager.path}", "WATCHDOG_USEC=2000000",
                             *units.starter(program), binary, "--config", str(options))
        wait_for(lambda: manager.told("READY") or not running.running, PATIENCE, f"{program} ready")
        self.assertEqual(manager.told("READY"), ["1"])
        self.expect_no_more_than_the_unit_gives(running.pid, program)
        return running, manager

    def expect_no_more_than_the_unit_gives(self, pid: int, program: str) -> None:
        status = dict(line.split(":\t", 1) for line in
                      Path(f"/proc/{pid}/status").read_text().splitlines())
        self.assertEqual(status["Uid"].split(), [str(USER)] * 4)
        self.assertEqual(os.getuid(), USER)
        numbers = {"CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13}
        granted = sum(1 << numbers[name] for name in
                      units.settings(program)["AmbientCapabilities"].split())
        for kind in ("CapPrm", "CapEff", "CapBnd"):
            self.assertEqual(int(status[kind], 16), granted, kind)
        self.assertEqual(status["Seccomp"], "2")

    def copy(self) -> None:
        start_load(self.net.client, "load", self.plan).succeed(PATIENCE)
        self.target.wait_for_requests(100, PATIENCE)

    def finish(self, program: Program, manager: NotifySocket) -> None:
        self.assertEqual(manager.told("STOPPING"), [])
        program.signal(signal.SIGTERM)
        program.succeed(PATIENCE)
        self.assertEqual(manager.told("STOPPING"), ["1"])

    def expect_copied(self) -> None:
        summary = ledger.read(self.lab.folder / "summary.json")
        summary.expect(completed=self.plan.connections)
        summary.expect_all_delivered()
        expect_planned(self.target, self.plan)

    def tcpcopy(self, *more: str) -> tuple[Program, NotifySocket]:
        return self.start(self.net.production, "tcpcopy", f'transfer = "80-{self.net.TARGET}:8080"',
                          'summary-json = "summary.json"', *more)

    def test_once_it_is_ready_nothing_is_missed(self) -> None:
        program, manager = self.tcpcopy()
        self.copy()
        manager.wait_for("WATCHDOG", PATIENCE)
        status = manager.wait_for("STATUS", PATIENCE)
        while "sessions: " not in status:  # each 30 s
            manager.messages.clear()
            status = manager.wait_for("STATUS", PATIENCE)
        self.assertRegex(status, r"^50 sessions: 0 active, 50 completed")
        self.assertIn(f"tcpcopy: {status}", program.output())
        self.finish(program, manager)
        self.expect_copied()

    def test_by_way_of_an_intercept_that_captures(self) -> None:
        self.net.route_clients_to(self.net.ASSISTANT, self.net.ASSISTANT6)
        catcher = self.start(self.net.assistant, "intercept", 'catch = "capture"')
        tcpcopy = self.tcpcopy(f'intercept = "{self.net.ASSISTANT}"')
        self.copy()
        self.finish(*tcpcopy)
        self.finish(*catcher)
        self.assertRegex(catcher[0].output(), r"(?m)^  relayed +[1-9]")
        self.expect_copied()

    def test_by_way_of_an_intercept_that_asks_the_kernels_queue(self) -> None:
        self.net.route_clients_to(self.net.PRODUCTION_INNER, self.net.PRODUCTION_INNER6)
        catcher = self.start(self.net.target, "intercept", 'catch = "nfqueue"')
        tcpcopy = self.tcpcopy(f'intercept = "{self.net.TARGET}"')
        self.copy()
        self.finish(*tcpcopy)
        self.finish(*catcher)
        self.assertTrue(re.search(r"(?m)^  relayed +[1-9]", catcher[0].output()))
        self.expect_copied()

    def test_frames_past_the_kernels_routes(self) -> None:
        program, manager = self.tcpcopy(f'output = "{self.net.production_device}"')
        self.copy()
        self.finish(program, manager)
        self.expect_copied()


if __name__ == "__main__":
    labtest.main(user=USER)
