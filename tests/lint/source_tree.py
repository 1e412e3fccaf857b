"""The source tree as the lint tests see it.

The tests read the tree itself, not copies declared in BUILD files: a filegroup in every package would
be one more thing to forget, and the file that was forgotten is the one that would not be checked. The
tree is found through this module's own real path: Bazel's runfiles are links into the source tree, in
its sandbox too. What Bazel cannot see it cannot cache, hence the tag `external` on these tests.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CPP_SUFFIXES = (".h", ".cc")


@dataclass(frozen=True)
class Finding:
    """One place where the source breaks a rule."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class SourceFile:
    """A text file; `path` is relative to the top of the tree."""

    path: str
    text: str

    @property
    def is_cpp(self) -> bool:
        return self.path.endswith(CPP_SUFFIXES)

    @property
    def is_header(self) -> bool:
        return self.path.endswith(".h")

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @cached_property
    def code(self) -> str:
        """C++ without comments and without the contents of literals; every newline is kept."""
        return strip_cpp(self.text)

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def findings(self, pattern: re.Pattern[str], message: str) -> Iterator[Finding]:
        """A finding for every match of `pattern` in the code; `{0}` is what matched."""
        for match in pattern.finditer(self.code):
            line = self.line_of(match.start())
            yield Finding(self.path, line, message.format(match.group(0).strip()))


_TOKEN = re.compile(
    r"""
    //[^\n]*
    | /\*.*?\*/
    | (?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    """,
    re.DOTALL | re.VERBOSE,
)


def strip_cpp(text: str) -> str:
    """Blanks comments and literals, so that patterns match code only; offsets stay the same."""

    def blank(match: re.Match[str]) -> str:
        token = match.group(0)
        line_start = text.rfind("\n", 0, match.start()) + 1
        if text[line_start:match.start()].lstrip().startswith("#include"):
            return token
        return re.sub(r"[^\n]", " ", token)

    return _TOKEN.sub(blank, text)


def root() -> Path:
    top = Path(os.path.realpath(__file__)).parents[2]
    if not (top / "WORKSPACE").is_file():
        raise SystemExit(f"the source tree is not where the runfiles point: {top} has no WORKSPACE")
    return top


def load(top: Path | None = None) -> list[SourceFile]:
    """All C++ and Python files, without Bazel's links and hidden folders, ordered by path."""
    top = top or root()
    files = []
    for folder, subfolders, names in os.walk(top):
        subfolders[:] = [s for s in subfolders if not s.startswith((".", "bazel-"))]
        for name in names:
            path = Path(folder, name)
            if path.suffix in (*CPP_SUFFIXES, ".py") and not path.is_symlink():
                files.append(SourceFile(str(path.relative_to(top)), path.read_text("utf-8")))
    if not files:
        raise SystemExit(f"no source files below {top}")
    return sorted(files, key=lambda file: file.path)
