"""Shows, second by second, what both sites are doing."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from tools.demo.sites import Request, Site

_BOLD, _DIM, _PRODUCTION, _TEST, _END = "\033[1m", "\033[2m", "\033[32m", "\033[36m", "\033[0m"


def paint(style: str, text: str) -> str:
    """Styles `text` on a terminal."""
    return f"{style}{text}{_END}" if sys.stdout.isatty() else text


def bold(text: str) -> str:
    return paint(_BOLD, text)


@dataclass
class Tally:
    """Follows the access log of one site."""

    site: Site
    sessions: int = 0
    requests: int = 0
    _offset: int = 0
    _new: list[Request] = field(default_factory=list)

    def update(self) -> None:
        """Takes in what was logged since the last time."""
        self._new = []
        if not self.site.access_log.exists():
            return
        with open(self.site.access_log, "rb") as log:
            log.seek(self._offset)
            fresh = log.read()
        complete = fresh[:fresh.rfind(b"\n") + 1]
        self._offset += len(complete)
        self._new = [self.site.parse(line) for line in complete.decode().splitlines()]
        self.requests += len(self._new)
        self.sessions += sum(request.first for request in self._new)

    def columns(self) -> str:
        """Sessions so far, requests of the last second and their latencies."""
        times = sorted(request.milliseconds for request in self._new)
        middle, high = (f"{times[len(times) * p // 100]:.1f}" if times else "-" for p in (50, 99))
        return f"{self.sessions:>9}{len(times):>9}{middle:>8}{high:>8}"


class Table:
    """A line a second; numbers to read in a log, colours on a terminal."""

    def __init__(self, production: Site, test: Site) -> None:
        self.production = Tally(production)
        self.test = Tally(test)
        self._second = 0

    def print_head(self) -> None:
        columns = f"{'sessions':>9}{'req/s':>9}{'p50 ms':>8}{'p99 ms':>8}"
        print(f"{'':>4}  " + paint(_BOLD + _PRODUCTION, f"{'production':>34}") + "  "
              + paint(_BOLD + _TEST, f"{'test':>34}") + "   requests")
        print(paint(_DIM, f"{'s':>4}  {columns}  {columns}   on their way"), flush=True)

    def print_second(self) -> None:
        self._second += 1
        self.test.update()  # first: what is on its way is never less than nothing
        self.production.update()
        on_their_way = self.production.requests - self.test.requests
        print(f"{self._second:>4}  " + paint(_PRODUCTION, self.production.columns()) + "  "
              + paint(_TEST, self.test.columns()) + f"   {on_their_way:>6}", flush=True)
