"""The completion, as the shells run it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from tools.package import option_tables

COMPLETION = Path("tools/package/completion").absolute()
TABLES = option_tables.load(Path("tools/package/option_tables.json"))
PROGRAMS = ("intercept", "tcpcopy")


def run(folder: str, *command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                          cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": folder})
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"{command[0]}: {done.returncode}: {done.stderr}")
    return sorted(done.stdout.splitlines())


class CompletionTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name in ("shop one.pcap", "shop.conf"):
            Path(self.folder, name).touch()

    def bash(self, *words: str) -> list[str]:
        """What bash offers for the last of `words`."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  'compopt() { :; }; "_$1"; printf "%s\\n" "${COMPREPLY[@]}"')
        offered = run(self.folder, "bash", "-uc", script, "bash",
                      str(COMPLETION / "bash" / words[0]), *words)
        return [line for line in offered if line]

    def test_bash_offers_every_option(self) -> None:
        for program in PROGRAMS:
            names = {name for option in TABLES.programs[program].options()
                     for name in option.names}
            self.assertEqual(set(self.bash(program, "-")), names)
            self.assertEqual(set(self.bash(program, "--")),
                             {name for name in names if name.startswith("--")})

    def test_bash_completes_an_option(self) -> None:
        self.assertEqual(self.bash("tcpcopy", "--tr"), ["--transfer"])
        self.assertEqual(self.bash("tcpcopy", "-d", "--summ"), ["--summary-json"])
        self.assertEqual(self.bash("intercept", "--dn"), ["--dnat"])

    def test_bash_completes_files(self) -> None:
        for words in (["--config", "sho"], ["--config", "=", "sho"], ["-l", "sho"]):
            self.assertEqual(self.bash("tcpcopy", *words), ["shop one.pcap", "shop.conf"])
        self.assertEqual(self.bash("tcpcopy", "-i", "shop o"), ["shop one.pcap"])
        self.assertEqual(self.bash("tcpcopy", "--config", "="), ["shop one.pcap", "shop.conf"])

    def test_bash_completes_interfaces_and_words(self) -> None:
        self.assertIn("lo", self.bash("tcpcopy", "--interface", "l"))
        self.assertIn("lo", self.bash("tcpcopy", "-i", "l"))
        self.assertEqual(self.bash("tcpcopy", "--midstream", ""), ["adopt", "skip"])
        self.assertEqual(self.bash("intercept", "--catch", "n"), ["nfqueue"])

    def test_bash_offers_nothing_where_it_knows_nothing(self) -> None:
        self.assertEqual(self.bash("tcpcopy", "-x", ""), [])
        self.assertEqual(self.bash("tcpcopy", "-B", ""), [])

    def fish(self, line: str) -> list[str]:
        program = line.split(" ")[0]
        script = f"source {COMPLETION}/fish/{program}; complete -C '{line}'"
        offered = run(self.folder, "fish", "--no-config", "-c", script)
        return [text.split("\t")[0] for text in offered]

    def test_fish_completes_options_files_and_words(self) -> None:
        self.assertEqual(self.fish("tcpcopy --tr"), ["--transfer"])
        self.assertEqual(self.fish("tcpcopy --config sho"), ["shop one.pcap", "shop.conf"])
        self.assertEqual(self.fish("tcpcopy --midstream "), ["adopt", "skip"])
        self.assertEqual(self.fish("intercept --catch n"), ["nfqueue"])
        self.assertIn("lo", self.fish("intercept -i l"))
        self.assertEqual(self.fish("tcpcopy -d "), [])

    def test_zsh_completes_options_files_and_words(self) -> None:
        for line, offered in (("tcpcopy --tran", "tcpcopy --transfer="),
                              ("tcpcopy --config shop.c", "tcpcopy --config shop.conf"),
                              ("intercept --catch n", "intercept --catch nfqueue")):
            self.assertEqual(self.zsh(line).rstrip(), offered)

    def zsh(self, line: str) -> str:
        """The line as one Tab leaves it."""
        functions = Path(self.folder, "functions")
        functions.mkdir(exist_ok=True)
        for program in PROGRAMS:
            (functions / f"_{program}").write_text((COMPLETION / "zsh" / program).read_text())
        # A pseudo-terminal of zsh's own; what the inner shell has edited, it writes to a file.
        script = f"""
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'PS1=; fpath=({functions} $fpath); autoload -Uz compinit; compinit -u -D'
zpty -w inner 'done-now() {{ print -r -- "$BUFFER" > {self.folder}/edited; exit }}'
zpty -w inner 'zle -N done-now; bindkey "^X" done-now; print rea""dy'
zpty -r -m inner text '*ready*'
zpty -w -n inner {line!r}$'\\t\\x18'
while zpty -r inner text; do :; done
"""
        run(self.folder, "zsh", "-fc", script)
        return Path(self.folder, "edited").read_text()


if __name__ == "__main__":
    unittest.main()
