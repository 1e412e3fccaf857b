"""PostgreSQL and MariaDB, each with an account that needs no password, as Debian ships them.

Neither runs as root, so each gets a user namespace of its own, in which it is somebody else.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.lab.labnet import Host, run
from tests.lab.wait import wait_for

_START_SECONDS = 30.0
_SOMEBODY = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
_POSTGRESQL = "/usr/lib/postgresql/15/bin"


@functools.cache
def _fresh(make: Callable[[Path], None]) -> tempfile.TemporaryDirectory[str]:
    """A new data folder, made once by a test program; each server gets a copy."""
    folder = tempfile.TemporaryDirectory(prefix="fresh-", dir=os.environ.get("TEST_TMPDIR"))
    make(Path(folder.name) / "data")
    return folder


def _copy_fresh(make: Callable[[Path], None], destination: Path) -> None:
    shutil.copytree(Path(_fresh(make).name) / "data", destination)


def _initdb(folder: Path) -> None:
    run([*_SOMEBODY, f"{_POSTGRESQL}/initdb", "-D", str(folder), "--no-sync", "-A", "trust",
         "-U", PostgreSql.USER, "-E", "UTF8", "--locale=C"])
    (folder / "pg_hba.conf").write_text("local all all trust\nhost all all all trust\n")


class PostgreSql:
    USER, DATABASE = "lab", "postgres"

    def __init__(self, host: Host, name: str, address: str, port: int = 5432) -> None:
        self.host, self.address, self.port = host, address, port
        self.socket_folder = tempfile.mkdtemp(dir="/run")  # a short path
        folder = host.lab.folder / f"{name}-data"
        _copy_fresh(_initdb, folder)
        settings = {
            "listen_addresses": address, "port": port, "unix_socket_directories": self.socket_folder,
            "fsync": "off", "shared_buffers": "32MB", "dynamic_shared_memory_type": "mmap",
            # Who vacuums when is no part of what is compared.
            "autovacuum": "off",
        }
        self.program = host.start(
            name, *_SOMEBODY, f"{_POSTGRESQL}/postgres", "-D", str(folder),
            *(word for key, value in settings.items() for word in ("-c", f"{key}={value}")))
        self.program.stop_signal = signal.SIGQUIT  # at once, whoever is still connected
        self.program.wait_for_output("ready to accept connections", _START_SECONDS)

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line of one of PostgreSQL's clients, for this server."""
        return self._command(program, self.address, *arguments)

    def local(self, program: str, *arguments: str) -> str:
        """Runs one of them over the server's socket, where no capture sees it."""
        return self.host.run(*self._command(program, self.socket_folder, *arguments))

    def query(self, statement: str) -> str:
        """Rows as psql prints them for programs; asked like `local`."""
        return self.local("psql", "-XAtq", "-c", statement, self.DATABASE)

    def data(self) -> list[str]:
        """The schema, and all rows; of pgbench's history without the time of day."""
        dump = self.local("pg_dump", "--exclude-table-data=pgbench_history", self.DATABASE)
        # A dump marks its beginning and end with a random word.
        lines = [line for line in dump.splitlines() if not re.match(r"\\(un)?restrict ", line)]
        if "CREATE TABLE public.pgbench_history" in dump:
            lines += self.query("SELECT 'history', tid, bid, aid, delta, filler "
                                "FROM pgbench_history").splitlines()
        return lines

    def _command(self, program: str, where: str, *arguments: str) -> list[str]:
        return [f"{_POSTGRESQL}/{program}", "-h", where, "-p", str(self.port), "-U", self.USER,
                *arguments]


def _mariadb_install_db(folder: Path) -> None:
    run([*_SOMEBODY, "mariadb-install-db", "--no-defaults", f"--datadir={folder}",
         "--auth-root-authentication-method=normal", "--skip-test-db",
         "--innodb-log-file-size=16M", *_UNSAFE])


_UNSAFE = ("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync")


class MariaDb:
    USER, DATABASE = "lab", "lab"

    def __init__(self, host: Host, name: str, address: str, port: int = 3306) -> None:
        self.host, self.address, self.port = host, address, port
        folder = host.lab.folder / f"{name}-data"
        _copy_fresh(_mariadb_install_db, folder)
        self.socket = f"{tempfile.mkdtemp(dir='/run')}/socket"  # a short path
        self.program = host.start(
            name, *_SOMEBODY, "mariadbd", "--no-defaults", f"--datadir={folder}",
            f"--bind-address={address}", f"--port={port}", f"--socket={self.socket}",
            f"--pid-file={folder}/pid", "--skip-name-resolve", "--local-infile",
            "--skip-innodb-use-native-aio", "--max-connections=1000",
            # A reused thread numbers prepared statements on from its last connection's, and clients
            # name them by those numbers.
            "--thread-cache-size=0",
            "--innodb-log-file-size=16M", *_UNSAFE)
        self.program.stop_signal = signal.SIGKILL  # nobody wants the data in order
        self.program.wait_for_output("ready for connections", _START_SECONDS)
        self._as_root(f"CREATE USER {self.USER}@'%' IDENTIFIED VIA mysql_native_password USING '';"
                      f"GRANT ALL ON *.* TO {self.USER}@'%'; CREATE DATABASE {self.DATABASE}")

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line of one of MariaDB's clients, for this server."""
        return [program, "--no-defaults", f"--host={self.address}", f"--port={self.port}",
                f"--user={self.USER}", *arguments]

    def query(self, statement: str) -> str:
        """Rows with tabs; asked over the server's socket, where no capture sees it."""
        return self._as_root(statement, self.DATABASE)

    def data(self) -> list[str]:
        """The schemas that clients made, and all their rows."""
        own = {"information_schema", "mysql", "performance_schema", "sys"}
        schemas = [name for name in self.query("SHOW DATABASES").split() if name not in own]
        dump = self.host.run("mariadb-dump", "--no-defaults", f"--socket={self.socket}",
                             "--user=root", "--skip-extended-insert", "--skip-dump-date",
                             "--skip-comments", "--hex-blob", "--routines", "--databases", *schemas)
        return dump.splitlines()

    def _as_root(self, statement: str, *database: str) -> str:
        return self.host.run("mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root",
                             "-BN", "-e", statement, *database)
