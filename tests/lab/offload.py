"""Switches an offload of a device of this network namespace, as `ethtool -K` does.

`offload.py DEVICE tx off`
"""

from __future__ import annotations

import ctypes
import fcntl
import socket
import struct
import sys

_SIOCETHTOOL = 0x8946
_SET = {"tx": 0x17, "tso": 0x1F}  # ETHTOOL_STXCSUM, ETHTOOL_STSO


def switch(device: str, offload: str, on: bool) -> None:
    value = ctypes.create_string_buffer(struct.pack("II", _SET[offload], on))
    request = struct.pack("16sP16x", device.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCETHTOOL, request)


if __name__ == "__main__":
    switch(sys.argv[1], sys.argv[2], sys.argv[3] == "on")
