"""Real servers and scripted ones, each started in a host and ready when its constructor returns."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.equal_data import file_tree
from tests.lab.labnet import Host
from tests.lab.process import Program
from tests.lab.wait import wait_for

_START_SECONDS = 20.0

_NGINX = """
user root;
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log notice;
events {{ worker_connections 8192; }}
http {{
  log_format requests escape=json
    '{{"connection":$connection,"number":$connection_requests,"request":"$request",'
    '"host":"$http_host","token":"$http_x_token","closing":"$http_connection",'
    '"length":$request_length,"status":$status,"client":"$remote_addr:$remote_port"}}';
  access_log {folder}/access.log requests;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 0;
  keepalive_requests 100000;
  types {{ }}
  default_type application/octet-stream;
  server {{
    {listen}
    root {folder}/root;
    location / {{ {location} }}
    location /files/ {{ }}
    location /put/ {{ dav_methods PUT; create_full_put_path on; }}
    location /dav/ {{ dav_methods PUT DELETE MKCOL COPY MOVE; create_full_put_path on; }}
  }}
}}
"""


@dataclass(frozen=True)
class LoggedRequest:
    """A line of nginx's access log."""

    connection: int  # nginx's own number of the connection
    number: int  # of the request in its connection, from 1
    request: str
    host: str
    token: str
    closing: str
    length: int
    status: int
    client: str  # address:port

    def as_sent(self) -> bytes:
        """The request of a planned load (http_load), rebuilt from what the server understood."""
        closing = f"Connection: {self.closing}\r\n" if self.closing else ""
        return (f"{self.request}\r\nHost: {self.host}\r\nX-Token: {self.token}\r\n{closing}\r\n"
                ).encode()


class Nginx:
    """Answers everything with `answer` (or as `location`, in nginx's own words, says), stores what
    is PUT to /put/, serves `root/files/`, lets WebDAV clients do as they like in /dav/."""

    def __init__(self, host: Host, name: str, listen: list[str], answer: str = "hello",
                 location: str | None = None) -> None:
        self.folder = host.lab.folder / name
        (self.folder / "root" / "files").mkdir(parents=True)
        (self.folder / "root" / "put").mkdir()
        (self.folder / "root" / "dav").mkdir()
        config = self.folder / "nginx.conf"
        config.write_text(_NGINX.format(
            folder=self.folder, location=location or f'return 200 "{answer}";',
            listen="\n    ".join(f"listen {one} backlog=4096;" for one in listen)))
        self.program = host.start(name, "nginx", "-e", "stderr", "-c", str(config))
        wait_for(lambda: (self.folder / "pid").exists() or not self.program.running,
                 _START_SECONDS, f"{name} starts")
        wait_until_listening(host, self.program, listen)

    def data(self) -> list[str]:
        """The files below /dav/."""
        return file_tree(self.folder / "root" / "dav")

    def put_file(self, name: str) -> Path:
        """Where the body of `PUT /put/name` is kept."""
        return self.folder / "root" / "put" / name

    def add_file(self, name: str, content: bytes) -> None:
        (self.folder / "root" / "files" / name).write_bytes(content)

    def count(self) -> int:
        """Number of requests logged."""
        return self._log().count(b"\n")

    def requests(self) -> list[LoggedRequest]:
        return [LoggedRequest(**json.loads(line)) for line in self._log().splitlines()]

    def wait_for_requests(self, count: int, seconds: float) -> None:
        wait_for(lambda: self.count() >= count, seconds,
                 lambda: f"{count} requests at {self.program.name}, {self.count()} came")

    def _log(self) -> bytes:
        path = self.folder / "access.log"
        return path.read_bytes() if path.exists() else b""


def wait_until_listening(host: Host, program: Program, endpoints: list[str]) -> None:
    """Until every `address:port` is listened on; fails when the program ends before."""
    def listens() -> bool:
        if not program.running:
            raise AssertionError(f"{program.name} does not start\n{program.tail()}")
        listening = host.run("ss", "-ltnH")
        return all(f" {endpoint} " in listening for endpoint in endpoints)
    wait_for(listens, _START_SECONDS, lambda: f"{program.name} listens\n{program.tail()}")


