"""Targets whose TCP does without what ours would like to use, over paths that lose 1 % each way."""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.http_load import Plan
from tests.lab.path import Faults
from tests.lab.ways import Circumstances, Ways

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


if __name__ == "__main__":
    labtest.main()
