"""A target that dies, or that a firewall hides, under load: its sessions end, all others go on."""

from __future__ import annotations

import signal
from collections.abc import Callable

from tests.lab import labtest, ledger
from tests.lab.http_load import Plan
from tests.lab.wait import wait_for
from tests.lab.ways import Circumstances, Way, Ways

PATIENCE = 30
ANSWER_TIMEOUT = 2
CONNECTIONS, REQUESTS = 40, 100
LOAD = Plan("", 0, connections=CONNECTIONS, requests=REQUESTS, pipeline=1, rate=0,
            at_once=CONNECTIONS)


def kill(way: Way) -> None:
    way.target.program.signal(signal.SIGKILL)


def hide(way: Way) -> None:
    way.host.run("nft", "add table inet f; "
                 "add chain inet f in { type filter hook input priority 0; policy drop; }; "
                 "add chain inet f out { type filter hook output priority 0; policy drop; }")


class FailingTargetTest(labtest.LabTest):
    def copy(self, fail: Callable[[Way], None]) -> ledger.Ledger:
        """Two targets; one of them fails when it has answered a tenth of all requests."""
        ways = Ways(self.lab, {"failing": Circumstances(), "sound": Circumstances()}, answer=1000)
        failing, sound = ways.ways
        copier = ways.begin(LOAD, options=("-t", ANSWER_TIMEOUT))
        wait_for(lambda: failing.target.count() > CONNECTIONS * REQUESTS // 10, PATIENCE,
                 "requests at the target that will fail")
        fail(failing)
        failing.expect_answered()
        sound.expect_arrived()
        result = copier.finish()
        self.assertEqual(result.sessions_seen, 2 * CONNECTIONS)
        self.assertEqual(result.active, 0)
        self.assertEqual(result.outcomes[ledger.COMPLETED], CONNECTIONS, result.text)
        self.assertLess(result.requests_delivered, 2 * CONNECTIONS * REQUESTS)
        self.assertGreater(result.requests_delivered, CONNECTIONS * REQUESTS)
        return result

    def test_killed(self) -> None:
        result = self.copy(kill)
        ended = result.outcomes[ledger.RESET_BY_TARGET] + result.outcomes[ledger.REFUSED_BY_TARGET]
        self.assertEqual(ended, CONNECTIONS, result.text)

    def test_hidden_by_a_firewall(self) -> None:
        result = self.copy(hide)
        self.assertEqual(result.outcomes[ledger.TARGET_TIMEOUT], CONNECTIONS, result.text)


if __name__ == "__main__":
    labtest.main()