class Recording:
    """tests/lab/recording_server.py: does as told, keeps every byte of every connection."""

    def __init__(self, host: Host, name: str, listen: list[str], *behaviour: object) -> None:
        self.folder = host.lab.folder / f"{name}-record"
        arguments = [word for endpoint in listen for word in ("--listen", endpoint)]
        self.program = host.python(name, "tests.lab.recording_server", *arguments,
                                   "--record", self.folder, *behaviour)
        self.program.wait_for_output("ready", _START_SECONDS)

    def streams(self) -> list[bytes]:
        """What each connection brought so far, in order of acceptance."""
        return [path.read_bytes() for path in sorted(self.folder.glob("*.bytes"))]

    def closed(self) -> list[dict[str, Any]]:
        """What the recorder tells of each closed connection, in order of acceptance."""
        path = self.folder / "connections"
        lines = path.read_text().splitlines() if path.exists() else []
        return sorted((json.loads(line) for line in lines), key=lambda line: line["number"])

    def ends(self) -> list[str]:
        return [line["end"] for line in self.closed()]

    def wait_for_streams(self, expected: list[bytes], seconds: float) -> None:
        """Until exactly these bytes came, each stream on a connection of its own, in any order."""
        def describe() -> str:
            return (f"{[len(s) for s in expected]} bytes at {self.program.name}, "
                    f"{[len(s) for s in self.streams()]} came")
        wait_for(lambda: sorted(self.streams()) == sorted(expected), seconds, describe)

    def wait_for_ends(self, count: int, seconds: float) -> None:
        wait_for(lambda: len(self.ends()) >= count, seconds,
                 lambda: f"{count} closed connections at {self.program.name}: {self.ends()}")


class Redis:
    def __init__(self, host: Host, name: str, address: str, port: int) -> None:
        self.host = host
        self._socket = f"{tempfile.mkdtemp(dir='/run')}/redis"  # a short path
        self.program = host.start(
            name, "redis-server", "--bind", address, "--port", str(port), "--save", "",
            "--appendonly", "no", "--dir", str(host.lab.folder), "--protected-mode", "no",
            "--enable-debug-command", "yes", "--unixsocket", self._socket)
        wait_until_listening(host, self.program, [f"{address}:{port}"])

    def cli(self, *arguments: str) -> str:
        """What redis-cli prints, asked over the server's socket, where no capture sees it."""
        return self.host.run("redis-cli", "-s", self._socket, *arguments)

    def digest(self) -> str:
        """A digest of all data: equal data sets have equal ones."""
        return self.cli("debug", "digest").strip()

    def data(self) -> list[str]:
        return [self.digest(), f"{self.cli('dbsize').strip()} keys"]


class Vsftpd:
    """An FTP server: it speaks first, and every command waits for the answer to the one before."""

    def __init__(self, host: Host, name: str, address: str, port: int) -> None:
        self.log = host.lab.folder / f"{name}.log"
        (host.lab.folder / f"{name}-root").mkdir()
        Path("/run/vsftpd/empty").mkdir(parents=True, exist_ok=True)
        config = host.lab.folder / f"{name}.conf"
        settings = {
            "listen": "YES", "listen_ipv6": "NO", "listen_address": address, "listen_port": port,
            "background": "NO", "run_as_launching_user": "YES", "anonymous_enable": "YES",
            "anon_root": host.lab.folder / f"{name}-root", "no_anon_password": "NO",
            "isolate": "NO", "isolate_network": "NO", "seccomp_sandbox": "NO",
            "xferlog_enable": "YES", "xferlog_std_format": "NO", "log_ftp_protocol": "YES", "vsftpd_log_file": self.log,
            "ftpd_banner": "The lab greets you.",
        }
        config.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        self.program = host.start(name, "vsftpd", str(config))
        wait_until_listening(host, self.program, [f"{address}:{port}"])

    def commands(self) -> list[str]:
        """The FTP commands of all clients, in order; passwords are not logged."""
        text = self.log.read_text() if self.log.exists() else ""
        return re.findall(r'FTP command: Client "[^"]*", "(.*)"', text)
