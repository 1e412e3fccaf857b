"""The manual pages: sound roff, and all that the programs know is in them."""

from __future__ import annotations

import re
import subprocess
import unittest
from pathlib import Path

from tools.package import option_tables

PACKAGE = Path("tools/package")
TABLES = option_tables.load(PACKAGE / "option_tables.json")
PROGRAMS = ("intercept", "tcpcopy")


def page(program: str) -> Path:
    return PACKAGE / f"{program}.8"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "1000"})


def rendered(program: str) -> str:
    """The page as plain text, with single blanks."""
    done = run("mandoc", "-Tutf8", "-Owidth=1000", str(page(program)))
    plain = re.sub(r".\x08", "", done.stdout)
    return re.sub(r"\s+", " ", plain.replace("‐", "-").replace("−", "-").replace("’", "'"))


class ManualTest(unittest.TestCase):
    def test_mandoc_finds_nothing(self) -> None:
        for program in PROGRAMS:
            done = run("mandoc", "-Tlint", "-Wwarning", str(page(program)))
            self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_man_warns_of_nothing(self) -> None:
        for program in PROGRAMS:
            done = run("man", "--warnings", "-Tutf8", "-l", str(page(program)))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("SEE ALSO", re.sub(r".\x08", "", done.stdout))

    def test_every_option_is_there_with_what_it_accepts(self) -> None:
        for program in PROGRAMS:
            text = rendered(program)
            for option in TABLES.programs[program].options():
                value = "" if option.value is None else f" {option.value}"
                self.assertIn(", ".join(option.names) + value, text)
                self.assertIn(option.accepted, text)
                self.assertIn(option.help[1:], text)

    def test_every_outcome_is_explained(self) -> None:
        section = page("tcpcopy").read_text().split(".SH THE LEDGER")[1].split(".SH ")[0]
        explained = re.findall(r"^\.TP\n\.B (.*)\n[^.]|^\.TP\n\.B (.*)\n\.B", section, re.M)
        self.assertEqual(sorted(a or b for a, b in explained), sorted(TABLES.outcomes),
                         "tools/package/man/tcpcopy.8 explains each outcome of the ledger")

    def test_the_sections_that_a_reader_looks_for(self) -> None:
        for program in PROGRAMS:
            sections = re.findall(r"^\.SH (.*)$", page(program).read_text(), re.M)
            for name in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "CONFIGURATION FILE",
                         "EXIT STATUS", "SIGNALS", "FILES", "EXAMPLES", "COMPATIBILITY",
                         "SEE ALSO"):
                self.assertIn(name, sections)


if __name__ == "__main__":
    unittest.main()
