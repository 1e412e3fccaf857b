"""Builds the Debian package.

    build_deb.py OUTPUT.deb DEBIAN_FOLDER FILE...

DEBIAN_FOLDER holds the package's own files (control, changelog, ...). What it installs are the FILEs;
where each one goes follows from its name (`destination`). The same files give the same package, byte
for byte: its times are that of the changelog's last entry.
"""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

DOC = "usr/share/doc/tcpcopy"
COMPLETION = {
    "bash": "usr/share/bash-completion/completions/{}",
    "fish": "usr/share/fish/vendor_completions.d/{}.fish",
    "zsh": "usr/share/zsh/vendor-completions/_{}",
}
PROGRAMS = ("intercept", "tcpcopy")
# One file for each instance of the units: the administrator's.
EMPTY_FOLDERS = ("etc/intercept", "etc/tcpcopy")
SCRIPTS = ("postinst", "prerm", "postrm")


@dataclass(frozen=True)
class Release:
    version: str
    maintainer: str
    seconds: int  # since the epoch

    @staticmethod
    def latest(changelog: str) -> Release:
        version = re.match(r"tcpcopy \((.+?)\)", changelog)
        signed = re.search(r"^ -- (.+?>)  (.+)$", changelog, re.M)
        if version is None or signed is None:
            raise SystemExit("the changelog has no entry")
        when = email.utils.parsedate_to_datetime(signed[2])
        return Release(version[1], signed[1], int(when.timestamp()))


def destination(source: Path) -> str:
    """Where a file goes, from the top of the file system; with .gz where it is compressed."""
    folder, name = source.parent.name, source.name
    if folder in COMPLETION:
        return COMPLETION[folder].format(name)
    if folder == "examples":
        return f"{DOC}/examples/{name}"
    if folder == "kubernetes":
        return f"{DOC}/examples/kubernetes/{name}"
    if source.suffix in (".service", ".socket", ".target"):
        return f"lib/systemd/system/{name}"
    if source.suffix == ".8":
        return f"usr/share/man/man8/{name}.gz"
    if name == "CHANGELOG.md":
        return f"{DOC}/changelog.gz"
    if name == "changelog":
        return f"{DOC}/changelog.Debian.gz"
    if source.suffix == ".md":
        return f"{DOC}/{name}.gz"
    if name in ("README.Debian", "copyright"):
        return f"{DOC}/{name}"
    if name == "lintian-overrides":
        return "usr/share/lintian/overrides/tcpcopy"
    if name in PROGRAMS:
        return f"usr/bin/{name}"
    raise SystemExit(f"build_deb.py knows no place for {source}")


def install(source: Path, tree: Path) -> Path:
    place = tree / destination(source)
    place.parent.mkdir(parents=True, exist_ok=True)
    data = source.read_bytes()
    place.write_bytes(gzip.compress(data, 9, mtime=0) if place.suffix == ".gz" else data)
    if place.parent.name == "bin":
        subprocess.run(["strip", "--strip-unneeded", "--remove-section=.comment",
                        "--remove-section=.note", str(place)], check=True)
    return place


def dependencies(programs: list[Path], folder: Path) -> str:
    """The packages that hold the programs' libraries, with the versions that they need."""
    debian = folder / "debian"
    debian.mkdir()
    (debian / "control").write_text("Source: tcpcopy\n\nPackage: tcpcopy\nArchitecture: any\n")
    done = subprocess.run(["dpkg-shlibdeps", "-O", *(f"-e{program}" for program in programs)],
                          cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.split("=", 1)[1].strip()


def write_control(debian: Path, tree: Path, release: Release, depends: str) -> None:
    template = (debian / "control").read_text("utf-8")
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True,
                                  capture_output=True, text=True).stdout.strip()
    # As dpkg counts: every file in whole kB, and one for each folder.
    size = sum(-(-path.stat().st_size // 1024) for path in files)
    size += sum(1 for path in tree.rglob("*") if path.is_dir())
    for mark, text in {"VERSION": release.version, "MAINTAINER": release.maintainer,
                       "ARCHITECTURE": architecture, "SIZE": str(size),
                       "DEPENDS": depends}.items():
        template = template.replace(f"@{mark}@", text)
    control = tree / "DEBIAN"
    control.mkdir()
    for name in SCRIPTS:
        (control / name).write_bytes((debian / name).read_bytes())
    (control / "control").write_text(template)
    (control / "md5sums").write_text("".join(
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n"
        for path in files))


def main(output: str, debian: str, *sources: str) -> None:
    release = Release.latest(Path(debian, "changelog").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        placed = [install(Path(source), tree) for source in sources]
        programs = [place for place in placed if place.parent.name == "bin"]
        for name in EMPTY_FOLDERS:
            (tree / name).mkdir(parents=True)
        write_control(Path(debian), tree, release, dependencies(programs, Path(folder)))
        for path in [tree, *tree.rglob("*")]:
            runs = path.is_dir() or path.parent.name == "bin" or path.name in SCRIPTS
            path.chmod(0o755 if runs else 0o644)
            os.utime(path, (release.seconds, release.seconds))
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), output],
                       check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "SOURCE_DATE_EPOCH": str(release.seconds)})


if __name__ == "__main__":
    main(*sys.argv[1:])
