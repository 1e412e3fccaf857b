"""TCP connections as the path between their ends saw them: how long they took, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from tests.lab.path import ACK, COPY, FIN, LOST, RIGHTWARD, RST, SYN, Passage

_CIRCLE = 1 << 32
_HALF = 1 << 31


def _beyond(a: int, b: int | None) -> bool:
    """Whether sequence number `a` lies after `b`; anything lies after None."""
    return b is None or 0 < (a - b) % _CIRCLE < _HALF


def _end(packet: Passage) -> int:
    """The sequence number after all that the packet occupies."""
    taken = packet.length + bool(packet.flags & SYN) + bool(packet.flags & FIN)
    return (packet.seq + taken) % _CIRCLE


@dataclass
class Half:
    """What one end sent."""

    sent_to: int | None = None  # the sequence number after all that was sent
    fin_end: int | None = None  # the one after its FIN
    acked: float | None = None  # when its FIN was, in the eyes of the client's host
    packets: int = 0  # that occupy sequence numbers
    again: int = 0  # of these, such that bring nothing new


@dataclass
class Exchange:
    """A connection whose client is at the left end of the path."""

    client_port: int
    server_port: int
    isn: int
    began: float  # the first SYN
    client: Half = field(default_factory=Half)
    server: Half = field(default_factory=Half)
    story: list[tuple[float, str]] = field(default_factory=list)  # seconds since `began`, packet

    @property
    def seconds(self) -> float | None:
        """From the first SYN until both FINs are acknowledged; None: that never came."""
        if self.client.acked is None or self.server.acked is None:
            return None
        return max(self.client.acked, self.server.acked) - self.began

    def told(self, whose: str) -> str:
        """Every packet, as it came to the path; for people."""
        return "\n".join([f"{whose}, port {self.client_port}: {self.seconds or -1:.3f} s"] +
                         [f"{at * 1000:13.1f} ms  {packet}" for at, packet in self.story])

    def waits(self) -> list[tuple[float, str]]:
        """The silences: how many seconds, and the packet that ended it."""
        return [(at - before, kind.removesuffix(" LOST"))
                for (before, _), (at, kind) in pairwise(self.story)]

    def add(self, packet: Passage) -> None:
        from_client = packet.direction == RIGHTWARD
        half, other = (self.client, self.server) if from_client else (self.server, self.client)
        if packet.fate == COPY:
            return
        kind = self._kind(packet, half, from_client)
        lost = " LOST" if packet.fate == LOST else ""
        self.story.append((packet.came - self.began, kind + lost))
        end = _end(packet)
        if end != packet.seq:
            half.packets += 1
            half.again += not _beyond(end, half.sent_to)
        if _beyond(end, half.sent_to):
            half.sent_to = end
        if packet.flags & FIN:
            half.fin_end = end
        self._note_acknowledged(packet, other, from_client)

    def _note_acknowledged(self, packet: Passage, other: Half, from_client: bool) -> None:
        """An acknowledgment counts where the client's host has it: sent by it, or come to it."""
        if not packet.flags & ACK or other.fin_end is None or other.acked is not None:
            return
        if packet.ack == other.fin_end and (from_client or packet.fate != LOST):
            other.acked = packet.came if from_client else packet.left

    @staticmethod
    def _kind(packet: Passage, half: Half, from_client: bool) -> str:
        who = "client" if from_client else "server"
        end = _end(packet)
        if packet.flags & RST:
            what = "RST"
        elif packet.flags & SYN:
            what = "SYN"
        elif packet.flags & FIN:
            what = "data+FIN" if packet.length else "FIN"
        else:
            what = "data" if packet.length else "ACK"
        again = end != packet.seq and not _beyond(end, half.sent_to)
        return f"{who} {what}{' again' if again else ''}"


def exchanges(packets: Iterable[Passage]) -> list[Exchange]:
    """The connections that clients at the left end opened, in order of their first SYN."""
    found: list[Exchange] = []
    current: dict[tuple[int, int], Exchange] = {}
    for packet in packets:
        from_client = packet.direction == RIGHTWARD
        key = ((packet.source, packet.destination) if from_client
               else (packet.destination, packet.source))
        exchange = current.get(key)
        if from_client and packet.flags & SYN and not packet.flags & ACK and (
                exchange is None or exchange.isn != packet.seq):
            exchange = current[key] = Exchange(*key, packet.seq, packet.came)
            found.append(exchange)
        if exchange is not None:
            exchange.add(packet)
    return found


def quantile(values: list[float], share: float) -> float:
    """The smallest value that `share` of all (sorted ones) do not exceed."""
    return values[max(0, -int(-share * len(values) // 1) - 1)]
