"""memcached: sessions of libmemcached's clients and of raw pipelines leave the target's data equal."""

from __future__ import annotations

import random

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.equal_data import wait_until_equal
from tests.lab.memcached import Memcached
from tests.lab.process import Program
from tests.lab.recorder import Recorder
from tests.lab.topology import ThreeHosts

PATIENCE = 60
BUFFER = ("-B", "128")  # MB: all of it, should the copier not get a turn on a busy machine
CRLF = b"\r\n"
CLIENTS = 6
BATCHES = 5


class MemcachedTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = net = ThreeHosts(self.lab)
        self.production = Memcached(net.production, "production", net.PRODUCTION)
        self.target = Memcached(net.target, "target", net.TARGET)
        self.servers = f"--servers={net.PRODUCTION}:11211"

    def tools(self, command: str) -> list[Program]:
        """Starts a shell for each client, every second one with memcached's binary protocol."""
        return [self.net.client.start(
            f"tools{len(self.lab.programs)}", "sh", "-ec",
            " ".join(command.format(n=n, to=f"{self.servers} {binary}").split()))
            for n, binary in enumerate(["", "--binary"] * (CLIENTS // 2))]

    def store(self) -> list[Program]:
        """Stores files, one session a client: of some bytes and of some megabytes."""
        rng = random.Random(1)
        for n in range(CLIENTS):
            for size in (10, 5_000, 3_000_000):
                self.lab.file(f"value{n}-{size}", rng.randbytes(size))
        return self.tools("memccp {to} --flag=7 value{n}-*")

    def use(self) -> list[Program]:
        """Removes, reads, refuses to add, and more: four sessions a client, in any order."""
        return self.tools("""
            memccp {to} --add value{n}-10 && exit 9;
            memcrm {to} value{n}-5000;
            memccat {to} --file=copy{n} value{n}-3000000;
            memctouch {to} --expire=86400 value{n}-10;
            cmp copy{n} value{n}-3000000""")

    def pipelines(self) -> list[Program]:
        """Starts CLIENTS sessions that send whole batches at once, with and without answers."""
        programs = []
        for n in range(CLIENTS):
            steps = [f"send:set sum{n} 0 0 8\\r\\n10000000\\r\\n", "expect:8"]
            for batch in range(BATCHES):
                quiet = "".join(
                    f"set {n}-{i} {batch} 0 4 noreply\r\n{i:04}\r\n"
                    f"append {n}-{i % 7} 0 0 3 noreply\r\n,{batch:02}\r\n"
                    f"incr sum{n} {i} noreply\r\n"
                    f"ms meta{n}-{i % 50} 5 q\r\n{i:05}\r\n"
                    f"delete {n}-{i // 2} noreply\r\n" for i in range(400))
                steps += [f"send-file:{self.lab.file(f'quiet{n}-{batch}', quiet.encode())}",
                          f"send:get sum{n}\\r\\n", f"expect:{len(f'VALUE sum{n} 0 8') + 17}"]
            loud = "".join(
                f"set loud{n}-{i} 0 0 {i}\r\n{'x' * i}\r\nget loud{n}-{i // 3}\r\n"
                f"prepend loud{n}-{i // 2} 0 0 1\r\n<\r\nadd loud{n}-{i // 2} 0 0 1\r\n-\r\n"
                f"no such command\r\n" for i in range(800))
            steps.append(f"converse:{self.lab.file(f'loud{n}', loud.encode() + b'quit' + CRLF)}")
            programs.append(self.net.play(f"{self.net.PRODUCTION}:11211", *steps))
        return programs

    def run_clients(self) -> None:
        """All that may go on at the same time: 2 * CLIENTS + 1 sessions."""
        programs = self.store() + self.pipelines()
        # Statistics differ in length; what follows an answer must not wait for the missing bytes.
        programs.append(self.net.play(
            f"{self.net.PRODUCTION}:11211", "send:stats\\r\\n", "expect:1000",
            "send:set last 0 0 2\\r\\nok\\r\\n", "expect:8", "send:quit\\r\\n", "wait-eof"))
        for program in programs:
            program.succeed(PATIENCE)

    def expect_equal(self) -> None:
        wait_until_equal(self.production, self.target, PATIENCE)
        keys = [line.split()[0] for line in self.target.data()]
        self.assertIn("last", keys)
        for prefix, count in (("loud", 800), ("meta", 50), ("value", 3)):
            self.assertEqual(sum(key.startswith(prefix) for key in keys), CLIENTS * count)

    def test_live(self) -> None:
        copier = Copier.live(self.net.production, "-x", f"11211-{self.net.TARGET}:11211", *BUFFER)
        self.run_clients()
        self.expect_equal()
        for program in self.use():
            program.succeed(PATIENCE)
        wait_until_equal(self.production, self.target, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=2 * CLIENTS + 1 + 4 * CLIENTS)
        ledger.expect_all_delivered()
        self.assertEqual(sum("expires" in line for line in self.target.data()), CLIENTS)

    def test_from_a_capture_file(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 11211", *BUFFER)
        self.run_clients()
        copier = Copier(self.net.production, "-i", recorder.stop(), "-x",
                        f"11211-{self.net.TARGET}:11211", "-a", "max")
        ledger = copier.result(PATIENCE)
        self.expect_equal()
        ledger.expect(completed=2 * CLIENTS + 1)
        ledger.expect_all_delivered()


if __name__ == "__main__":
    labtest.main()
