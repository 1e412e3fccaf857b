"""What the person at the keyboard asked for, and what all parts go by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    copiers: dict[str, list[str]]  # the program and its options, by what the table calls it
    rounds: int
    smoke: bool  # counts that are tiny: to see that it works, not to measure
    pinned: bool

    @property
    def client_cpu(self) -> int | None:
        """Where the copier and other clients run."""
        return 0 if self.pinned else None

    @property
    def target_cpu(self) -> int | None:
        return 1 if self.pinned else None

    def count(self, full: int, smoke: int) -> int:
        return smoke if self.smoke else full
