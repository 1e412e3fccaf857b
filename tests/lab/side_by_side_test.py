"""Over a path that loses 5 % each way, copies take no longer than connections of the kernel's own.

The delay makes a round trip of 20 ms: long against what this machine needs for a packet, short
enough that timeouts (200 ms, and a second for a lost SYN, which cost the kernel's client the same)
are what hurts.
"""

from __future__ import annotations

import math

from tests.lab import labtest, side_by_side
from tests.lab.path import Faults
from tests.lab.side_by_side import Comparison

FAULTS = Faults(loss=5.0, delay=0.010)


class SideBySideTest(labtest.LabTest):
    def compare(self, *plan: float) -> Comparison:
        make = side_by_side.uploads if len(plan) == 3 else side_by_side.short_connections
        result = side_by_side.compare(self.lab, make(*plan), FAULTS)
        print(f"\n{result.table()}", flush=True)
        return result

    def test_2000_short_connections(self) -> None:
        result = self.compare(2000, 200.0)
        kernel, copier = result.kernel, result.copier
        self.assertLess(copier.at(0.5), 1.1 * kernel.at(0.5))
        self.assertLess(copier.mean(), 1.2 * kernel.mean())
        self.assertLess(copier.at(0.95), 1.2 * kernel.at(0.95))
        # Who loses a SYN breaks the bound, the kernel too: no more of ours may (three sigma).
        chance = 3 * math.sqrt(2 * kernel.beyond(result.bound()))
        self.assertLess(copier.beyond(result.bound()), kernel.beyond(result.bound()) + chance)
        self.assertLess(copier.sent_again(), kernel.sent_again() + 0.02)

    def test_50_uploads(self) -> None:
        result = self.compare(50, 10.0, 1_000_000)
        self.assertEqual(result.copier.beyond(result.bound()), 0)
        self.assertLess(result.copier.at(0.5), 1.2 * result.kernel.at(0.5))
        self.assertLess(result.copier.at(1.0), 1.5 * result.kernel.at(1.0))
        self.assertLess(result.copier.sent_again(), result.kernel.sent_again() + 0.01)


if __name__ == "__main__":
    labtest.main()
