"""clang-format 14 conformance, the version of Debian 12."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.lint.source_tree import Finding, SourceFile

PROGRAM = "clang-format-14"
_DIAGNOSTIC = re.compile(r"^(?P<path>.+?):(?P<line>\d+):\d+: (?:error|warning): ", re.MULTILINE)


def check(files: Iterable[SourceFile], top: Path) -> Iterator[Finding]:
    if shutil.which(PROGRAM) is None:
        raise SystemExit(f"{PROGRAM} is missing; tools/setup.sh installs it")
    paths = [file.path for file in files if file.is_cpp]
    run = subprocess.run([PROGRAM, "--dry-run", "--Werror", "--ferror-limit=1", *paths],
                         cwd=top, capture_output=True, text=True, check=False)
    seen = set()
    for match in _DIAGNOSTIC.finditer(run.stderr):
        if match["path"] not in seen:  # one finding a file is enough to run tools/format
            seen.add(match["path"])
            yield Finding(match["path"], int(match["line"]), "not formatted; run tools/format")
    if run.returncode != 0 and not seen:
        raise SystemExit(f"{PROGRAM} failed:\n{run.stderr}")
