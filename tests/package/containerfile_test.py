"""The Containerfile, as far as it can be judged without a container engine."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import unittest
from pathlib import Path

from tests.lint import source_tree

ROOT = source_tree.root()
FILE = ROOT / "tools/package/Containerfile"
KNOWN = {"FROM", "COPY", "WORKDIR", "RUN", "USER", "STOPSIGNAL", "ENTRYPOINT", "CMD"}


def instructions() -> list[tuple[str, str]]:
    """Name and arguments of each; comments are gone and continued lines are joined."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.M).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def arguments(name: str) -> list[str]:
    return [argument for found, argument in instructions() if found == name]


def installed_packages() -> set[str]:
    names: set[str] = set()
    for command in arguments("RUN"):
        for part in command.split("&&"):
            words = shlex.split(part)
            if words[:2] == ["apt-get", "install"]:
                names |= {word for word in words[2:] if not word.startswith(("-", "/"))}
    return names


class ContainerfileTest(unittest.TestCase):
    def test_instructions_are_known(self) -> None:
        self.assertEqual({name for name, _ in instructions()} - KNOWN, set())
        self.assertEqual(instructions()[0][0], "FROM")

    def test_commands_are_sound_shell(self) -> None:
        for command in arguments("RUN"):
            subprocess.run(["sh", "-n", "-c", command], check=True, timeout=10)

    def test_lists_are_json(self) -> None:
        for name in ("ENTRYPOINT", "CMD"):
            for text in arguments(name):
                self.assertTrue(all(isinstance(word, str) for word in json.loads(text)))

    def test_what_is_copied_exists(self) -> None:
        stages = {words[-1] for words in map(str.split, arguments("FROM")) if "AS" in words}
        for text in arguments("COPY"):
            words = text.split()
            if words[0].startswith("--from="):
                self.assertIn(words[0].removeprefix("--from="), stages)
                # That stage makes it.
                self.assertTrue(any(words[1] in run for run in arguments("RUN")), words[1])
                continue
            for source in words[:-1]:
                self.assertTrue((ROOT / source).exists(), source)

    def test_what_the_build_runs_exists(self) -> None:
        build = arguments("RUN")[0]
        self.assertIn("tools/setup.sh", build)
        self.assertTrue((ROOT / "tools/setup.sh").stat().st_mode & 0o111)
        self.assertIn("bazel build //:deb", build)
        self.assertIn("bazel-bin/tools/package/tcpcopy.deb", build)

    def test_packages_are_debians(self) -> None:
        names = installed_packages()
        self.assertEqual(names, {"libcap2-bin"})
        if not any(Path("/var/lib/apt/lists").glob("*Packages*")):
            self.skipTest("this machine has no lists of packages")
        for name in names:
            done = subprocess.run(["apt-cache", "show", name], capture_output=True, text=True,
                                  check=False, timeout=60)
            self.assertIn(f"Package: {name}\n", done.stdout)

    def test_it_runs_without_root(self) -> None:
        user = arguments("USER")[-1]
        self.assertNotIn(user, ("root", "0"))
        self.assertTrue(any(re.search(rf"useradd .*\b{user}\b", run) for run in arguments("RUN")))
        for program in ("tcpcopy", "intercept"):
            self.assertIn(f"setcap cap_net_raw,cap_net_admin+ep /usr/bin/{program}",
                          arguments("RUN")[-1])


if __name__ == "__main__":
    unittest.main()
