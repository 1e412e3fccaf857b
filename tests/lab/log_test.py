"""The log, whatever becomes of the disk that holds it: no session is lost, and no line unnoticed."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path

from tests.lab import copier, intercept, labnet, labtest, ledger
from tests.lab.daemon import Daemon
from tests.lab.http_load import Plan
from tests.lab.process import Program
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts, expect_planned, start_load
from tests.lab.wait import wait_for

PATIENCE = 60
CONNECTIONS = 400
SESSION = re.compile(r"(?m)^\S+ tcpcopy: debug: session (\S+) > \S+, replayed \S+ > \S+: completed; "
                     r"delivered 2 of 2 requests, (\d+) of \2 bytes$")
LOST = re.compile(r"(?m)^\S+ tcpcopy: warning: (\d+) lines? of the log (?:was|were) lost: (.*)$")


class LogTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        self.plan = Plan(self.net.PRODUCTION, 80, connections=CONNECTIONS, requests=2, pipeline=1,
                         rate=200.0, at_once=100)
        Nginx(self.net.production, "production", [f"{self.net.PRODUCTION}:80"])
        self.target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:8080"])
        self.command = [copier.binary(), "-x", f"80-{self.net.TARGET}:8080", "--summary-json",
                        "summary.json"]

    def start(self, log: Path, *arguments: str) -> Program:
        program = self.net.production.start("tcpcopy", *self.command, "-l", str(log), *arguments)
        self.wait_for_line(log, "ready, capturing")
        return program

    def wait_for_line(self, log: Path, text: str) -> str:
        wait_for(lambda: log.exists() and text in log.read_text(), PATIENCE,
                 lambda: f"{text!r} in {log.read_text() if log.exists() else 'no log'}")
        return log.read_text()

    def finish(self, program: Program) -> None:
        program.signal(signal.SIGTERM)
        program.succeed(PATIENCE)
        summary = ledger.read(self.lab.folder / "summary.json")
        summary.expect(completed=CONNECTIONS)
        summary.expect_all_delivered()
        expect_planned(self.target, self.plan)

    def test_a_full_disk_costs_lines_that_are_counted(self) -> None:
        disk = self.lab.folder / "disk"
        disk.mkdir()
        labnet.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)])
        self.addCleanup(labnet.run, ["umount", str(disk)])
        (disk / "others").write_bytes(b"x" * (20 << 10))
        program = self.start(disk / "log", "--log-level", "debug")
        start_load(self.net.client, "load", self.plan).succeed(PATIENCE)
        self.target.wait_for_requests(2 * CONNECTIONS, PATIENCE)
        log = disk / "log"
        self.assertTrue(log.read_text().endswith("\n"), "half a line")
        self.assertLess(len(SESSION.findall(log.read_text())), CONNECTIONS)
        (disk / "others").unlink()
        program.signal(signal.SIGUSR1)
        self.wait_for_line(log, "were lost: No space left on device\n")
        self.finish(program)
        text = log.read_text()
        # More than once: a notice may find room where a longer line finds none.
        lost = sum(int(count) for count, _ in LOST.findall(text))
        self.assertGreaterEqual(len(SESSION.findall(text)) + lost, CONNECTIONS)
        self.assertEqual(text.count(f"  seen {CONNECTIONS:>29}"), 2, text)
        # Who started it was told, once.
        self.assertEqual(program.output(), f"tcpcopy: -l: '{log}' cannot be written: No space left on "
                                           "device; lines are lost until it can\n")

    def test_a_disk_that_stays_full_is_told_by_the_exit_code(self) -> None:
        disk = self.lab.folder / "disk"
        disk.mkdir()
        labnet.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(disk)])
        self.addCleanup(labnet.run, ["umount", str(disk)])
        program = self.start(disk / "log", "--log-level", "debug")
        start_load(self.net.client, "load", self.plan).succeed(PATIENCE)
        self.target.wait_for_requests(2 * CONNECTIONS, PATIENCE)
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 1)
        ledger.read(self.lab.folder / "summary.json").expect(completed=CONNECTIONS)

    def test_a_folder_that_vanishes_and_comes_back(self) -> None:
        folder = self.lab.folder / "logs"
        folder.mkdir()
        log = folder / "log"
        program = self.start(log, "--log-level", "debug")
        load = start_load(self.net.client, "load", self.plan)
        self.target.wait_for_requests(200, PATIENCE)
        shutil.rmtree(folder)
        self.target.wait_for_requests(400, PATIENCE)
        program.signal(signal.SIGHUP)
        self.target.wait_for_requests(500, PATIENCE)
        self.assertFalse(folder.exists())
        folder.mkdir()
        program.signal(signal.SIGHUP)
        self.wait_for_line(log, "were lost: No such file or directory\n")
        load.succeed(PATIENCE)
        self.target.wait_for_requests(2 * CONNECTIONS, PATIENCE)
        self.finish(program)
        text = log.read_text()
        self.assertEqual(len(LOST.findall(text)), 1, text)
        self.assertTrue(SESSION.search(text))
        self.assertIn(f"  seen {CONNECTIONS:>29}", text)
        self.assertEqual(program.output(), f"tcpcopy: -l: '{log}' cannot be written: No such file or "
                                           "directory; lines are lost until it can\n")

    def test_no_line_is_lost_when_it_is_moved_away_under_load(self) -> None:
        service = Daemon(self.net.production, "tcpcopy", *self.command, "--log-level", "debug")
        load = start_load(self.net.client, "load", self.plan)
        parts = []
        for count in range(100, 2 * CONNECTIONS, 100):
            self.target.wait_for_requests(count, PATIENCE)
            parts.append(service.rotate().rename(self.lab.folder / f"part{count}"))
        load.succeed(PATIENCE)
        self.target.wait_for_requests(2 * CONNECTIONS, PATIENCE)
        self.assertEqual(service.finish(), 0)
        text = "".join(path.read_text() for path in [*parts, service.log])
        clients = [client for client, _ in SESSION.findall(text)]
        self.assertEqual(len(clients), CONNECTIONS)
        self.assertEqual(len(set(clients)), CONNECTIONS)
        self.assertNotIn("lost: ", text.replace("lost: 0 client", ""))
        ledger.read(self.lab.folder / "summary.json").expect(completed=CONNECTIONS)

    def test_programs_read_an_object_a_line(self) -> None:
        """Every line of a run, that of the statistics and the ledger among them."""
        log = self.lab.folder / "log"
        program = self.start(log, "--log-format", "json", "--log-level", "debug")
        start_load(self.net.client, "load", self.plan).succeed(PATIENCE)
        self.wait_for_line(log, '"message":"400 sessions: ')
        self.finish(program)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertEqual(line["program"], "tcpcopy")
            self.assertIn(line["level"], ("debug", "info"))
        sessions = [line["session"] for line in lines if "session" in line]
        self.assertEqual(len(sessions), CONNECTIONS)
        for session in sessions:
            self.assertEqual(session["outcome"], "completed")
            self.assertEqual(session["requests_delivered"], 2)
            self.assertEqual(session["target"], f"{self.net.TARGET}:8080")
        statistics = [line for line in lines if line["message"].startswith("400 sessions: ")]
        book = [line for line in lines if line["message"] == "ledger"]
        self.assertEqual(len(book), 1)
        for line in (statistics[-1], book[0]):
            self.assertEqual(line["sessions"]["outcomes"]["completed"], CONNECTIONS)
            self.assertEqual(line["requests"]["delivered"], 2 * CONNECTIONS)
        self.assertEqual(program.output(), "")

    def test_programs_read_intercepts_log_too(self) -> None:
        log = self.lab.folder / "log"
        catcher = self.net.target.start("intercept", intercept.binary(), "-l", str(log),
                                        "--log-format", "json", "--log-level", "debug")
        self.wait_for_line(log, '"message":"ready: ')
        self.net.target.ip("route", "add", "10.0.1.0/24", "via", self.net.PRODUCTION_INNER)
        program = self.start(self.lab.folder / "tcpcopy.log", "-s", self.net.TARGET)
        start_load(self.net.client, "load", self.plan).succeed(PATIENCE)
        self.target.wait_for_requests(2 * CONNECTIONS, PATIENCE)
        self.finish(program)
        catcher.signal(signal.SIGTERM)
        catcher.succeed(PATIENCE)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual({line["program"] for line in lines}, {"intercept"})
        wanted = [line for line in lines if line["message"].endswith(": its replies are wanted")]
        self.assertEqual(len(wanted), CONNECTIONS)
        self.assertEqual(lines[-1]["message"], "counters")
        self.assertEqual(lines[-1]["sessions"]["announced"], CONNECTIONS)
        self.assertGreater(lines[-1]["replies"]["relayed"], 2 * CONNECTIONS)

    def test_only_what_matters_more_is_written(self) -> None:
        log = self.lab.folder / "log"
        program = self.net.production.start("tcpcopy", *self.command, "-l", str(log), "--log-level",
                                            "error", "-P", "pid")
        wait_for((self.lab.folder / "pid").exists, PATIENCE, "a start")
        wait_for(lambda: "SigCgt" in (status := Path(f"/proc/{program.pid}/status").read_text()) and
                 int(re.search(r"SigBlk:\s*(\w+)", status)[1], 16) != 0, PATIENCE, "its signals")
        program.signal(signal.SIGTERM)
        program.succeed(PATIENCE)
        self.assertRegex(log.read_text() + program.output(), r"\A +sessions +requests")


if __name__ == "__main__":
    labtest.main()
