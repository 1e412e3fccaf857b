"""A path between two hosts that loses, duplicates, delays and reorders packets as a seed decides.

Run as a program in a host of its own: it makes a tun device for each end and prints `ready`; the
devices are then moved to the hosts that they connect (tests/lab/path.py). Only TCP has faults.
What happens to a packet depends on the seed, on how many connections came before its own, and on
how many packets its end sent before it. With `--fair` only connections to the same port count: two
clients that open the same connections to two ports meet the same luck, however their packets
mingle. A record of every packet goes to the log.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import heapq
import os
import random
import select
import struct
import time
from collections import Counter
from collections.abc import Callable
from typing import BinaryIO

from tests.lab.path import ACK, COPY, DELIVERED, LOST, RECORD, RIGHTWARD, SYN, Faults

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_LARGEST = 1 << 16
_BATCH = 64  # packets of one end, then the other end's turn
_IDLE_SECONDS = 0.1  # then what is logged goes to the file
_TCP = 6


def open_tun(name: str) -> int:
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return fd


def send(end: int, packet: bytes) -> None:
    try:
        os.write(end, packet)
    except OSError as error:
        if error.errno != errno.EIO:  # that device is still, or already, down
            raise


class Segment:
    """What the fate of a packet depends on, and what the log tells of it."""

    def __init__(self, packet: bytes, addresses: slice, begin: int) -> None:
        (self.source, self.destination, self.seq, self.ack, header, self.flags,
         self.window) = struct.unpack_from("!HHIIBBH", packet, begin)
        self.length = len(packet) - begin - (header >> 4) * 4
        both = packet[addresses]
        half = len(both) // 2
        self.sender = (both[:half], self.source)
        self.receiver = (both[half:], self.destination)

    @staticmethod
    def of(packet: bytes) -> Segment | None:
        """None for what is not TCP: neighbour discovery for example."""
        if packet[0] >> 4 == 4:
            if packet[9] != _TCP:
                return None
            return Segment(packet, slice(12, 20), (packet[0] & 15) * 4)
        return Segment(packet, slice(8, 40), 40) if packet[6] == _TCP else None


class Lots:
    """The random numbers of one end of a connection."""

    def __init__(self, seed: str) -> None:
        self._next: Callable[[], float] = random.Random(seed).random

    def draw(self) -> tuple[float, float, float, float]:
        """For one packet, three percentages and a share: as many whatever the faults are."""
        draw = self._next
        return draw() * 100, draw() * 100, draw() * 100, draw()


class Connections:
    """Which lots belong to which connection; a new SYN begins a new one."""

    def __init__(self, seed: str, fair: bool) -> None:
        self._seed = seed
        self._fair = fair
        self._opened: Counter[int] = Counter()  # by port of the right end, when it shall be fair
        self._open: dict[tuple[object, object], tuple[int, list[Lots]]] = {}

    def lots(self, segment: Segment, direction: int) -> Lots:
        ends = ((segment.sender, segment.receiver) if direction == RIGHTWARD
                else (segment.receiver, segment.sender))
        isn, lots = self._open.get(ends, (None, None))
        opens = segment.flags & (SYN | ACK) == SYN and isn != segment.seq
        if lots is None or opens:
            group = ends[1][1] if self._fair else 0
            self._opened[group] += 1
            lots = [Lots(f"{self._seed}/{self._opened[group]}/{side}") for side in range(2)]
            self._open[ends] = segment.seq, lots
        return lots[direction]


class Path:
    def __init__(self, names: list[str], faults: list[Faults], connections: Connections,
                 log: BinaryIO) -> None:
        self._ends = [open_tun(name) for name in names]
        self._faults = faults
        self._connections = connections
        self._log = log
        self._delayed: list[tuple[float, int, int, bytes]] = []
        self._count = 0

    def run(self) -> None:
        while True:
            readable, _, _ = select.select(self._ends, [], [], self._deliver())
            if not readable and not self._delayed:
                self._log.flush()
            for end in readable:
                self._read(end, self._ends.index(end))

    def _read(self, end: int, direction: int) -> None:
        try:
            for _ in range(_BATCH):
                self._take(os.read(end, _LARGEST), direction)
        except BlockingIOError:
            pass

    def _take(self, packet: bytes, direction: int) -> None:
        now = time.monotonic()
        out = self._ends[1 - direction]
        segment = Segment.of(packet)
        if segment is None:
            send(out, packet)
            return
        faults, lots = self._faults[direction], self._connections.lots(segment, direction)
        loss, duplicate, reorder, share = lots.draw()
        if loss < faults.loss:
            self._record(now, now, direction, LOST, segment)
            return
        delay = faults.delay
        if reorder < faults.reorder:
            delay += share * faults.reorder_delay
        self._record(now, now + delay, direction, DELIVERED, segment)
        self._later(now, delay, out, packet)
        if duplicate < faults.duplicate:
            self._record(now, now + faults.delay, direction, COPY, segment)
            self._later(now, faults.delay, out, packet)

    def _later(self, now: float, delay: float, out: int, packet: bytes) -> None:
        if delay == 0.0:
            send(out, packet)
            return
        self._count += 1  # packets due at the same time stay in order
        heapq.heappush(self._delayed, (now + delay, self._count, out, packet))

    def _deliver(self) -> float:
        """Sends what is due; the seconds until more is."""
        delayed = self._delayed
        while delayed and (wait := delayed[0][0] - time.monotonic()) <= 0:
            _, _, out, packet = heapq.heappop(delayed)
            send(out, packet)
        return wait if delayed else _IDLE_SECONDS

    def _record(self, came: float, left: float, direction: int, fate: int,
                segment: Segment) -> None:
        self._log.write(RECORD.pack(came, left, direction, fate, segment.source,
                                    segment.destination, segment.flags, segment.seq, segment.ack,
                                    segment.window, segment.length))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ends", nargs=2, required=True)
    parser.add_argument("--faults", nargs=2, type=Faults.from_text, required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--fair", action="store_true")
    parser.add_argument("--log", required=True)
    options = parser.parse_args()
    with open(options.log, "wb") as log:
        path = Path(options.ends, options.faults, Connections(options.seed, options.fair), log)
        print("ready", flush=True)
        path.run()


if __name__ == "__main__":
    main()
