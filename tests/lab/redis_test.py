"""redis: sessions of its own clients, and of some that wait for each other, leave equal data."""

from __future__ import annotations

import random

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.equal_data import wait_until_equal
from tests.lab.ledger import Ledger
from tests.lab.process import Program
from tests.lab.recorder import Recorder
from tests.lab.servers import Redis
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for

PATIENCE = 60
BUFFER = ("-B", "128")  # MB: all of it, should the copier not get a turn on a busy machine
CLIENTS = 6
LARGE_BYTES = 3_000_000

# One session, each command after the answer to the one before; `{n}` keeps sessions apart.
COMMANDS = """
SET word:{n} one
GET word:{n}
LPUSH word:{n} no
SETEX brief:{n} 100000 x
NO SUCH COMMAND
MULTI
INCRBY sum:{n} 5
APPEND word:{n} -two
EXEC
MULTI
DEL word:{n}
DISCARD
WATCH word:{n}
APPEND word:{n} -three
MULTI
APPEND word:{n} -never
EXEC
EVAL "for i = 1, 500 do redis.call('rpush', KEYS[1], i * ARGV[1]) end return {{1, {{2, 'x'}}}}" 1 list:{n} 7
LRANGE list:{n} 0 -1
INFO
SET after-an-answer-of-another-length:{n} yes
HSET hash:{n} a 1 b 2 c 3
ZADD sorted:{n} 3 three 1 one 2 two
ZRANGE sorted:{n} 0 -1 WITHSCORES
GETDEL large:{n}:0
DEBUG SLEEP 0.2
SET done:{n} yes
"""


class RedisTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = net = ThreeHosts(self.lab)
        self.production = Redis(net.production, "redis", net.PRODUCTION, 6379)
        self.target = Redis(net.target, "target", net.TARGET, 6379)

    def live(self) -> Copier:
        return Copier.live(self.net.production, "-x", f"6379-{self.net.TARGET}:6379", *BUFFER)

    def cli(self, name: str, command: str) -> Program:
        """Starts `redis-cli ...` by a shell on the client host."""
        return self.net.client.start(name, "sh", "-ec", command.replace(
            "redis-cli", f"redis-cli -h {self.net.PRODUCTION}"))

    def commands(self) -> list[Program]:
        """Starts CLIENTS sessions that wait for each answer, every second one with RESP3, and as many
        that store a large value."""
        rng = random.Random(1)
        programs = []
        for n in range(CLIENTS):
            script = self.lab.file(f"commands{n}", COMMANDS.format(n=n))
            programs.append(self.cli(f"cli{n}", f"redis-cli -{2 + n % 2} <{script}"))
            large = self.lab.file(f"large{n}", rng.randbytes(LARGE_BYTES // 2).hex())
            programs.append(self.cli(f"large{n}", f"redis-cli -x SET large:{n} <{large}"))
        return programs

    def finish(self, copier: Copier) -> Ledger:
        wait_until_equal(self.production, self.target, PATIENCE)
        ledger = copier.finish()
        ledger.check()
        self.assertEqual(ledger.active, 0)
        ledger.expect_all_delivered()
        return ledger

    def expect_commands_done(self) -> None:
        for n in range(CLIENTS):
            self.assertEqual(self.target.cli("get", f"word:{n}"), "one-two-three\n")
            self.assertEqual(self.target.cli("strlen", f"large:{n}"), f"{LARGE_BYTES}\n")
            self.assertEqual(self.target.cli("llen", f"list:{n}"), "500\n")

    def test_commands(self) -> None:
        copier = self.live()
        for program in self.commands():
            program.succeed(PATIENCE)
        # What went up comes down, too.
        wait_until_equal(self.production, self.target, PATIENCE)
        self.cli("down", "redis-cli GET large:1 >got").succeed(PATIENCE)
        self.finish(copier).expect(completed=2 * CLIENTS + 1)
        self.expect_commands_done()

    def test_from_a_capture_file(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 6379", *BUFFER)
        for program in self.commands():
            program.succeed(PATIENCE)
        copier = Copier(self.net.production, "-i", recorder.stop(), "-x",
                        f"6379-{self.net.TARGET}:6379", "-a", "max")
        copier.result(PATIENCE).expect(completed=2 * CLIENTS)
        wait_until_equal(self.production, self.target, PATIENCE)
        self.expect_commands_done()

    def test_pipelines(self) -> None:
        """Counters and lists end equal only when every command arrived once and in order."""
        copier = self.live()
        commands = self.lab.file("commands", "".join(
            f"SET key:{n} {n * 7919}\r\nAPPEND all {n},\r\nINCRBY sum {n}\r\n" for n in range(5000)))
        self.cli("pipe", f"redis-cli --pipe <{commands}").succeed(PATIENCE)
        self.net.client.run("redis-benchmark", "-h", self.net.PRODUCTION, "-P", "16", "-c", "20",
                            "-n", "10000", "-r", "1000", "-t", "set,incr,lpush,sadd,hset,mset", "-q")
        ledger = self.finish(copier)
        self.assertEqual(self.target.cli("strlen", "all"), self.production.cli("strlen", "all"))
        # redis-benchmark ends its connections as it likes: by FIN, or by RST with answers unread.
        self.assertLessEqual(ledger.happened.keys(), {"completed", "reset_by_client"})

    def test_clients_that_wait_for_others(self) -> None:
        """Answers that another client's command brings, messages in between, and no answers at all."""
        copier = self.live()
        endpoint = f"{self.net.PRODUCTION}:6379"
        blocked = self.net.play(endpoint, "send:BLPOP queue 0\\r\\n", "expect:27",
                                "send:SET popped yes\\r\\n", "expect:5")
        wait_for(lambda: "blocked_clients:1" in self.production.cli("info", "clients"), PATIENCE,
                 "a client waits")
        listening = self.net.play(
            endpoint, "send:SUBSCRIBE news\\r\\n", "expect:33", f"expect:{3 * 37}",
            "send:UNSUBSCRIBE\\r\\nSET heard yes\\r\\n", f"expect:{36 + 5}")
        wait_for(lambda: "news\n1" in self.production.cli("pubsub", "numsub", "news"), PATIENCE,
                 "a client listens")
        silent = "CLIENT REPLY OFF\r\n" + "INCR silent\r\n" * 3000 + "CLIENT REPLY ON\r\nQUIT\r\n"
        self.net.play(endpoint, f"converse:{self.lab.file('silent', silent)}").succeed(PATIENCE)
        self.net.play(endpoint, *["send:PUBLISH news told\\r\\n", "expect:4"] * 3,
                      "send:RPUSH queue pushed\\r\\n", "expect:4").succeed(PATIENCE)
        blocked.succeed(PATIENCE)
        listening.succeed(PATIENCE)
        self.finish(copier).expect(completed=4)
        self.assertEqual(self.target.cli("mget", "popped", "heard", "silent"), "yes\nyes\n3000\n")


if __name__ == "__main__":
    labtest.main()
