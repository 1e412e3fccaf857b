"""Every header below netstack/ and src/ has a test of the same name in the same place of tests/.

The tests of netstack/wire are in tests/netstack/wire, those of src/replay in tests/replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from tests.lint import exceptions
from tests.lint.source_tree import Finding, SourceFile


def check(files: Iterable[SourceFile],
          tested_in: dict[str, str] = exceptions.TESTED_IN,
          without_test: dict[str, str] = exceptions.WITHOUT_TEST) -> Iterator[Finding]:
    paths = {file.path for file in files}
    headers = [p for p in sorted(paths) if p.startswith(("netstack/", "src/")) and p.endswith(".h")]
    for header in headers:
        excepted = header in tested_in or header in without_test
        has_test = test_path(header) in paths
        if not has_test and not excepted:
            yield Finding(header, 1, f"has no test {test_path(header)}")
        if has_test and excepted:
            yield Finding(header, 1, "has a test; take it off the exceptions")
    for header in sorted((tested_in.keys() | without_test.keys()) - paths):
        yield Finding(header, 1, "is gone; take it off the exceptions")
    for header, test in tested_in.items():
        if test not in paths:
            yield Finding(header, 1, f"is said to be tested in {test}, which is gone")


def test_path(header: str) -> str:
    stem = PurePath(header).with_suffix("")
    return f"{PurePath('tests', *stem.parts[stem.parts[0] == 'src':])}_test.cc"
