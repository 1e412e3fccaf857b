"""Several machines share a capture, or live traffic (--shard), without knowing of each other."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.recorder import Recorder
from tests.lab.servers import Nginx
from tests.lab.topology import ThreeHosts, start_load

PATIENCE = 60
SHARDS = 3
MASK = (1 << 64) - 1


def shard_of(client: str, port: int, production: str, production_port: int, count: int) -> int:
    """The rule of docs/OPERATIONS.md, written once more."""
    flow = (ipaddress.ip_address(client).packed + port.to_bytes(2, "big")
            + ipaddress.ip_address(production).packed + production_port.to_bytes(2, "big"))
    value = 0xCBF29CE484222325
    for byte in flow:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    value = ((value ^ (value >> 33)) * 0xFF51AFD7ED558CCD) & MASK
    value = ((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53) & MASK
    return (value ^ (value >> 33)) % count + 1


class ShardTest(labtest.LabTest):
    CONNECTIONS = 200

    def setUp(self) -> None:
        super().setUp()
        self.net = ThreeHosts(self.lab)
        self.production = Nginx(self.net.production, "nginx", [f"{self.net.PRODUCTION}:80"])
        self.target = Nginx(self.net.target, "target", [f"{self.net.TARGET}:80"])
        self.x = ["-x", f"80-{self.net.TARGET}:80"]

    def load(self, rate: float = 1000) -> None:
        plan = Plan(self.net.PRODUCTION, 80, connections=self.CONNECTIONS, requests=2, pipeline=1,
                    rate=rate, at_once=100)
        load = json.loads(start_load(self.net.client, "load", plan).succeed(PATIENCE))
        self.assertEqual(load["answered"], self.CONNECTIONS * 2)

    def record(self) -> Path:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 80")
        self.load()
        return recorder.stop()

    def planned(self, number: int) -> int:
        """How many sessions are of a shard, by what production saw."""
        seen = {line.client for line in self.production.requests()}
        self.assertEqual(len(seen), self.CONNECTIONS)
        ends = [client.rsplit(":", 1) for client in seen]
        return sum(shard_of(address, int(port), self.net.PRODUCTION, 80, SHARDS) == number
                   for address, port in ends)

    def test_each_session_of_a_capture_is_replayed_by_one_shard(self) -> None:
        capture = self.record()
        for number in range(1, SHARDS + 1):
            copier = Copier(self.net.production, "-i", capture, *self.x, "-a", "max", "--shard",
                            f"{number}/{SHARDS}")
            copier.result(PATIENCE).expect(completed=self.planned(number))
        self.assertEqual(self.target.count(), self.CONNECTIONS * 2)
        tokens = [line.token for line in self.target.requests()]
        self.assertEqual(len(set(tokens)), len(tokens))

    def test_live_traffic_is_shared_too(self) -> None:
        copiers = [Copier.live(self.net.production, *self.x, "-f", f"{number}/{SHARDS}",
                               "--shard", f"{number + 1}/{SHARDS}") for number in range(SHARDS)]
        self.load(rate=200)
        self.target.wait_for_requests(self.CONNECTIONS * 2, PATIENCE)
        for number, copier in enumerate(copiers):
            copier.finish().expect(completed=self.planned(number + 1))
        self.assertEqual(self.target.count(), self.CONNECTIONS * 2)

    def test_a_shard_without_sessions_is_no_failure(self) -> None:
        """Of very many shards most have none, and that is told, not warned of."""
        capture = self.record()
        used = {shard_of(*self.end(line.client), self.net.PRODUCTION, 80, 100_000)
                for line in self.production.requests()}
        empty = next(number for number in range(1, 100_000) if number not in used)
        for rounds in (2, 0):
            copier = Copier(self.net.production, "-i", capture, *self.x, "-a", "max", "--shard",
                            f"{empty}/100000", "-T", rounds)
            self.assertEqual(copier.result(PATIENCE).sessions_seen, 0)
            self.assertIn("packets of the other shards' sessions", copier.program.output())
            self.assertNotIn("see -x", copier.program.output())

    def end(self, client: str) -> tuple[str, int]:
        address, port = client.rsplit(":", 1)
        return address, int(port)


if __name__ == "__main__":
    labtest.main()
