"""DNS with programs of Debian: dnsmasq as production and target, dig as the client."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.lab import labtest
from tests.lab.copier import Copier
from tests.lab.counting import PacketCounter
from tests.lab.labnet import Host
from tests.lab.recorder import Recorder
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for

PATIENCE = 30
# An answer of some 3 kB, which comes in pieces.
LARGE = [f"{number:02}" + "x" * 248 for number in range(12)]


class Dnsmasq:
    """Answers every name, and keeps what it was asked."""

    def __init__(self, host: Host, name: str, addresses: list[str], port: int) -> None:
        config = host.lab.folder / f"{name}.conf"
        config.write_text("\n".join([
            "no-daemon",  # else it insists on becoming another user
            "no-resolv", "no-hosts", "bind-interfaces", f"port={port}",
            *(f"listen-address={address}" for address in addresses),
            "address=/lab/10.9.9.9", *(f"txt-record=large.lab,{text}" for text in LARGE),
            "edns-packet-max=4096",
            "log-queries", "log-facility=-"]) + "\n")
        self.program = host.start(name, "dnsmasq", f"--conf-file={config}")
        self.program.wait_for_output("started", PATIENCE)

    def queries(self) -> list[tuple[str, str]]:
        """Type and name of each."""
        return re.findall(r"query\[(\w+)\] (\S+) from", self.program.output())


class DnsTest(labtest.LabTest):
    def setUp(self) -> None:
        super().setUp()
        net = self.net = ThreeHosts(self.lab)
        self.production = Dnsmasq(net.production, "production", [net.PRODUCTION, net.PRODUCTION6],
                                  53)
        self.target = Dnsmasq(net.target, "target", [net.TARGET, net.TARGET6], 5353)
        self.told = PacketCounter(net.target, "icmp type destination-unreachable")
        self.map = f"53-{net.TARGET}:5353"

    def dig(self, count: int) -> int:
        """Asks `count` names by each family, and for what is large; returns how many that were."""
        net = self.net
        names = [f"name{number}.v4.lab A" for number in range(count)] + ["large.lab TXT"] * 3
        told = self.ask(net.CLIENT, net.PRODUCTION, names)
        self.assertEqual(told.count("x" * 248), 3 * len(LARGE))
        more = [f"name{number}.v6.lab A" for number in range(count)]
        told += self.ask(net.CLIENT6, net.PRODUCTION6, more)
        self.assertEqual(told.count("10.9.9.9"), 2 * count)
        return len(names) + len(more)

    def ask(self, client: str, server: str, questions: list[str]) -> str:
        """What dig says. Each question from a port of its own: of random ones two may be the same,
        and so one session."""
        options = "+notcp +tries=1 +time=5 +bufsize=4096 +short"
        file = Path(self.lab.folder / "questions")
        file.write_text("".join(f"@{server} -b {client}#{20_000 + number} {question} {options}\n"
                                for number, question in enumerate(questions)))
        return self.net.client.start(f"dig {client}", "dig", "-f", str(file)).succeed(PATIENCE)

    def expect_same(self, copier: Copier, count: int, finish: bool) -> None:
        wait_for(lambda: len(self.target.queries()) >= count, PATIENCE,
                 lambda: f"{count} queries, {len(self.target.queries())} came")
        summary = copier.finish() if finish else copier.result(PATIENCE)
        self.assertEqual(sorted(self.target.queries()), sorted(self.production.queries()))
        summary.expect(answered=count)
        summary.expect_all_delivered()
        self.assertEqual(summary.requests_seen, count)
        self.assertEqual(json.loads(summary.text)["datagrams"]["answered"], count)
        self.assertEqual(self.told.value(), 0)

    def test_live(self) -> None:
        copier = Copier.live(self.net.production, "--udp", "-x", self.map)
        self.expect_same(copier, self.dig(40), finish=True)

    def test_from_a_capture_file(self) -> None:
        recorder = Recorder(self.net.production, self.net.client_cable, "udp port 53")
        count = self.dig(40)
        copier = Copier(self.net.production, "--udp", "-i", recorder.stop(), "-x", self.map)
        self.expect_same(copier, count, finish=False)


if __name__ == "__main__":
    labtest.main()
