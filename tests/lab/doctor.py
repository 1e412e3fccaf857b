"""The doctor as a test handles it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab import labtest
from tests.lab.copier import binary
from tests.lab.labnet import Host
from tests.lab.servers import Nginx
from tests.lab.topology import FourHosts

_SECONDS = 30


@dataclass
class Finding:
    """One thing that the doctor found."""

    id: str
    severity: str
    cause: str
    where: str = ""
    fix: str = ""


@dataclass
class Diagnosis:
    """What `tcpcopy --doctor` said, once."""

    exit_code: int
    text: str
    findings: list[Finding]

    @property
    def problems(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "problem"]

    def ids(self, severity: str) -> list[str]:
        return [finding.id for finding in self.findings if finding.severity == severity]

    def expect_healthy(self) -> None:
        assert self.exit_code == 0 and "[FAIL]" not in self.text, self.text
        assert self.text.endswith("\nA replay would work.\n"), self.text

    def expect_problem(self, name: str) -> Finding:
        """It is the only one."""
        assert self.exit_code == 1 and self.ids("problem") == [name], self.text
        assert f"[FAIL] {name}: " in self.text, self.text
        assert "\nA replay would not work: one problem" in self.text, self.text
        return self.problems[0]


def diagnose(host: Host, *arguments: object, prefix: tuple[str, ...] = ()) -> Diagnosis:
    """Runs the doctor on `host`; `prefix` is a command that starts it, such as setpriv."""
    summary = Path(host.lab.folder) / "doctor.json"
    summary.unlink(missing_ok=True)
    command = host.inside(*prefix, binary(), "--doctor", *map(str, arguments),
                          "--summary-json", str(summary))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    assert summary.exists(), f"exit {done.returncode}\n{done.stdout}{done.stderr}"
    told = json.loads(summary.read_text())
    assert told["works"] == (done.returncode == 0), done.stdout
    return Diagnosis(done.returncode, done.stdout + done.stderr,
                     [Finding(**finding) for finding in told["findings"]])


def drop(host: Host, hook: str, match: str) -> None:
    """A firewall rule as people write them."""
    host.run("nft", f"add table inet firewall; add chain inet firewall {hook} "
             f"{{ type filter hook {hook} priority 0; }}; "
             f"add rule inet firewall {hook} {match} drop")


def mend(finding: Finding, host: Host) -> None:
    """Runs the doctor's command as it stands."""
    host.run("sh", "-c", finding.fix)


class DoctorTest(labtest.LabTest):
    """The classic four hosts; the target serves port 80."""

    def setUp(self) -> None:
        super().setUp()
        self.net = FourHosts(self.lab)
        Nginx(self.net.target, "target", [f"{self.net.TARGET}:80", f"[{self.net.TARGET6}]:80"])

    def diagnose(self, *options: str) -> Diagnosis:
        return diagnose(self.net.production, "-x", f"80-{self.net.TARGET}:80", "--probe-client",
                        self.net.CLIENT, *options)

    def secret(self, name: str, text: str) -> Path:
        path = self.lab.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path
