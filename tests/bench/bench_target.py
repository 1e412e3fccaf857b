"""Servers that short connections are replayed to."""

from __future__ import annotations

import re
import subprocess

from tests.bench import programs
from tests.bench.measure import pinned
from tests.lab.labnet import Host
from tests.lab.servers import wait_until_listening

_START_SECONDS = 20.0
ANSWER = b"hello, bench\n"  # the body
_CONFIG = """
user root;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 18000; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_timeout 0;
  default_type application/octet-stream;
  server {{
    listen {endpoint} backlog=16384;
    location = /status {{ stub_status; }}
    location / {{ return 200 "{answer}"; }}
  }}
}}
"""


class BenchNginx:
    """One worker, a tiny answer from memory, each connection closed by it, nothing logged."""

    def __init__(self, host: Host, name: str, address: str, port: int = 80,
                 cpu: int | None = None) -> None:
        self.host, self.address, self.port = host, address, port
        self._asked = 0
        folder = host.lab.folder / name
        folder.mkdir()
        config = folder / "nginx.conf"
        endpoint = f"{address}:{port}"
        config.write_text(_CONFIG.format(folder=folder, endpoint=endpoint,
                                         answer=ANSWER.decode().replace("\n", "\\n")))
        host.sysctl("net/core/somaxconn", 16384)
        host.sysctl("net/ipv4/tcp_max_syn_backlog", 16384)
        self.program = host.start(
            name, *pinned(["nginx", "-e", "stderr", "-c", str(config)], cpu))
        wait_until_listening(host, self.program, [endpoint])

    def requests(self) -> int:
        """So many were answered, those of this class aside."""
        text = self._ask("/status")
        found = re.search(rb"requests\s+\d+\s+\d+\s+(\d+)", text)
        assert found, text
        return int(found[1]) - self._asked

    def forget_closed(self) -> None:
        """Ends what still waits in TIME-WAIT, so that one run does not meet the 4-tuples of another.

        Does nothing where the kernel cannot (CONFIG_INET_DIAG_DESTROY).
        """
        subprocess.run(self.host.inside("ss", "-tK", "state", "time-wait"), capture_output=True,
                       check=False)

    def answer(self) -> bytes:
        """Every byte of an answer."""
        return self._ask("/")

    def _ask(self, path: str) -> bytes:
        self._asked += 1
        url = f"http://{self.address}:{self.port}{path}"
        return subprocess.run(self.host.inside("curl", "-sSi", url), capture_output=True,
                              check=True).stdout


def deafen(host: Host, device: str) -> None:
    """The kernel drops whatever comes to `device` unseen; packet sockets still get it."""
    host.run("nft", "add table netdev bench")
    host.run("nft", "add chain netdev bench deaf { type filter hook ingress device " + device +
             " priority 0 ; policy drop ; }")


class RawTarget:
    """raw_target.cc: answers without the kernel's TCP, and holds any number of idle connections."""

    def __init__(self, host: Host, name: str, device: str, answer: bytes,
                 cpu: int | None = None) -> None:
        deafen(host, device)
        content = host.lab.file(f"{name}.answer", answer)
        self.program = host.start(
            name, *pinned([programs.path("raw_target"), device, str(content)], cpu))
        self.program.wait_for_output("ready", _START_SECONDS)


def introduce(host: Host, device: str, address: str, neighbour: Host, their_device: str) -> str:
    """`host` never has to ask for the MAC of `address`, at the other end of a cable; returns it."""
    mac = mac_of(neighbour, their_device)
    host.ip("neigh", "replace", address, "lladdr", mac, "dev", device)
    return mac


def mac_of(host: Host, device: str) -> str:
    words = host.ip("link", "show", "dev", device).split()
    return words[words.index("link/ether") + 1]
