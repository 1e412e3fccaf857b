"""A cable with faults, and what it did to each packet."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

from tests.lab.labnet import Host, Lab

_START_SECONDS = 20.0
# A burst that waits for the program is late, not lost.
_QUEUE_PACKETS = 20_000

DELIVERED, LOST, COPY = 0, 1, 2  # COPY: the second one of a packet that was duplicated
RIGHTWARD, LEFTWARD = 0, 1
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
# As the program writes it: the fields of `Passage`.
RECORD = struct.Struct("=ddBBHHBIIHH")


@dataclass(frozen=True)
class Faults:
    """What happens to the TCP packets of one direction; percentages, and seconds."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0  # are held for up to `reorder_delay` more than the others
    reorder_delay: float = 0.005
    delay: float = 0.0  # of every packet

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_text(text: str) -> Faults:
        return Faults(**json.loads(text))


CLEAN = Faults()


class Passage(NamedTuple):
    """A TCP packet on its way through the path."""

    came: float  # seconds, monotonic
    left: float  # when it was sent on; lost ones: as `came`
    direction: int  # RIGHTWARD or LEFTWARD
    fate: int  # DELIVERED, LOST or COPY
    source: int  # ports
    destination: int
    flags: int
    seq: int
    ack: int
    window: int  # as in the packet, not scaled
    length: int  # bytes of payload


class FaultyPath:
    """Joins two hosts as `Lab.link` does, by way of tests/lab/path_program.py."""

    def __init__(self, lab: Lab, left: Host, left_addresses: list[str], right: Host,
                 right_addresses: list[str], *, rightward: Faults = CLEAN,
                 leftward: Faults = CLEAN, seed: object = 1,
                 fair: bool = False) -> None:
        """`fair`: the n-th connections to each port have the same luck."""
        number = sum(host.name.startswith("path") for host in lab.hosts) + 1
        self.host = lab.host(f"path{number}")
        self.devices = (f"path{number}l", f"path{number}r")
        self.log = lab.folder / f"path{number}.log"
        self.program = self.host.python(
            self.host.name, "tests.lab.path_program", "--ends", *self.devices, "--faults",
            rightward.to_text(), leftward.to_text(), "--seed", seed, "--log", self.log,
            *(["--fair"] if fair else []))
        self.program.wait_for_output("ready", _START_SECONDS)
        for host, device, addresses in ((left, self.devices[0], left_addresses),
                                        (right, self.devices[1], right_addresses)):
            self.host.ip("link", "set", device, "netns", host.name)
            host.ip("link", "set", device, "txqueuelen", str(_QUEUE_PACKETS), "up")
            host.address(device, *addresses)

    def passages(self) -> Iterator[Passage]:
        """All packets up to the last silence, in order of arrival."""
        content = self.log.read_bytes()
        whole = len(content) - len(content) % RECORD.size
        return (Passage(*fields) for fields in RECORD.iter_unpack(content[:whole]))
