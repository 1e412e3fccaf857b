"""How many sessions are made of those that clients have, and how fast: -n, -f, -r, -g, --rate, ..."""

from __future__ import annotations

import json
import time

from tests.lab import labtest, ledger
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts, planned, start_load
from tests.lab.wait import wait_for

PATIENCE = 60


class LoadOptionsTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        self.production = Nginx(self.net.production, "nginx", [f"{self.net.PRODUCTION}:80"])
        self.target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:80"])

    def plan(self, connections: int, requests: int = 1, rate: float = 0) -> Plan:
        return Plan(self.net.PRODUCTION, 80, connections=connections, requests=requests,
                    pipeline=1, rate=rate, at_once=100)

    def load(self, plan: Plan) -> None:
        load = json.loads(start_load(self.net.client, "load", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], plan.connections * plan.requests)

    def copier(self, *options: object) -> Copier:
        return Copier.live(self.net.production, "-x", f"80-{self.net.TARGET}:80", *options)

    def expect_copies(self, plan: Plan, copies: int) -> None:
        """Each planned connection came `copies` times, every byte, each from an endpoint of its own."""
        streams: dict[int, list[bytes]] = {}
        for line in self.target.requests():
            streams.setdefault(line.connection, []).append(line.as_sent())
        self.assertEqual(len(streams), plan.connections * copies)
        self.assertEqual(sorted(streams.values()), sorted(planned(plan) * copies))

    def copy_all(self, plan: Plan, copies: int, *options: object) -> ledger.Ledger:
        copier = self.copier("-n", copies, *options)
        self.load(plan)
        self.target.wait_for_requests(plan.connections * plan.requests * copies, PATIENCE)
        account = copier.finish()
        self.expect_copies(plan, copies)
        account.expect(completed=plan.connections * copies)
        account.expect_all_delivered()
        return account

    def test_ten_copies_of_sessions_with_several_requests(self) -> None:
        self.copy_all(self.plan(100, requests=3, rate=100), 10)

    def test_a_hundred_copies_of_a_hundred_sessions_are_ten_thousand(self) -> None:
        self.copy_all(self.plan(100, rate=50), 100)

    def test_copies_from_one_listed_address(self) -> None:
        self.net.target.ip("route", "add", "10.7.0.0/16", "via", self.net.PRODUCTION_INNER)
        self.copy_all(self.plan(20, rate=20), 50, "-c", "10.7.0.1")
        self.assertEqual({line.client.rsplit(":", 1)[0] for line in self.target.requests()},
                         {"10.7.0.1"})

    def test_copies_keep_their_clients_address(self) -> None:
        self.net.target.ip("route", "add", "10.0.1.0/24", "via", self.net.PRODUCTION_INNER)
        self.copy_all(self.plan(40, rate=40), 5, "-c", "keep")
        self.assertEqual({line.client.rsplit(":", 1)[0] for line in self.target.requests()},
                         {self.net.CLIENT})

    def test_instances_share_the_ports(self) -> None:
        copiers = [self.copier("-f", f"{instance}/2") for instance in (0, 1)]
        self.load(self.plan(200, rate=200))
        self.target.wait_for_requests(400, PATIENCE)
        for copier in copiers:
            copier.finish().expect(completed=200)
        ports = [int(line.client.rsplit(":", 1)[1]) for line in self.target.requests()]
        self.assertEqual(len(set(ports)), 400)
        self.assertEqual(sum(port % 2 for port in ports), 200)

    def test_numbered_instances_never_choose_the_same_port(self) -> None:
        copiers = [self.copier("-f", instance) for instance in (1, 2, 3)]
        self.load(self.plan(200, rate=200))
        self.target.wait_for_requests(600, PATIENCE)
        for copier in copiers:
            copier.finish().expect(completed=200)
        ports = {int(line.client.rsplit(":", 1)[1]) for line in self.target.requests()}
        self.assertEqual(len(ports), 600)
        # None of them may use the share of number 0, a quarter of all.
        self.assertFalse([port for port in ports if port % 4 == 3], ports)

    def test_a_sample_is_within_the_binomial_bound(self) -> None:
        copier = self.copier("-r", 20)
        self.load(self.plan(1000, rate=1000))
        account = copier.finish()
        completed = account.outcomes["completed"]
        self.assertEqual(account.happened.keys(), {"completed", "left_out_by_sampling"})
        self.assertEqual(account.sessions_seen, 1000)
        self.assertTrue(200 - 63 < completed < 200 + 63, completed)  # five standard deviations
        self.assertEqual(self.target.count(), completed)

    def test_the_same_sessions_are_chosen_every_time(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 80")
        self.load(self.plan(300, rate=300))
        capture = recorder.stop()
        chosen: list[list[str]] = []
        for _ in range(2):
            begin = self.target.count()
            copier = Copier(self.net.production, "-i", capture, "-x", f"80-{self.net.TARGET}:80",
                            "-a", "max", "-r", 20)
            copier.result(PATIENCE)
            chosen.append(sorted(line.token for line in self.target.requests()[begin:]))
        self.assertEqual(chosen[0], chosen[1])
        self.assertTrue(20 < len(chosen[0]) < 100, len(chosen[0]))

    def test_the_ramp_takes_one_per_cent_more_each_second(self) -> None:
        copier = self.copier("-g")
        begin = time.monotonic()
        self.load(self.plan(2000, rate=400))
        seconds = time.monotonic() - begin
        account = copier.finish()
        self.assertEqual(account.happened.keys(), {"completed", "left_out_by_ramp"})
        self.assertEqual(account.sessions_seen, 2000)
        # 1 % of 400, then 2 % of them, ...; five standard deviations, and the last second's share.
        completed = account.outcomes["completed"]
        self.assertTrue(20 < completed < 2000 * (seconds + 1) / 100, (completed, seconds))

    def test_a_live_rate_leaves_the_rest_out(self) -> None:
        copier = self.copier("--rate", 100)
        begin = time.monotonic()
        self.load(self.plan(1000, rate=500))
        seconds = time.monotonic() - begin
        account = copier.finish()
        self.assertEqual(account.happened.keys(), {"completed", "left_out_by_rate"})
        self.assertEqual(account.sessions_seen, 1000)
        completed = account.outcomes["completed"]
        self.assertTrue(100 < completed < 100 * seconds + 15, (completed, seconds))

    def test_a_file_is_read_at_the_rate(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 80")
        self.load(self.plan(300, rate=1000))
        capture = recorder.stop()
        begin = time.monotonic()
        copier = Copier(self.net.production, "-i", capture, "-x", f"80-{self.net.TARGET}:80",
                        "-a", "max", "--rate", 150)
        copier.result(PATIENCE).expect(completed=300)
        self.assertGreater(time.monotonic() - begin, 299 / 150)
        lateness = json.loads(copier.summary.read_text())["lateness"]
        self.assertEqual(lateness["sessions"], 300)
        self.assertGreater(lateness["max_us"], 0)
        self.assertLess(lateness["p50_us"], 100_000)
        self.assertEqual(self.target.count(), 300)

    def test_a_session_too_many_is_refused_and_room_is_used_again(self) -> None:
        copier = self.copier("--max-sessions", 10)
        held = [self.net.play(f"{self.net.PRODUCTION}:80",
                              "send:GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n", "expect:1",
                              "wait-eof") for _ in range(15)]
        self.production.wait_for_requests(15, PATIENCE)
        self.target.wait_for_requests(10, PATIENCE)
        for script in held:
            script.stop()
        # The copies have ended when the target has none of them any more.
        wait_for(lambda: "ESTAB" not in self.net.target.run("ss", "-tnH"), PATIENCE,
                 "the copies have ended")
        self.load(self.plan(1))
        account = copier.finish()
        self.assertEqual(account.outcomes["too_many_sessions"], 5)
        self.assertEqual(self.target.count(), 11)
        self.assertEqual(account.sessions_seen, 16)


if __name__ == "__main__":
    labtest.main()
