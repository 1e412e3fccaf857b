"""Runs one lint over the source tree: `lint.py NAME`, or all of them without a name."""

from __future__ import annotations

import sys

from tests.lint import coroutines, forbidden, formatting, include_law, mirrored_tests, sizes
from tests.lint import source_tree

LINTS = {
    "coroutines": coroutines.check,
    "forbidden": forbidden.check,
    "formatting": lambda files: formatting.check(files, source_tree.root()),
    "include_law": include_law.check,
    "mirrored_tests": mirrored_tests.check,
    "sizes": sizes.check,
}


def main(names: list[str]) -> int:
    files = source_tree.load()
    findings = [finding for name in names or LINTS for finding in LINTS[name](files)]
    for finding in findings:
        print(finding)
    print(f"{len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
