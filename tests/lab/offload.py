"""Switches an offload of a device, as `ethtool -K` does.

`offload.py DEVICE tx off`, in this network namespace.
"""

from __future__ import annotations

import ctypes
import fcntl
import socket
import struct
import sys

from tests.lab.labnet import Host

_SIOCETHTOOL = 0x8946
_SET = {"tx": 0x17}  # ETHTOOL_STXCSUM, without which a device cuts no segments either
_SECONDS = 20.0


def switch(host: Host, device: str, offload: str, on: bool) -> None:
    """The same in a host of the lab."""
    state = "on" if on else "off"
    host.python("offload", "tests.lab.offload", device, offload, state).succeed(_SECONDS)


def _switch_here(device: str, offload: str, on: bool) -> None:
    value = ctypes.create_string_buffer(struct.pack("II", _SET[offload], on))
    request = struct.pack("16sP16x", device.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCETHTOOL, request)


if __name__ == "__main__":
    _switch_here(sys.argv[1], sys.argv[2], sys.argv[3] == "on")
