"""Loss, duplicates and reordering on the way to the target and back: everything arrives.

All kinds of faults run at the same time, each on the path to a target of its own.
"""

from __future__ import annotations

from tests.lab import labtest
from tests.lab.http_load import Plan
from tests.lab.path import Faults
from tests.lab.ways import Circumstances, Way, Ways

ANSWER = 60_000
UPLOADS = Plan("", 0, connections=15, requests=2, pipeline=1, rate=30, at_once=15, upload=60_000)
DOWNLOADS = Plan("", 0, connections=15, requests=3, pipeline=1, rate=30, at_once=15)
DELAY = 0.005


def directions(kind: str, faults: Faults) -> dict[str, Circumstances]:
    clean = Faults(delay=faults.delay)
    return {f"{kind} towards the target": Circumstances(towards=faults, back=clean),
            f"{kind} of replies": Circumstances(towards=clean, back=faults),
            f"{kind} both ways": Circumstances(towards=faults, back=faults)}


def bearable(what: Circumstances) -> float:
    """The percentage of packets that may be sent again: what was lost, and what seemed to be."""
    reordered = what.towards.reorder + what.back.reorder
    return 2.0 + 1.5 * what.towards.loss + 0.5 * what.back.loss + 0.2 * reordered


class FaultsTest(labtest.LabTest):
    def copy(self, kinds: dict[str, Circumstances]) -> None:
        ways = Ways(self.lab, kinds, ANSWER)
        ways.copy(UPLOADS, DOWNLOADS)
        print("", *(way.told() for way in ways.ways), sep="\n", flush=True)
        for way in ways.ways:
            self.expect_few_sent_again(way)

    def expect_few_sent_again(self, way: Way) -> None:
        self.assertLess(way.sent_again(), bearable(way.what), way.name)

    def test_loss(self) -> None:
        self.copy({name: what for percent in (1, 5, 20) for name, what in
                   directions(f"{percent} % loss", Faults(loss=percent, delay=DELAY)).items()})

    def test_duplicates_and_reordering(self) -> None:
        disorder = {"duplicates": Faults(duplicate=20, delay=DELAY),
                    "reordering": Faults(reorder=20, reorder_delay=0.004, delay=DELAY),
                    "all": Faults(loss=2, duplicate=5, reorder=10, reorder_delay=0.004,
                                  delay=DELAY)}
        self.copy({name: what for kind, faults in disorder.items()
                   for name, what in directions(kind, faults).items()})


if __name__ == "__main__":
    labtest.main()
