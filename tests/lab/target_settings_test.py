"""Targets whose TCP does without what ours would like to use, over paths that lose 1 % each way."""

from __future__ import annotations

import contextlib

from tests.lab import labnet, labtest
from tests.lab.copier import Copier
from tests.lab.http_load import Plan
from tests.lab.path import Faults
from tests.lab.servers import Recording
from tests.lab.topology import ThreeHosts
from tests.lab.wait import wait_for
from tests.lab.ways import Circumstances, Ways

PATIENCE = 30
ANSWER = 60_000
UPLOADS = Plan("", 0, connections=10, requests=2, pipeline=1, rate=20, at_once=10, upload=60_000)
DOWNLOADS = Plan("", 0, connections=10, requests=3, pipeline=1, rate=20, at_once=10)
DELAY = Faults(delay=0.002)
FAULTS = Faults(loss=1, reorder=1, reorder_delay=0.002, delay=0.002)
MSS = 88
TINY_BUFFER, TINY_WINDOW = "tiny receive buffer", 2304
SETTINGS: dict[str, dict[str, object]] = {
    "as Linux has it": {},
    "no SACK": {"tcp_sack": 0},
    "no D-SACK": {"tcp_dsack": 0},
    "no timestamps": {"tcp_timestamps": 0},
    "no window scale": {"tcp_window_scaling": 0},
    "no option but MSS": {"tcp_sack": 0, "tcp_timestamps": 0, "tcp_window_scaling": 0},
    TINY_BUFFER: {"tcp_rmem": "2304 2304 2304"},
    "tiny send buffer": {"tcp_wmem": "4608 4608 4608"},
}
# A lost or overtaken first segment costs such a target's client its connection: no faults.
COOKIES: dict[str, dict[str, object]] = {
    "SYN cookies": {"tcp_syncookies": 2},
    "SYN cookies without timestamps": {"tcp_syncookies": 2, "tcp_timestamps": 0},
}


class TargetSettingsTest(labtest.LabTest):
    def test_everything_arrives(self) -> None:
        kinds = {name: Circumstances(FAULTS, FAULTS, sysctls=sysctls)
                 for name, sysctls in SETTINGS.items()}
        kinds |= {name: Circumstances(DELAY, DELAY, sysctls=sysctls)
                  for name, sysctls in COOKIES.items()}
        for name, sysctls in (("tiny MSS", {}), ("tiny MSS, no timestamps", {"tcp_timestamps": 0})):
            kinds[name] = Circumstances(FAULTS, FAULTS, sysctls=sysctls, mss=MSS)
        ways = Ways(self.lab, kinds, ANSWER)
        ways.copy(UPLOADS, DOWNLOADS)
        print("", *(way.told() for way in ways.ways), sep="\n", flush=True)
        for way in ways.ways:
            self.assertLess(way.sent_again(), 8, way.name)
            self.assertLessEqual(way.largest_payload(), way.what.mss or 1460, way.name)
            self.assertEqual(way.largest_window() <= TINY_WINDOW, way.name == TINY_BUFFER, way.name)

    def test_a_port_again_while_the_target_is_in_time_wait(self) -> None:
        """The target closed first and remembers the connection: the next one's SYN revives it."""
        for sysctls in ({}, {"tcp_timestamps": 0}, {"tcp_tw_reuse": 1}):
            with self.subTest(sysctls), contextlib.closing(labnet.Lab()) as lab:
                self.use_a_port_again(ThreeHosts(lab), sysctls)

    def use_a_port_again(self, net: ThreeHosts, sysctls: dict[str, int]) -> None:
        for name, value in sysctls.items():
            net.target.sysctl(f"net/ipv4/{name}", value)
        net.target.ip("route", "add", "default", "via", net.PRODUCTION_INNER)
        Recording(net.production, "production", [f"{net.PRODUCTION}:80"], "--close-after", 7)
        target = Recording(net.target, "target", [f"{net.TARGET}:80"], "--close-after", 7)
        copier = Copier.live(net.production, "-c", "keep", "-x", f"80-{net.TARGET}:80")
        said = [f"hello {number}" for number in range(8)]
        for number, words in enumerate(said, 1):
            net.play(f"{net.PRODUCTION}:80", "from:40000", f"send:{words}", "wait-eof").succeed(
                PATIENCE)
            target.wait_for_ends(number, PATIENCE)
            wait_for(lambda: ":40000" in net.target.run("ss", "-tnH", "state", "time-wait"),
                     PATIENCE, "the target is in TIME_WAIT")
        self.assertEqual(target.streams(), [words.encode() for words in said])
        copier.finish().expect(completed=len(said))


if __name__ == "__main__":
    labtest.main()
