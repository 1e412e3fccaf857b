"""The two web sites of the demo: nginx with version 1 of the shop, lighttpd with version 2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.lab.labnet import Host, run
from tests.lab.process import Program
from tests.lab.wait import wait_for

_SHOP_PORT = 9000
_START_SECONDS = 20.0

# Both log the same things: connection, number in it, request line, host, agent, length, status, time.
_NGINX = r"""
user root;
daemon off;
master_process off;
pid {folder}/pid;
events {{ worker_connections 4096; }}
http {{
  log_format demo escape=none "$connection\t$connection_requests\t$request\t$http_host\t"
                              "$http_user_agent\t$request_length\t$status\t$request_time";
  access_log {folder}/access.log demo;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 0;
  keepalive_requests 100000;
  server {{
    listen {address}:{port} backlog=1024;
    location / {{ proxy_pass http://127.0.0.1:{shop}; }}
  }}
}}
"""

# The log goes through a pipe because lighttpd would hold back what it writes to a file.
_LIGHTTPD = r"""
server.bind = "{address}"
server.port = {port}
server.document-root = "{folder}"
server.upload-dirs = ( "{folder}" )
server.modules = ( "mod_accesslog", "mod_proxy" )
server.max-keep-alive-requests = 100000
server.listen-backlog = 1024
accesslog.filename = "|exec cat >>{folder}/access.log"
accesslog.format = "%{{remote}}p\t%k\t%r\t%{{Host}}i\t%{{User-Agent}}i\t%I\t%s\t%D"
proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => {shop} ) ) )
"""


@dataclass(frozen=True)
class Request:
    """A line of either access log."""

    connection: str
    first: bool  # of its connection
    line: str
    host: str
    agent: str
    length: int  # bytes, head and body
    status: int
    milliseconds: float

    @property
    def content(self) -> tuple[str, str, str, int]:
        """What must be the same on both sides."""
        return self.line, self.host, self.agent, self.length


class Site:
    """A front server and a shop behind it, on one host."""

    _config: str
    _command: tuple[str, ...]
    _first_number: int  # of a connection's first request in the log

    def __init__(self, host: Host, address: str, port: int, version: int, work_ms: float) -> None:
        self.folder = host.lab.folder / host.name
        self.folder.mkdir()
        self.host = host
        self.address, self.port = address, port
        self.shop_log = self.folder / "shop.log"
        self.access_log = self.folder / "access.log"
        shop = host.python(f"{host.name}-shop", "tools.demo.shop", "--port", _SHOP_PORT,
                           "--version", version, "--work-ms", work_ms, "--log", self.shop_log)
        shop.wait_for_output("ready", _START_SECONDS)
        self.front = self._start_front()
        wait_for(lambda: f"{address}:{port} " in host.run("ss", "-ltnH")
                 or not self.front.running, _START_SECONDS,
                 lambda: f"{host.name} listens\n{self.front.tail()}")

    def _start_front(self) -> Program:
        config = self.folder / "front.conf"
        config.write_text(self._config.format(folder=self.folder, address=self.address,
                                              port=self.port, shop=_SHOP_PORT))
        return self.host.start(f"{self.host.name}-front", *self._command, str(config))

    def parse(self, line: str) -> Request:
        connection, number, request, host, agent, length, status, time = line.split("\t")
        return Request(connection, int(number) == self._first_number, request, host, agent,
                       int(length), int(status), self._milliseconds(time))

    def _milliseconds(self, text: str) -> float:
        raise NotImplementedError

    def requests(self) -> list[Request]:
        return [self.parse(line) for line in _lines(self.access_log)]

    def bodies(self) -> list[str]:
        """Method, path, length and checksum of every request that reached the shop."""
        return _lines(self.shop_log)


class Production(Site):
    _config = _NGINX
    _command = ("nginx", "-e", "stderr", "-c")
    _first_number = 1

    def _milliseconds(self, text: str) -> float:
        return float(text) * 1000  # logged in seconds


class Test(Site):
    _config = _LIGHTTPD
    _command = ("lighttpd", "-D", "-f")
    _first_number = 0

    def _milliseconds(self, text: str) -> float:
        return int(text) / 1000  # logged in microseconds


def version(program: str) -> str:
    """`nginx 1.22.1`"""
    printed = run(["sh", "-c", f"{program} -v 2>&1"])
    found = re.search(r"\d+\.\d+\.\d+", printed)
    return f"{program} {found.group(0) if found else ''}".strip()


def _lines(path: Path) -> list[str]:
    """The complete lines of a file that may still grow."""
    if not path.exists():
        return []
    text = path.read_text("utf-8")
    return text[:text.rfind("\n") + 1].splitlines()
