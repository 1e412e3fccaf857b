"""Bad values on the command lines of the real programs, and in the files of --config: exit code 2, and
one line that names the option, what it accepts, and an example. The options come from the tables."""

from __future__ import annotations

import os
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.package import option_tables
from tools.package.option_tables import Option

TABLES = option_tables.load(Path("tools/package/option_tables.json"))
PROGRAMS = ("intercept", "tcpcopy")
BAD = ("-1", "x", "99999999999999999999")


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([f"tools/{program}", *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False, timeout=60)


class BadOptionsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.config = Path(folder.name, "a.conf")

    def check_line(self, done: subprocess.CompletedProcess[str], begin: str, end: str) -> None:
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith(begin), f"{begin}: {done.stderr}")
        self.assertIn("; accepted: ", done.stderr)
        self.assertTrue(done.stderr.endswith(f", such as {end}\n"), done.stderr)

    @staticmethod
    def picky(program: str) -> list[Option]:
        """Options that take a value, but not any text."""
        options = [option for option in TABLES.programs[program].options()
                   if option.value is not None
                   and not option.takes_file and not option.takes_interface]
        if len(options) < 10:
            raise AssertionError(f"{program}: {options}")
        return options

    def test_on_the_command_line(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            jobs = [(program, option, value, pool.submit(run, program, option.names[0], value))
                    for program in PROGRAMS for option in self.picky(program)
                    for value in ("", *BAD)]
            for program, option, _, job in jobs:
                self.check_line(job.result(), f"{program}: {option.names[0]}: ", option.example)

    def test_in_a_file(self) -> None:
        for program in PROGRAMS:
            for option in self.picky(program):
                for value in ("", BAD[-1]):
                    name = option.long_name[2:]
                    self.config.write_text(f"# bad\n{name} = {value}\n")
                    self.check_line(run(program, "--config", str(self.config)),
                                    f"{program}: {self.config}:2: {name}: ", option.example)

    def test_files_that_cannot_be_read(self) -> None:
        self.config.touch()
        for path in ("/nowhere", "/", "/dev/zero", str(self.config), ""):
            for program in PROGRAMS:
                self.check_line(run(program, "--config", path), f"{program}: --config: '{path}' ",
                                "/etc/tcpcopy/shop.conf")


if __name__ == "__main__":
    unittest.main()
