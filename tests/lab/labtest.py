"""The base of lab tests: `LabTest` makes a lab for each test, `main` runs a test file."""

from __future__ import annotations

import unittest

from tests.lab import labnet


class LabTest(unittest.TestCase):
    """A fresh lab for each test; when the test fails, the logs of all its programs are shown."""

    lab: labnet.Lab
    _result: unittest.TestResult | None = None

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        self._result = result
        return super().run(result)

    def setUp(self) -> None:
        self.lab = labnet.Lab()
        self.addCleanup(self._end)

    def _end(self) -> None:
        result = self._result
        if result and any(test is self for test, _ in result.failures + result.errors):
            self.lab.show_logs()
        self.lab.close()


def main(user: int = 0) -> None:
    """`user`: who the test and its programs are, with all capabilities, if not root."""
    labnet.enter(user)
    unittest.main(verbosity=2)
