"""memcached, and all that is in it (`python -m tests.lab.memcached` prints that)."""

from __future__ import annotations

import hashlib
import re
import socket
import sys
from urllib.parse import unquote

from tests.lab.labnet import Host
from tests.lab.servers import wait_until_listening

_TIMEOUT_SECONDS = 20.0
_MEGABYTES = 512  # nothing is pushed out


_ASKED_AT = ("127.0.0.1", 11299)  # where no capture sees it


class Memcached:
    """Takes values up to 16 MB. It does not run as root, so it is somebody else in there."""

    def __init__(self, host: Host, name: str, address: str, port: int = 11211) -> None:
        self.host = host
        self.program = host.start(
            name, "unshare", "--user", "--map-user=1000", "--map-group=1000", "--",
            "memcached", "-l", f"{address}:{port}", "-l", ":".join(map(str, _ASKED_AT)), "-U", "0",
            "-m", str(_MEGABYTES), "-I", "16m", "-M")
        wait_until_listening(host, self.program, [f"{address}:{port}"])

    def data(self) -> list[str]:
        """Each key with its flags, its value's length and digest, and whether it expires."""
        return self.host.run(sys.executable, "-P", "-B", "-m", "tests.lab.memcached").splitlines()


class _Asker:
    """A connection to a memcached."""

    def __init__(self) -> None:
        self._socket = socket.create_connection(_ASKED_AT, _TIMEOUT_SECONDS)
        self._replies = self._socket.makefile("rb")

    def keys(self) -> list[tuple[str, bool]]:
        """Each key as commands have it, and whether it expires."""
        self._socket.sendall(b"lru_crawler metadump all\r\n")
        keys = []
        while (line := self._replies.readline().decode().strip()) != "END":
            found = re.match(r"key=(\S+) exp=(-?\d+) ", line)
            if not found:
                raise SystemExit(f"metadump says {line!r}")
            keys.append((unquote(found[1]), found[2] != "-1"))
        return keys

    def value(self, key: str) -> tuple[int, bytes] | None:
        """Flags and value; nothing when it has just expired."""
        self._socket.sendall(f"get {key}\r\n".encode())
        head = self._replies.readline().decode().split()
        if head == ["END"]:
            return None
        _, _, flags, length = head
        value = self._replies.read(int(length) + len("\r\nEND\r\n"))
        return int(flags), value[:int(length)]


def main() -> None:
    asker = _Asker()
    for key, expires in asker.keys():
        if found := asker.value(key):
            flags, value = found
            digest = hashlib.sha256(value).hexdigest()
            print(f"{key} flags {flags}, {len(value)} bytes {digest}{', expires' * expires}")


if __name__ == "__main__":
    main()
