"""The replay engine alone (engine_alone.cc): no kernel, no packets that really leave.

Instructions are counted by callgrind, which other load of the machine does not change: of two runs
with different numbers of sessions the difference, less the same of runs in which only the harness
makes the packets.
"""

from __future__ import annotations

import re
from typing import Any

from tests.bench import programs
from tests.bench.measure import Measured
from tests.bench.report import Report
from tests.bench.settings import Settings
from tests.lab.labnet import Host, Lab

PART = "engine"
_MOST_INSTRUCTIONS = 6000
_LEAST_OF_TWO = 1.7  # times the throughput of one worker


class Engine:
    def __init__(self, lab: Lab, settings: Settings, report: Report) -> None:
        self._host: Host = lab.host("here")
        self._settings = settings
        self._report = report

    def run(self) -> None:
        self._instructions()
        runs: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
        cpu: dict[int, list[float]] = {1: [], 2: []}
        sessions = self._settings.count(400_000, 2_000)
        for _ in range(self._settings.rounds):
            for workers, found in runs.items():
                program = Measured(self._host, self._command(
                    workers * sessions, "--workers", str(workers)))
                cpu[workers].append(program.cost().cpu / workers)
                found.append(programs.printed(program))
        one, two = runs[1], runs[2]
        report = self._report
        report.add(PART, "sessions/s, one worker", self._of(one, "sessions_a_second"), "")
        report.add(PART, "sessions/s, two workers", self._of(two, "sessions_a_second"), "")
        report.add(PART, "packets sent a session", self._of(one, "packets_sent_a_session"), "")
        report.add(PART, "CPU of one worker alone, of one beside another",
                   [alone / beside for alone, beside in zip(cpu[1], cpu[2])], "")
        report.at_most(PART, "allocations a session", self._of(one, "allocations_a_session"), 0)
        report.at_least(PART, "sessions/s of two workers, of one's", [
            b / a for a, b in zip(self._of(one, "sessions_a_second"),
                                  self._of(two, "sessions_a_second"))], _LEAST_OF_TWO, " x")

    def _instructions(self) -> None:
        few = self._settings.count(5_000, 200)
        whole, harness = (
            (self._counted(2 * few, *more) - self._counted(few, *more)) / few
            for more in ((), ("--harness-only",)))
        self._report.add(PART, "of the harness: instructions a session", [harness], "")
        self._report.at_most(PART, "instructions a session", [whole - harness], _MOST_INSTRUCTIONS)

    def _counted(self, sessions: int, *more: str) -> int:
        program = Measured(self._host, ["valgrind", "--tool=callgrind",
                                        "--callgrind-out-file=/dev/null",
                                        *self._command(sessions, "--warm-up",
                                                       str(self._settings.count(5_000, 500)),
                                                       *more)])
        program.cost()
        collected = re.search(r"Collected : (\d+)", program.err.read_text())
        assert collected, program.tail()
        return int(collected[1])

    def _command(self, sessions: int, *more: str) -> list[str]:
        return [programs.path("engine_alone"), "--sessions", str(sessions), *more]

    @staticmethod
    def _of(runs: list[dict[str, Any]], figure: str) -> list[float]:
        return [float(run[figure]) for run in runs]


def run(lab: Lab, settings: Settings, report: Report) -> None:
    Engine(lab, settings, report).run()
