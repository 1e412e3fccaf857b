"""Much traffic on loopback, real nginx on both sides: every request once, in order, every byte."""

from __future__ import annotations

import json

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.servers import Nginx
from tests.lab.topology import expect_planned, start_load


class LoadTest(labtest.LabTest):
    def copy(self, plan: Plan) -> None:
        host = self.lab.host("one")
        Nginx(host, "production", [f"{plan.host_header}"])
        target_at = plan.host_header.replace(f":{plan.port}", ":8080")
        target = Nginx(host, "target", [target_at], answer="an answer of another length")
        copier = Copier.live(host, "-x", f"{plan.port}-{target_at}")

        load = json.loads(start_load(host, "load", plan).succeed(120))
        self.assertEqual(load["answered"], plan.connections * plan.requests)
        target.wait_for_requests(plan.connections * plan.requests, 60)
        ledger = copier.finish()

        byte_count = expect_planned(target, plan)
        ledger.expect(completed=plan.connections)
        ledger.expect_all_delivered(byte_count)

    def test_20000_short_connections_at_2000_a_second(self) -> None:
        self.copy(Plan("127.0.0.1", 80, connections=20000, requests=1, pipeline=1, rate=2000,
                       at_once=2000))

    def test_200_connections_with_100_requests_each(self) -> None:
        self.copy(Plan("127.0.0.1", 80, connections=200, requests=100, pipeline=1, rate=0,
                       at_once=200))

    def test_ipv6_loopback(self) -> None:
        self.copy(Plan("::1", 80, connections=500, requests=4, pipeline=1, rate=500, at_once=500))


if __name__ == "__main__":
    labtest.main()
