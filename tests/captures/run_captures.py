"""Replays every capture of a folder and compares what a real server received with tshark's reading.

`run_captures.py DIR [NAME...] [--loss PERCENT]`: the recorded server side is played on kernel sockets on another host
(tests/captures/stage.py), the copier runs with kept client addresses and without pauses. A client's
stream that was captured completely must arrive exactly, also when the path between the two hosts loses
packets in both directions. Ends with `N exact, M not`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from tests.captures import dissect
from tests.captures.stage import Performance, Stage
from tests.lab import labnet
from tests.lab.path import Faults

SUFFIXES = (".pcap", ".pcapng", ".cap")
_ROW = "{:<44} {:>7} {:>8} {:>5} {:>9} {:>6}  {}"


def difference(expected: bytes, received: bytes | None) -> str:
    if received is None:
        return "never connected"
    same = next((at for at, (a, b) in enumerate(zip(expected, received)) if a != b),
                min(len(expected), len(received)))
    return f"{len(received)} of {len(expected)} bytes, equal until {same}"


def judge(streams: list[dissect.Stream], result: Performance) -> list[str]:
    """What is wrong with the complete streams of a capture, a line each."""
    wrong = []
    for number, stream in enumerate(streams):
        if stream.is_complete and result.received.get(number) != stream.client_bytes:
            wrong.append(f"NOT EXACT: {stream.client} to {stream.server}: "
                         f"{difference(stream.client_bytes, result.received.get(number))}")
    return wrong


def notes(streams: list[dissect.Stream], result: Performance) -> list[str]:
    """What a reader of the table may wonder about."""
    lines = [line for line in result.complaints if "packet" in line]
    if not all(stream.has_usable_client for stream in streams):
        lines.append("played from the copier's own addresses: nobody can answer to the clients'")
    return lines


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--loss", type=float, default=0.0, help="percent, in each direction")
    parser.add_argument("--seed", default="1", help="of what is lost")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    # Bazel starts programs in their runfiles; the folder is meant from where the user is.
    folder = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), options.folder)
    captures = [path for path in sorted(folder.iterdir())
                if path.suffix in SUFFIXES and (not options.names or path.name in options.names)]
    if not captures:
        raise SystemExit(f"no captures in {folder}")
    lab = labnet.Lab()
    stage = Stage(lab, Faults(loss=options.loss) if options.loss else None, options.seed)
    exact = wrong_total = problems = 0
    print(_ROW.format("capture", "streams", "complete", "exact", "bytes", "s", "outcomes"))
    try:
        for capture in captures:
            begin = time.monotonic()
            streams = dissect.streams(capture)
            result = stage.perform(capture, streams)
            complete = [stream for stream in streams if stream.is_complete]
            wrong = judge(streams, result)
            exact += len(complete) - len(wrong)
            wrong_total += len(wrong)
            problems += bool(result.problem)
            outcomes = result.ledger.happened if result.ledger else "no ledger"
            print(_ROW.format(capture.name, len(streams), len(complete), len(complete) - len(wrong),
                              sum(len(stream.client_bytes) for stream in complete),
                              f"{time.monotonic() - begin:.1f}", outcomes),
                  *notes(streams, result), *wrong, *result.problem.splitlines(), sep="\n    ",
                  flush=True)
    finally:
        lab.close()
    if problems:
        print(f"{problems} runs of the copier failed")
    print(f"{exact} exact, {wrong_total} not")
    return 1 if wrong_total or problems else 0


if __name__ == "__main__":
    labnet.enter()
    sys.exit(main(sys.argv[1:]))
