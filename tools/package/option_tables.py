"""The tables of both programs' options, as `option_tables` prints them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Option:
    names: list[str]  # ["-B", "--buffer"], or the long one alone
    help: str
    value: str | None = None  # what stands for the value in the help; none: a flag
    accepted: str = ""
    example: str = ""

    @property
    def long_name(self) -> str:
        return self.names[-1]

    @property
    def short_name(self) -> str | None:
        return self.names[0] if len(self.names) > 1 else None

    @property
    def takes_file(self) -> bool:
        return self.value is not None and "FILE" in self.value

    @property
    def takes_interface(self) -> bool:
        return self.value is not None and re.search(r"\bIF\b", self.value) is not None

    @property
    def words(self) -> list[str]:
        """The words among what the value may be: own and classic of `own|classic`."""
        if self.value is None or "|" not in self.value:
            return []
        return [word for word in self.value.split("|") if re.fullmatch(r"[a-z0-9-]+", word)]


@dataclass(frozen=True)
class Group:
    title: str
    options: list[Option]


@dataclass(frozen=True)
class Program:
    name: str
    purpose: str
    groups: list[Group]

    def options(self) -> Iterator[Option]:
        for group in self.groups:
            yield from group.options


@dataclass(frozen=True)
class Tables:
    version: str
    programs: dict[str, Program]
    outcomes: list[str]


def load(path: Path) -> Tables:
    data = json.loads(path.read_text("utf-8"))
    programs = {
        name: Program(name, program["purpose"], [
            Group(group["title"], [Option(**option) for option in group["options"]])
            for group in program["groups"]])
        for name, program in data["programs"].items()}
    return Tables(data["version"], programs, data["outcomes"])
