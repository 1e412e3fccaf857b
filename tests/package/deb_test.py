"""The Debian package: what is in it, what lintian says, and that it leaves nothing behind."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from tools.package import build_deb, option_tables

DEB = Path("tools/package/tcpcopy.deb").absolute()
DEBIAN = Path("tools/package/debian")
TABLES = option_tables.load(Path("tools/package/option_tables.json"))


def run(*command: str, code: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != code:
        raise AssertionError(f"{command}: {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def field(name: str) -> str:
    return run("dpkg-deb", "--field", str(DEB), name).strip()


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


class DebTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_lintian_finds_nothing(self) -> None:
        self.assertEqual(run("lintian", "--allow-root", "--fail-on", "error,warning",
                             "--tag-display-limit", "0", str(DEB)), "")

    def test_version_is_that_of_the_programs(self) -> None:
        self.assertEqual(field("Version"), TABLES.version.replace("-", "~") + "-1")
        run("dpkg", "--compare-versions", field("Version"), "gt", "0.6.3-4")  # Debian's own

    def test_fields(self) -> None:
        self.assertEqual(field("Package"), "tcpcopy")
        self.assertEqual((field("Section"), field("Priority")), ("net", "optional"))
        for library in ("libc6", "liburing2", "libpcap0.8", "libnftables1", "libssl3"):
            self.assertRegex(field("Depends"), rf"(^|, ){re.escape(library)}\b")
        self.assertNotIn("@", run("dpkg-deb", "--field", str(DEB)).replace(
            field("Maintainer"), ""))

    def test_everything_is_in_its_place(self) -> None:
        tree = self.folder / "tree"
        run("dpkg-deb", "--extract", str(DEB), str(tree))
        inside = files_below(tree)
        for program in build_deb.PROGRAMS:
            for place in (f"usr/bin/{program}", f"usr/share/man/man8/{program}.8.gz",
                          f"usr/share/bash-completion/completions/{program}",
                          f"usr/share/zsh/vendor-completions/_{program}",
                          f"usr/share/fish/vendor_completions.d/{program}.fish",
                          f"lib/systemd/system/{program}@.service",
                          f"etc/{program}"):
                self.assertIn(place, inside)
            sections = run("readelf", "--sections", "--wide", str(tree / "usr/bin" / program))
            self.assertIn(" .text ", sections)
            self.assertNotIn(" .symtab ", sections)
            self.assertNotIn(" .debug_info ", sections)
            version = run(str(tree / "usr/bin" / program), "--version")
            self.assertEqual(version, f"{program} {TABLES.version}\n")
        for name in ("changelog.gz", "changelog.Debian.gz", "copyright", "README.Debian",
                     "examples/shop.conf", "examples/kubernetes/replay-job.yaml",
                     "examples/kubernetes/sum-job.yaml", "examples/kubernetes/daemonset.yaml"):
            self.assertIn(f"usr/share/doc/tcpcopy/{name}", inside)
        run("bash", "-c", f"cd {tree} && md5sum --check --strict "
            f"<(dpkg-deb --info {DEB} md5sums)")

    def test_examples_are_good_options(self) -> None:
        tree = self.folder / "tree"
        run("dpkg-deb", "--extract", str(DEB), str(tree))
        examples = tree / "usr/share/doc/tcpcopy/examples"
        Path(self.folder, "today.pcap").touch()
        for example in sorted(examples.glob("*.conf")):
            # The comment at its top is how it is used. A second, bad option is found after the file.
            program, option, _ = example.read_text().split("\n")[0][2:].split(" ")
            command = [str(tree / "usr/bin" / program), option, str(example), "--log-file", ""]
            if program == "tcpcopy" and "\ninput" in example.read_text():
                command += ["-i", str(self.folder / "today.pcap")]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 2)
            self.assertIn("-l: '' is empty", done.stderr, example)

    def test_same_files_give_the_same_package(self) -> None:
        sources = os.environ["INSTALLED_FILES"].split()
        again = self.folder / "again.deb"
        build_deb.main(str(again), str(DEBIAN), *sources)
        self.assertEqual(again.read_bytes(), DEB.read_bytes())

    def test_installs_and_purges_without_a_trace(self) -> None:
        root = self.folder / "root"
        for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers",
                     "var/log", "etc/systemd/system/multi-user.target.wants"):
            (root / name).mkdir(parents=True)
        for name in ("status", "available"):
            (root / "var/lib/dpkg" / name).touch()
        before = files_below(root)

        def dpkg(*arguments: str) -> None:
            run("unshare", "--user", "--map-root-user", "dpkg", f"--root={root}",
                "--force-depends", "--force-script-chrootless", "--force-not-root",
                "--force-unsafe-io", f"--log={self.folder}/log", *arguments)

        dpkg("--install", str(DEB))
        self.assertTrue((root / "usr/bin/tcpcopy").is_file())
        # What an instance leaves.
        (root / "var/log/tcpcopy/shop").mkdir(parents=True)
        (root / "etc/systemd/system/multi-user.target.wants/tcpcopy@shop.service").symlink_to(
            "/lib/systemd/system/tcpcopy@.service")
        mine = root / "etc/tcpcopy/shop.conf"
        mine.touch()
        dpkg("--remove", "tcpcopy")
        self.assertFalse((root / "usr").exists())
        self.assertTrue(mine.is_file())
        mine.unlink()
        dpkg("--purge", "tcpcopy")
        left = {name for name in files_below(root) - before
                if not name.startswith("var/lib/dpkg/")}
        self.assertEqual(left, set())


if __name__ == "__main__":
    unittest.main()
