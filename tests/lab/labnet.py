"""The laboratory: a little network of its own, made of network namespaces, without root.

`enter` puts the process into fresh user, network and mount namespaces, in which it is root; a `Lab`
then holds hosts (one network namespace each) and links them. Nothing is touched outside, and all is
gone when the process ends, however it ends: Bazel's sandbox makes no difference.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from ipaddress import ip_interface
from pathlib import Path
from typing import Protocol

from tests.lab.process import Program

_MARK = "TCPCOPY_LAB"  # set inside the namespaces
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_TOP = Path.cwd()  # the runfiles of the test: modules are found from here


def enter(user: int = 0) -> None:
    """Goes on inside namespaces of its own; to be called first, it starts the program again.

    There it is root, or `user` with all capabilities.
    """
    if os.environ.get(_MARK) == "1":
        # A /run of our own: `ip netns` keeps its names there, vsftpd looks for its empty folder.
        # By a system call: mount(8) asks for root and not for the capability.
        if ctypes.CDLL(None).mount(b"tmpfs", b"/run", b"tmpfs", 0, b"uid=%d,mode=755" % user) != 0:
            raise SystemExit("cannot mount a /run of our own")
        return
    os.environ[_MARK] = "1"
    os.environ["PATH"] = _PATH
    probe = subprocess.run(["unshare", "-Urnm", "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        raise SystemExit("this needs user namespaces, which are switched off here "
                         f"(unshare -Urnm: {probe.stderr.strip()})")
    python = [sys.executable, "-P", "-B", *sys.argv]
    who = [f"--map-user={user}", f"--map-group={user}", "--keep-caps"] if user else ["-r"]
    os.execvp("unshare", ["unshare", "-Unm", *who, "--", *python])


def run(command: list[str]) -> str:
    """Runs a short command to its end and returns what it printed; its errors are ours."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


class Host:
    """A host of the lab: a network namespace with loopback up."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab = lab
        self.name = name
        run(["ip", "netns", "add", name])
        self.ip("link", "set", "lo", "up")
        # Ready at once: no duplicate address detection, and never a wait for a router.
        self.sysctl("net/ipv6/conf/default/accept_dad", 0)
        self.sysctl("net/ipv6/conf/default/dad_transmits", 0)

    def ip(self, *arguments: str) -> str:
        # Not `ip -n`: that mounts a /sys for the namespace, which containers often forbid.
        return self.run("ip", *arguments)

    def sysctl(self, name: str, value: object) -> None:
        self.run("sh", "-c", f"echo {value} >/proc/sys/{name}")

    def inside(self, *command: str) -> list[str]:
        """The command line that runs `command` here, as the same process (no fork)."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *command]

    def run(self, *command: str) -> str:
        return run(self.inside(*command))

    def address(self, device: str, *addresses: str) -> None:
        """Gives `10.0.0.1/24`, `2001:db8::1/64`, ... to a device."""
        for address in addresses:
            nodad = ["nodad"] if ip_interface(address).version == 6 else []
            self.ip("addr", "add", address, "dev", device, *nodad)

    def start(self, name: str, *command: str) -> Program:
        """Starts a program; the lab stops it at the end. Its files go to the lab's folder."""
        program = Program(name, self.inside(*command), self.lab.folder,
                          {**os.environ, "PYTHONPATH": str(_TOP)})
        self.lab.programs.append(program)
        return program

    def python(self, name: str, module: str, *arguments: object) -> Program:
        """Starts a module of the project, `tests.lab.x`, as a program."""
        return self.start(name, sys.executable, "-P", "-B", "-m", module, *map(str, arguments))


class Running(Protocol):
    """What the lab ends."""

    name: str

    def stop(self) -> None: ...

    def tail(self) -> str: ...


class Lab:
    """Owns hosts, links and programs."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lab-", dir=os.environ.get("TEST_TMPDIR")))
        self.programs: list[Running] = []
        self.hosts: list[Host] = []
        self._links = 0

    def host(self, name: str) -> Host:
        self.hosts.append(Host(self, name))
        return self.hosts[-1]

    def file(self, name: str, content: str | bytes) -> Path:
        """Writes a file of the lab's folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def link(self, left: Host, left_addresses: list[str], right: Host,
             right_addresses: list[str]) -> tuple[str, str]:
        """A cable between two hosts; returns the names of the device at each end."""
        self._links += 1
        names = (f"to_{right.name}"[:12] + str(self._links), f"to_{left.name}"[:12] + str(self._links))
        run(["ip", "link", "add", names[0], "netns", left.name, "type", "veth",
             "peer", "name", names[1], "netns", right.name])
        for host, name, addresses in ((left, names[0], left_addresses),
                                      (right, names[1], right_addresses)):
            host.ip("link", "set", name, "up")
            host.address(name, *addresses)
        return names

    def show_logs(self) -> None:
        for program in self.programs:
            print(program.tail(), file=sys.stderr)

    def close(self) -> None:
        """Stops all programs and removes all hosts and files."""
        for program in reversed(self.programs):
            program.stop()
        for host in self.hosts:
            run(["ip", "netns", "del", host.name])
        shutil.rmtree(self.folder, ignore_errors=True)
