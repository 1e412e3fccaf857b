"""The time of day is set while both programs work: nothing but the stamps of the log may change."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.lab import copier, intercept, labtest, ledger
from tests.lab.daemon import Daemon
from tests.lab.http_load import Plan
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts, expect_planned, start_load

PATIENCE = 60
STEPS = [timedelta(days=-2), timedelta(days=3), timedelta(days=-40_000), timedelta(0)]


class ClockTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.shift = self.lab.folder / "shift"
        self.step(timedelta(0))
        library = Path("tests/lab/libshifted_clock.so").absolute()
        self.assertTrue(library.exists())
        self.shifted = ["env", f"LD_PRELOAD={library}", f"CLOCK_SHIFT={self.shift}"]

    def step(self, by: timedelta) -> None:
        new = self.shift.with_suffix(".new")
        new.write_text(str(int(by.total_seconds())))
        os.replace(new, self.shift)

    def test_steps_of_the_clock_change_stamps_only(self) -> None:
        net = FourHosts(self.lab)
        net.route_clients_to(net.ASSISTANT, net.ASSISTANT6)
        Nginx(net.production, "production", [f"{net.PRODUCTION}:80"])
        target = Nginx(net.target, "target", [f"{net.TARGET}:8080"])
        plan = Plan(net.PRODUCTION, 80, connections=600, requests=2, pipeline=1, rate=200.0,
                    at_once=100)
        catcher = Daemon(net.assistant, "intercept", *self.shifted, intercept.binary())
        tcpcopy = Daemon(net.production, "tcpcopy", *self.shifted, copier.binary(), "-x",
                         f"80-{net.TARGET}:8080", "-s", net.ASSISTANT, "-t", "20", "-k", "20",
                         "--log-level", "debug", "--summary-json", "summary.json")
        load = start_load(net.client, "load", plan)
        for i, by in enumerate(STEPS):
            target.wait_for_requests(240 * (i + 1), PATIENCE)
            self.step(by)
        load.succeed(PATIENCE)
        target.wait_for_requests(1200, PATIENCE)
        self.assertEqual(tcpcopy.finish(), 0)
        self.assertEqual(catcher.finish(), 0)
        summary = ledger.read(self.lab.folder / "summary.json")
        summary.expect(completed=plan.connections)
        summary.expect_all_delivered()
        expect_planned(target, plan)
        self.expect_stamps(tcpcopy.log.read_text())

    def expect_stamps(self, log: str) -> None:
        """The log saw each step: or else this would be a test of nothing."""
        days = [datetime.fromisoformat(stamp).replace(tzinfo=timezone.utc)
                for stamp in re.findall(r"(?m)^(\S{19})\.\d{3}Z tcpcopy: debug: session", log)]
        today = datetime.now(timezone.utc)
        for by in STEPS:
            near = [day for day in days if abs(day - today - by) < timedelta(hours=1)]
            self.assertTrue(near, f"no line with a clock that is {by} off")


if __name__ == "__main__":
    labtest.main()
