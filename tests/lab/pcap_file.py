"""Capture files as tests rearrange them: pcap, little-endian, microseconds, Ethernet, IPv4."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from pathlib import Path

_HEADER = 24
_RECORD = struct.Struct("<IIII")
_FIN, _SYN, _RST = 1, 2, 4


@dataclass(frozen=True)
class Packet:
    microseconds: int  # since the Unix epoch
    wire_length: int
    frame: bytes

    @property
    def _tcp(self) -> bytes:
        return self.frame[14 + 4 * (self.frame[14] & 15):]

    @property
    def ports(self) -> tuple[int, int]:
        source, destination = struct.unpack_from(">HH", self._tcp)
        return source, destination

    @property
    def is_syn(self) -> bool:
        return bool(self._tcp[13] & _SYN)

    @property
    def ends_connection(self) -> bool:
        return bool(self._tcp[13] & (_FIN | _RST))

    def later(self, seconds: float) -> Packet:
        return replace(self, microseconds=self.microseconds + int(seconds * 1e6))


@dataclass(frozen=True)
class PcapFile:
    header: bytes
    packets: list[Packet]

    @classmethod
    def read(cls, path: Path) -> PcapFile:
        content = path.read_bytes()
        assert content[:4] == bytes.fromhex("d4c3b2a1"), f"{path} begins with {content[:4].hex()}"
        packets, offset = [], _HEADER
        while offset < len(content):
            seconds, micros, length, wire_length = _RECORD.unpack_from(content, offset)
            offset += _RECORD.size
            packets.append(Packet(seconds * 1_000_000 + micros, wire_length,
                                  content[offset:offset + length]))
            offset += length
        return cls(content[:_HEADER], packets)

    def write(self, path: Path, packets: list[Packet] | None = None) -> Path:
        """A file of these packets, or of all."""
        records = (_RECORD.pack(*divmod(packet.microseconds, 1_000_000), len(packet.frame),
                                packet.wire_length) + packet.frame
                   for packet in (self.packets if packets is None else packets))
        path.write_bytes(self.header + b"".join(records))
        return path
