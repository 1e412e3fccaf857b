"""What the suite found: figures, and the goals beside them, as a table and as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.measure import Spread


@dataclass(frozen=True)
class Figure:
    part: str
    what: str
    value: Spread
    unit: str


@dataclass(frozen=True)
class Goal:
    part: str
    what: str
    goal: str  # for people: `>= 2 x`
    value: Spread
    met: bool


@dataclass
class Report:
    """Figures and goals in the order in which they were found."""

    figures: list[Figure] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, part: str, what: str, values: Iterable[float], unit: str) -> Spread:
        """What was measured once a round."""
        spread = Spread.of(values)
        self.figures.append(Figure(part, what, spread, unit))
        return spread

    def at_least(self, part: str, what: str, values: Iterable[float], bound: float,
                 unit: str = "") -> None:
        """A goal that the median has to reach."""
        spread = Spread.of(values)
        self.goals.append(Goal(part, what, f">= {bound:g}{unit}", spread, spread.median >= bound))

    def at_most(self, part: str, what: str, values: Iterable[float], bound: float,
                unit: str = "") -> None:
        spread = Spread.of(values)
        self.goals.append(Goal(part, what, f"<= {bound:g}{unit}", spread, spread.median <= bound))

    def note(self, text: str) -> None:
        """What a reader of the figures has to know."""
        if text not in self.notes:
            self.notes.append(text)

    def table(self) -> str:
        rows = [(one.part, one.what, str(one.value), one.unit) for one in self.figures]
        goals = [(one.part, one.what, one.goal, str(one.value), "yes" if one.met else "NO")
                 for one in self.goals]
        parts = [_columns([("part", "figure", "median (min..max)", ""), *rows])]
        if goals:
            parts.append(_columns([("part", "goal", "wanted", "reached", ""), *goals]))
        return "\n\n".join([*parts, "\n".join(self.notes)])

    def markdown(self) -> str:
        """The goals, for docs/PERFORMANCE.md."""
        rows = [f"| {one.part} | {one.what} | {one.goal} | {one.value} | "
                f"{'yes' if one.met else '**no**'} |\n" for one in self.goals]
        return "".join(["| part | goal | wanted | reached, median (min..max) | |\n",
                        "|---|---|---|---|---|\n", *rows])

    def write(self, path: Path, about: dict[str, object]) -> None:
        """`about`: how it was measured."""
        data = {"about": about, **dataclasses.asdict(self)}
        path.write_text(json.dumps(data, indent=1) + "\n")


def _columns(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)
