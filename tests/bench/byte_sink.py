"""Takes what comes by TCP connections, one after the other, and throws it away.

`byte_sink.py ADDRESS PORT`; prints `ready`.
"""

from __future__ import annotations

import socket
import sys

_CHUNK = 1 << 20


def main(address: str, port: int) -> None:
    buffer = bytearray(_CHUNK)
    with socket.create_server((address, port)) as listener:
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                while connection.recv_into(buffer):
                    pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
