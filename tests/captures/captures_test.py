"""The small captures of this folder: read by tshark as they were made, and replayed exactly."""

from __future__ import annotations

import unittest
from pathlib import Path

from tests.captures import dissect, run_captures
from tests.captures.make_captures import CLIENT_BYTES
from tests.lab import labnet

DATA = Path("tests/captures/data")
FILES = ("erspan.pcap", "ethernet.pcap", "geneve_ipv6.pcap", "gtp.pcap", "ip_in_ip_fragments.pcap",
         "ipv6.pcapng", "mpls_pseudo_wire.pcap", "null_port_reused.pcap", "pppoe_ipv6.pcap",
         "qinq_nanoseconds.pcap", "raw_big_endian.pcap", "seen_twice.pcap", "sll2.pcap", "vlan.pcap",
         "vxlan.pcap")


class CapturesTest(unittest.TestCase):
    def test_the_oracle_reads_what_was_recorded(self) -> None:
        for name in FILES:
            with self.subTest(name):
                streams = dissect.streams(DATA / name)
                self.assertTrue(all(stream.is_complete for stream in streams))
                self.assertEqual([stream.client_bytes for stream in streams], list(CLIENT_BYTES))
                self.assertEqual(b"".join(said for _, said in streams[0].script()),
                                 b"hi\nok\nok\nok\n")

    def test_no_other_files(self) -> None:
        self.assertEqual(sorted(path.name for path in DATA.iterdir()), sorted(FILES))

    def test_replayed_exactly(self) -> None:
        self.assertEqual(run_captures.main([str(DATA)]), 0)

    def test_replayed_exactly_while_packets_are_lost(self) -> None:
        self.assertEqual(run_captures.main([str(DATA), "--loss", "5"]), 0)


if __name__ == "__main__":
    labnet.enter()
    unittest.main()
