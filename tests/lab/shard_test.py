"""Several machines share a capture, or live traffic (--shard), without knowing of each other."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

from tests.lab import labtest
from tests.lab.copier import Copier, binary
from tests.lab.http_load import Plan
from tests.lab.process import Program
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

    # What depends on when the target answers, and on how its answers are cut into packets.
    OF_THE_NETWORK = {"sent", "sent_bytes", "send_waits", "sent_joined", "replies", "stray_replies"}

    def add(self, *summaries: Path) -> Program:
        program = self.net.production.start("add", binary(), "--add-summaries", *map(str, summaries))
        program.wait(PATIENCE)
        return program

    def test_the_ledgers_of_all_shards_add_up_to_that_of_one_run(self) -> None:
        capture = self.record()
        options = ["-i", capture, *self.x, "-a", "max", "-n", 2, "-r", 70, "-T", 2]
        whole = Copier(self.net.production, *options)
        whole.result(PATIENCE)
        parts = []
        for number in range(1, SHARDS + 1):
            part = Copier(self.net.production, *options, "--shard", f"{number}/{SHARDS}",
                          "--workers", number)
            part.result(PATIENCE)
            parts.append(part.summary)
        added = self.add(*parts)
        self.assertEqual(added.exit_code, 0, added.tail())
        expected, summed = (json.loads(text) for text in (whole.summary.read_text(),
                                                          added.out.read_text()))
        self.assertGreater(expected["sessions"]["outcomes"]["left_out_by_sampling"], 0)
        self.assertGreater(expected["packets"]["verdicts"]["not_selected"], 0)
        for summary in (expected, summed):
            del summary["elapsed_s"]
            summary["sessions"].pop("by_worker", None)
            for name in self.OF_THE_NETWORK:
                self.assertGreaterEqual(summary["packets"].pop(name), 0)
        self.assertEqual(summed, expected)

    def test_what_cannot_be_added_is_one_line(self) -> None:
        capture = self.record()
        part = Copier(self.net.production, "-i", capture, *self.x, "-a", "max", "--shard", "2/3")
        part.result(PATIENCE)
        alone = self.add(part.summary)
        self.assertEqual(alone.exit_code, 1, alone.tail())
        self.assertIn("2 missing (1, 3)", alone.err.read_text())
        self.assertEqual(json.loads(alone.out.read_text())["shard"], {"of": 3, "numbers": [2]})
        damaged = self.lab.folder / "damaged.json"
        damaged.write_text(part.summary.read_text()[:-40])
        for summaries, what in (([damaged], "damaged.json: is damaged"),
                                ([part.summary, capture], f"{capture}: is damaged"),
                                ([part.summary, self.lab.folder / "none"], "none: cannot be read")):
            failed = self.add(*summaries)
            self.assertEqual(failed.exit_code, 2, failed.tail())
            lines = failed.err.read_text().splitlines()
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(what, lines[0])
            self.assertEqual(failed.out.read_text(), "")

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
