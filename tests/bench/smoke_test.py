"""Every part of the suite, with tiny counts: that it runs and tells something, not what."""

from __future__ import annotations

import json
import math
import tempfile
import unittest
from pathlib import Path

from tests.bench import bench
from tests.lab import labtest


class SmokeTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._json = Path(folder.name, "found.json")

    def expect(self, part: str) -> None:
        self.assertEqual(bench.main(["--smoke", "--rounds", "1", "--only", part,
                                     "--json", str(self._json)]), 0)
        found = json.loads(self._json.read_text())
        self.assertTrue(found["figures"])
        for one in found["figures"] + found["goals"]:
            self.assertEqual(one["part"], part)
            for value in one["value"].values():
                self.assertTrue(math.isfinite(value), one)
        for what in ("requests that arrived", "sessions completed"):
            for one in found["figures"]:
                if one["what"].endswith(what):
                    self.assertEqual(one["value"]["median"], 100, one)


for _part in bench.PARTS:
    setattr(SmokeTest, f"test_{_part}", lambda self, part=_part: self.expect(part))


if __name__ == "__main__":
    labtest.main()
