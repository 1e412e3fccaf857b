"""Programs that speak UDP: a server that keeps and answers every datagram, and a client.

As a program: `--listen ENDPOINT... --record FILE [--answer BYTES] [--silent]` is the server. FILE gets
a line of JSON for each datagram; answers are `BYTES` long, or as long as what they answer.
"""

from __future__ import annotations

import argparse
import base64
import json
import select
import socket
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.lab.labnet import Host
from tests.lab.wait import wait_for, wait_until_steady

_START_SECONDS = 15.0


def split(endpoint: str) -> tuple[str, int]:
    host, _, port = endpoint.rpartition(":")
    return host.strip("[]"), int(port)


@dataclass(frozen=True)
class Datagram:
    """One that a server got."""

    sender: tuple[str, int]
    payload: bytes


class DatagramServer:
    """A server in a host, ready when the constructor returns."""

    def __init__(self, host: Host, name: str, listen: list[str], *behaviour: object) -> None:
        self.record = host.lab.folder / f"{name}.datagrams"
        arguments = [word for endpoint in listen for word in ("--listen", endpoint)]
        self.program = host.python(name, "tests.lab.datagrams", *arguments, "--record", self.record,
                                   *behaviour)
        self.program.wait_for_output("ready", _START_SECONDS)

    def datagrams(self) -> list[Datagram]:
        found = []
        for line in self.record.read_text().splitlines():
            data = json.loads(line)
            found.append(Datagram((data["from"], data["port"]), base64.b64decode(data["payload"])))
        return found

    def payloads(self) -> list[bytes]:
        return [datagram.payload for datagram in self.datagrams()]

    def by_sender(self) -> dict[tuple[str, int], list[bytes]]:
        """What came, in order, by whom it came from."""
        streams: dict[tuple[str, int], list[bytes]] = {}
        for datagram in self.datagrams():
            streams.setdefault(datagram.sender, []).append(datagram.payload)
        return streams

    def wait_for(self, expected: list[bytes], seconds: float) -> None:
        """Until exactly these came, in any order, and no more."""
        wait_for(lambda: len(self.datagrams()) >= len(expected), seconds,
                 lambda: f"{len(expected)} datagrams at {self.program.name}, "
                         f"{len(self.datagrams())} came")
        wait_until_steady(lambda: len(self.datagrams()), seconds, 0.5)
        came = self.payloads()
        assert Counter(came) == Counter(expected), (
            f"{len(expected)} datagrams at {self.program.name}, {len(came)} came; missing "
            f"{sum((Counter(expected) - Counter(came)).values())}, too many "
            f"{sum((Counter(came) - Counter(expected)).values())}")


def serve(arguments: argparse.Namespace) -> None:
    sockets = []
    for endpoint in arguments.listen:
        address = split(endpoint)
        one = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET,
                            socket.SOCK_DGRAM)
        one.bind(address)
        sockets.append(one)
    with open(arguments.record, "w", buffering=1, encoding="ascii") as record:
        print("ready", flush=True)
        while True:
            for one in select.select(sockets, [], [])[0]:
                payload, sender = one.recvfrom(65536)
                record.write(json.dumps({"from": sender[0], "port": sender[1],
                                         "payload": base64.b64encode(payload).decode()}) + "\n")
                if not arguments.silent:
                    answer = payload if arguments.answer is None else bytes(arguments.answer)
                    one.sendto(answer, sender)


def ask(arguments: argparse.Namespace) -> None:
    """Sends planned datagrams from `clients` sockets, `at_once` of them at a time, each when the one
    before is answered and, with `follow`, when all have come `copies` times to the server that keeps
    that file: a socket holds few datagrams, and nobody sends one again. Prints how many answers
    came."""
    address = split(arguments.to)
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    clients = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(arguments.clients)]
    answered = 0
    for one in clients:
        one.connect(address)
        one.settimeout(5)
    before = _lines(arguments.follow)
    for number in range(arguments.count):
        for begin in range(0, len(clients), arguments.at_once):
            group = list(enumerate(clients))[begin:begin + arguments.at_once]
            for client, one in group:
                one.send(planned(client, number, arguments.size))
            for _, one in group:
                one.recv(65536)
                answered += 1
            if arguments.follow:
                due = before + answered * arguments.copies
                wait_for(lambda: _lines(arguments.follow) >= due, _START_SECONDS,
                         lambda: f"{due} datagrams, {_lines(arguments.follow)} came")
    print(json.dumps({"answered": answered}))


def _lines(path: Path | None) -> int:
    return path.read_bytes().count(b"\n") if path else 0


def planned(client: int, number: int, size: int) -> bytes:
    """The datagram of a client, told by its beginning and filled up with bytes that differ."""
    head = f"{client}.{number};".encode()
    fill = bytes((client * 7 + number * 13 + place * 31) % 251 for place in range(251))
    return (head + fill * (size // 251 + 1))[:max(size, len(head))]


def plan(clients: int, count: int, size: int) -> list[list[bytes]]:
    """All planned datagrams: for each client, in order."""
    return [[planned(client, number, size) for number in range(count)] for client in range(clients)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", action="append", default=[])
    parser.add_argument("--record", type=Path)
    parser.add_argument("--answer", type=int)
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--to")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--size", type=int, default=40)
    parser.add_argument("--at-once", type=int, default=30)
    parser.add_argument("--follow", type=Path)
    parser.add_argument("--copies", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.to:
        ask(arguments)
    else:
        serve(arguments)


if __name__ == "__main__":
    main()
