"""What protects the production host from the copier: -m and --cpu-limit."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.lab import labtest, ledger
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.servers import Nginx, Recording
from tests.lab.topology import ThreeHosts, start_load

PATIENCE = 60
MEGABYTE = 1 << 20


def peak_memory(copier: Copier) -> int:
    """Bytes: the most that the process ever had in memory."""
    for line in Path(f"/proc/{copier.program.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def cpu_seconds(copier: Copier) -> float:
    fields = Path(f"/proc/{copier.program.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


class LimitsTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        Nginx(self.net.production, "nginx", [f"{self.net.PRODUCTION}:80"])

    def load(self, connections: int, upload: int = 0, rate: float = 0) -> None:
        plan = Plan(self.net.PRODUCTION, 80, connections=connections, requests=1, pipeline=1,
                    rate=rate, at_once=100, upload=upload)
        load = json.loads(start_load(self.net.client, "load", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], connections)

    def copier(self, *options: object) -> Copier:
        return Copier.live(self.net.production, "-x", f"80-{self.net.TARGET}:80", *options)

    def test_sessions_beyond_the_memory_are_refused_and_the_process_stays_below(self) -> None:
        """The target accepts and never answers, so each session stays."""
        Recording(self.net.target, "target", [f"{self.net.TARGET}:80"])
        copier = self.copier("-m", 64)
        self.load(6000, rate=3000)
        account = self.expect_memory(copier, 64)
        self.assertGreater(account.outcomes["no_memory"], 1000)
        self.assertGreater(account.outcomes["ended_by_us"], 1000)
        self.assertEqual(account.sessions_seen, 6000)

    def test_bytes_beyond_the_memory_are_refused_and_the_process_stays_below(self) -> None:
        """The target is not there: every byte has to be kept."""
        self.net.target.run("nft", "add table ip t; add chain ip t c { type filter hook input "
                                   "priority 0; }; add rule ip t c drop")
        copier = self.copier("-m", 64)
        self.load(100, upload=MEGABYTE)
        account = self.expect_memory(copier, 64)
        self.assertGreater(account.outcomes["no_memory"], 50)
        self.assertEqual(account.sessions_seen, 100)

    def test_remembering_what_is_left_out_stays_below_the_memory(self) -> None:
        Nginx(self.net.target, "target", [f"{self.net.TARGET}:80"])
        copier = self.copier("-m", 56, "-r", 1, "-n", 50)
        self.load(8000)
        account = self.expect_memory(copier, 56)
        self.assertEqual(account.sessions_seen, 8000 * 50)

    def test_a_target_that_stands_still_harms_neither_capture_nor_production(self) -> None:
        """It takes connections until its queue is full, and of each what its window allows."""
        target = Recording(self.net.target, "target", [f"{self.net.TARGET}:80"])
        target.program.signal(signal.SIGSTOP)
        try:
            copier = self.copier("-m", 64)
            self.load(4000, upload=4000, rate=2000)  # each is answered by production
            account = self.expect_memory(copier, 64)
        finally:
            target.program.signal(signal.SIGCONT)
        self.assertEqual(account.dropped_by_kernel, 0, account.text)
        self.assertEqual(account.sessions_seen, 4000)
        self.assertEqual(account.happened.keys(), {"no_memory", "ended_by_us"}, account.text)
        self.assertGreater(account.bytes_seen, 4000 * 4000)

    def expect_memory(self, copier: Copier, megabytes: int) -> ledger.Ledger:
        peak = peak_memory(copier)
        self.assertTrue(copier.program.running)
        account = copier.finish()
        self.assertLess(peak, megabytes * MEGABYTE)
        return account

    def test_the_old_way_ends_the_program(self) -> None:
        Recording(self.net.target, "target", [f"{self.net.TARGET}:80"])
        copier = self.copier("-m", 64, "--memory-action", "exit")
        self.load(6000, rate=3000)
        self.assertEqual(copier.program.wait(PATIENCE), 1)
        self.assertIn("-m: 64 MB do not suffice", copier.program.output())
        account = ledger.read(copier.summary)
        account.check()
        self.assertGreater(account.outcomes["no_memory"], 0)

    def test_too_little_memory_is_told_at_once(self) -> None:
        copier = Copier(self.net.production, "-x", f"80-{self.net.TARGET}:80", "-m", 16)
        self.assertEqual(copier.program.wait(PATIENCE), 2)
        self.assertRegex(copier.program.output(), r"-m: 16 MB are too little.*accepted here: \d+")

    def test_sessions_are_left_out_while_too_much_cpu_is_used(self) -> None:
        target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:80"])
        used: dict[str, float] = {}
        account = None
        for name, options in (("free", []), ("limited", ["--cpu-limit", 1])):
            copier = self.copier(*options)
            before = cpu_seconds(copier)
            self.load(6000, rate=2000)
            used[name] = cpu_seconds(copier) - before
            account = copier.finish()
        assert account is not None
        self.assertEqual(account.happened.keys(), {"completed", "left_out_by_cpu_limit"})
        self.assertEqual(account.sessions_seen, 6000)
        self.assertGreater(account.outcomes["left_out_by_cpu_limit"], 600)
        self.assertEqual(target.count(), 6000 + account.outcomes["completed"])
        self.assertLess(used["limited"], used["free"])


if __name__ == "__main__":
    labtest.main()
