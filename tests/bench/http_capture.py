"""A capture of many short HTTP connections, made without a network: pcap, Ethernet, IPv4.

What a client and nginx say to each other when the request bears `Connection: close`, as both
directions pass the production host: the client's five packets (SYN, ACK, request, ACK, FIN) and the
answer between them, so that the copier knows how long production's answers were.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
_ETHERNET = bytes.fromhex("020000000001 020000000002 0800")
_FIN, _SYN, _PSH, _ACK = 1, 2, 8, 16
_FROM_CLIENT, _FROM_PRODUCTION = 0, 1
_PORTS_OF_A_CLIENT = 60_000  # from _FIRST_PORT on
_FIRST_PORT = 2_000
_MSS = bytes.fromhex("020405b4")
_EPOCH = 1_700_000_000  # seconds


@dataclass(frozen=True)
class _Packet:
    """One of a connection, without what differs between connections: client address and port."""

    after: int  # microseconds since the SYN
    head: bytes  # frame up to the first of those
    middle: bytes
    tail: bytes
    sum: int  # of the TCP checksum
    ip_sum: int
    from_client: bool


def _ones_sum(data: bytes) -> int:
    return sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))


def _folded(total: int) -> int:
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class HttpCapture:
    """Writes such captures: `connections` of them, `at_once` open at each moment."""

    def __init__(self, production: str, port: int, answer: bytes, first_client: str) -> None:
        """`answer`: every byte of it, with its head."""
        self._production = IPv4Address(production).packed
        self._port = port
        self._first_client = int(IPv4Address(first_client))
        self._packets = self._story(answer)

    def write(self, path: Path, connections: int, at_once: int) -> int:
        """Returns the number of packets that clients sent."""
        events = []
        length = self._packets[-1].after + 1
        gap = max(20, length // at_once)
        stretch = max(1, gap * at_once // length)
        for number in range(connections):
            start = number * gap
            events += [(start + one.after * stretch, number, place)
                       for place, one in enumerate(self._packets)]
        events.sort()
        with open(path, "wb", buffering=1 << 20) as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
            for at, number, place in events:
                frame = self._frame(self._packets[place], number)
                file.write(struct.pack("<IIII", _EPOCH + at // 1_000_000, at % 1_000_000,
                                       len(frame), len(frame)))
                file.write(frame)
        return connections * sum(one.from_client for one in self._packets)

    def _frame(self, packet: _Packet, number: int) -> bytes:
        address = self._first_client + number // _PORTS_OF_A_CLIENT
        port = _FIRST_PORT + number % _PORTS_OF_A_CLIENT
        own = (address >> 16) + (address & 0xFFFF)
        ip_sum, tcp_sum = _folded(packet.ip_sum + own), _folded(packet.sum + own + port)
        ends = (struct.pack(">I", address), self._production)
        ports = (struct.pack(">H", port), struct.pack(">H", self._port))
        if not packet.from_client:
            ends, ports = ends[::-1], ports[::-1]
        return b"".join((packet.head, struct.pack(">H", ip_sum), *ends, *ports, packet.middle,
                         struct.pack(">H", tcp_sum), packet.tail))

    def _story(self, answer: bytes) -> list[_Packet]:
        """Sequence numbers of both sides begin at 1000 and 5000."""
        client, production = 1001, 5001
        asked, answered = client + len(REQUEST), production + len(answer)
        return [
            self._packet(0, True, _SYN, 1000, 0, b"", _MSS),
            self._packet(50, False, _SYN | _ACK, 5000, client, b"", _MSS),
            self._packet(60, True, _ACK, client, production),
            self._packet(65, True, _PSH | _ACK, client, production, REQUEST),
            self._packet(130, False, _PSH | _ACK, production, asked, answer),
            self._packet(135, False, _FIN | _ACK, answered, asked),
            self._packet(140, True, _ACK, asked, answered),
            self._packet(150, True, _FIN | _ACK, asked, answered + 1),
            self._packet(190, False, _ACK, answered + 1, asked + 1),
        ]

    def _packet(self, after: int, from_client: bool, flags: int, seq: int, ack: int,
                payload: bytes = b"", options: bytes = b"") -> _Packet:
        header = 20 + len(options)
        length = header + len(payload)
        middle = struct.pack(">IIBBH", seq, ack, header // 4 << 4, flags, 64240)
        tail = b"\0\0" + options + payload
        head = _ETHERNET + struct.pack(">BBHHHBB", 0x45, 0, 20 + length, 0, 0x4000, 64, 6)
        ip_sum = _ones_sum(head[len(_ETHERNET):] + self._production)
        tcp_sum = _ones_sum(middle + tail + self._production) + self._port + 6 + length
        return _Packet(after, head, middle, tail, tcp_sum, ip_sum, from_client)
