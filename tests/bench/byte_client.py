"""Sends zeros by a socket of the kernel, and closes: `byte_client.py ADDRESS PORT BYTES`.

Prints what that cost, without what it costs to start Python: as own_cost.cc does.
"""

from __future__ import annotations

import json
import resource
import socket
import sys

_CHUNK = 1 << 20


def main(address: str, port: int, count: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    chunk = memoryview(bytes(_CHUNK))
    with socket.create_connection((address, port)) as connection:
        for sent in range(0, count, _CHUNK):
            connection.sendall(chunk[:min(_CHUNK, count - sent)])
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
    after = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"user": after.ru_utime - before.ru_utime,
                      "system": after.ru_stime - before.ru_stime}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
