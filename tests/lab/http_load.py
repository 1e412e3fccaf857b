"""HTTP clients with a plan: every request is unique and can be told from its connection and number.

Run as a program in a host. One thread and one epoll: a Python that does not stand in the way of 2,000
short connections a second. Prints a line of JSON at the end; fails when any answer is missing or wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import select
import socket
import sys
import time
from dataclasses import dataclass, field

_END = b"\r\n\r\n"


def token(connection: int, number: int) -> str:
    """Bytes that nobody could guess: 64 to 400 hex digits, the same in every process."""
    bits = random.Random(f"{connection}/{number}")
    return bits.randbytes(bits.randrange(32, 200)).hex()


def body(connection: int, number: int, size: int) -> bytes:
    return random.Random(f"{connection}/{number}/{size}").randbytes(size)


def request(connection: int, number: int, host: str, last: bool, upload: int = 0) -> bytes:
    """Request `number` (from 1) of `connection` (from 1), every byte of it."""
    what = f"PUT /put/{connection}-{number}" if upload else f"GET /load/{connection}/{number}"
    length = f"Content-Length: {upload}\r\n" if upload else ""
    closing = "Connection: close\r\n" if last else ""
    head = (f"{what} HTTP/1.1\r\nHost: {host}\r\n"
            f"X-Token: {token(connection, number)}\r\n{length}{closing}\r\n")
    return head.encode() + body(connection, number, upload)


@dataclass
class Plan:
    host: str
    port: int
    connections: int
    requests: int  # on each connection
    pipeline: int  # requests sent together
    rate: float  # new connections a second; 0: at once
    at_once: int
    upload: int = 0  # bytes to PUT with each request

    @property
    def host_header(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass
class Connection:
    number: int
    socket: socket.socket
    began: float
    sent: int = 0
    answered: int = 0
    unsent: bytes = b""
    received: bytes = b""


@dataclass
class Load:
    plan: Plan
    congestion_control: str = ""  # empty: the system's default
    poll: select.epoll = field(default_factory=select.epoll)
    open: dict[int, Connection] = field(default_factory=dict)
    started: int = 0
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def run(self) -> None:
        begin = time.monotonic()
        while (self.started < self.plan.connections or self.open) and len(self.failures) < 10:
            now = time.monotonic()
            due = self.plan.connections
            if self.plan.rate:
                due = min(due, int((now - begin) * self.plan.rate) + 1)
            while self.started < due and len(self.open) < self.plan.at_once:
                self._connect(now)
            wait = 0.5 / self.plan.rate if self.plan.rate and due < self.plan.connections else 1.0
            for fd, _ in self.poll.poll(wait):
                self._on_event(self.open[fd])

    def _connect(self, now: float) -> None:
        self.started += 1
        family = socket.AF_INET6 if ":" in self.plan.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.congestion_control:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION,
                            self.congestion_control.encode())
        sock.connect_ex((self.plan.host, self.plan.port))
        self.open[sock.fileno()] = Connection(self.started, sock, now)
        self.poll.register(sock.fileno(), select.EPOLLOUT)

    def _on_event(self, connection: Connection) -> None:
        try:
            if connection.sent == connection.answered and not connection.unsent:
                self._send_next(connection)
            elif connection.unsent:
                self._send(connection)
            else:
                self._receive(connection)
        except OSError as error:
            self._fail(connection, str(error))

    def _send_next(self, connection: Connection) -> None:
        plan = self.plan
        count = min(plan.pipeline, plan.requests - connection.sent)
        for _ in range(count):
            connection.sent += 1
            connection.unsent += request(connection.number, connection.sent, plan.host_header,
                                         connection.sent == plan.requests, plan.upload)
        connection.began = time.monotonic()
        self._send(connection)

    def _send(self, connection: Connection) -> None:
        connection.unsent = connection.unsent[connection.socket.send(connection.unsent):]
        events = select.EPOLLOUT if connection.unsent else select.EPOLLIN
        self.poll.modify(connection.socket.fileno(), events)

    def _receive(self, connection: Connection) -> None:
        data = connection.socket.recv(1 << 16)
        connection.received += data
        while self._take_answer(connection):
            connection.answered += 1
            self.answered += 1
            self.latencies.append(time.monotonic() - connection.began)
        if connection.answered == self.plan.requests:
            self._close(connection)
        elif not data:
            self._fail(connection, f"closed after {connection.answered} answers")
        elif connection.answered == connection.sent:
            self._send_next(connection)

    def _take_answer(self, connection: Connection) -> bool:
        head, end, rest = connection.received.partition(_END)
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 20"):
            raise OSError(f"answer {head[:60]!r}")
        _, named, value = head.lower().partition(b"content-length: ")
        length = int(value.split(b"\r")[0]) if named else 0  # 204 names none
        if len(rest) < length:
            return False
        connection.received = rest[length:]
        return True

    def _fail(self, connection: Connection, why: str) -> None:
        self.failures.append(f"connection {connection.number}: {why}")
        self._close(connection)

    def _close(self, connection: Connection) -> None:
        del self.open[connection.socket.fileno()]
        connection.socket.close()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--requests", type=int, default=1)
    parser.add_argument("--pipeline", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--at-once", type=int, default=1000)
    parser.add_argument("--upload", type=int, default=0)
    parser.add_argument("--congestion-control", default="")
    options = vars(parser.parse_args())
    congestion_control = options.pop("congestion_control")
    load = Load(Plan(**options), congestion_control)
    begin = time.monotonic()
    load.run()
    latencies = sorted(load.latencies) or [0.0]
    print(json.dumps({
        "connections": load.started, "answered": load.answered, "failures": load.failures,
        "seconds": round(time.monotonic() - begin, 3),
        "latency_ms": {p: round(latencies[len(latencies) * p // 100] * 1000, 3) for p in (50, 99)},
    }))
    return 1 if load.failures else 0


if __name__ == "__main__":
    sys.exit(main())
