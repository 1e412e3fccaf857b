"""Runs a command in the sandbox of a program's systemd unit, as far as one process can: its system
calls, its address families, and no memory that is both written and executed.

    python3 -m tests.lab.confined PROGRAM -- COMMAND...
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import re
import socket
import struct
import subprocess
import sys

from tests.lab import units

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_SET_MDWE = 38, 22, 65
_SECCOMP_MODE_FILTER = 2
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Of struct seccomp_data.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16


def system_calls(filters: list[str]) -> set[str]:
    """What the lines of `SystemCallFilter=` allow, the first being a list of what is allowed."""
    sets: dict[str, list[str]] = {}
    listed = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], check=True,
                            capture_output=True, text=True).stdout
    for line in listed.splitlines():
        if name := re.match(r"@[\w-]+", line):
            sets[name[0]] = []
        elif member := re.match(r"    (@?[\w-]+)", line):
            sets[list(sets)[-1]].append(member[1])

    def expand(name: str) -> set[str]:
        if not name.startswith("@"):
            return {name}
        return {call for member in sets[name] for call in expand(member)}

    allowed = expand("@default")  # systemd adds these to every list
    for line in filters:
        calls = {call for name in line.removeprefix("~").split() for call in expand(name)}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


def numbers() -> dict[str, int]:
    """Of the system calls here, by their names."""
    defines = subprocess.run(["gcc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "-"],
                             check=True, capture_output=True, text=True, input="").stdout
    texts = dict(re.findall(r"(?m)^#define __NR_?(\w+) (\w+)$", defines))
    known = {}
    for name, text in texts.items():
        text = texts.get(text.removeprefix("__NR_").removeprefix("__NR"), text)
        if text.isdigit():
            known[name] = int(text)
    return known


def program(calls: set[str], families: list[int]) -> bytes:
    """The classic BPF program for the kernel."""
    def load(offset: int) -> bytes:
        return struct.pack("HBBI", 0x20, 0, 0, offset)

    def leave(action: int) -> bytes:
        return struct.pack("HBBI", 0x06, 0, 0, action)

    def when(value: int, skip: int) -> bytes:
        """Goes on when the loaded value is this one, otherwise behind the next `skip` steps."""
        return struct.pack("HBBI", 0x15, 0, skip, value)

    known = numbers()
    text = load(_ARCHITECTURE) + when(_ARCHITECTURES[platform.machine()], 1) + load(_NUMBER)
    text += when(known["socket"], 2 + 2 * len(families)) + load(_FIRST_ARGUMENT)
    text += b"".join(when(family, 1) + leave(_ALLOW) for family in families)
    text += leave(_ERROR | errno.EAFNOSUPPORT)
    for call in sorted(calls & known.keys() - {"socket"}):
        text += when(known[call], 1) + leave(_ALLOW)
    return text + leave(_ERROR | errno.EPERM)


def confine(unit: str) -> None:
    settings = units.settings(unit)
    families = [int(getattr(socket, name)) for name in settings["RestrictAddressFamilies"].split()]
    text = program(system_calls(units.all_of(unit, "SystemCallFilter")), families)

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("text", ctypes.c_char_p)]

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_void_p] * 4]
    installed = Filter(len(text) // 8, text)
    assert settings["MemoryDenyWriteExecute"] == "yes", settings
    prctl(_PR_SET_MDWE, 1, None, None, None)  # where the kernel has it
    prctl(_PR_SET_NO_NEW_PRIVS, 1, None, None, None)
    if prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(installed), None, None) != 0:
        raise OSError(ctypes.get_errno(), "the filter is not taken")


if __name__ == "__main__":
    confine(sys.argv[1])
    assert sys.argv[2] == "--", sys.argv
    os.execvp(sys.argv[3], sys.argv[3:])
