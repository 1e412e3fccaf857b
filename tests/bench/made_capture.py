"""Captures of many connections, made without a network: pcap, Ethernet, IPv4.

Both directions are there, as they pass the production host. A short HTTP connection is what a
client and nginx say to each other when the request bears `Connection: close`: the client's five
packets (SYN, ACK, request, ACK, FIN) and the answer between them, so that the copier knows how long
production's answers were.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import BinaryIO

REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
_ETHERNET = bytes.fromhex("020000000001 020000000002 0800")
_FIN, _SYN, _PSH, _ACK = 1, 2, 8, 16
_PORTS_OF_A_CLIENT = 60_000  # from _FIRST_PORT on
_FIRST_PORT = 2_000
_LARGEST = 1460  # bytes of payload
_MSS = bytes.fromhex("020405b4")
_EPOCH = 1_700_000_000  # seconds
_FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)


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


class Capture:
    """Writes captures whose connections all go the same way: as told by `short_http`, `upload`
    or `idle`."""

    def __init__(self, production: str, port: int, first_client: str) -> None:
        """Clients are as many addresses from `first_client` on as connections need."""
        self._production = IPv4Address(production).packed
        self._port = port
        self._first_client = int(IPv4Address(first_client))
        self._packets: list[_Packet] = []

    def short_http(self, answer: bytes) -> Capture:
        """A request, an answer (every byte of it, with its head), and the end."""
        client, production = 1001, 5001
        asked, answered = client + len(REQUEST), production + len(answer)
        self._open()
        self._add(65, True, _PSH | _ACK, client, production, REQUEST)
        self._add(130, False, _PSH | _ACK, production, asked, answer)
        self._add(135, False, _FIN | _ACK, answered, asked)
        self._add(140, True, _ACK, asked, answered)
        self._add(150, True, _FIN | _ACK, asked, answered + 1)
        self._add(190, False, _ACK, answered + 1, asked + 1)
        return self

    def upload(self, size: int) -> Capture:
        """The client sends so many bytes and closes; nothing but ACKs comes back."""
        client, production = 1001, 5001
        self._open()
        end = client + size
        for seq in range(client, end, _LARGEST):
            payload = bytes(min(_LARGEST, end - seq))
            self._add(seq - client + 70, True, _PSH | _ACK, seq, production, payload)
        self._add(size + 80, False, _ACK, production, end)
        self._add(size + 90, True, _FIN | _ACK, end, production)
        self._add(size + 95, False, _FIN | _ACK, production, end + 1)
        self._add(size + 99, True, _ACK, end + 1, production + 1)
        return self

    def idle(self) -> Capture:
        """Connections that are opened, and no more."""
        self._open()
        return self

    @property
    def client_packets(self) -> int:
        """Of each connection."""
        return sum(one.from_client for one in self._packets)

    def write(self, path: Path, connections: int, at_once: int) -> Path:
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
            file.write(_FILE_HEADER)
            for at, number, place in events:
                file.write(self._record(at, self._packets[place], number))
        return path

    def stream(self, file: BinaryIO, first: int, connections: int) -> None:
        """Writes so many connections, one behind the other, from the one with number `first` on."""
        if first == 0:
            file.write(_FILE_HEADER)
        length = self._packets[-1].after + 1
        for number in range(first, first + connections):
            for packet in self._packets:
                file.write(self._record(number * length + packet.after, packet, number))
        file.flush()

    def _record(self, at: int, packet: _Packet, number: int) -> bytes:
        frame = self._frame(packet, number)
        seconds, micros = divmod(at, 1_000_000)
        return struct.pack("<IIII", _EPOCH + seconds, micros, len(frame), len(frame)) + frame

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

    def _open(self) -> None:
        """Sequence numbers of the sides begin at 1000 and 5000."""
        self._add(0, True, _SYN, 1000, 0, b"", _MSS)
        self._add(50, False, _SYN | _ACK, 5000, 1001, b"", _MSS)
        self._add(60, True, _ACK, 1001, 5001)

    def _add(self, after: int, from_client: bool, flags: int, seq: int, ack: int,
             payload: bytes = b"", options: bytes = b"") -> None:
        header = 20 + len(options)
        length = header + len(payload)
        middle = struct.pack(">IIBBH", seq, ack, header // 4 << 4, flags, 64240)
        tail = b"\0\0" + options + payload
        head = _ETHERNET + struct.pack(">BBHHHBB", 0x45, 0, 20 + length, 0, 0x4000, 64, 6)
        ip_sum = _ones_sum(head[len(_ETHERNET):] + self._production)
        tcp_sum = _ones_sum(middle + tail + self._production) + self._port + 6 + length
        self._packets.append(_Packet(after, head, middle, tail, tcp_sum, ip_sum, from_client))
