"""The systemd units are sound, and give the programs no more than they need."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

UNITS = Path("tools/package/systemd")
PROGRAMS = ("tcpcopy", "intercept")
# Of 10, as systemd counts; its words are OK below 5 and MEDIUM below 7.
MOST_EXPOSURE = 2.5


class UnitsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="units-", dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def unit(self, program: str, *more: str) -> Path:
        """A copy that names the built program in the place of the installed one."""
        built = Path("tools", program).absolute()
        self.assertTrue(built.is_file())
        text = (UNITS / f"{program}@.service").read_text()
        self.assertIn(f"ExecStart=/usr/bin/{program} --config /etc/{program}/%i.conf\n", text)
        copy = self.folder / f"{program}@.service"
        copy.write_text("\n".join([text.replace(f"/usr/bin/{program}", str(built)), *more]))
        return copy

    def analyze(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["systemd-analyze", "--no-pager", *map(str, arguments)],
                              capture_output=True, text=True, check=False,
                              env={**os.environ, "SYSTEMD_COLORS": "0", "XDG_RUNTIME_DIR":
                                   str(self.folder)})

    def verify(self, unit: Path) -> tuple[int, str]:
        instance = unit.with_name(unit.name.replace("@.", "@shop."))
        done = self.analyze("verify", "--man=no", instance)
        return done.returncode, done.stdout + done.stderr

    def test_systemd_finds_nothing_wrong(self) -> None:
        for program in PROGRAMS:
            self.assertEqual(self.verify(self.unit(program)), (0, ""), program)

    def test_it_would_find_a_mistake(self) -> None:
        _, said = self.verify(self.unit("tcpcopy", "[Service]", "WatchdogSecs=1"))
        self.assertIn("WatchdogSecs", said)

    def test_they_are_hardly_exposed(self) -> None:
        for program in PROGRAMS:
            done = self.analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE * 10:.0f}",
                                self.unit(program))
            level = re.search(r"Overall exposure level for \S+ ([\d.]+) (\w+)", done.stdout)
            self.assertTrue(level, done.stdout + done.stderr)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertLessEqual(float(level[1]), MOST_EXPOSURE, done.stdout)
            self.assertEqual(level[2], "OK", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
