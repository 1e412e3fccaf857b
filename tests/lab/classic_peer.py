"""A tcpcopy of TCPCopy 1.x, as far as intercept sees it: announces sessions, begins them, and prints
the replies that intercept brings. It shares no code with what is tested.

`classic_peer.py INTERCEPT:PORT STEP...`; each step one of:
  announce:CLIENT:PORT,TARGET:PORT   asks for the replies to this session
  syn:CLIENT:PORT,TARGET:PORT        sends the session's SYN, from the client's address
  replies:N                          waits for N replies and prints a line for each; those that
                                     a target has sent again are left out
Prints `done` at the end, and stays connected until it is stopped.
"""

from __future__ import annotations

import select
import socket
import struct
import sys

_TIMEOUT_SECONDS = 20.0
_RECORD_BYTES = 64
_VERSION = 6
_ADD = 1


def parse(step: str) -> tuple[bytes, int, bytes, int]:
    """`CLIENT:PORT,TARGET:PORT`."""
    ends = [end.rsplit(":", 1) for end in step.split(",")]
    (client, client_port), (target, target_port) = ends
    return socket.inet_aton(client), int(client_port), socket.inet_aton(target), int(target_port)


def message(client: bytes, client_port: int, kind: int, target: bytes, target_port: int) -> bytes:
    return struct.pack("!4sHH4sH", client, client_port, kind, target, target_port)


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def syn(client: bytes, client_port: int, target: bytes, target_port: int) -> bytes:
    def segment(check: int) -> bytes:
        return struct.pack("!HHIIBBHHH", client_port, target_port, 1000, 0, 5 << 4, 2, 8192, check, 0)
    pseudo = client + target + struct.pack("!HH", socket.IPPROTO_TCP, len(segment(0)))
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, socket.IPPROTO_TCP, 0, client, target)
    return ip + segment(checksum(pseudo + segment(0)))


def describe(record: bytes) -> str:
    """`SENDER:PORT > RECEIVER:PORT FLAGS payload BYTES`."""
    length, = struct.unpack_from("!H", record, 2)
    sender, receiver = socket.inet_ntoa(record[12:16]), socket.inet_ntoa(record[16:20])
    from_port, to_port = struct.unpack_from("!HH", record, 20)
    flags = "".join(letter for bit, letter in enumerate("FSRPA") if record[33] >> bit & 1)
    payload = length - 20 - record[32] // 16 * 4
    return f"{sender}:{from_port} > {receiver}:{to_port} {flags} payload {payload}"


class Peer:
    def __init__(self, intercept: str) -> None:
        host, port = intercept.rsplit(":", 1)
        self.channel = socket.create_connection((host, int(port)), _TIMEOUT_SECONDS)
        self.channel.sendall(message(bytes(4), 0, _VERSION, bytes(4), 0))
        self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.records: list[bytes] = []
        self.seen: list[str] = []

    def play(self, step: str) -> None:
        action, _, argument = step.partition(":")
        if action == "announce":
            client, client_port, target, target_port = parse(argument)
            self.channel.sendall(message(client, client_port, _ADD, target, target_port))
        elif action == "syn":
            session = parse(argument)
            self.raw.sendto(syn(*session), (socket.inet_ntoa(session[2]), 0))
        elif action == "replies":
            for _ in range(int(argument)):
                self.seen.append(self._next_new())
                print(self.seen[-1], flush=True)
        else:
            raise SystemExit(f"no such step: {step}")

    def _next_new(self) -> str:
        while True:
            reply = describe(self._next())
            if reply not in self.seen:
                return reply

    def _next(self) -> bytes:
        while not self.records:
            count, = struct.unpack("!H", self._receive(2))
            if not 1 <= count <= 16:
                raise SystemExit(f"a message of {count} replies")
            self.records += [self._receive(_RECORD_BYTES) for _ in range(count)]
        return self.records.pop(0)

    def _receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.channel.recv(count - len(data))
            if not more:
                raise SystemExit("intercept has closed the connection")
            data += more
        return data


def main(arguments: list[str]) -> None:
    peer = Peer(arguments[0])
    for step in arguments[1:]:
        peer.play(step)
    print("done", flush=True)
    select.select([], [], [])


if __name__ == "__main__":
    main(sys.argv[1:])
