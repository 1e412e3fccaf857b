"""Nonsense on the command line: exit code 2, one line that names the option, nothing sent."""

from __future__ import annotations

import json

from tests.lab import labtest
from tests.lab.copier import binary
from tests.lab.labnet import Host
from tests.lab.topology import ThreeHosts

PATIENCE = 10
GOOD = ["-x", f"80-{ThreeHosts.TARGET}:80"]

# What is given, and the option that the message must name.
BAD: list[tuple[list[str], str]] = [
    ([], "-x"),
    (["-x", ""], "-x"),
    (["-x", "80"], "-x"),
    (["-x", "80-"], "-x"),
    (["-x", "nonsense"], "-x"),
    (["-x", "-10.0.2.2:80"], "-x"),
    (["-x", "99999-10.0.2.2:80"], "-x"),
    (["-x", "65536-10.0.2.2:80"], "-x"),
    (["-x", "0-10.0.2.2:80"], "-x"),
    (["-x", "80-10.0.2.2:99999"], "-x"),
    (["-x", "80-10.0.2.2:0"], "-x"),
    (["-x", "80-10.0.2.300:80"], "-x"),
    (["-x", "80-target:80"], "-x"),
    (["-x", "80-[2001:db8::1:80"], "-x"),
    (["-x", "80-10.0.2.2:80,nonsense"], "-x"),
    (["-x", f"80-{ThreeHosts.PRODUCTION}:80"], "-x"),  # a loop: copies of copies
    (["-x", "80-127.0.0.1:80"], "-x"),
    ([*GOOD, "-i", "/nowhere/capture.pcap"], "-i"),
    ([*GOOD, "-i", "nosuch0"], "-i"),
    ([*GOOD, "-i", ""], "-i"),
    ([*GOOD, "-a", "0"], "-a"),
    ([*GOOD, "-a", "-1"], "-a"),
    ([*GOOD, "-a", "fast"], "-a"),
    ([*GOOD, "-c", "foo"], "-c"),
    ([*GOOD, "-c", ""], "-c"),
    ([*GOOD, "-F", "tcp and ((("], "-F"),
    ([*GOOD, "-t", "0"], "-t"),
    ([*GOOD, "-t", "-5"], "-t"),
    ([*GOOD, "-t", "soon"], "-t"),
    ([*GOOD, "-r", "0"], "-r"),
    ([*GOOD, "-r", "101"], "-r"),
    ([*GOOD, "-r", "half"], "-r"),
    ([*GOOD, "--summary-json", "/nowhere/summary.json"], "--summary-json"),
    ([*GOOD, "--summary-json", ""], "--summary-json"),
    ([*GOOD, "--config", "/nowhere"], "--config"),
    ([*GOOD, "--nonsense"], "--nonsense"),
    ([*GOOD, "leftover"], "leftover"),
]


def packets_sent(host: Host) -> int:
    links = json.loads(host.ip("-j", "-s", "link"))
    return sum(link["stats64"]["tx"]["packets"] for link in links)


class BadInputTest(labtest.LabTest):
    def test_table(self) -> None:
        net = ThreeHosts(self.lab)
        # Routers are solicited when a link comes up: that is not the program's.
        net.production.run("nft", "add table inet quiet; add chain inet quiet out "
                           "{ type filter hook output priority 0; }; "
                           "add rule inet quiet out icmpv6 type { 133, 143 } drop")
        before = packets_sent(net.production)
        for number, (arguments, option) in enumerate(BAD):
            with self.subTest(arguments=arguments):
                program = net.production.start(f"bad{number}", binary(), *arguments)
                try:
                    code = program.wait(PATIENCE)
                finally:
                    program.stop()
                lines = program.err.read_text().splitlines()
                self.assertEqual(code, 2, program.tail())
                self.assertEqual(len(lines), 1, program.tail())
                self.assertIn(option, lines[0])
                self.assertEqual(program.out.read_text(), "")
        self.assertEqual(packets_sent(net.production), before)


if __name__ == "__main__":
    labtest.main()
