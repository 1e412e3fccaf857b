"""Every header below netstack/ and src/ has a test of the same name in the same place of tests/."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from tests.lint.exceptions import WITHOUT_TEST
from tests.lint.source_tree import Finding, SourceFile


def check(files: Iterable[SourceFile],
          exceptions: dict[str, str] | None = None) -> Iterator[Finding]:
    exceptions = WITHOUT_TEST if exceptions is None else exceptions
    paths = {file.path for file in files}
    headers = [p for p in sorted(paths) if p.startswith(("netstack/", "src/")) and p.endswith(".h")]
    for header in headers:
        wanted = test_paths(header)
        has_test = any(path in paths for path in wanted)
        if not has_test and header not in exceptions:
            yield Finding(header, 1, f"has no test {wanted[0]}")
        if has_test and header in exceptions:
            yield Finding(header, 1, "has a test; take it off the exceptions")
    for header in sorted(exceptions.keys() - paths):
        yield Finding(header, 1, "is gone; take it off the exceptions")


def test_paths(header: str) -> list[str]:
    """`netstack/wire/x.h` -> `tests/wire/x_test.cc`, or `tests/netstack/wire/x_test.cc`."""
    stem = PurePath(header).with_suffix("")
    short = PurePath("tests", *stem.parts[1:])
    return [f"{short}_test.cc", f"tests/{stem}_test.cc"]
