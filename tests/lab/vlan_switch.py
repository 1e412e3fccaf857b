"""A switch with two ports: a trunk, on which one VLAN is tagged, and an access port of that VLAN.

Run as a program in a host of its own: it makes a tap device for each port and prints `ready`; the
devices are then moved to the hosts that they connect (`VlanSwitch`). What comes on the trunk without
the right tag goes nowhere; for a TCP packet of that kind it prints `no tag`.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import os
import select
import struct

from tests.lab.labnet import Host, Lab

_START_SECONDS = 20.0
_TUNSETIFF = 0x400454CA
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_LARGEST = 1 << 16
_ETHER_TYPE = 12  # offset
_TAG_BYTES = 4
_VLAN, _IPV4 = 0x8100, 0x0800
_TCP = 6


class VlanSwitch:
    """Joins two hosts as `Lab.link` does; the trunk leads to the left one."""

    def __init__(self, lab: Lab, left: Host, left_addresses: list[str], right: Host,
                 right_addresses: list[str], vlan: int) -> None:
        host = lab.host("vlan_switch")
        self.trunk, self.access = "trunk", "access"
        self.program = host.python("vlan_switch", "tests.lab.vlan_switch", "--vlan", vlan,
                                   "--ports", self.trunk, self.access)
        self.program.wait_for_output("ready", _START_SECONDS)
        for end, device, addresses in ((left, self.trunk, left_addresses),
                                       (right, self.access, right_addresses)):
            host.ip("link", "set", device, "netns", end.name)
            end.ip("link", "set", device, "txqueuelen", "20000", "up")
            end.address(device, *addresses)


def open_tap(name: str) -> int:
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI))
    return fd


def tagged(frame: bytes, vlan: int) -> bytes:
    return frame[:_ETHER_TYPE] + struct.pack("!HH", _VLAN, vlan) + frame[_ETHER_TYPE:]


def untagged(frame: bytes, vlan: int) -> bytes | None:
    """None when it does not belong to the VLAN."""
    ether_type, tag = struct.unpack_from("!HH", frame, _ETHER_TYPE)
    if ether_type != _VLAN or tag & 0xFFF != vlan:
        return None
    return frame[:_ETHER_TYPE] + frame[_ETHER_TYPE + _TAG_BYTES:]


def is_tcp(frame: bytes) -> bool:
    (ether_type,) = struct.unpack_from("!H", frame, _ETHER_TYPE)
    return ether_type == _IPV4 and frame[23] == _TCP


def read(port: int) -> bytes:
    try:
        return os.read(port, _LARGEST)
    except BlockingIOError:
        return b""


def write(port: int, frame: bytes) -> None:
    try:
        os.write(port, frame)
    except OSError as error:
        if error.errno != errno.EIO:  # that device is still, or already, down
            raise


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--vlan", type=int, required=True)
    parser.add_argument("--ports", nargs=2, required=True)
    options = parser.parse_args()
    trunk, access = map(open_tap, options.ports)
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([trunk, access], [], [])
        if access in readable and (frame := read(access)):
            write(trunk, tagged(frame, options.vlan))
        if trunk in readable and (frame := read(trunk)):
            inner = untagged(frame, options.vlan)
            if inner is not None:
                write(access, inner)
            elif is_tcp(frame):
                print("no tag", flush=True)


if __name__ == "__main__":
    main()
