"""TCP streams of a capture as tshark dissects them: the oracle that shares no code with the copier.

tshark reads the file formats, link layers and headers; the bytes of each side are put in order here.
"""

from __future__ import annotations

import ipaddress
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

Endpoint = tuple[str, int]

_FIELDS = ("frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport",
           "tcp.dstport", "tcp.stream", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len",
           "tcp.payload")
# TCP that was sent: not what ICMP quotes.
_FILTER = "tcp and not icmp and not icmpv6"
_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10
_CIRCLE = 1 << 32


@dataclass(frozen=True)
class Segment:
    source: Endpoint
    destination: Endpoint
    stream: str
    seq: int
    ack: int
    flags: int
    length: int  # of the payload on the wire
    payload: bytes  # as captured

    def has(self, flag: int) -> bool:
        return self.flags & flag != 0


@dataclass
class Side:
    """What one end of a connection sent; offsets count from its first byte."""

    isn: int | None = None
    pieces: list[tuple[int, bytes, int]] = field(default_factory=list)  # offset, bytes, acknowledged
    truncated: bool = False
    restarted: bool = False  # a second SYN with another number
    fin_ack: int | None = None  # what it had acknowledged when it sent FIN
    reset: bool = False
    acknowledged: int = 0  # bytes of the other side

    def add(self, segment: Segment, other: Side) -> None:
        if segment.has(_SYN):
            self.restarted |= self.isn not in (None, segment.seq)
            self.isn = segment.seq
        if self.isn is None:
            return
        if segment.has(_ACK) and other.isn is not None:
            self.acknowledged = max(self.acknowledged, _offset(segment.ack, other.isn))
        offset = 0 if segment.has(_SYN) else _offset(segment.seq, self.isn)
        self.truncated |= segment.length != len(segment.payload)
        self.reset |= segment.has(_RST)
        if segment.payload and offset >= 0:
            self.pieces.append((offset, segment.payload, self.acknowledged))
        if segment.has(_FIN):
            self.fin_ack = self.acknowledged

    def joined(self) -> tuple[bytes, bool, bool]:
        """The bytes in order, whether some are missing (then zeros), whether copies differ."""
        data = bytearray()
        gap = differs = False
        for offset, piece, _ in sorted(self.pieces, key=lambda piece: piece[0]):
            if offset > len(data):
                gap = True
                data.extend(bytes(offset - len(data)))
            known = data[offset:offset + len(piece)]
            differs |= known != piece[:len(known)]
            data.extend(piece[len(known):])
        return bytes(data), gap, differs


@dataclass
class Stream:
    """A connection whose SYN was captured."""

    client: Endpoint
    server: Endpoint
    of_client: Side = field(default_factory=Side)
    of_server: Side = field(default_factory=Side)

    @property
    def client_bytes(self) -> bytes:
        return self.of_client.joined()[0]

    @property
    def has_usable_client(self) -> bool:
        """Whether the client's address can be that of a host on another network."""
        address = ipaddress.ip_address(self.client[0])
        return not (address.is_loopback or address.is_multicast or address.is_unspecified
                    or (address.version == 6 and address.is_link_local))

    @property
    def is_complete(self) -> bool:
        """All that the client said is known for certain, and the server was there to hear it."""
        data, gap, differs = self.of_client.joined()
        missing = self.of_server.acknowledged > len(data) + 1  # one: a FIN that was not captured
        return (bool(data) and not gap and not differs and not missing
                and self.of_server.isn is not None and not self.of_server.restarted
                and not self.of_client.truncated and not self.of_server.truncated)

    def script(self) -> list[tuple[int, bytes]]:
        """What the server said: each time, after how many bytes of the client, and what."""
        limit = len(self.client_bytes)
        turns: list[tuple[int, bytes]] = []
        said = need = 0
        for offset, piece, acknowledged in sorted(self.of_server.pieces, key=lambda piece: piece[0]):
            if offset > said:  # not captured: as many zeros, as soon as the server may speak
                turns.append((need, bytes(offset - said)))
                said = offset
            need = max(need, min(acknowledged, limit))
            if fresh := piece[said - offset:]:
                turns.append((need, fresh))
                said += len(fresh)
        return turns


def _offset(number: int, isn: int) -> int:
    """Bytes between the first one and `number`, negative when it lies before."""
    distance = (number - isn - 1) % _CIRCLE
    return distance if distance < _CIRCLE // 2 else distance - _CIRCLE


def segments(capture: Path) -> list[Segment]:
    if shutil.which("tshark") is None:
        raise SystemExit("tshark is missing; tools/setup.sh installs it")
    fields = [word for name in _FIELDS for word in ("-e", name)]
    run = subprocess.run(
        ["tshark", "-n", "-r", str(capture), "-o", "tcp.desegment_tcp_streams:FALSE", "-Y", _FILTER,
         "-T", "fields", "-E", "occurrence=l", *fields],
        capture_output=True, text=True, check=False)
    # tshark reports a file that ends in the middle of a packet as an error, after all its packets.
    if run.returncode != 0 and not run.stdout:
        raise SystemExit(f"tshark cannot read {capture}: {run.stderr.strip()}")
    return [_segment(dict(zip(_FIELDS, line.split("\t")))) for line in run.stdout.splitlines()]


def _segment(row: dict[str, str]) -> Segment:
    # Tunnels may be of the other family; the last layer is the one of TCP.
    family = [layer for layer in row["frame.protocols"].split(":") if layer in ("ip", "ipv6")][-1]
    return Segment(
        source=(row[f"{family}.src"], int(row["tcp.srcport"])),
        destination=(row[f"{family}.dst"], int(row["tcp.dstport"])),
        stream=row["tcp.stream"], seq=int(row["tcp.seq_raw"] or 0),
        ack=int(row["tcp.ack_raw"] or 0), flags=int(row["tcp.flags"], 16),
        length=int(row["tcp.len"] or 0), payload=bytes.fromhex(row["tcp.payload"]))


def streams(capture: Path) -> list[Stream]:
    """All connections with a SYN, in order of their first SYN."""
    found: dict[str, Stream] = {}
    for segment in segments(capture):
        stream = found.get(segment.stream)
        if stream is None:
            if not segment.has(_SYN) or segment.has(_ACK):
                continue
            stream = found[segment.stream] = Stream(segment.source, segment.destination)
        if segment.source == stream.client:
            stream.of_client.add(segment, stream.of_server)
        else:
            stream.of_server.add(segment, stream.of_client)
    return list(found.values())
