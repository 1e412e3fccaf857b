"""PostgreSQL: sessions of psql and pgbench, replayed, leave the target's data equal."""

from __future__ import annotations

import random

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.databases import PostgreSql
from tests.lab.equal_data import wait_until_equal
from tests.lab.process import Program
from tests.lab.recorder import Recorder
from tests.lab.topology import ThreeHosts

PATIENCE = 60
MEGABYTES = 2
ROWS = 10_000
CLIENTS = 6
TRANSACTIONS = 60  # of each client
BENCHMARK_SESSIONS = 1 + CLIENTS  # pgbench first asks by one more
BUFFER = ("-B", "128")  # MB: all of it, should the copier not get a turn on a busy machine

# One psql session; `{n}` keeps sessions at the same time apart. It goes on after errors.
STATEMENTS = r"""
CREATE TABLE t{n} (id serial PRIMARY KEY, word text UNIQUE, amount int DEFAULT 0);
INSERT INTO t{n} (word) SELECT 'word ' || i FROM generate_series(1, 500) i;
INSERT INTO t{n} (word) VALUES ('word 7');
SELECT 1 / 0;
SELEKT;
BEGIN;
UPDATE t{n} SET amount = amount + id WHERE id % 3 = 0;
SAVEPOINT half;
DELETE FROM t{n};
ROLLBACK TO half;
INSERT INTO t{n} (word) VALUES ('kept') RETURNING id;
COMMIT;
BEGIN;
DELETE FROM t{n};
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO t{n} (word) VALUES ('word 9');
INSERT INTO t{n} (word) VALUES ('never, the transaction is broken');
COMMIT;
PREPARE add_to(int, int) AS UPDATE t{n} SET amount = amount * 3 + $2 WHERE id = $1;
EXECUTE add_to(5, 50);
EXECUTE add_to(6, {n});
BEGIN;
DECLARE walk CURSOR FOR SELECT * FROM t{n} ORDER BY id;
FETCH 100 FROM walk;
FETCH 300 FROM walk;
DELETE FROM t{n} WHERE CURRENT OF walk;
COMMIT;
DO $$ BEGIN FOR i IN 1..5 LOOP RAISE NOTICE 'notice %', i; PERFORM pg_sleep(0.05); END LOOP;
  INSERT INTO t{n} (word) VALUES ('after the notices'); END $$;
LISTEN news{n};
NOTIFY news{n}, 'told to ourselves';
SELECT repeat('down ', 400000);
\set large `cat {large}`
INSERT INTO t{n} (word, amount) VALUES (md5(:'large'), length(:'large'));
CREATE TABLE large{n} AS SELECT :'large'::text AS content;
SELECT content FROM large{n};
CREATE TABLE bulk{n} (a int, b text);
\copy bulk{n} FROM '{rows}'
\copy bulk{n} FROM '{broken_rows}'
\copy (SELECT * FROM bulk{n} ORDER BY a) TO '/dev/null'
UPDATE bulk{n} SET b = upper(b) WHERE a % 100 = 0;
SELECT pg_terminate_backend(pg_backend_pid());
"""

# Several statements on their way before the first answer; each client has rows of its own.
PIPELINE = r"""
\set row random(1, 20)
\set more random(1, 1000)
\startpipeline
INSERT INTO piped VALUES (:client_id, :row, :more);
UPDATE piped SET amount = amount * 2 % 1000003 + :more WHERE client = :client_id AND row = :row;
SELECT sum(amount) FROM piped WHERE client = :client_id;
DELETE FROM piped WHERE client = :client_id AND row = :row AND amount % 5 = 0;
\endpipeline
"""


class PostgreSqlTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = net = ThreeHosts(self.lab)
        self.production = PostgreSql(net.production, "production", net.PRODUCTION)
        self.target = PostgreSql(net.target, "target", net.TARGET)
        for server in (self.production, self.target):
            server.query("CREATE TABLE piped (client int, row int, amount bigint)")

    def statements(self) -> list[Program]:
        """Starts CLIENTS sessions of psql, all at once."""
        rng = random.Random(1)
        rows = [f"{n}\t{rng.randbytes(30).hex()}\n" for n in range(ROWS)]
        files = {"large": self.lab.file("large", rng.randbytes(MEGABYTES * 500_000).hex()),
                 "rows": self.lab.file("rows", "".join(rows)),
                 "broken_rows": self.lab.file("broken_rows", "".join(rows) + "no number\n")}
        programs = []
        for n in range(CLIENTS):
            text = STATEMENTS
            for key, value in {**files, "n": n}.items():
                text = text.replace("{" + key + "}", str(value))
            script = self.lab.file(f"statements{n}.sql", text)
            programs.append(self.net.client.start(
                f"psql{n}", *self.production.command("psql", "-X", "-q", "-f", str(script),
                                                     self.production.DATABASE)))
        return programs

    def wait_for_statements(self, programs: list[Program]) -> None:
        for program in programs:
            self.assertEqual(program.wait(PATIENCE), 2, program.tail())  # its connection is cut
            for error in ("division by zero", "syntax error", "duplicate key", "aborted",
                          "invalid input syntax", "terminating connection"):
                self.assertIn(error, program.output())
        self.assertEqual(self.production.query("SELECT count(*) FROM bulk3"), f"{ROWS}\n")

    def benchmark(self, *arguments: str) -> None:
        """A run of pgbench, BENCHMARK_SESSIONS connections."""
        done = self.net.client.run(*self.production.command(
            "pgbench", "-c", str(CLIENTS), "-t", str(TRANSACTIONS), *arguments,
            self.production.DATABASE))
        self.assertIn(f"processed: {CLIENTS * TRANSACTIONS}/{CLIENTS * TRANSACTIONS}", done)

    def pipelines(self) -> None:
        script = self.lab.file("pipeline.sql", PIPELINE)
        self.benchmark("-n", "-M", "extended", "-f", str(script))
        self.assertGreater(int(self.production.query("SELECT count(*) FROM piped")), TRANSACTIONS)

    def copy(self) -> Copier:
        return Copier.live(self.net.production, "-x", f"5432-{self.net.TARGET}:5432", *BUFFER)

    def test_statements_and_pipelines(self) -> None:
        copier = self.copy()
        statements = self.statements()
        self.pipelines()
        self.wait_for_statements(statements)
        wait_until_equal(self.production, self.target, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=CLIENTS + BENCHMARK_SESSIONS)
        ledger.expect_all_delivered()

    def test_from_a_capture_file(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 5432", *BUFFER)
        statements = self.statements()
        self.pipelines()
        self.wait_for_statements(statements)
        copier = Copier(self.net.production, "-i", recorder.stop(), "-x",
                        f"5432-{self.net.TARGET}:5432", "-a", "max")
        ledger = copier.result(PATIENCE)
        wait_until_equal(self.production, self.target, PATIENCE)
        ledger.expect(completed=CLIENTS + BENCHMARK_SESSIONS)
        ledger.expect_all_delivered()

    def test_pgbench(self) -> None:
        copier = self.copy()
        self.net.client.run(*self.production.command(
            "pgbench", "-i", "-q", "--foreign-keys", self.production.DATABASE))
        wait_until_equal(self.production, self.target, PATIENCE)
        self.benchmark("-M", "prepared", "-j", "2")
        wait_until_equal(self.production, self.target, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=1 + BENCHMARK_SESSIONS)
        ledger.expect_all_delivered()


if __name__ == "__main__":
    labtest.main()
