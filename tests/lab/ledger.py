"""The copier's account of itself (`--summary-json`): the one module that knows its names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

COMPLETED = "completed"
ANSWERED = "answered"
UNANSWERED = "unanswered"
REFUSED_BY_TARGET = "refused_by_target"
RESET_BY_TARGET = "reset_by_target"
TARGET_TIMEOUT = "target_timeout"
REPLIES_LOST = "replies_lost"
RESET_BY_CLIENT = "reset_by_client"
CAPTURE_GAP = "capture_gap"
CAPTURE_ENDED = "capture_ended"
NO_SYN_SEEN = "no_syn_seen"
LEFT_OUT_BY_SAMPLING = "left_out_by_sampling"
LEFT_OUT_BY_RAMP = "left_out_by_ramp"
LEFT_OUT_BY_RATE = "left_out_by_rate"
LEFT_OUT_BY_CPU_LIMIT = "left_out_by_cpu_limit"
TOO_MANY_SESSIONS = "too_many_sessions"
NO_ADDRESS_OR_PORT = "no_address_or_port"
NO_MEMORY = "no_memory"
ENDED_BY_US = "ended_by_us"

OUTCOMES = {
    COMPLETED, ANSWERED, UNANSWERED, REFUSED_BY_TARGET, RESET_BY_TARGET, TARGET_TIMEOUT,
    REPLIES_LOST, RESET_BY_CLIENT, CAPTURE_GAP, CAPTURE_ENDED, NO_SYN_SEEN, LEFT_OUT_BY_SAMPLING, LEFT_OUT_BY_RAMP,
    LEFT_OUT_BY_RATE, LEFT_OUT_BY_CPU_LIMIT, TOO_MANY_SESSIONS, NO_ADDRESS_OR_PORT, NO_MEMORY,
    ENDED_BY_US,
}
# What a reader of the table that people get must find in it.
TABLE_WORDS = ("sessions", "seen")


@dataclass(frozen=True)
class Ledger:
    sessions_seen: int
    active: int
    outcomes: dict[str, int]  # how the captured sessions ended; all names are there
    requests_seen: int
    requests_delivered: int
    bytes_seen: int
    bytes_delivered: int
    dropped_by_kernel: int
    by_worker: list[int]  # sessions seen by each worker
    sent: int  # packets
    sent_joined: int  # times that several of these went as one
    too_big: int  # packets that routers told did not fit their next link
    text: str  # the JSON itself, for failure messages

    @property
    def happened(self) -> dict[str, int]:
        """The outcomes that are not zero."""
        return {name: count for name, count in self.outcomes.items() if count}

    def check(self) -> None:
        """What holds for every ledger."""
        missing = OUTCOMES - self.outcomes.keys()
        assert not missing, f"outcomes without a number: {sorted(missing)}\n{self.text}"
        total = sum(self.outcomes.values()) + self.active
        assert sum(self.by_worker) == self.sessions_seen, self.text
        assert total == self.sessions_seen, (
            f"{self.sessions_seen} sessions seen, {total} accounted for\n{self.text}")
        assert self.requests_delivered <= self.requests_seen, self.text
        assert self.bytes_delivered <= self.bytes_seen, self.text

    def expect(self, **happened: int) -> None:
        """Exactly these outcomes, nothing active, nothing lost by the capture."""
        self.check()
        assert self.happened == happened, f"expected {happened}, have {self.happened}\n{self.text}"
        assert self.active == 0, self.text
        assert self.dropped_by_kernel == 0, self.text

    def expect_all_delivered(self, byte_count: int | None = None) -> None:
        """Every captured byte and request was delivered; `byte_count` of them."""
        assert self.requests_delivered == self.requests_seen, self.text
        assert self.bytes_delivered == self.bytes_seen, self.text
        if byte_count is not None:
            assert self.bytes_seen == byte_count, f"{byte_count} bytes were sent\n{self.text}"


def read(path: Path) -> Ledger:
    text = path.read_text()
    data = json.loads(text)
    sessions = data["sessions"]
    return Ledger(
        sessions_seen=sessions["seen"], active=sessions["active"], outcomes=sessions["outcomes"],
        requests_seen=data["requests"]["seen"], requests_delivered=data["requests"]["delivered"],
        bytes_seen=data["bytes"]["seen"], bytes_delivered=data["bytes"]["delivered"],
        dropped_by_kernel=data["capture"]["dropped_by_kernel"],
        by_worker=list(sessions["by_worker"].values()),
        sent=data["packets"]["sent"], sent_joined=data["packets"]["sent_joined"],
        too_big=data["packets"]["too_big"], text=text)
