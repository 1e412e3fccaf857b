"""A TCP client that plays a script, for what ordinary clients do not do.

`scripted_client.py HOST:PORT [from:PORT] STEP...`, the port is its own; each step one of:
  send:TEXT         the bytes (`\\r\\n` and the like as in Python)
  send-random:N     N bytes, the same ones every time (`random_bytes`)
  exchange:N        the same, while receiving N bytes
  send-file:PATH    what is in the file
  converse:PATH     the same, while receiving until the server closes
  expect:N          wait until N more bytes have been received
  shutdown          no more to send (FIN), still receiving
  wait-eof          wait until the server has closed
  reset             RST, at once
Prints `done` at the end, after closing what is still open.
"""

from __future__ import annotations

import random
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

_TIMEOUT_SECONDS = 30.0


def random_bytes(count: int) -> bytes:
    return random.Random(count).randbytes(count)


def _receive(sock: socket.socket, count: int) -> None:
    while count > 0:
        data = sock.recv(min(count, 1 << 16))
        if not data:
            raise SystemExit(f"the server closed, {count} bytes are missing")
        count -= len(data)


def _receive_all(sock: socket.socket) -> None:
    while sock.recv(1 << 16):
        pass


def _send_beside(sock: socket.socket, content: bytes, receive: Callable[[], None]) -> None:
    sender = threading.Thread(target=sock.sendall, args=(content,))
    sender.start()
    receive()
    sender.join()


def play(sock: socket.socket, step: str) -> None:
    action, _, argument = step.partition(":")
    if action == "send":
        sock.sendall(argument.encode().decode("unicode_escape").encode("latin-1"))
    elif action == "send-random":
        sock.sendall(random_bytes(int(argument)))
    elif action == "exchange":
        _send_beside(sock, random_bytes(int(argument)), lambda: _receive(sock, int(argument)))
    elif action == "send-file":
        sock.sendall(Path(argument).read_bytes())
    elif action == "converse":
        _send_beside(sock, Path(argument).read_bytes(), lambda: _receive_all(sock))
    elif action == "expect":
        _receive(sock, int(argument))
    elif action == "shutdown":
        sock.shutdown(socket.SHUT_WR)
    elif action == "wait-eof":
        _receive_all(sock)
    elif action == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    else:
        raise SystemExit(f"no such step: {step}")


def main(arguments: list[str]) -> None:
    endpoint, *steps = arguments
    own_port = int(steps.pop(0).removeprefix("from:")) if steps[0].startswith("from:") else 0
    host, port = endpoint.rsplit(":", 1)
    sock = socket.create_connection((host.strip("[]"), int(port)), _TIMEOUT_SECONDS,
                                    ("", own_port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for step in steps:
        play(sock, step)
    sock.close()
    print("done")


if __name__ == "__main__":
    main(sys.argv[1:])
