"""MariaDB: sessions of its own clients and of Perl's, replayed, leave the target's data equal."""

from __future__ import annotations

import random
import shlex

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.databases import MariaDb
from tests.lab.equal_data import wait_until_equal
from tests.lab.process import Program
from tests.lab.recorder import Recorder
from tests.lab.topology import ThreeHosts

PATIENCE = 60
ROWS = 10_000
CLIENTS = 6
BUFFER = ("-B", "128")  # MB: all of it, should the copier not get a turn on a busy machine

# One session of the command-line client; `{n}` keeps sessions at the same time apart. It goes on
# after errors.
STATEMENTS = r"""
CREATE TABLE t{n} (id int AUTO_INCREMENT PRIMARY KEY, word varchar(40) UNIQUE, amount int DEFAULT 0);
INSERT INTO t{n} (word) SELECT concat('word ', seq) FROM seq_1_to_500;
INSERT INTO t{n} (word) VALUES ('word 7');
SELEKT;
SELECT no_such_column FROM t{n};
START TRANSACTION;
UPDATE t{n} SET amount = amount + id WHERE id % 3 = 0;
SAVEPOINT half;
DELETE FROM t{n};
ROLLBACK TO half;
INSERT INTO t{n} (word) VALUES ('kept');
COMMIT;
START TRANSACTION;
DELETE FROM t{n};
ROLLBACK;
PREPARE add_to FROM 'UPDATE t{n} SET amount = amount * 3 + ? WHERE id = ?';
SET @many = 50, @id = 5;
EXECUTE add_to USING @many, @id;
DEALLOCATE PREPARE add_to;
SELECT sleep(0.3);
SELECT * FROM t{n} ORDER BY id;
SELECT repeat('down ', 400000);
DELIMITER //
CREATE PROCEDURE many_results_{n}() BEGIN
  SELECT count(*) FROM t{n}; SELECT max(id) FROM t{n}; UPDATE t{n} SET amount = 1 WHERE id = 10;
END //
DELIMITER ;
CALL many_results_{n}();
CREATE TABLE large{n} (content longtext);
source {large}
SELECT content FROM large{n};
CREATE TABLE bulk{n} (a int, b varchar(80));
LOAD DATA LOCAL INFILE '{rows}' INTO TABLE bulk{n};
UPDATE bulk{n} SET b = upper(b) WHERE a % 100 = 0;
SHOW STATUS;
INSERT INTO t{n} (word) VALUES ('after an answer of another length');
"""
LARGE_BYTES = 3_000_000

# The server prepares; closing a statement is a request without an answer.
PREPARED = r"""
use DBI;
my ($host, $port, $n) = @ARGV;
my $db = DBI->connect("DBI:MariaDB:database=lab;host=$host;port=$port", "lab", undef,
  {RaiseError => 1, PrintError => 0, mariadb_server_prepare => 1});
$db->do("CREATE TABLE prepared$n (id int PRIMARY KEY, word varchar(100), amount double)");
$db->{AutoCommit} = 0;
for my $round (1 .. 5) {
  my $insert = $db->prepare("INSERT INTO prepared$n VALUES (?, ?, ?)");
  $insert->execute($_ + 100 * $round, "word $_ " x 5, $_ / 7) for 1 .. 50;
  $round % 2 ? $db->commit : $db->rollback;
  my $select = $db->prepare("SELECT id, word FROM prepared$n WHERE id > ?");
  for my $id (100, 120, 140) {
    $select->execute($id);
    my @first = $select->fetchrow_array;
    $select->finish;
  }
  undef $insert;
  undef $select;
  eval { $db->do("INSERT INTO prepared$n VALUES (101, 'again', 0)") };
  die "no error" unless $@ =~ /Duplicate/;
  $db->do("UPDATE prepared$n SET amount = amount * ? + ?", undef, 3, $round);
  $db->commit;
}
$db->disconnect;
print "done\n";
"""


class MariaDbTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.net = net = ThreeHosts(self.lab)
        self.production = MariaDb(net.production, "production", net.PRODUCTION)
        self.target = MariaDb(net.target, "target", net.TARGET)

    def statements(self) -> list[Program]:
        """Starts CLIENTS sessions of the command-line client, all at once."""
        rng = random.Random(1)
        rows = self.lab.file(
            "rows", "".join(f"{n}\t{rng.randbytes(30).hex()}\n" for n in range(ROWS)))
        content = rng.randbytes(LARGE_BYTES // 2).hex()
        programs = []
        for n in range(CLIENTS):
            large = self.lab.file(f"large{n}.sql", f"INSERT INTO large{n} VALUES ('{content}');\n")
            text = STATEMENTS
            for key, value in (("large", large), ("rows", rows), ("n", n)):
                text = text.replace("{" + key + "}", str(value))
            command = shlex.join(self.production.command(
                "mariadb", "--force", "--local-infile", self.production.DATABASE))
            programs.append(self.net.client.start(
                f"mariadb{n}", "sh", "-c", f"{command} <{self.lab.file(f'{n}.sql', text)}"))
        return programs

    def prepared(self) -> list[Program]:
        """Starts CLIENTS sessions of a Perl program, all at once."""
        script = self.lab.file("prepared.pl", PREPARED)
        return [self.net.client.start(f"perl{n}", "perl", str(script), self.production.address,
                                      str(self.production.port), str(n)) for n in range(CLIENTS)]

    def wait_for_clients(self, statements: list[Program], prepared: list[Program]) -> None:
        for program in statements:
            program.wait(PATIENCE)
            for error in ("Duplicate entry", "error in your SQL syntax", "Unknown column"):
                self.assertIn(error, program.output())
        for program in prepared:
            self.assertEqual(program.succeed(PATIENCE), "done\n")
        self.assertEqual(self.production.query("SELECT count(*) FROM bulk3"), f"{ROWS}\n")
        self.assertEqual(self.production.query("SELECT length(content) FROM large3"),
                         f"{LARGE_BYTES}\n")
        self.assertEqual(self.production.query("SELECT count(*) FROM t3 WHERE word LIKE 'after%'"),
                         "1\n")

    def test_several_sessions(self) -> None:
        copier = Copier.live(self.net.production, "-x", f"3306-{self.net.TARGET}:3306", *BUFFER)
        self.wait_for_clients(self.statements(), self.prepared())
        wait_until_equal(self.production, self.target, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=2 * CLIENTS)
        ledger.expect_all_delivered()

    def test_load_generator(self) -> None:
        """mariadb-slap: many short statements by many clients that reconnect now and then."""
        for server in (self.production, self.target):
            server.query("CREATE DATABASE slap; CREATE TABLE slap.words (word varchar(20))")
        copier = Copier.live(self.net.production, "-x", f"3306-{self.net.TARGET}:3306", *BUFFER)
        self.net.client.run(*self.production.command(
            "mariadb-slap", "--create-schema=slap", "--no-drop", "--delimiter=;",
            "--query=INSERT INTO words VALUES ('one'); SELECT count(*) FROM words;"
            "INSERT INTO words VALUES ('two')", f"--concurrency={CLIENTS}", "--iterations=1",
            f"--number-of-queries={CLIENTS * 150}", "--detach=20"))
        wait_until_equal(self.production, self.target, PATIENCE)
        ledger = copier.finish()
        ledger.expect(completed=ledger.sessions_seen)
        ledger.expect_all_delivered()
        self.assertGreater(ledger.sessions_seen, CLIENTS)
        self.assertEqual(self.target.query("SELECT count(*) FROM slap.words"),
                         f"{CLIENTS * 100}\n")

    def test_from_a_capture_file(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "tcp port 3306", *BUFFER)
        self.wait_for_clients(self.statements(), self.prepared())
        capture = recorder.stop()
        copier = Copier(self.net.production, "-i", capture, "-x", f"3306-{self.net.TARGET}:3306",
                        "-a", "max")
        ledger = copier.result(PATIENCE)
        wait_until_equal(self.production, self.target, PATIENCE)
        ledger.expect(completed=2 * CLIENTS)
        ledger.expect_all_delivered()


if __name__ == "__main__":
    labtest.main()
