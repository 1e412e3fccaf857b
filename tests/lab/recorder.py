"""Capture files of what passes a device."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.lab.labnet import Host
from tests.lab.wait import wait_until_steady

_SECONDS = 30.0


class Recorder:
    """A running dumpcap: what passes from the constructor's return on is in `file` after `stop`.

    Not tcpdump, because that insists on becoming another user, and there is no other in the lab.
    """

    _count = 0

    def __init__(self, host: Host, device: str, match: str, *options: str) -> None:
        """`match` is a filter of pcap-filter(7); `options` are dumpcap's."""
        Recorder._count += 1
        name = f"dumpcap{Recorder._count}"
        self.file: Path = host.lab.folder / f"{name}.pcap"
        self._program = host.start(name, "dumpcap", "-P", *options, "-i", device, "-f", match,
                                   "-w", str(self.file))
        self._program.wait_for_output("File: ", _SECONDS)

    def stop(self) -> Path:
        # What the kernel still holds when dumpcap is told to stop is lost.
        wait_until_steady(lambda: self.file.stat().st_size, _SECONDS)
        self._program.signal(signal.SIGINT)
        self._program.succeed(_SECONDS)
        return self.file
