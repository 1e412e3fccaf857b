"""When packets came to a device, by its counter: how long a load really took, whoever made it."""

from __future__ import annotations

import threading
import time

_POLL_SECONDS = 0.004  # costs the machine half a per cent of a core
_SHARE = 0.001  # of the packets: stragglers at both ends that do not count


class DeviceWatch:
    """Watches what `device` receives, in the network namespace where process `pid` is.

    As a context: watches until it is left.
    """

    def __init__(self, pid: int, device: str) -> None:
        self._pid = pid
        self._device = device
        self._steps: list[tuple[float, int]] = []  # when the counter was seen to be so high
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> DeviceWatch:
        self._steps.append((time.monotonic(), self._received()))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self._steps.append((time.monotonic(), self._received()))

    @property
    def packets(self) -> int:
        """That came while it watched."""
        return self._steps[-1][1] - self._steps[0][1]

    @property
    def first(self) -> float:
        """When the first one had come, by time.monotonic."""
        return self._when(1)

    def seconds(self) -> float:
        """How long all but some stragglers needed, as if they had been all."""
        skipped = int(self.packets * _SHARE)
        span = self._when(self.packets - skipped) - self._when(1 + skipped)
        return max(span, _POLL_SECONDS) / (1 - 2 * _SHARE)

    def _when(self, packets: int) -> float:
        wanted = self._steps[0][1] + packets
        return next(at for at, seen in self._steps if seen >= wanted)

    def _watch(self) -> None:
        while not self._end.wait(_POLL_SECONDS):
            now = self._received()
            if now != self._steps[-1][1]:
                self._steps.append((time.monotonic(), now))

    def _received(self) -> int:
        return received(self._pid, self._device)


def received(pid: int, device: str) -> int:
    """Packets that have come to a device of the namespace where `pid` is."""
    with open(f"/proc/{pid}/net/dev", encoding="ascii") as file:
        for line in file:
            name, _, figures = line.partition(":")
            if name.strip() == device:
                return int(figures.split()[1])
    raise AssertionError(f"no device {device}")
