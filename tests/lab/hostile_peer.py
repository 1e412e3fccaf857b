"""Peers that an intercept should not have. They share no code with what is tested.

`hostile_peer.py INTERCEPT:PORT KIND...` opens a connection for each KIND, all at once:
  random       sends random bytes
  huge         sends a frame that is to have 4 GB
  web          takes the intercept for a web server
  silent       sends nothing
  half         sends half of a HELLO
  guess        says hello, as one who knows the secret, and guesses the proof
Prints a line `KIND closed` for each that the intercept has closed, and ends when all are.
"""

from __future__ import annotations

import random
import select
import socket
import struct
import sys

_TIMEOUT_SECONDS = 20.0
_HELLO, _PROOF = 1, 2
_TCPCOPY = 1  # the role


def frame(kind: int, body: bytes) -> bytes:
    return struct.pack("!IB", len(body) + 1, kind) + body


def hello() -> bytes:
    """As docs/PROTOCOL.md has it: versions 1 to 1, with a secret, no payload."""
    program = b"hostile 1"
    return (b"tcpcopy2" + struct.pack("!HHBBI", 1, 1, _TCPCOPY, 1, 0) + random.randbytes(32)
            + bytes([len(program)]) + program)


def first_words(kind: str) -> bytes:
    return {
        "random": lambda: random.randbytes(random.randrange(1, 100_000)),
        "huge": lambda: b"\xff\xff\xff\xff\x07" + bytes(1000),
        "web": lambda: b"GET / HTTP/1.1\r\nHost: intercept\r\n\r\n",
        "silent": lambda: b"",
        "half": lambda: frame(_HELLO, hello())[:30],
        "guess": lambda: frame(_HELLO, hello()) + frame(_PROOF, random.randbytes(32)),
    }[kind]()


def is_closed(peer: socket.socket) -> bool:
    try:
        return not peer.recv(1 << 16)
    except ConnectionError:
        return True


def main(arguments: list[str]) -> int:
    host, port = arguments[0].rsplit(":", 1)
    peers = {}
    for kind in arguments[1:]:
        peer = socket.create_connection((host, int(port)), _TIMEOUT_SECONDS)
        try:
            peer.sendall(first_words(kind))
        except ConnectionError:
            pass  # refused in the midst of it
        peers[peer] = kind
    while peers:
        ready, _, _ = select.select(list(peers), [], [], _TIMEOUT_SECONDS)
        if not ready:
            print("still open: " + " ".join(peers.values()), flush=True)
            return 1
        for peer in ready:
            if is_closed(peer):
                print(peers.pop(peer), "closed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
